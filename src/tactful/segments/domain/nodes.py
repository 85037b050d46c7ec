"""The rule of a segment as a typed, frozen tree. What can be said is here; how it is asked is the compiler's.

A leaf is either true or false of a customer at a moment, never unknown: a value that is unset meets no
comparison except `is_not` and `set: false`. So `not` of a leaf is true wherever the leaf is not.
"""

from collections.abc import Iterator
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
    IN_LAST_DAYS = "in_last_days"


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
    """One comparison; `in` has several values, every other operator one."""

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


Window = LastDays | Between


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


class Word(StrEnum):
    """What a customer said about a topic on a channel."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    UNSET = "unset"


class Measure(StrEnum):
    """What is counted over a customer's purchases."""

    COUNT = "count"
    REVENUE = "revenue"
    MARGIN = "margin"
    AVERAGE = "average"
    DAYS_SINCE_LAST = "days_since_last"
    DAYS_SINCE_FIRST = "days_since_first"
    DISCOUNT_SHARE = "discount_share"
    RETURNED_SHARE = "returned_share"

    @property
    def money(self) -> bool:
        return self in {Measure.REVENUE, Measure.MARGIN, Measure.AVERAGE}

    @property
    def age(self) -> bool:
        return self in {Measure.DAYS_SINCE_LAST, Measure.DAYS_SINCE_FIRST}

    @property
    def share(self) -> bool:
        return self in {Measure.DISCOUNT_SHARE, Measure.RETURNED_SHARE}


class Which(StrEnum):
    LAST = "last"
    FIRST = "first"


class Ago(StrEnum):
    MORE = "more_than_days_ago"
    LESS = "less_than_days_ago"


@dataclass(frozen=True, slots=True)
class Everyone:
    """Every customer."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A comparison of a field of the customer; `custom.plan` is the attribute `plan` a company gave itself."""

    field: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Consent:
    """The customer's word on a topic of a channel."""

    channel: str
    topic: str
    word: Word


@dataclass(frozen=True, slots=True)
class Property:
    """A comparison of one property of an event."""

    name: str
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class EventCount:
    """How often an event happened; `exactly 0` is written `never`."""

    event: str
    bound: Bound
    times: int
    window: Window | None = None
    where: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class EventMoment:
    """How long ago the last or first such event was, in spans of 24 hours. Without one it is not met."""

    event: str
    which: Which
    ago: Ago
    days: int
    where: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Orders:
    """A measure of the customer's purchases. Money in major units of the company's currency."""

    measure: Measure
    bound: Bound
    number: int | float
    window: Window | None = None
    category: str | None = None


Leaf = Everyone | Attribute | Consent | EventCount | EventMoment | Orders


@dataclass(frozen=True, slots=True)
class All:
    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


Node = All | Any | Not | Leaf


def leaves(node: Node) -> Iterator[Leaf]:
    """The conditions of a tree, from left to right; one that stands twice comes twice."""
    if isinstance(node, All | Any):
        for child in node.nodes:
            yield from leaves(child)
    elif isinstance(node, Not):
        yield from leaves(node.node)
    else:
        yield node
