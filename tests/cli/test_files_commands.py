"""`tactful export`, `apply` and `journey lint` as they are typed: what they print, and how they end."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tactful.cli.commands import apply, export, journey
from tactful.cli.environment import Environment
from tactful.content import queries as texts
from tactful.content import services as content
from tactful.decisions import services as decisions
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.journeys.models import Run
from tactful.kernel.errors import Conflict, InvalidInput
from tactful.segments import services as segments
from tactful.team import services as team

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>Hello</mj-text></mj-column></mj-section></mj-body></mjml>"
ENV = Environment(data=Path(), url="", embedded=None)


@pytest.fixture(autouse=True)
def house(db: None) -> None:
    decisions.set_up(now=NOW)
    segments.install_ready(["new_leads"], now=NOW)
    services.install_ready(["welcome"], now=NOW)


def said(command: ModuleType, *words: str) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return int(command.run(parser.parse_args(words), ENV))


def test_a_plan_is_printed_and_nothing_applied_without_a_yes(tmp_path: Path, capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    said(export, "--to", str(tmp_path))
    file = tmp_path / "journeys" / "welcome.yaml"
    file.write_text(file.read_text().replace("priority: 40", "priority: 41"))
    assert said(apply, str(tmp_path)) == 0
    out = capsys.readouterr().out
    assert "priority: 40 → 41" in out
    assert "nothing was applied" in out
    assert said(apply, str(tmp_path), "--json") == 0
    assert json.loads(capsys.readouterr().out)["applied"] is False
    assert journeys.journey("welcome").summary.version == 1


def test_a_yes_applies_and_json_tells_each_field(tmp_path: Path, capsys: Any) -> None:
    said(export, "--to", str(tmp_path))
    file = tmp_path / "journeys" / "welcome.yaml"
    file.write_text(file.read_text().replace("priority: 40", "priority: 41"))
    capsys.readouterr()
    said(apply, str(tmp_path), "--yes", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["applied"], told["change"]) == (True, 1)
    (change,) = [change for change in told["changes"] if change["act"] == "change"]
    assert change["fields"] == [{"path": "priority", "before": "40", "after": "41"}]
    assert journeys.journey("welcome").summary.version == 2


def test_lint_ends_with_one_where_something_must_be_mended(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("slug: mine\n")
    assert said(journey, "lint", str(file), "--json") == 1
    assert json.loads(capsys.readouterr().out)[0]["rule"] == "unreadable"
    file.write_text("- slug: mine\n")
    assert said(journey, "lint", str(file)) == 1
    assert "definition: The journey must be an object" in capsys.readouterr().out
    assert said(journey, "lint", "welcome") == 1
    assert "template_missing" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"\x89PNG\xff", b"slug: caf\xe9"])
def test_a_file_that_is_no_text_is_told_alike_by_every_command_and_named_once(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "bin.yaml"
    file.write_bytes(content)
    for command, words in ((apply, [str(file)]), (journey, ["lint", str(file)])):
        with pytest.raises(InvalidInput) as refused:
            said(command, *words)
        assert refused.value.message.removeprefix(f"{tmp_path}/") == "bin.yaml is no text in UTF-8"


def test_where_a_second_person_reads_texts_the_first_is_one_of_the_staff(tmp_path: Path) -> None:
    content.save_rules(second_pair_of_eyes=True, seeds=[], now=NOW)
    team.create_user(email="ada@example.com", name="Ada", role="admin", password="a-long-enough-one", now=NOW)
    content.save_template(slug="hello", name="Hello", subject="Hello", mjml=MJML, now=NOW)
    said(export, "--to", str(tmp_path))
    file = tmp_path / "templates" / "hello.yaml"
    file.write_text(file.read_text().replace("subject: Hello", "subject: Good day"))
    with pytest.raises(InvalidInput, match="say who wrote them"):
        said(apply, str(tmp_path), "--yes")
    with pytest.raises(InvalidInput, match="nobody here signs in"):
        said(apply, str(tmp_path), "--yes", "--by", "eve@example.com")
    said(apply, str(tmp_path), "--yes", "--by", "ada@example.com")
    number = texts.text("hello").version.number
    with pytest.raises(Conflict, match="you wrote this version yourself"):
        content.approve("hello", number, by="ada@example.com", now=NOW)


class TestArchive:
    def test_ends_a_journey_nobody_is_in_at_once_and_restore_makes_it_a_draft(self, capsys: Any) -> None:
        said(journey, "archive", "welcome")
        assert "archived; the way of 0 customers ended" in capsys.readouterr().out
        said(journey, "restore", "welcome")
        assert journeys.journey("welcome").summary.status == "draft"

    def test_of_customers_on_the_way_is_not_done_without_a_yes(self, monkeypatch: Any) -> None:
        monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
        Run.objects.create(
            journey_id=journeys.journey("welcome").summary.id,
            version=1,
            customer_id=1,
            step="welcome",
            started_at=NOW,
        )
        with pytest.raises(Conflict, match="1 customer is on the way"):
            said(journey, "archive", "welcome")
        assert journeys.journey("welcome").summary.status == "draft"
        said(journey, "archive", "welcome", "--yes")
        assert journeys.journey("welcome").summary.status == "archived"


def test_a_number_of_people_is_no_less_than_none(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        said(journey, "backtest", "welcome", "--people", "-5")
    assert "must be a number from 0 on" in capsys.readouterr().err
