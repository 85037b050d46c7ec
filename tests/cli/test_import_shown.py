"""`tactful import` shows in the interface while it runs, and can be stopped there."""

from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tactful.cli.commands import importing
from tactful.cli.environment import Environment
from tactful.customers import queries as customers
from tactful.flows.importing import READING, WORKING, import_file
from tactful.jobs import queries as jobs
from tactful.jobs import services as work
from tactful.jobs.queries import WorkRow

pytestmark = pytest.mark.django_db
Look = Callable[[str], None]
ROWS = 3


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run the command on a small file; `look` is called with the phase after each word of progress."""
    file = tmp_path / "people.csv"
    lines = [f"c{number},c{number}@example.com" for number in range(ROWS)]
    file.write_text("\n".join(["customer_id,email", *lines]), encoding="utf-8")

    def run(look: Look, *, dry_run: bool = False) -> int:
        def watched(*args: Any, progress: Callable[..., None], **more: Any) -> object:
            def tell(phase: str, done: int, total: int | None) -> None:
                try:
                    progress(phase, done, total)
                finally:
                    look(phase)

            return import_file(*args, progress=tell, **more)

        monkeypatch.setattr(importing, "import_file", watched)
        words = Namespace(file=file, kind="customers", mapping=None, dry_run=dry_run, json=True)
        return importing.run(words, Environment(tmp_path / "data", "", None))

    return run


def test_a_running_import_shows_how_far_it_is_and_leaves_its_numbers(bring: Callable[..., int]) -> None:
    seen: dict[str, WorkRow] = {}

    def look(phase: str) -> None:
        (seen[phase],) = jobs.running()

    assert bring(look) == 0
    assert (seen[READING].title, seen[READING].share, seen[READING].done) == ("Import of people.csv", None, ROWS)
    assert (seen[WORKING].done, seen[WORKING].total, seen[WORKING].share) == (ROWS, ROWS, 1.0)
    assert jobs.running() == []
    (ended,) = jobs.recent(now=datetime.now(UTC))
    assert (ended.kind, ended.state) == ("import", "done")
    assert ended.result == {"rows": ROWS, "imported": ROWS, "merged": 0, "rejected": 0}


def test_an_import_that_is_stopped_in_the_interface_stops_and_can_be_taken_up(bring: Callable[..., int]) -> None:
    stopped: list[int] = []

    def stop(_phase: str) -> None:
        stopped.extend(row.id for row in jobs.running() if work.cancel(row.id, now=datetime.now(UTC)))

    with pytest.raises(importing.Stopped, match="same command goes on"):
        bring(stop)
    assert [jobs.work(each).state for each in stopped] == ["cancelled"]  # type: ignore[union-attr]
    assert bring(lambda _phase: None) == 0
    assert customers.total() == ROWS


def test_a_dry_run_writes_nothing_not_even_its_progress(bring: Callable[..., int]) -> None:
    assert bring(lambda _phase: None, dry_run=True) == 0
    assert jobs.recent(now=datetime.now(UTC)) == []
