"""What a condition compares with: literals, operators, bounds and periods."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from enum import StrEnum


class Op(StrEnum):
    """How a value is compared. Each is also the key that says so in JSON."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    CONTAINS = "contains"
    STARTS = "starts"
    GREATER = "greater"
    LESS = "less"
    SET = "set"
    BEFORE = "before"
    AFTER = "after"
    BETWEEN = "between"
    IN_LAST_DAYS = "in_last_days"
    IN_NEXT_DAYS = "in_next_days"
    ANNIVERSARY_IN_DAYS = "anniversary_in_days"


class Holds(StrEnum):
    """What a literal is: JSON's `1` and `true` are equal to Python but say different things."""

    TEXT = "text"
    NUMBER = "number"
    TRUTH = "truth"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Value:
    """A literal of the rule with what it is. Moments are aware UTC; a day is a date in UTC."""

    holds: Holds
    raw: str | int | float | bool | date | datetime

    @property
    def begins(self) -> datetime:
        """The first moment of a day, or the moment itself."""
        if isinstance(self.raw, datetime):
            return self.raw
        if isinstance(self.raw, date):
            return datetime.combine(self.raw, clock_time(), tzinfo=UTC)
        raise TypeError(f"{self.raw!r} is no moment")

    @property
    def over(self) -> datetime:
        """The first moment after a day, or the moment itself."""
        return self.begins + timedelta(days=1) if self.holds is Holds.DAY else self.begins


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison; `in` has several values, `between` two, every other operator one."""

    op: Op
    values: tuple[Value, ...]

    @property
    def value(self) -> Value:
        return self.values[0]


@dataclass(frozen=True, slots=True)
class LastDays:
    """The `days` spans of 24 hours that end at the moment: later than its start, up to and with its end."""

    days: int


@dataclass(frozen=True, slots=True)
class Between:
    """From a moment (with it) to a moment (without it); a `to` that is a day includes that day."""

    start: Value
    end: Value


class Whose(StrEnum):
    """Whose clock says when a day begins."""

    COMPANY = "company"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class CalendarDays:
    """Today and the days before it, `days` in all, up to and with the moment; they begin at midnight of a zone."""

    days: int
    whose: Whose = Whose.COMPANY


Window = LastDays | Between | CalendarDays


class Bound(StrEnum):
    """How a number is compared."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    EXACTLY = "exactly"
    GREATER = "greater"
    LESS = "less"

    def meets(self, number: float, limit: float) -> bool:
        return {
            Bound.AT_LEAST: number >= limit,
            Bound.AT_MOST: number <= limit,
            Bound.EXACTLY: number == limit,
            Bound.GREATER: number > limit,
            Bound.LESS: number < limit,
        }[self]
