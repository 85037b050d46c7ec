"""What journeys earned and what is planned, on bases small enough to count by hand."""

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import pytest
from tests.analytics.base_kit import at, base_of

from tactful.analytics import planned, uplift
from tactful.analytics.domain.welch import Group, Said
from tactful.decisions.domain.facts import CapRule
from tactful.lake.engine import Reader

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
base = partial(base_of, (*uplift.TABLES, *planned.TABLES))
_PERSON = {"active": True, "is_test": False}
_ORDER = {"status": "completed", "currency": "EUR", "returned_margin_minor": 0}


def people(*ids: int, **traits: Any) -> list[dict[str, Any]]:
    return [{**_PERSON, "customer_id": each, **traits} for each in ids]


def entered(customer: int, day: str, *, held_out: bool = False, journey: int = 1, **facts: Any) -> dict[str, Any]:
    began = {"customer_id": customer, "journey_id": journey, "started_at": at(day), "in_holdout": held_out}
    return began | facts


def bought(customer: int, day: str, margin: int, **facts: Any) -> dict[str, Any]:
    return {**_ORDER, "customer_id": customer, "completed_at": at(day), "margin_minor": margin, **facts}


def found(reader: Reader) -> dict[int, uplift.Uplift]:
    return uplift.uplifts(reader, since=START, until=END, currency="EUR")


def test_margin_counts_from_the_first_entry_for_thirty_days_whoever_was_written_to() -> None:
    runs = [entered(1, "03-01"), entered(1, "04-20"), entered(2, "03-05"), entered(3, "03-05", held_out=True)]
    orders = [
        bought(1, "02-28", 900),  # before
        bought(1, "03-02", 400, returned_margin_minor=100),
        bought(1, "03-31", 50),
        bought(1, "04-01", 800),  # after the thirty days of the first entry
        bought(2, "03-06", 700, status="cancelled"),
        bought(3, "03-06", 120),
    ]
    with base(customers=people(1, 2, 3), runs=runs, orders=orders) as reader:
        (one,) = found(reader).values()
    assert (one.treated, one.control) == (Group(2, 175.0, 61250.0), Group(1, 120.0, 0.0))
    assert (one.each, one.whole, one.said) == (None, None, Said.TOO_EARLY)


def test_orders_in_other_currencies_are_left_out_and_counted() -> None:
    runs = [entered(1, "03-01"), entered(1, "03-01", journey=2)]
    orders = [
        bought(1, "03-02", 400),
        bought(1, "03-03", 9000, currency="USD"),
        bought(1, "03-03", 1, currency="X"),
    ]
    with base(customers=people(1), runs=runs, orders=orders) as reader:
        uplifts = found(reader)
    assert {journey: (one.treated.mean, one.left_out) for journey, one in uplifts.items()} == {
        1: (400.0, 2),
        2: (400.0, 2),
    }


def test_the_merged_the_tests_and_those_who_entered_before_the_draw_are_not_in_it() -> None:
    runs = [entered(number, "03-02") for number in (1, 2, 3)] + [entered(4, "02-28"), entered(5, "06-01")]
    known = people(1, 4, 5) + people(2, active=False) + people(3, is_test=True)
    with base(customers=known, runs=runs) as reader:
        assert found(reader)[1].treated.count == 1


def test_the_side_is_the_one_drawn_at_the_first_entry() -> None:
    runs = [entered(1, "03-02", held_out=True), entered(1, "03-09")]
    with base(customers=people(1), runs=runs, orders=[bought(1, "03-10", 5)]) as reader:
        one = found(reader)[1]
    assert (one.treated.count, one.control) == (0, Group(1, 5.0, 0.0))


def test_the_margin_of_all_who_entered_is_that_of_each_times_their_number() -> None:
    """Means of 600 and 100; variances of 0.25 · n / (n - 1) around them, of amounts one apart: 500 ± 0.26."""
    ids = list(range(1, 81))
    runs = [entered(number, "03-02", held_out=number > 40) for number in ids]
    orders = [bought(number, "03-03", (600 if number <= 40 else 100) + number % 2) for number in ids]
    with base(customers=people(*ids), runs=runs, orders=orders) as reader:
        one = found(reader)[1]
    assert one.each is not None
    assert one.whole is not None
    assert (one.said, one.each.value, one.whole.value) == (Said.MORE, 500.0, 20000.0)
    # s² = 10/39, the error (2 · s²/40)^½ = 0.113228, 78 degrees: t = 1.990847
    assert one.each.low == pytest.approx(500 - 0.113228 * 1.990847, abs=1e-5)
    assert one.whole.high == pytest.approx(40 * (500 + 0.113228 * 1.990847), abs=1e-3)


def test_an_empty_house_has_earned_and_planned_nothing() -> None:
    with base() as reader:
        assert found(reader) == {}
        days = planned.planned(reader, now=START, days=2, caps=(), zone_name="UTC")
    assert days == [planned.Day(date(2026, 3, 1), 0, 0), planned.Day(date(2026, 3, 2), 0, 0)]


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def plan(reader: Reader, *caps: CapRule, zone: str = "UTC") -> list[tuple[int, int]]:
    days = planned.planned(reader, now=NOON, days=3, caps=caps, zone_name=zone)
    return [(day.moves, day.full) for day in days]


def test_moves_are_counted_by_local_day_and_late_ones_today() -> None:
    runs = [
        entered(1, "03-01", due_at=at("03-09")),  # late
        entered(2, "03-01", due_at=at("03-10T20:00")),  # tomorrow in Tokyo
        entered(3, "03-01", due_at=at("03-12T11:00")),
        entered(4, "03-01", due_at=at("03-14")),  # beyond
        entered(5, "03-01", due_at=at("03-11"), ended_at=at("03-02")),
        entered(6, "03-01", due_at=at("03-11"), held_out=True),
        entered(7, "03-01"),
    ]
    with base(runs=runs) as reader:
        assert plan(reader) == [(2, 0), (0, 0), (1, 0)]
        assert plan(reader, zone="Asia/Tokyo") == [(1, 0), (1, 0), (1, 0)]


def test_a_customer_is_at_a_cap_while_as_many_touches_as_it_allows_are_in_its_days() -> None:
    runs = [entered(1, "03-01", due_at=at("03-11")), entered(1, "03-01", due_at=at("03-12T11:00"))]
    sent = {"customer_id": 1, "category": "activation", "state": "sent"}
    deliveries = [
        sent | {"queued_at": at("03-05T09:00")},  # leaves the week on the 12th, at nine
        sent | {"queued_at": at("03-10T09:00")},
        sent | {"queued_at": at("03-10T09:00"), "state": "dropped"},
        sent | {"queued_at": at("03-10T09:00"), "category": "service"},
        sent | {"queued_at": at("03-10T09:00"), "customer_id": 2},
    ]
    with base(runs=runs, deliveries=deliveries) as reader:
        assert plan(reader, CapRule(2, 7)) == [(0, 0), (1, 1), (1, 0)]
        assert plan(reader, CapRule(3, 7), CapRule(2, 30)) == [(0, 0), (1, 1), (1, 1)]
        assert plan(reader, CapRule(3, 7)) == [(0, 0), (1, 0), (1, 0)]
        assert plan(reader, CapRule(0, 7, "sms")) == [(0, 0), (1, 0), (1, 0)]
