"""What a backtest counts, what it stands on, and that it leaves nothing behind."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection
from tests.flows.backtest.conftest import WAY, Weeks
from tests.flows.conftest import Shop
from tests.journeys.machine_kit import definition

from tactful.cli.commands import journey as command
from tactful.cli.main import _parser
from tactful.decisions import services as decisions
from tactful.decisions.domain.facts import CapRule, Guards
from tactful.flows.backtest import Asked, Report, Standing, backtest, definition_of
from tactful.flows.backtest import parts as cutting
from tactful.journeys.domain.parsing import parse
from tactful.kernel.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def tried(shop: Shop, folder: Path, *, days: int = 30, keep: int = 0, **changes: Any) -> Report:
    told = parse(definition(**(WAY | changes)))
    return backtest(Asked(told, shop.now - days * DAY, shop.now), folder=folder, keep=keep)


def everything() -> dict[str, int]:
    """Rows of every table."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 -- names of our own
            found[table] = cursor.fetchone()[0]
    return found


def imported(shop: Shop, people: int, *, agreed: bool = True) -> None:
    """A past that came in as a file does."""
    for number in range(people):
        who, at = f"old{number}", shop.now - 20 * DAY + timedelta(hours=number)
        shop.say("identify", who, traits={"email": f"{who}@example.com"}, at=at, historical=True)
        if agreed:
            given = {"channel": "email", "topic": "*", "method": "form"}
            shop.say("track", who, event="Consent Given", properties=given, at=at, historical=True)
        shop.say("track", who, event="Cart Viewed", properties={}, at=at + DAY, historical=True)
    shop.work()


def test_nothing_is_written_and_no_file_stays(shop: Shop, tmp_path: Path) -> None:
    imported(shop, 3)
    before = everything()
    report = tried(shop, tmp_path)
    assert report.entered == 3
    assert everything() == before
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_an_imported_past_counts_from_when_it_happened(
    shop: Shop, tmp_path: Path, outside_holdout: Callable[[], None]
) -> None:
    imported(shop, 2)
    report = tried(shop, tmp_path, keep=5)
    assert (report.entered, report.sent) == (2, 4)
    first = min(happening.at for story in report.stories.values() for happening in story)
    assert first == shop.now - 19 * DAY


def test_a_word_of_consent_counts_from_when_it_was_said(shop: Shop, tmp_path: Path) -> None:
    imported(shop, 1, agreed=False)
    shop.track("old0", "Consent Given", channel="email", topic="tips", method="form", text="Yes")
    shop.work()
    report = tried(shop, tmp_path)
    assert [(each.verdict, each.reason) for each in report.messages] == [("drop", "consent"), ("drop", "consent")]


