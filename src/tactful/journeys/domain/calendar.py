"""Dates and hours of journeys: when the calendar lets customers in, and until when a wait lasts. Pure.

Wall-clock times are the customer's or the company's. A time that the clocks jump over is as much later as they
jump; of a time that comes twice it is the first.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tactful.kernel.time import DAY, FIRST_YEAR, LAST_YEAR

# What lies beyond counts as long ago, or as never.
FIRST, LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True)
class OnDate:
    """So many days after (or before, when negative) a date among the customer's attributes, in his zone."""

    attribute: str
    days: int
    at: time
    yearly: bool


@dataclass(frozen=True, slots=True)
class Recurring:
    """Every day, on weekdays (0 is Monday), or on a day of the month; the last one where it has no such day."""

    at: time
    weekdays: frozenset[int] = frozenset()
    month_day: int = 0
    own_zone: bool = True  # the customer's; else the company's


@dataclass(frozen=True, slots=True)
class Once:
    """One moment by the clocks of the customer's zone, or the company's: a broadcast."""

    on: date
    at: time
    own_zone: bool = True


ANYWHERE = tuple(f"Etc/GMT{hours:+d}" for hours in range(-14, 13))
"""A zone for each hour of the day, from the earliest clocks on earth to the latest."""

Rule = OnDate | Recurring | Once


def by_wall(day: date, at: time, where: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the clocks there show this; of a day beyond `FIRST` and `LAST`, of these."""
    return datetime.combine(min(max(day, FIRST), LAST), at, tzinfo=where).astimezone(UTC)


def days_after(day: date, days: int) -> date:
    """So many days later (or, below zero, earlier), within `FIRST` and `LAST`."""
    return min(max(day, FIRST), LAST) + timedelta(days=days)


def next_at(moment: datetime, at: time, where: ZoneInfo, *, weekdays: frozenset[int] = frozenset()) -> datetime:
    """The first moment, not before this one, at which the clocks there show `at` on one of the weekdays."""
    day = moment.astimezone(where).date()
    while True:
        found = by_wall(day, at, where)
        if found >= moment and (not weekdays or day.weekday() in weekdays):
            return found
        day += DAY


def occurrences(rule: Recurring | Once, where: ZoneInfo, *, after: datetime, until: datetime) -> list[datetime]:
    """The moments of a rule in (after, until], by the clocks of one zone."""
    days = [rule.on] if isinstance(rule, Once) else [day for day in _days(after, until, where) if _falls(rule, day)]
    moments = [by_wall(day, rule.at, where) for day in days]
    return [moment for moment in moments if after < moment <= until]


def dates_in_question(rule: OnDate, *, after: datetime, until: datetime) -> set[str]:
    """Dates as text by which to look for customers: `YYYY-MM-DD`, or `MM-DD` of a yearly rule.

    A day more at each end than the window has, because zones differ: `date_moment` says who is really due.
    """
    found: set[str] = set()
    for day in _days(after - DAY, until + DAY, ZoneInfo("UTC")):
        origin = day - timedelta(days=rule.days)
        if not rule.yearly:
            found.add(origin.isoformat())
            continue
        found.add(f"{origin:%m-%d}")
        if (origin.month, origin.day) == (2, 28) and not calendar.isleap(origin.year):
            found.add("02-29")
    return found


def date_moment(
    rule: OnDate, value: object, where: ZoneInfo, *, after: datetime, until: datetime
) -> datetime | None:
    """When a customer with this date is due in (after, until]; None when he is not."""
    origin = day_of(value)
    if origin is None:
        return None
    years = range(after.year - 1, until.year + 2) if rule.yearly else [origin.year]
    for year in years:
        if year < origin.year:
            continue
        moment = by_wall(_in_year(origin, year) + timedelta(days=rule.days), rule.at, where)
        if after < moment <= until:
            return moment
    return None


def day_of(value: object) -> date | None:
    """The date in a value of a customer or an event, None where there is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def _in_year(origin: date, year: int) -> date:
    if (origin.month, origin.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return origin.replace(year=year)


def _falls(rule: Recurring, day: date) -> bool:
    if rule.weekdays:
        return day.weekday() in rule.weekdays
    if rule.month_day:
        return day.day == min(rule.month_day, calendar.monthrange(day.year, day.month)[1])
    return True


def _days(after: datetime, until: datetime, where: ZoneInfo) -> Iterator[date]:
    day, last = after.astimezone(where).date(), until.astimezone(where).date()
    while day <= last:
        yield day
        day += DAY
