"""Dates of customers, schedules, broadcasts: which moment is whose, over zones, leap days and ends of months."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.journeys.domain.calendar import (
    Once,
    OnDate,
    Recurring,
    date_moment,
    dates_in_question,
    days_in_question,
    next_at,
    occurrences,
    spans_in_question,
)
from tactful.kernel.time import DAY

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Pacific/Kiritimati"]
TEN = time(10)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def moments(first: int, last: int) -> st.SearchStrategy[datetime]:
    """Any moment from the beginning of one year to that of another, to the second."""
    begin, end = moment(f"{first}-01-01"), moment(f"{last}-01-01")
    return st.integers(0, int((end - begin).total_seconds())).map(
        lambda seconds: begin + timedelta(seconds=seconds)
    )


@pytest.mark.parametrize(
    ("rule", "value", "zone", "due"),
    [
        (OnDate("birthday", 0, TEN, yearly=True), "1980-05-17", "UTC", "2027-05-17T10:00"),
        (OnDate("birthday", 0, TEN, yearly=True), "2000-02-29", "UTC", "2027-02-28T10:00"),
        (OnDate("birthday", 0, TEN, yearly=True), "2000-02-29", "Europe/Berlin", "2027-02-28T09:00"),
        (OnDate("birthday", -14, TEN, yearly=True), "1990-01-05", "UTC", "2027-12-22T10:00"),
        (OnDate("renewal", -30, TEN, yearly=False), "2027-03-31", "UTC", "2027-03-01T10:00"),
        (OnDate("renewal", 1, TEN, yearly=False), "2027-12-30T23:30:00+09:00", "UTC", "2027-12-31T10:00"),
        (OnDate("renewal", 0, TEN, yearly=False), "2028-03-31", "UTC", None),
        (OnDate("birthday", 0, TEN, yearly=True), "2030-01-01", "UTC", None),
        (OnDate("birthday", 0, TEN, yearly=True), "unknown", "UTC", None),
    ],
)
def test_a_date_is_due_in_the_customers_morning(rule: OnDate, value: str, zone: str, due: str | None) -> None:
    year = moment("2027-01-01"), moment("2027-12-31T23:59")
    found = date_moment(rule, value, ZoneInfo(zone), after=year[0], until=year[1])
    assert found == (moment(due) if due else None)


def due_after(rule: OnDate, value: object, where: ZoneInfo, near: datetime) -> datetime:
    """When a customer with this date is due: of a yearly rule after a moment, of any other whenever that is."""
    window = (near, near + timedelta(days=1500)) if rule.yearly else (moment("1900-01-01"), moment("2100-01-01"))
    due = date_moment(rule, value, where, after=window[0], until=window[1])
    assert due is not None
    return due


# A look that meets what is due: it began so many seconds before, and goes on for so many after.
BEFORE, BEYOND = st.integers(1, 2 * 86400), st.integers(0, 86400)


@given(
    born=st.dates(date(1940, 1, 1), date(2020, 12, 31)),
    days=st.integers(-3660, 3660),
    yearly=st.booleans(),
    zone=st.sampled_from(ZONES),
    near=moments(2032, 2042),
    before=BEFORE,
    beyond=BEYOND,
)
def test_who_is_due_is_always_among_those_looked_for(
    born: date, days: int, yearly: bool, zone: str, near: datetime, before: int, beyond: int
) -> None:
    rule, where = OnDate("x", days, TEN, yearly=yearly), ZoneInfo(zone)
    due = due_after(rule, born.isoformat(), where, near)
    look = {"after": due - timedelta(seconds=before), "until": due + timedelta(seconds=beyond)}
    assert date_moment(rule, born.isoformat(), where, **look) == due
    texts = dates_in_question(rule, **look)
    assert born.isoformat() in texts or f"{born:%m-%d}" in texts


def bought(days: int, *, yearly: bool = False, at: time = TEN) -> OnDate:
    return OnDate("completed_at", days, at, yearly=yearly, of="order")


@pytest.mark.parametrize(
    ("rule", "bought_at", "zone", "due"),
    [
        (bought(30), "2027-03-01T12:00", "UTC", "2027-03-31T10:00"),
        # Whose clocks were past midnight bought a day later.
        (bought(30), "2027-03-01T23:30", "Europe/Berlin", "2027-04-01T08:00"),
        (bought(30), "2027-03-01T23:30", "America/New_York", "2027-03-31T14:00"),
        (bought(1), "2027-03-01T09:59", "Pacific/Kiritimati", "2027-03-01T20:00"),
        (bought(1), "2027-03-01T10:00", "Pacific/Kiritimati", "2027-03-02T20:00"),
        # The clocks jump between purchase and moment, and over the very hour.
        (bought(7), "2027-03-25T12:00", "Europe/Berlin", "2027-04-01T08:00"),
        (bought(3, at=time(2, 30)), "2027-03-25T12:00", "Europe/Berlin", "2027-03-28T01:30"),
        (bought(3, at=time(2, 30)), "2027-10-28T12:00", "Europe/Berlin", "2027-10-31T00:30"),
        # Ends of months and years are days as any other.
        (bought(1), "2027-01-31T12:00", "UTC", "2027-02-01T10:00"),
        (bought(31), "2027-12-31T12:00", "UTC", None),
        # A year after 29 February is 28 February; four years after it is the day itself.
        (bought(0, yearly=True), "2024-02-29T12:00", "UTC", "2027-02-28T10:00"),
        (bought(0, yearly=True), "2024-02-28T23:30", "Europe/Berlin", "2027-02-28T09:00"),
        (bought(0, yearly=True), "2028-02-29T12:00", "UTC", None),
        # The day itself is none of the years that come again.
        (bought(0, yearly=True), "2027-05-17T08:00", "UTC", None),
        (bought(-3, yearly=True), "2027-05-17T08:00", "UTC", None),
        (bought(3, yearly=True), "2027-05-17T08:00", "UTC", "2027-05-20T10:00"),
    ],
)
def test_an_order_is_due_by_the_clocks_of_its_customer(
    rule: OnDate, bought_at: str, zone: str, due: str | None
) -> None:
    window = {"after": moment("2027-01-01"), "until": moment("2027-12-31T23:59")}
    found = date_moment(rule, moment(bought_at), ZoneInfo(zone), **window)
    assert found == (moment(due) if due else None)


@given(
    bought_at=moments(2017, 2029),
    days=st.integers(-3660, 3660),
    yearly=st.booleans(),
    at=st.times(),
    zone=st.sampled_from([*ZONES, "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia"]),
    near=moments(2041, 2049),
    before=BEFORE,
    beyond=BEYOND,
)
def test_an_order_that_is_due_is_always_among_those_looked_for(
    bought_at: datetime, days: int, yearly: bool, at: time, zone: str, near: datetime, before: int, beyond: int
) -> None:
    days = days if yearly else abs(days) + 1  # of an order that comes but once: none is due before it is there
    rule, where = bought(days, yearly=yearly, at=at.replace(second=0, microsecond=0)), ZoneInfo(zone)
    due = due_after(rule, bought_at, where, near)
    look = {"after": due - timedelta(seconds=before), "until": due + timedelta(seconds=beyond)}
    assert date_moment(rule, bought_at, where, **look) == due
    spans = spans_in_question(rule, **look)
    assert all(one[1] < other[0] for one, other in pairwise(spans))
    assert any(since <= bought_at < until for since, until in spans)
    assert bought_at.astimezone(where).date().isoformat() in days_in_question(rule, **look)


@given(days=st.integers(1, 400), start=moments(2019, 2029), seconds=st.integers(1, 60))
def test_a_look_asks_for_little_more_than_a_day_of_orders(days: int, start: datetime, seconds: int) -> None:
    ((since, until),) = spans_in_question(bought(days), after=start, until=start + timedelta(seconds=seconds))
    assert until - since <= timedelta(hours=30, minutes=1)


@given(
    zone=st.sampled_from(ZONES),
    weekdays=st.frozensets(st.integers(0, 6), max_size=3),
    month_day=st.integers(0, 31),
    at=st.times(),
    start=moments(2026, 2028),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=12),
)
def test_looks_one_after_the_other_find_each_moment_once(
    zone: str, weekdays: frozenset[int], month_day: int, at: time, start: datetime, cuts: list[int]
) -> None:
    rule = Recurring(at.replace(microsecond=0), weekdays, 0 if weekdays else month_day)
    where = ZoneInfo(zone)
    ends = [start]
    for cut in cuts:
        ends.append(ends[-1] + timedelta(hours=cut))
    pieces = [occurrences(rule, where, after=a, until=b) for a, b in pairwise(ends)]
    assert list(chain(*pieces)) == occurrences(rule, where, after=ends[0], until=ends[-1])


def test_a_month_without_such_a_day_has_its_last() -> None:
    rule = Recurring(TEN, month_day=31)
    found = occurrences(rule, ZoneInfo("UTC"), after=moment("2028-01-31T11:00"), until=moment("2028-04-30T11:00"))
    assert [f"{one:%m-%d}" for one in found] == ["02-29", "03-31", "04-30"]


def test_a_broadcast_has_one_moment_in_each_zone() -> None:
    rule = Once(date(2026, 12, 1), TEN)
    window = {"after": moment("2026-11-30"), "until": moment("2026-12-03")}
    found = {name: occurrences(rule, ZoneInfo(name), **window) for name in ZONES}
    assert all(len(moments) == 1 for moments in found.values())
    assert found["Pacific/Kiritimati"] == [moment("2026-11-30T20:00")]


@given(
    zone=st.sampled_from(ZONES),
    weekdays=st.frozensets(st.integers(0, 6), max_size=7),
    at=st.times(),
    start=moments(2026, 2028),
)
def test_the_next_such_time_is_never_before_and_at_most_a_week_and_a_day_away(
    zone: str, weekdays: frozenset[int], at: time, start: datetime
) -> None:
    found = next_at(start, at, ZoneInfo(zone), weekdays=weekdays)
    assert start <= found <= start + 8 * DAY
