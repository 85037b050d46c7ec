"""What comparisons, days and texts mean in the slow reference."""

import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.segments.segments_kit import TERMS, Row, bare

from tactful.segments.domain.comparisons import (
    Between,
    Bound,
    CalendarDays,
    Comparison,
    Holds,
    LastDays,
    Op,
    Value,
    Whose,
    Window,
)

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
# An offset counts only after seconds.
MOMENT = re.compile(r"[1-9]\d{3}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?)?)?", re.ASCII)
DAY = timedelta(days=1)
ZONES = available_timezones()
MOST = 10**15  # no number beyond it is counted


def compare(bound: Bound, value: Any, limit: Any) -> bool:
    tests: dict[Bound, Callable[[], bool]] = {
        Bound.AT_LEAST: lambda: value >= limit,
        Bound.AT_MOST: lambda: value <= limit,
        Bound.EXACTLY: lambda: value == limit,
        Bound.GREATER: lambda: value > limit,
        Bound.LESS: lambda: value < limit,
    }
    return bool(tests[bound]())


def inside(moment: datetime, window: Window | None, customer: Row, at: datetime) -> bool:
    if window is None:
        return True
    if isinstance(window, LastDays):
        return at - timedelta(days=window.days) < moment <= at
    if isinstance(window, CalendarDays):
        zone = customer.get("zone") if window.whose is Whose.CUSTOMER else None
        # By the calendar on the wall, not by midnights: today is one day, yesterday two.
        return moment <= at and (local_day(at, zone) - local_day(moment, zone)).days < window.days
    assert isinstance(window, Between)
    return edges(window.start)[0] <= moment < edges(window.end)[1]


def edges(value: Value, *, clock: bool = True) -> tuple[datetime, datetime]:
    """When a day of a rule begins and is over, by the company's clock or by no clock; of a moment, itself."""
    if value.holds is not Holds.DAY:
        return bare(value.begins), bare(value.begins)
    zone = ZoneInfo(TERMS.zone) if clock else UTC
    first, then = (value.begins.replace(tzinfo=zone) + timedelta(days=days) for days in (0, 1))
    return bare(first), bare(then)


def local_day(moment: datetime, zone: str | None) -> date:
    """The date on a calendar in the zone, or in the company's where the zone is unset or unknown."""
    known = zone if zone in ZONES else TERMS.zone
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(known)).date()


def fits(value: Any, comparison: Comparison, at: datetime, *, clock: bool = False) -> bool:
    op = comparison.op
    if op is Op.SET:
        return (value is not None) is comparison.value.raw
    if op is Op.IS_NOT:
        return not same(value, comparison.value)
    if value is None:
        return False
    if op in {Op.IS, Op.IN}:
        return any(same(value, each) for each in comparison.values)
    raw = comparison.value.raw
    if op is Op.CONTAINS:
        return small(str(raw)) in small(as_text(value))
    if op is Op.STARTS:
        return small(as_text(value)).startswith(small(str(raw)))
    if op in {Op.GREATER, Op.LESS} or (op is Op.BETWEEN and comparison.value.holds is Holds.NUMBER):
        number = as_number(value)
        return number is not None and number_fits(number, comparison)
    if op is Op.ANNIVERSARY_IN_DAYS:
        return returns_within(as_day(value), int(str(raw)), at)
    moment = as_moment(value)
    return moment is not None and moment_fits(moment, comparison, at, clock=clock)


def small(text: str) -> str:
    """Letter by letter: of a whole word, Python ends it with another sigma."""
    return "".join(letter.lower() for letter in text).replace(
        "\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}"
    )


def number_fits(number: float, comparison: Comparison) -> bool:
    limits = [float(str(value.raw)) for value in comparison.values]
    if comparison.op is Op.BETWEEN:
        return limits[0] <= number <= limits[1]
    return number > limits[0] if comparison.op is Op.GREATER else number < limits[0]


def moment_fits(moment: datetime, comparison: Comparison, at: datetime, *, clock: bool) -> bool:
    op, value = comparison.op, comparison.value
    if op is Op.BEFORE:
        return moment < edges(value, clock=clock)[0]
    if op is Op.AFTER:
        over = edges(value, clock=clock)[1]
        return moment >= over if value.holds is Holds.DAY else moment > over
    if op is Op.BETWEEN:
        high = comparison.values[1]
        over = edges(high, clock=clock)[1]
        ends = moment < over if high.holds is Holds.DAY else moment <= over
        return edges(value, clock=clock)[0] <= moment and ends
    days = timedelta(days=int(str(value.raw)))
    if op is Op.IN_NEXT_DAYS:
        return at < moment <= at + days
    assert op is Op.IN_LAST_DAYS
    return at - days < moment <= at


def returns_within(day: date | None, days: int, at: datetime) -> bool:
    """Looks at today and each of the next days, by the company's calendar."""
    if day is None:
        return False
    today = local_day(at, None)
    return any(is_anniversary(today + timedelta(days=ahead), day) for ahead in range(days + 1))


def is_anniversary(today: date, day: date) -> bool:
    if (day.month, day.day) == (2, 29) and (today + DAY).month == 3 and today.month == 2:
        return True
    return (today.month, today.day) == (day.month, day.day)


def same(value: Any, literal: Any) -> bool:
    if value is None:
        return False
    if literal.holds is Holds.NUMBER:
        number = as_number(value)
        return number is not None and number == float(literal.raw)
    if literal.holds is Holds.TRUTH:
        return as_text(value) == ("true" if literal.raw else "false")
    if literal.holds is Holds.DAY:
        return bool(value == literal.raw)
    return as_text(value) == literal.raw


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_number(value: Any) -> float | None:
    text = as_text(value)
    return float(text) if NUMBER.fullmatch(text) else None


def as_exact(value: Any) -> Fraction | None:
    """A number as it is added up: tenths are tenths; kept to nine places, and none beyond any counted here."""
    text = as_text(value)
    if not NUMBER.fullmatch(text) or abs(float(text)) > MOST:
        return None
    return round(Fraction(text), 9)


def as_moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    text = as_text(value)
    if not MOMENT.fullmatch(text):
        return None
    try:
        return bare(datetime.fromisoformat(text))
    except ValueError:
        return None


def as_day(value: Any) -> date | None:
    """A date as it is; the day of a moment by the company's calendar."""
    moment = as_moment(value)
    if moment is None:
        return None
    plain = isinstance(value, str) and len(value) == 10
    if plain or (isinstance(value, date) and not isinstance(value, datetime)):
        return moment.date()
    return local_day(moment, None)
