"""Recurring work has one runner, locks end with their process, long work shows how it ended."""

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from tactful.api.door import conninfo
from tactful.jobs import models, queries, services

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def claim(at: datetime) -> bool:
    return services.claim_periodic("sweep", every=MINUTE, now=at)


def test_of_two_processes_that_claim_the_same_turn_one_gets_it() -> None:
    assert [claim(NOW), claim(NOW)] == [True, False]


@pytest.mark.parametrize(
    ("later", "expected"),
    [(timedelta(seconds=59), False), (MINUTE, True), (timedelta(days=3), True), (-MINUTE, False)],
)
def test_work_is_due_again_when_its_time_has_passed(later: timedelta, expected: bool) -> None:
    assert claim(NOW)
    assert claim(NOW + later) is expected


def test_turns_that_were_missed_are_not_made_up_for() -> None:
    claim(NOW)
    assert [claim(NOW + 10 * MINUTE), claim(NOW + 10 * MINUTE)] == [True, False]


def test_each_piece_of_work_has_its_own_turn() -> None:
    assert claim(NOW)
    assert services.claim_periodic("flush", every=MINUTE, now=NOW)


def test_staff_see_how_the_last_turn_ended() -> None:
    claim(NOW)
    services.finish_periodic("sweep", now=NOW + MINUTE, error="ValueError: no")
    assert queries.periodic() == [queries.PeriodicRow("sweep", NOW, NOW + MINUTE, "ValueError: no")]


def held_elsewhere(name: str, other: psycopg.Connection[Any]) -> bool:
    row = other.execute("SELECT pg_try_advisory_lock(%s)", [services.lock_number(name)]).fetchone()
    return not (row and row[0])


def test_only_one_connection_holds_a_lock() -> None:
    with psycopg.connect(conninfo(), autocommit=True) as other:
        with services.only_one("engine") as mine:
            assert mine
            assert held_elsewhere("engine", other)
            assert not held_elsewhere("another", other)
        assert not held_elsewhere("engine", other)
        with services.only_one("engine") as mine:
            assert not mine


def test_a_lock_ends_with_the_connection_that_held_it() -> None:
    with psycopg.connect(conninfo(), autocommit=True) as other:
        assert not held_elsewhere("engine", other)
    assert any(_is_free("engine") for _ in range(100))  # the server notices the end a moment later


def _is_free(name: str) -> bool:
    with services.only_one(name) as mine:
        if not mine:
            time.sleep(0.05)
        return mine


def test_a_lock_that_was_not_got_is_not_let_go_of() -> None:
    with (
        psycopg.connect(conninfo(), autocommit=True) as other,
        psycopg.connect(conninfo(), autocommit=True) as third,
    ):
        assert not held_elsewhere("engine", other)
        with services.only_one("engine"):
            pass
        assert held_elsewhere("engine", third)


def moments() -> datetime:
    return NOW


def the_one() -> queries.WorkRow:
    (row,) = queries.recent(now=NOW)
    return row


def test_long_work_shows_its_progress_and_keeps_its_result() -> None:
    with services.long_work("import", "orders.csv", total=10, now=moments) as (progress, result):
        assert progress.advance(4)
        assert (the_one().state, the_one().share) == ("running", 0.4)
        assert [row.id for row in queries.running()] == [progress.id]
        result["rows"] = 10
    assert (the_one().state, the_one().result, the_one().ended_at) == ("done", {"rows": 10}, NOW)
    assert queries.running() == []


def test_work_of_unknown_size_has_no_share() -> None:
    with services.long_work("recount", "segments", total=None, now=moments) as (progress, _):
        progress.advance(4)
        assert (the_one().done, the_one().share) == (4, None)


def test_work_that_fails_says_why_and_does_not_hide_the_error() -> None:
    with pytest.raises(ValueError, match="no such column"), services.long_work("import", "x", total=1, now=moments):
        raise ValueError("no such column")
    assert (the_one().state, the_one().result) == ("failed", {"error": "no such column"})


