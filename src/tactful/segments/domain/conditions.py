"""The conditions that a rule is made of: leaves, and short words that mean a tree of leaves.

A leaf is either true or false of a customer at a moment, never unknown: a value that is unset meets no
comparison except `is_not` and `set: false`. So `not` of a leaf is true wherever the leaf is not.
"""

from dataclasses import dataclass
from enum import StrEnum

from tactful.segments.domain.comparisons import Bound, Comparison, Window


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
