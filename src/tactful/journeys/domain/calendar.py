"""Dates and hours of journeys: when the calendar lets customers in, and until when a wait lasts. Pure.

A date is the customer's own, or that of an order or deal of his: then each order or deal lets him in by itself.

Wall-clock times are the customer's or the company's. A time that the clocks jump over is as much later as they
jump; of a time that comes twice it is the first.
"""

import calendar
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tactful.kernel.time import DAY, FIRST_YEAR, HOUR, LAST_YEAR, day_of

# What lies beyond counts as long ago, or as never.
FIRST, LAST = date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)


@dataclass(frozen=True, slots=True)
class OnDate:
    """So many days after (or before, when negative) a date, in the customer's zone.

    `of`: whose date it is: `customer` (one of his attributes), `order` or `deal` (one of `MOMENTS`, or a date that
    an event told of it).
    """

    attribute: str
    days: int
    at: time
    yearly: bool
    of: str = "customer"

    @property
    def is_moment(self) -> bool:
        """Whether it is a moment, whose day the clocks of the customer tell, and no date in the calendar."""
        return self.attribute in MOMENTS.get(self.of, ())

    @property
    def is_told(self) -> bool:
        """Whether it is a date that events tell of an order or deal."""
        return self.of in MOMENTS and not self.is_moment


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


MOMENTS: Mapping[str, tuple[str, ...]] = {"order": ("completed_at", "placed_at"), "deal": ("sent_at",)}
"""What every order or deal has: when it was bought, placed, sent. All else is told of it by events."""
_OLDEST = 100  # years: a yearly date of an order or deal from before is not looked for
_JUMP = 3 * HOUR  # more than any clocks jump in a day

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


def moments(rule: Once, zone: ZoneInfo) -> list[datetime]:
    """When the clocks show it, from the first ones on earth to the last, or by the company's `zone` alone."""
    zones = [ZoneInfo(name) for name in ANYWHERE] if rule.own_zone else [zone]
    return sorted(by_wall(rule.on, rule.at, where) for where in zones)


def occurrences(rule: Recurring | Once, where: ZoneInfo, *, after: datetime, until: datetime) -> list[datetime]:
    """The moments of a rule in (after, until], by the clocks of one zone."""
    days = [rule.on] if isinstance(rule, Once) else [day for day in _days(after, until, where) if _falls(rule, day)]
    found = [by_wall(day, rule.at, where) for day in days]
    return [moment for moment in found if after < moment <= until]


def dates_in_question(rule: OnDate, *, after: datetime, until: datetime) -> set[str]:
    """Dates as text by which to look for customers: `YYYY-MM-DD`, or `MM-DD` of a yearly rule.

    A day more at each end than the window has, because zones differ: `date_moment` says who is really due.
    """
    found: set[str] = set()
    for _day, origin in _origins(rule, after, until):
        if not rule.yearly:
            found.add(origin.isoformat())
            continue
        found.add(f"{origin:%m-%d}")
        if _stands_for_leap_day(origin):
            found.add("02-29")
    return found


def days_in_question(rule: OnDate, *, after: datetime, until: datetime) -> set[str]:
    """As `dates_in_question`, but whole dates, those of earlier years written out: an index finds these."""
    return {day.isoformat() for _day, origin in _origins(rule, after, until) for day in _same_days(rule, origin)}


def spans_in_question(rule: OnDate, *, after: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """[from, to) in which a moment must lie to let somebody in; apart from each other, in order.

    Between a moment and what it makes due lie whole days of one zone, and what of the moment's day is before or
    after the hour: so a span is a day longer than the window, wherever the customer lives.
    """
    apart = {day - origin for day, one in _origins(rule, after, until) for origin in _same_days(rule, one)}
    hour = timedelta(hours=rule.at.hour, minutes=rule.at.minute)
    return _joined((after - days - hour - _JUMP, until - days - hour + DAY + _JUMP) for days in sorted(apart)[::-1])


def date_moment(
    rule: OnDate, value: object, where: ZoneInfo, *, after: datetime, until: datetime
) -> datetime | None:
    """When a customer with this date is due in (after, until]; None when he is not."""
    origin = day_there(value, where)
    if origin is None:
        return None
    shift = timedelta(days=rule.days)
    years = range((after - shift).year - 1, (until - shift).year + 2) if rule.yearly else [origin.year]
    for year in years:
        if year < origin.year:
            continue
        day = _in_year(origin, year) + timedelta(days=rule.days)
        if rule.is_moment and day <= origin:
            continue  # a year after, not on the day itself: whether it was before the hour would decide
        moment = by_wall(day, rule.at, where)
        if after < moment <= until:
            return moment
    return None


def day_there(value: object, where: ZoneInfo) -> date | None:
    """The date in a value, None where there is none; of a moment the one that the clocks there showed."""
    return day_of(value.astimezone(where) if isinstance(value, datetime) else value)


def _origins(rule: OnDate, after: datetime, until: datetime) -> Iterator[tuple[date, date]]:
    """(day on which somebody may be due, the date that makes him so). A day more at each end: zones differ."""
    for day in _days(after - DAY, until + DAY, ZoneInfo("UTC")):
        yield day, day - timedelta(days=rule.days)


def _same_days(rule: OnDate, origin: date) -> Iterator[date]:
    """The date itself; of a yearly rule that of the years before it, too."""
    if not rule.yearly:
        yield origin
        return
    for year in range(origin.year - _OLDEST, origin.year + 1):
        if (origin.month, origin.day) != (2, 29) or calendar.isleap(year):
            yield origin.replace(year=year)
        if _stands_for_leap_day(origin) and calendar.isleap(year):
            yield date(year, 2, 29)


def _stands_for_leap_day(origin: date) -> bool:
    return (origin.month, origin.day) == (2, 28) and not calendar.isleap(origin.year)


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Spans that overlap become one; they come in the order of their beginnings."""
    found: list[tuple[datetime, datetime]] = []
    for since, until in spans:
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


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
