"""The eight measures on bases small enough to count by hand, and laws that hold on any base."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from statistics import mean, median
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.analytics.base_kit import at, base_of

from tactful.analytics.definitions import DEFINITIONS, FATIGUE
from tactful.analytics.measures import TABLES, Measures, Side, compute, currency_of, customers_behind, reach, trend
from tactful.kernel.errors import InvalidInput
from tactful.lake.engine import Reader

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
base = partial(base_of, TABLES)
_PERSON = {"active": True, "is_test": False, "created_at": datetime.fromisoformat("2026-01-01")}
_ORDER = {
    "status": "completed",
    "currency": "EUR",
    "revenue_minor": 1000,
    "margin_minor": 400,
    "returned_minor": 0,
    "returned_margin_minor": 0,
}
_SENT = {"category": "activation", "state": "sent", "journey_id": 1}
_RUN = {"journey_id": 1, "in_holdout": False}


def people(*ids: int, **traits: Any) -> list[dict[str, Any]]:
    return [{**_PERSON, "customer_id": each, **traits} for each in ids]


def bought(customer: int, day: str, **facts: Any) -> dict[str, Any]:
    return {**_ORDER, "customer_id": customer, "completed_at": at(day), **facts}


def sent(customer: int, day: str, **facts: Any) -> dict[str, Any]:
    return {**_SENT, "customer_id": customer, "queued_at": at(day), "sent_at": at(day), **facts}


def march(reader: Reader) -> Measures:
    return compute(reader, start=START, end=END, currency="EUR")


def test_an_empty_company_has_measures_without_a_value() -> None:
    with base() as reader:
        measures = march(reader)
    assert {name: measure.value for name, measure in measures.by_name.items()} == {
        "second_purchase_share": None,
        "repeat_revenue": 0,
        "days_between_purchases": None,
        "journey_conversion": None,
        "unsubscribe_rate": None,
        "complaint_rate": None,
        "silent_share": None,
        "without_next_step_share": None,
        "reactivated": 0,
        "margin_contribution": 0,
    }


def test_the_second_purchase_counts_when_it_came_before_the_end() -> None:
    orders = [
        bought(1, "02-01"), bought(1, "03-10"),  # twice
        bought(2, "03-05"), bought(2, "04-01"),  # the second on the first day after
        bought(3, "04-02"),  # not a buyer yet
        bought(4, "03-01"), bought(4, "03-02", status="cancelled"),
    ]  # fmt: skip
    with base(customers=people(1, 2, 3, 4), orders=orders) as reader:
        share = march(reader)["second_purchase_share"]
    assert (share.numerator, share.denominator) == (1, 3)


def test_repeat_revenue_is_what_stays_of_purchases_after_the_first() -> None:
    orders = [
        bought(1, "02-01"),
        bought(1, "03-10", revenue_minor=5000, returned_minor=1500),
        bought(2, "03-05", revenue_minor=700),
        bought(2, "03-20", revenue_minor=900, currency="USD"),
    ]
    changes = [
        {"segment_id": 7, "customer_id": 1, "at": at("02-01"), "entered": True},
        {"segment_id": 8, "customer_id": 1, "at": at("02-01"), "entered": True},
        {"segment_id": 8, "customer_id": 1, "at": at("03-31"), "entered": False},
        {"segment_id": 8, "customer_id": 2, "at": at("03-31"), "entered": True},
        {"segment_id": 8, "customer_id": 2, "at": at("04-01"), "entered": False},
    ]
    with base(customers=people(1, 2), orders=orders, member_changes=changes) as reader:
        measures = march(reader)
    revenue = measures["repeat_revenue"]
    assert (revenue.value, revenue.of, revenue.currency) == (3500, 4200, "EUR")
    assert {segment: (part.value, part.of) for segment, part in revenue.parts.items()} == {
        7: (3500, 3500),
        8: (0, 700),
    }
    assert measures.left_out == 1


def test_days_between_purchases_are_days_from_day_to_day() -> None:
    orders = [
        bought(1, "02-19"), bought(1, "03-01T09:00"), bought(1, "03-01T18:00"),  # 10 days, counted once
        bought(1, "03-31T23:59"),  # 30 days
        bought(2, "03-01"), bought(2, "03-03"),  # 2 days
        bought(2, "04-01"),  # in the next period
    ]  # fmt: skip
    with base(customers=people(1, 2), orders=orders) as reader:
        gaps = march(reader)["days_between_purchases"]
    assert (gaps.value, gaps.mean, gaps.of) == (10, 14, 3)


def test_conversion_counts_runs_that_began_in_the_period_and_leaves_the_holdout_aside() -> None:
    runs = [
        {**_RUN, "customer_id": 1, "started_at": at("03-01"), "goal_at": at("03-05")},
        {**_RUN, "customer_id": 2, "started_at": at("03-31"), "goal_at": at("04-05")},
        {**_RUN, "customer_id": 3, "started_at": at("03-02"), "journey_id": 2},
        {**_RUN, "customer_id": 4, "started_at": at("03-02"), "goal_at": at("03-03"), "in_holdout": True},
        {**_RUN, "customer_id": 1, "started_at": at("04-01"), "goal_at": at("04-01")},
    ]
    with base(customers=people(1, 2, 3, 4), runs=runs) as reader:
        conversion = march(reader)["journey_conversion"]
    assert (conversion.numerator, conversion.denominator) == (2, 3)
    assert {journey: part.value for journey, part in conversion.parts.items()} == {1: 1.0, 2: 0.0}


def test_fatigue_is_counted_per_message_and_silence_per_reader() -> None:
    deliveries = [
        sent(1, "03-01", unsubscribed_at=at("03-02")),
        sent(1, "03-05", complained_at=at("03-06")),
        sent(1, "03-09"),
        sent(2, "03-01"), sent(2, "03-02"), sent(2, "03-03", opened_at=at("03-04")),
        sent(3, "03-01"), sent(3, "03-02"),
        sent(1, "03-20", category="service", complained_at=at("03-20")),
        sent(1, "04-01", unsubscribed_at=at("04-01")),
        {**sent(2, "03-20"), "sent_at": None, "state": "dropped"},
    ]  # fmt: skip
    with base(customers=people(1, 2, 3), deliveries=deliveries) as reader:
        measures = march(reader)
    found = {name: (measures[name].numerator, measures[name].denominator) for name in FATIGUE}
    assert found == {"unsubscribe_rate": (1, 8), "complaint_rate": (1, 8), "silent_share": (1, 2)}


def test_a_next_step_is_an_open_run_an_open_task_or_a_waiting_message() -> None:
    customers = [*people(1, 2, 3, 4, 5, 6), *people(7, created_at=at("04-02")), *people(8, is_test=True)]
    runs = [
        {**_RUN, "customer_id": 1, "started_at": at("03-01")},
        {**_RUN, "customer_id": 2, "started_at": at("03-01"), "ended_at": at("03-31")},
        {**_RUN, "customer_id": 3, "started_at": at("03-01"), "in_holdout": True},
    ]
    tasks = [{"customer_id": 4, "created_at": at("03-30"), "done_at": at("04-01")}]
    deliveries = [{**sent(5, "03-31"), "sent_at": None, "state": "queued"}, sent(6, "03-30")]
    with base(customers=customers, runs=runs, tasks=tasks, deliveries=deliveries) as reader:
        share = march(reader)["without_next_step_share"]
        ids = customers_behind(
            reader, "without_next_step_share", Side.NUMERATOR, start=START, end=END, currency="EUR"
        )
    assert (share.numerator, share.denominator) == (3, 6)
    assert ids == [2, 3, 6]


def test_a_customer_of_an_imported_history_counts_from_his_first_purchase() -> None:
    customers = people(1, created_at=at("11-22"))
    with base(customers=customers, orders=[bought(1, "03-05")]) as reader:
        assert march(reader)["without_next_step_share"].denominator == 1


def test_who_buys_after_sixty_days_of_silence_is_woken_up() -> None:
    orders = [
        bought(1, "01-01"), bought(1, "03-10"),  # after 68 days
        bought(2, "01-01"), bought(2, "03-02"),  # after exactly 60 days: not asleep
        bought(3, "01-20"),  # asleep from the 21st of March on
        bought(4, "02-25"),  # awake
        bought(5, "01-01"), bought(5, "04-10"),  # asleep all month
    ]  # fmt: skip
    with base(customers=people(1, 2, 3, 4, 5), orders=orders) as reader:
        woken = march(reader)["reactivated"]
        behind = {
            side: customers_behind(reader, "reactivated", side, start=START, end=END, currency="EUR")
            for side in Side
        }
    assert (woken.value, woken.of) == (1, 3)
    assert behind == {Side.NUMERATOR: [1], Side.DENOMINATOR: [1, 3, 5]}


def test_margin_is_attributed_to_a_click_for_seven_days_and_to_an_open_for_one() -> None:
    orders = [
        bought(1, "03-10", margin_minor=100, returned_margin_minor=10),  # clicked on the 4th
        bought(2, "03-12", margin_minor=200),  # clicked eight days before
        bought(3, "03-10T12:00", margin_minor=400),  # opened half a day before
        bought(4, "03-10", margin_minor=800),  # opened two days before
        bought(5, "03-10", margin_minor=1600),  # clicked afterwards
        bought(6, "03-10", margin_minor=3200),  # clicked a service message
    ]
    deliveries = [
        sent(1, "03-03", clicked_at=at("03-04")),
        sent(2, "03-03", clicked_at=at("03-04")),
        sent(3, "03-09", opened_at=at("03-10")),
        sent(4, "03-08", opened_at=at("03-08")),
        sent(5, "03-08", clicked_at=at("03-11")),
        sent(6, "03-09", clicked_at=at("03-09"), category="service"),
    ]
    with base(customers=people(1, 2, 3, 4, 5, 6), orders=orders, deliveries=deliveries) as reader:
        margin = march(reader)["margin_contribution"]
    assert (margin.value, margin.of) == (90 + 400, 6290)


def test_merged_erased_and_test_customers_are_in_no_measure() -> None:
    customers = [*people(1, active=False), *people(2, is_test=True)]
    rows = {
        "orders": [bought(1, "01-01"), bought(1, "03-10"), bought(2, "03-10")],
        "deliveries": [sent(1, "03-01"), sent(2, "03-01")],
        "runs": [{**_RUN, "customer_id": 1, "started_at": at("03-01")}],
    }
    with base(customers=customers, **rows) as reader:
        assert all(not measure.value for measure in march(reader).by_name.values())


def test_the_period_includes_its_start_and_not_its_end() -> None:
    orders = [bought(1, "02-01"), bought(1, "03-01"), bought(1, "04-01")]
    with base(customers=people(1), orders=orders) as reader:
        assert march(reader)["repeat_revenue"].value == 1000


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with base() as reader, pytest.raises(InvalidInput, match="begins before"):
        compute(reader, start=END, end=START, currency="EUR")


def test_a_measure_that_does_not_exist_is_refused_by_name() -> None:
    with base() as reader, pytest.raises(InvalidInput, match="second_purchase_share"):
        customers_behind(reader, "open_rate", Side.NUMERATOR, start=START, end=END, currency="EUR")


def test_customers_behind_a_number_come_in_pages() -> None:
    orders = [bought(each, "03-10") for each in (1, 2, 3, 4, 5)]
    with base(customers=people(1, 2, 3, 4, 5), orders=orders) as reader:
        page = customers_behind(
            reader, "repeat_revenue", Side.DENOMINATOR, start=START, end=END, currency="EUR", after=2, limit=2
        )
    assert page == [3, 4]


def test_everybody_with_a_reason_stands_in_one_place() -> None:
    decisions = [
        {"customer_id": 1, "verdict": "hold", "reason": "quiet_hours", "at": at("03-02T01:00")},
        {"customer_id": 1, "verdict": "send", "reason": "clear", "at": at("03-02T08:00")},
        {"customer_id": 2, "verdict": "drop", "reason": "consent", "at": at("03-02T08:00")},
        {"customer_id": 2, "verdict": "hold", "reason": "frequency_cap", "at": at("03-02T09:00")},
        {"customer_id": 3, "verdict": "drop", "reason": "frequency_cap", "at": at("03-02T09:00")},
        {"customer_id": 4, "verdict": "drop", "reason": "consent", "at": at("03-03")},
    ]
    with base(decisions=decisions) as reader:
        found = reach(reader, start=datetime(2026, 3, 2, tzinfo=UTC), end=datetime(2026, 3, 3, tzinfo=UTC))
    assert (found.had_reason, found.contacted, dict(found.not_contacted)) == (3, 1, {"frequency_cap": 2})


def test_scripts_find_the_eight_names_with_numerator_and_denominator_where_it_is_a_share() -> None:
    with base(customers=people(1), orders=[bought(1, "03-05")]) as reader:
        said = march(reader).as_json(segments={}, journeys={})
    assert {
        "period", "definitions", "second_purchase_share", "repeat_revenue", "days_between_purchases",
        "journey_conversion", "fatigue", "without_next_step_share", "reactivated", "margin_contribution",
    } <= set(said)  # fmt: skip
    assert said["second_purchase_share"] == {"value": 0.0, "unit": "share", "numerator": 0, "denominator": 1}
    assert set(said["fatigue"]) == set(FATIGUE)
    assert set(said["definitions"]) == {*DEFINITIONS, "fatigue"}


@pytest.mark.parametrize(
    ("currencies", "counted"), [(["USD", "USD", "EUR"], "EUR"), (["GBP", "USD", "USD"], "USD"), ([], "EUR")]
)
def test_a_period_is_counted_in_the_company_s_currency_where_it_has_any(
    currencies: list[str], counted: str
) -> None:
    orders = [bought(1, "03-05", currency=currency) for currency in currencies]
    with base(customers=people(1), orders=orders) as reader:
        assert currency_of(reader, start=START, end=END, preferred="EUR") == counted


_MOMENTS = st.datetimes(at("01-01"), at("05-01"))
_OPTIONAL = st.one_of(st.none(), _MOMENTS)
_CUSTOMERS = st.integers(1, 5)
_BASES = st.fixed_dictionaries(
    {
        "orders": st.lists(
            st.fixed_dictionaries(
                {
                    "customer_id": _CUSTOMERS,
                    "completed_at": _MOMENTS,
                    "revenue_minor": st.integers(0, 10_000),
                    "margin_minor": st.integers(0, 5_000),
                }
            ).map(lambda row: {**_ORDER, **row}),
            max_size=25,
        ),
        "deliveries": st.lists(
            st.fixed_dictionaries(
                {
                    "customer_id": _CUSTOMERS,
                    "queued_at": _MOMENTS,
                    "sent_at": _OPTIONAL,
                    "opened_at": _OPTIONAL,
                    "clicked_at": _OPTIONAL,
                    "complained_at": _OPTIONAL,
                    "unsubscribed_at": _OPTIONAL,
                }
            ).map(lambda row: {**_SENT, **row}),
            max_size=15,
        ),
        "runs": st.lists(
            st.fixed_dictionaries(
                {"customer_id": _CUSTOMERS, "started_at": _MOMENTS, "ended_at": _OPTIONAL, "goal_at": _OPTIONAL}
            ).map(lambda row: {**_RUN, **row}),
            max_size=10,
        ),
    }
)
_law = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_law
@given(_BASES)
def test_no_part_is_larger_than_its_whole(rows: dict[str, list[dict[str, Any]]]) -> None:
    with base(customers=people(1, 2, 3, 4, 5), **rows) as reader:
        measures = march(reader)
    for measure in measures.by_name.values():
        part = measure.value if measure.numerator is None else measure.numerator
        whole = measure.of if measure.denominator is None else measure.denominator
        assert part is None or whole is None or measure.name == "days_between_purchases" or 0 <= part <= whole


@_law
@given(_BASES, st.integers(1, 30))
def test_two_adjoining_periods_add_up_to_the_whole(rows: dict[str, list[dict[str, Any]]], day: int) -> None:
    middle = START + timedelta(days=day)
    with base(customers=people(1, 2, 3, 4, 5), **rows) as reader:
        whole = march(reader)
        first = compute(reader, start=START, end=middle, currency="EUR")
        second = compute(reader, start=middle, end=END, currency="EUR")
    for name in ("repeat_revenue", "margin_contribution"):
        assert first[name].value + second[name].value == whole[name].value  # type: ignore[operator]
    for name in ("journey_conversion", "unsubscribe_rate", "complaint_rate"):
        assert first[name].numerator + second[name].numerator == whole[name].numerator  # type: ignore[operator]
        assert first[name].denominator + second[name].denominator == whole[name].denominator  # type: ignore[operator]
    assert (
        first["days_between_purchases"].of + second["days_between_purchases"].of
        == whole["days_between_purchases"].of
    )  # type: ignore[operator]
    assert max(first["reactivated"].value, second["reactivated"].value) <= whole["reactivated"].value  # type: ignore[type-var,operator]


@_law
@given(_BASES)
def test_a_point_of_the_trend_is_the_measure_of_that_week(rows: dict[str, list[dict[str, Any]]]) -> None:
    with base(customers=people(1, 2, 3, 4, 5), **rows) as reader:
        points = trend(reader, end=END, weeks=3, currency="EUR")
        for week in range(3):
            span = points["repeat_revenue"][week]
            measures = compute(reader, start=span.start, end=span.end, currency="EUR")
            for name, weekly in points.items():
                assert weekly[week].value == measures[name].value
    assert points["repeat_revenue"][-1].end == END


@_law
@given(_BASES)
def test_every_number_opens_to_its_customers(rows: dict[str, list[dict[str, Any]]]) -> None:
    with base(customers=people(1, 2, 3, 4, 5), **rows) as reader:
        measures = march(reader)
        for name in ("second_purchase_share", "without_next_step_share", "silent_share"):
            for side, count in (
                (Side.NUMERATOR, measures[name].numerator),
                (Side.DENOMINATOR, measures[name].denominator),
            ):
                ids = customers_behind(reader, name, side, start=START, end=END, currency="EUR")
                assert len(ids) == count


@_law
@given(_BASES)
def test_the_measures_agree_with_a_count_by_hand(rows: dict[str, list[dict[str, Any]]]) -> None:
    first, last = START.replace(tzinfo=None), END.replace(tzinfo=None)
    buyers: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for number, row in enumerate(rows["orders"]):
        buyers[row["customer_id"]].append({**row, "number": number})
    for purchases in buyers.values():
        purchases.sort(key=lambda row: (row["completed_at"], row["number"]))
    repeat = sum(
        row["revenue_minor"]
        for rows_ in buyers.values()
        for row in rows_[1:]
        if first <= row["completed_at"] < last
    )
    gaps = [gap for rows_ in buyers.values() for day, gap in _gaps(rows_) if first.date() <= day < last.date()]
    with base(customers=people(1, 2, 3, 4, 5), **rows) as reader:
        measures = march(reader)
    assert measures["repeat_revenue"].value == repeat
    days = measures["days_between_purchases"]
    assert days.value == (median(gaps) if gaps else None)
    assert days.mean == (pytest.approx(mean(gaps)) if gaps else None)


def _gaps(purchases: Sequence[dict[str, Any]]) -> list[tuple[date, int]]:
    days = sorted({row["completed_at"].date() for row in purchases})
    return [(later, (later - earlier).days) for earlier, later in pairwise(days)]