def test_cancelled_work_hears_of_it_at_its_next_step_and_stays_cancelled() -> None:
    with services.long_work("import", "x", total=10, now=moments) as (progress, result):
        assert progress.advance(1)
        assert services.cancel(progress.id, now=NOW + MINUTE)
        assert not progress.advance(1)
        result["rows"] = 2
    assert (the_one().state, the_one().ended_at, the_one().done) == ("cancelled", NOW + MINUTE, 2)


def test_what_has_ended_cannot_be_cancelled() -> None:
    with services.long_work("import", "x", total=1, now=moments) as (progress, _):
        pass
    assert not services.cancel(progress.id, now=NOW)
    assert the_one().state == "done"


def left_by_a_process_that_was_killed(title: str = "orders.csv") -> int:
    """Work as kill -9 leaves it: said to be running, its lock gone with the connection."""
    with services.long_work("import", title, total=100, now=moments) as (progress, _):
        progress.advance(41)
    models.Work.objects.filter(pk=progress.id).update(state="running", ended_at=None)
    return progress.id


def test_work_whose_process_is_gone_is_interrupted_where_it_stood() -> None:
    left_by_a_process_that_was_killed()
    (row,) = queries.running()
    assert (row.state, row.is_interrupted, row.share) == ("interrupted", True, 0.41)
    assert the_one().is_interrupted


def test_work_that_a_living_process_holds_is_not_interrupted() -> None:
    with services.long_work("import", "x", total=10, now=moments):
        (row,) = queries.running()
        assert not row.is_interrupted


def test_work_that_ends_while_somebody_looks_is_done_and_not_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    work = models.Work.objects.create(kind="import", title="x", began_at=NOW)

    def nobody() -> set[int]:
        models.Work.objects.filter(pk=work.pk).update(state="done", ended_at=NOW)
        return set()

    monkeypatch.setattr(queries, "alive", nobody)
    found = queries.work(work.pk)
    assert found
    assert found.state == "done"


def test_interrupted_work_that_is_run_again_ends_and_other_work_stays() -> None:
    old, other = left_by_a_process_that_was_killed(), left_by_a_process_that_was_killed("people.csv")
    with services.long_work("import", "orders.csv", total=100, now=moments) as (progress, _):
        assert [(row.id, row.state) for row in queries.running()] == [
            (other, "interrupted"),
            (progress.id, "running"),
        ]
    found = queries.work(old)
    assert found is not None
    assert (found.state, found.ended_at) == ("interrupted", NOW)


def test_interrupted_work_is_put_away_as_what_it_was() -> None:
    work_id = left_by_a_process_that_was_killed()
    assert services.cancel(work_id, now=NOW + MINUTE)
    assert queries.running() == []
    assert (the_one().state, the_one().ended_at) == ("interrupted", NOW + MINUTE)
    assert not services.cancel(work_id, now=NOW)


_IMPORTER = """
import sys, time
from datetime import UTC, datetime
import django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from tactful.jobs.services import long_work
with long_work("import", "orders.csv", total=100, now=lambda: datetime.now(UTC)) as (progress, _):
    progress.advance(41)
    print("under way", flush=True)
    time.sleep(120)
"""


@pytest.mark.django_db(transaction=True)
def test_a_process_that_is_killed_at_once_shows_as_interrupted() -> None:
    name = connection.settings_dict["NAME"]
    importer = subprocess.Popen([sys.executable, "-c", _IMPORTER, name], stdout=subprocess.PIPE, text=True)
    try:
        assert importer.stdout is not None
        assert importer.stdout.readline() == "under way\n"
        assert [(row.state, row.share) for row in queries.running()] == [("running", 0.41)]
    finally:
        importer.kill()
        importer.wait()
    for _ in range(100):
        if queries.running()[0].is_interrupted:
            break
        time.sleep(0.1)  # the server notices within moments that the other end of the socket is closed
    assert [(row.state, row.share) for row in queries.running()] == [("interrupted", 0.41)]


def test_work_without_a_name_is_not_there() -> None:
    assert queries.work(4711) is None
