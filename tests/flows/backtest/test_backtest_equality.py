"""A backtest of weeks in which the journey really ran says what really happened."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.flows.backtest.conftest import DONE, LETTER, Weeks

from tactful.content import services as content
from tactful.decisions import services as decisions
from tactful.flows.backtest import Asked, backtest, definition_of
from tactful.flows.backtest.report import Report
from tactful.journeys import queries as journeys
from tactful.kernel.errors import NotFound
from tactful.kernel.time import QuietHours

pytestmark = pytest.mark.django_db(transaction=True)
PAUSE = {"type": "wait", "hours": 1, "next": "letter"}
PEOPLE = [f"user{number}" for number in range(5)]
Line = tuple[datetime, int, str, str, tuple[str, ...]]


def rows(sql: str, *params: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def really(journey_id: int, until: datetime) -> list[Line]:
    """What the engine did, in the words of a backtest."""
    entered = rows("SELECT started_at, customer_id FROM journeys_run WHERE journey_id = %s", journey_id)
    ended = rows(
        "SELECT ended_at, customer_id, step, outcome FROM journeys_run WHERE journey_id = %s AND ended_at < %s",
        journey_id,
        until,
    )
    decided = rows(
        "SELECT at, customer_id, step, verdict, reason FROM decisions_decision WHERE journey_id = %s AND at < %s",
        journey_id,
        until,
    )
    start = journeys.journey("trial").summary.definition
    assert start is not None
    found: list[Line] = [(at, who, "entered", start.start, ()) for at, who in entered]
    found += [(at, who, "ended", step, (outcome,)) for at, who, step, outcome in ended]
    found += [(at, who, "decided", step, (verdict, reason)) for at, who, step, verdict, reason in decided]
    tasks = rows("SELECT created_at, customer_id, assignee FROM sales_task WHERE journey_id = %s", journey_id)
    found += [(at, who, "task", "call", (assignee,)) for at, who, assignee in tasks]
    return sorted(found)


def foretold(report: Report) -> list[Line]:
    return sorted(
        (each.at, customer_id, each.what, each.step, each.said)
        for customer_id, story in report.stories.items()
        for each in story
    )


def ways(journey_id: int) -> Counter[tuple[str, str]]:
    asked = (
        "SELECT step, edge, count(*) FROM journeys_runstep WHERE journey_id = %s AND edge IS NOT NULL GROUP BY 1, 2"
    )
    return Counter({(step, edge): count for step, edge, count in rows(asked, journey_id)})


def tried(weeks: Weeks, since: datetime, folder: Path) -> tuple[Report, int]:
    definition, number = definition_of("trial")
    assert number is not None
    asked = Asked(definition, since, weeks.shop.now, number)
    return backtest(asked, folder=folder, keep=10_000), number


def hold_against_reality(weeks: Weeks, since: datetime, folder: Path) -> Report:
    report, number = tried(weeks, since, folder)
    assert foretold(report) == really(number, weeks.shop.now)
    assert Counter({(step.step, way): count for step in report.steps for way, count in step.left.items()}) == ways(
        number
    )
    return report


@pytest.mark.parametrize("seed", [2, 5])
def test_entries_steps_and_decisions_are_those_of_the_real_run(weeks: Weeks, tmp_path: Path, seed: int) -> None:
    decisions.save_quiet_hours(QuietHours(time(21), time(8)))
    for who in PEOPLE[:-1]:
        weeks.shop.join(who, timezone="Asia/Tokyo" if who == "user1" else "Europe/Berlin")
    weeks.shop.say("identify", PEOPLE[-1], traits={"email": "silent@example.com"})
    weeks.shop.work()
    since = weeks.shop.now
    weeks.launch()
    weeks.pass_by(PEOPLE, days=6, seed=seed)
    report = hold_against_reality(weeks, since, tmp_path)
    assert report.sent
    assert report.dropped
    assert report.waited
    assert report.work


def test_a_segment_entered_long_after_the_last_purchase_is_heard(weeks: Weeks, tmp_path: Path) -> None:
    for who in PEOPLE[:2]:
        weeks.shop.join(who)
        weeks.shop.buy(who, f"o-{who}")
    weeks.shop.work()
    since = weeks.shop.now
    weeks.launch(entry={"segment": "asleep", "on": "entered"}, exit=[])
    weeks.until(since + timedelta(days=70))
    report = hold_against_reality(weeks, since, tmp_path)
    assert report.entered == 2


def test_the_calendar_calls_the_same_customers(weeks: Weeks, tmp_path: Path) -> None:
    weeks.shop.join("anna", birthday="1990-03-05", timezone="Asia/Tokyo")
    weeks.shop.join("ben", birthday="1985-03-04", timezone="America/New_York")
    weeks.shop.join("cleo", birthday="1985-07-04")
    weeks.shop.work()
    since = weeks.shop.now
    weeks.launch(entry={"date": "birthday", "at": "09:00", "yearly": True}, exit=[])
    tokyo, york = datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 3, 4, 14, tzinfo=UTC)
    for moment in (york, tokyo, since + timedelta(days=4)):
        weeks.until(moment)
    report = hold_against_reality(weeks, since, tmp_path)
    assert report.entered == 2


def test_the_calendar_calls_by_the_dates_of_the_same_orders(weeks: Weeks, tmp_path: Path) -> None:
    shop, day = weeks.shop, timedelta(days=1)
    for who, zone in (("anna", "Asia/Tokyo"), ("ben", "America/New_York"), ("cleo", "Europe/Berlin")):
        shop.join(who, timezone=zone)
        # Of before the launch: two that are due after it, one that was due before it, one cancelled in time.
        for order, age in (("early", 29), ("late", 27), ("past", 40), ("cancelled", 28)):
            shop.buy(who, f"{who}-{order}", at=shop.now - age * day, historical=True)
    shop.work()
    since = shop.now
    entry = {"date": "order.completed_at", "days": 30, "at": "09:00"}
    weeks.launch(entry=entry, reentry="never", exit=[{"event": "Order Cancelled", "same_key": True}])
    weeks.through(since + day)
    for who in ("anna", "ben", "cleo"):
        shop.track(who, "Order Cancelled", order_id=f"{who}-cancelled")
    shop.work()
    weeks.through(since + 6 * day)
    shop.track("ben", "Order Cancelled", order_id="ben-early")  # after it has entered
    shop.work()
    weeks.through(since + 7 * day)
    report = hold_against_reality(weeks, since, tmp_path)
    assert report.entered == 6
    assert any("orders are those known today" in note for note in report.notes)


def test_the_calendar_calls_by_the_dates_of_the_same_deals(weeks: Weeks, tmp_path: Path) -> None:
    shop, day = weeks.shop, timedelta(days=1)
    shop.join("anna", timezone="Asia/Tokyo")
    for number, ends in (("p1", "2026-03-08"), ("p2", "2026-03-08"), ("p3", "2026-03-04"), ("p4", "2026-04-08")):
        shop.track("anna", "Proposal Sent", proposal_id=number, deal_id=f"D-{number}", valid_until=ends)
    shop.work()
    since = shop.now
    entry = {"date": "deal.valid_until", "days": -3, "at": "09:00"}
    weeks.launch(entry=entry, exit=[{"event": "Proposal Answered", "same_key": True}])
    weeks.through(since + day)
    shop.track("anna", "Proposal Answered", proposal_id="p2", deal_id="D-p2")
    shop.work()
    weeks.through(since + 7 * day)
    report = hold_against_reality(weeks, since, tmp_path)
    assert report.entered == 1


def test_a_ready_scenario_is_tried_before_it_is_taken() -> None:
    definition, number = definition_of("welcome")
    assert (definition.slug, number) == ("welcome", None)
    with pytest.raises(NotFound, match="nosuch"):
        definition_of("nosuch")


def test_a_text_lacks_in_the_backtest_what_it_lacks_of_the_same_orders(weeks: Weeks, tmp_path: Path) -> None:
    shop, day = weeks.shop, timedelta(days=1)
    says = "<mj-text>{{ order.gift }} {{ order.delivery_at }}</mj-text>"
    body = f"<mj-section><mj-column>{says}</mj-column></mj-section>"
    content.save_template(
        slug="gift", name="Gift", subject="Soon", mjml=f"<mjml><mj-body>{body}</mj-body></mjml>", now=shop.now
    )
    for who, more in (("anna", {"gift": "a bow"}), ("ben", {})):
        shop.join(who)
        shop.track(who, "Order Placed", order_id=who, products=[{"product_id": "tea", "price": 10}], **more)
    shop.work()
    shop.clock.advance(timedelta(hours=1))
    for who in ("anna", "ben"):
        shop.track(who, "Order Updated", order_id=who, delivery_at="2026-03-06")
    shop.work()
    since = shop.now
    letter = {**LETTER, "template": "gift", "next": "done"}
    entry = {"date": "order.delivery_at", "days": -1, "at": "09:00"}
    weeks.launch(entry=entry, exit=[], start="pause", steps={"pause": PAUSE, "letter": letter, "done": DONE})
    weeks.through(since + 5 * day)
    report = hold_against_reality(weeks, since, tmp_path)
    assert (report.sent, report.dropped) == (1, 1)