def test_parts_of_the_base_add_up_to_the_whole(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported(shop, 7)
    whole = tried(shop, tmp_path, keep=10)
    monkeypatch.setattr(cutting, "PART", 3)
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # starting processes takes longer than all else
    assert tried(shop, tmp_path, keep=10) == whole


def test_messages_cost_what_a_thousand_costs_today(shop: Shop, tmp_path: Path) -> None:
    imported(shop, 2)
    assert tried(shop, tmp_path).cost_minor is None
    decisions.save_guards(Guards(thousand_cost_minor=1500))
    report = tried(shop, tmp_path)
    assert (report.cost_minor, report.currency) == (-(-report.sent * 3 // 2), "EUR")


@pytest.mark.parametrize("rest", [2, 18])
def test_whoever_entered_is_through_or_left_or_is_inside_and_who_is_left_alone_is_none_of_them(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rest: int
) -> None:
    monkeypatch.setattr("tactful.journeys.domain.machine.share_of", lambda _name, customer: customer % 2)
    imported(shop, 40)
    shop.track("old1", "Order Completed", order_id="o1", total=10, currency="EUR")
    shop.work()
    steps = WAY["steps"] | {"rest": WAY["steps"]["rest"] | {"days": rest}}
    report = tried(shop, tmp_path, holdout=0.5, steps=steps)
    assert report.entered + report.left_alone == 40
    assert 0 < report.left_alone < 40
    assert report.entered == sum(report.outcomes.values()) + report.still_inside
    for step in report.steps:
        assert step.came >= sum(step.left.values()), step


def test_a_full_cap_makes_a_customer_busy_and_later_messages_lose_their_slot(weeks: Weeks, tmp_path: Path) -> None:
    shop = weeks.shop
    decisions.save_caps([CapRule(count=1, days=7)])
    shop.join("ada")
    shop.track("ada", "Cart Viewed")
    shop.buy("ada")
    shop.work()
    weeks.until(shop.now + 2 * DAY)  # the journey of the first purchase has written a day after
    since = shop.now - 3 * DAY
    told = parse(definition(**(WAY | {"exit": []})))
    report = backtest(Asked(told, since, shop.now + 9 * DAY), folder=tmp_path)
    assert report.sent == 1
    assert report.pressure.crowded_out == 1
    assert report.pressure.busy_customers == 1
    assert (report.pressure.before, report.pressure.after) == (1, 2)


def test_what_the_journey_really_sent_is_left_out_or_counted(weeks: Weeks, tmp_path: Path) -> None:
    shop = weeks.shop
    decisions.save_caps([CapRule(count=1, days=30)])
    shop.join("ada")
    shop.work()
    since = shop.now
    weeks.launch()
    shop.track("ada", "Cart Viewed")
    shop.work()
    weeks.until(shop.now + DAY)
    told, number = definition_of("trial@1")
    instead = backtest(Asked(told, since, shop.now, number), folder=tmp_path)
    beside = backtest(Asked(told, since, shop.now, number, Standing.BESIDE), folder=tmp_path)
    assert (instead.sent, instead.pressure.before) == (1, 0)
    assert beside.pressure.before == 1
    assert any("left out" in note for note in instead.notes)


def test_it_says_what_it_cannot_know(shop: Shop, tmp_path: Path) -> None:
    wait = {"type": "wait", "event": "Email Opened", "timeout_days": 2, "next": "letter", "on_timeout": "letter"}
    letter = {"type": "message", "template": "not-written", "next": "done"}
    report = tried(shop, tmp_path, start="w", steps={"w": wait, "letter": letter, "done": {"type": "exit"}})
    said = " ".join(report.notes)
    assert "not response" in said
    assert "hears only what really happened" in said
    assert "'not-written'" in said


@pytest.mark.parametrize("named", ["no-such-journey", "after-first-purchase@99"])
def test_an_unknown_journey_is_said(shop: Shop, named: str) -> None:
    with pytest.raises(NotFound):
        definition_of(named)


@pytest.mark.parametrize("named", ["/nowhere/journey.yaml", "after-first-purchase@two"])
def test_a_name_that_cannot_be_read_is_said(shop: Shop, named: str) -> None:
    with pytest.raises(InvalidInput):
        definition_of(named)


def test_a_period_that_ends_before_it_begins_is_said(shop: Shop, tmp_path: Path) -> None:
    told = parse(definition(**WAY))
    with pytest.raises(InvalidInput, match="ends before it begins"):
        backtest(Asked(told, shop.now, shop.now - DAY), folder=tmp_path)


def test_the_command_reads_a_file_and_answers_in_json(
    shop: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(shop, 2)
    monkeypatch.setattr("tactful.cli.commands.journey_backtest.FOLDER", tmp_path)
    file = tmp_path / "trial.yaml"
    file.write_text(yaml.safe_dump(definition(**WAY)), encoding="utf-8")
    period = ["--from", f"{shop.now - 30 * DAY:%Y-%m-%d}", "--to", f"{shop.now:%Y-%m-%d}"]
    for more in (["--json"], ["--people", "1"]):
        args = _parser({"journey": command}).parse_args(["journey", "backtest", str(file), *period, *more])
        assert command.run(args, None) == 0  # type: ignore[arg-type]
    out = capsys.readouterr().out
    found, end = json.JSONDecoder().raw_decode(out)
    assert found["entered"] == 2
    assert "not response" in found["notes"][0]
    assert "Cart" in out[end:]
