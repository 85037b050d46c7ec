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
    SMALLEST = "smallest"
    LARGEST = "largest"
    DAYS_SINCE_LAST = "days_since_last"
    DAYS_SINCE_FIRST = "days_since_first"
    AVERAGE_GAP = "average_gap_days"
    OVERDUE = "times_own_gap"
    CATEGORIES = "categories"
    PRODUCTS = "products"
    CATEGORY_SHARE = "category_share"
    DISCOUNT_SHARE = "discount_share"
    RETURNED_SHARE = "returned_share"

    @property
    def money(self) -> bool:
        return self in {Measure.REVENUE, Measure.MARGIN, Measure.AVERAGE, Measure.SMALLEST, Measure.LARGEST}

    @property
    def age(self) -> bool:
        return self in {Measure.DAYS_SINCE_LAST, Measure.DAYS_SINCE_FIRST}

    @property
    def rhythm(self) -> bool:
        """Counted from the moments of all purchases."""
        return self in {Measure.AVERAGE_GAP, Measure.OVERDUE}

    @property
    def share(self) -> bool:
        return self in {Measure.DISCOUNT_SHARE, Measure.RETURNED_SHARE, Measure.CATEGORY_SHARE}


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
    """A comparison of a field of the customer; `custom.plan` is an attribute of the company's own.

    `company.industry` is one of the firm that he belongs to.
    """

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


class How(StrEnum):
    """What is made of a property of all events that count."""

    SUM = "sum"
    AVERAGE = "average"
    SMALLEST = "smallest"
    LARGEST = "largest"
    DISTINCT = "distinct"


@dataclass(frozen=True, slots=True)
class EventAmount:
    """A number made of one property of events. Values that are no numbers are left out; `distinct` takes any."""

    event: str
    how: How
    of: str
    bound: Bound
    number: int | float
    window: Window | None = None
    where: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class EventShare:
    """The share of a customer's events of one name that meet further conditions. Without events it is unset."""

    event: str
    part: tuple[Property, ...]
    bound: Bound
    number: int | float
    window: Window | None = None
    where: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """An event of a sequence, at most so many spans of 24 hours after the one before it."""

    event: str
    where: tuple[Property, ...] = ()
    within_days: int | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """Events one after the other, each later than the one before; then, if `absent`, not that one.

    `absent` is judged only when its days are over. `days`: the first event lies in the last days.
    """

    steps: tuple[Step, ...]
    absent: Step | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Orders:
    """A measure of the customer's purchases. Money in major units of the company's currency.

    `months`: only purchases made in these months, by the company's calendar.
    """

    measure: Measure
    bound: Bound
    number: int | float
    window: Window | None = None
    category: str | None = None
    months: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Records:
    """How many records of a kind the customer has in a state: open tasks, and what is declared later."""

    kind: str
    state: str
    bound: Bound
    number: int
    window: Window | None = None


# Conditions that look at a number.
Numeric = Orders | EventCount | EventAmount | EventShare | Records | Attribute


@dataclass(frozen=True, slots=True)
class Percentile:
    """Where a number of the customer's stands among all who have one, by the last cut.

    `of` is the condition that looks at this number; with what it compares is not asked.
    """

    of: Numeric
    bound: Bound
    percent: float


@dataclass(frozen=True, slots=True)
class Near:
    """Not farther than so many kilometres from a place, as the crow flies."""

    latitude: float
    longitude: float
    kilometres: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A share of all customers, the same ones each time for the same seed."""

    share: float
    seed: str


@dataclass(frozen=True, slots=True)
class InList:
    """On a list that people or files keep."""

    name: str


@dataclass(frozen=True, slots=True)
class Refused:
    """His present address on a channel gets nothing. No rule says so itself; `reachable` means it."""

    channel: str


@dataclass(frozen=True, slots=True)
class Message:
    """What a customer did with our messages; counts as the event does that tells of it."""

    did: str
    journey: str | None
    topic: str | None
    bound: Bound
    times: int
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Technology:
    """Used a device, system, browser or mail client; counts as the event does that tells of it."""

    aspect: str
    names: tuple[str, ...]
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Reachable:
    """There is an address, he agreed, and the address has not refused or complained."""

    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class Rfm:
    """Fifths of all buyers by recency, frequency and money; the fifth is the best. An empty one may be any."""

    recency: tuple[int, ...] = ()
    frequency: tuple[int, ...] = ()
    money: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class InSegment:
    """Meets the rule of another segment."""

    slug: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Is in a stage of the lifecycle."""

    slug: str


Leaf = (
    Everyone
    | Attribute
    | Consent
    | EventCount
    | EventMoment
    | EventAmount
    | EventShare
    | Sequence
    | Orders
    | Percentile
    | Records
    | Near
    | Sample
    | InList
    | Refused
)
# What is said in a word and means a tree of other conditions.
Short = Message | Technology | Reachable | Rfm | InSegment | Stage


@dataclass(frozen=True, slots=True)
class All:
    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is said in a word, with what it means. Only here do short words reach a question."""

    short: Short
    node: "Node"


Node = All | Any | Not | Meaning | Leaf | Short


def leaves(node: Node) -> Iterator[Leaf]:
    """The conditions of a tree, from left to right; one that stands twice comes twice. Short words have none."""
    match node:
        case All(nodes) | Any(nodes):
            for child in nodes:
                yield from leaves(child)
        case Not(child) | Meaning(node=child):
            yield from leaves(child)
        case Message() | Technology() | Reachable() | Rfm() | InSegment() | Stage():
            return
        case _:
            yield node


def said(node: Node) -> Iterator[Leaf | Short]:
    """The conditions and short words of a rule, as people wrote it."""
    match node:
        case All(nodes) | Any(nodes):
            for child in nodes:
                yield from said(child)
        case Not(child):
            yield from said(child)
        case Meaning(short):
            yield short
        case _:
            yield node


def shorts(node: Node) -> Iterator[Short]:
    """The short words of a tree that nobody has spelled out yet."""
    match node:
        case All(nodes) | Any(nodes):
            for child in nodes:
                yield from shorts(child)
        case Not(child) | Meaning(node=child):
            yield from shorts(child)
        case Message() | Technology() | Reachable() | Rfm() | InSegment() | Stage():
            yield node
