"""Steps that ask for the customer's clocks, dates, events and lot; acts; side by side runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.journeys.machine_kit import ANNA, LETTER, START, Engine, definition, event, hours, plan, steps

from tactful.journeys.domain.runs import WantCall, WantNotice, WantUpdate

# START is a Monday, 10:00 UTC.
MON = datetime(2026, 3, 2, tzinfo=UTC)


def waiting(wait: dict[str, Any], **engine: Any) -> Engine:
    made = Engine(
        [plan(definition(**steps("pause", pause={"type": "wait", "next": "letter", **wait}, letter=LETTER)))]
    )
    for name, value in engine.items():
        setattr(made, name, value)
    made.hear(event("Cart Viewed", START, properties={"ends": "2026-03-20T15:00:00Z"}))
    return made


@pytest.mark.parametrize(
    ("wait", "zone", "due"),
    [
        ({"at": "12:00"}, "UTC", MON.replace(hour=12)),
        ({"at": "09:00"}, "UTC", MON.replace(day=3, hour=9)),
        ({"at": "12:00"}, "America/New_York", MON.replace(hour=17)),
        ({"at": "09:00", "weekdays": ["thursday"]}, "UTC", MON.replace(day=5, hour=9)),
        ({"days": 1, "at": "09:00", "weekdays": ["tuesday"]}, "UTC", MON.replace(day=10, hour=9)),
        ({"days": 1, "at": "10:00"}, "UTC", MON.replace(day=3, hour=10)),
        # Clocks in New York go forward on 8 March at 02:00: 02:30 does not exist there, and comes as 03:30.
        (
            {"days": 5, "at": "02:30", "weekdays": ["sunday"]},
            "America/New_York",
            MON.replace(day=8, hour=7, minute=30),
        ),
    ],
)
def test_a_wait_lasts_until_a_time_of_the_customers_day(wait: dict[str, Any], zone: str, due: datetime) -> None:
    assert waiting(wait, zone=zone).run().due_at == due


def test_a_wait_until_a_time_that_is_now_is_over() -> None:
    assert waiting({"at": "10:00"}).sent() == ["letter"]


@pytest.mark.parametrize(
    ("until", "attributes", "due"),
    [
        (
            {"attribute": "renewal", "days": -7, "at": "09:00"},
            {"renewal": "2026-03-31"},
            MON.replace(day=24, hour=9),
        ),
        ({"property": "ends", "days": -3}, {}, MON.replace(day=17, hour=10)),
        ({"attribute": "renewal", "days": 1}, {"renewal": "2026-02-28"}, None),
    ],
)
def test_a_wait_lasts_until_days_before_a_date_and_is_over_where_that_has_passed(
    until: dict[str, Any], attributes: dict[str, object], due: datetime | None
) -> None:
    engine = waiting({"until": until}, attributes=attributes)
    assert engine.run().due_at == due
    assert bool(engine.sent()) == (due is None)


@pytest.mark.parametrize("value", [None, "soon", 20260331, ""])
def test_a_date_that_is_none_is_not_waited_for(value: object) -> None:
    wait = {"until": {"attribute": "renewal"}, "missing": "done"}
    engine = waiting(wait, attributes={"renewal": value})
    assert engine.way() == [("pause", "missing"), ("done", "end")]


@pytest.mark.parametrize(("total", "edge"), [(120, "yes"), ("99.5", "no"), (None, "no")])
def test_a_branch_may_ask_the_event_that_began_the_run(total: object, edge: str) -> None:
    fork = {"type": "branch", "where": [{"property": "total", "at_least": 100}], "yes": "letter", "no": "done"}
    engine = Engine([plan(definition(**steps("fork", fork=fork, letter=LETTER)))])
    engine.hear(event("Cart Viewed", START, properties={"total": total} if total else {}))
    assert engine.way()[0] == ("fork", edge)


def test_a_branch_may_ask_the_event_it_waited_for_even_batches_later() -> None:
    way = steps(
        "ask",
        ask={"type": "wait", "event": "Answered", "timeout_hours": 5, "next": "sleep", "on_timeout": "done"},
        sleep={"type": "wait", "hours": 2, "next": "fork"},
        fork={
            "type": "branch",
            "of": "heard",
            "where": [{"property": "score", "less": 4}],
            "yes": "letter",
            "no": "done",
        },
        letter=LETTER,
    )
    engine = Engine([plan(definition(**way))])
    engine.hear(event("Cart Viewed", START, properties={"score": 9}))
    engine.hear(event("Answered", hours(1), properties={"score": 2}))
    engine.tick(hours(3))
    assert engine.sent() == ["letter"]


def test_a_split_sends_shares_of_the_customers_along_its_ways_and_each_always_along_the_same() -> None:
    ways = [{"name": "a", "share": 0.3, "next": "letter"}, {"name": "b", "share": 0.7, "next": "done"}]
    split = steps("lot", lot={"type": "split", "ways": ways}, letter=LETTER)

    def taken() -> list[str | None]:
        engine = Engine([plan(definition(**split))])
        engine.hear(*(event("Cart Viewed", START, customer=number) for number in range(1, 2001)))
        return [engine.way(run)[0][1] for run in sorted(engine.runs)]

    first = taken()
    assert first == taken()
    assert 500 < first.count("a") < 700


def test_acts_have_a_key_for_each_visit_and_the_run_goes_on() -> None:
    way = steps(
        "say",
        say={"type": "notify", "to": "owner", "text": "Look", "next": "note"},
        note={"type": "update", "set": {"stage": "warm"}, "join": ["vip"], "next": "call"},
        call={"type": "webhook", "url": "https://example.com/hook", "body": {"a": 1}, "next": "done"},
    )
    engine = Engine([plan(definition(**way))])
    engine.hear(event("Cart Viewed", START))
    notice, update, call = engine.acts
    assert isinstance(notice, WantNotice)
    assert isinstance(update, WantUpdate)
    assert isinstance(call, WantCall)
    assert (notice.to, update.set, update.join, call.url) == (
        "owner",
        {"stage": "warm"},
        ("vip",),
        "https://example.com/hook",
    )
    assert engine.run().outcome == "finished"


def test_any_time_lets_somebody_in_beside_himself() -> None:
    engine = Engine([plan(definition(reentry="any_time"))])
    engine.hear(event("Cart Viewed", START), event("Cart Viewed", hours(0.5)))
    assert len({run.lap for run in engine.runs.values()}) == len(engine.runs) == 2
    engine.tick(hours(2))
    assert engine.sent() == ["letter", "letter"]


def test_a_run_per_cart_ends_by_the_order_of_its_own_cart() -> None:
    rule = [{"event": "Order Completed", "same_key": True, "reason": "bought"}]
    engine = Engine([plan(definition(key="cart", exit=rule, reentry="after_exit"))])
    engine.hear(event("Cart Viewed", START, properties={"cart_id": "1"}))
    engine.hear(event("Cart Viewed", START, properties={"cart_id": "2"}))
    engine.hear(event("Order Completed", hours(0.5), properties={"order_id": "7", "cart_id": "2"}))
    engine.tick(hours(1))
    assert {run.key: run.outcome for run in engine.runs.values()} == {"1": "finished", "2": "goal"}


def test_the_calendar_lets_in_without_an_event_and_a_purchase_lets_out() -> None:
    once = {"once": {"date": "2026-03-05", "at": "09:00"}}
    engine = Engine([plan(definition(entry=once, reentry="after_exit"))])
    engine.hear(event("Journey Due", START, properties={"journey": "cart"}, event_id=None))
    engine.hear(event("Journey Due", START, customer=2, properties={"journey": "another"}, event_id=None))
    assert [run.customer_id for run in engine.runs.values()] == [ANNA]
    engine.hear(event("Order Completed", START + timedelta(minutes=5)))
    assert engine.run().outcome == "goal"
