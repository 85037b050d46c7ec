"""What a rule needs to know of a customer at a moment, and from which rows that is counted.

Each condition looks at one *feature*; a feature is made of *folds*, aggregates over the rows of one table that pass
some *tests*. Equal features and folds of a whole set of rules are the same value here, and so are counted once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import cast

from tactful.segments.domain.catalogue import RECORDS, Ahead, Reached
from tactful.segments.domain.nodes import (
    All,
    Any,
    Attribute,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    How,
    InList,
    Meaning,
    Measure,
    Near,
    Node,
    Not,
    Orders,
    Percentile,
    Property,
    Records,
    Refused,
    Sample,
    Sequence,
    Which,
    Window,
    Word,
    leaves,
)
from tactful.segments.domain.spelling import JOINED, LEFT, LIST

EVERY_TOPIC = "*"


class Table(StrEnum):
    """The lake tables that rules read, beside those of records."""

    CUSTOMERS = "customers"
    CONSENTS = "consents"
    REFUSALS = "refusals"
    EVENTS = "events"
    ORDERS = "orders"
    ORDER_LINES = "order_lines"
    ORDER_RETURNS = "order_returns"


# A row counts at a moment if this column is not later.
HAPPENED: Mapping[str, str] = MappingProxyType(
    {
        Table.CONSENTS: "since",
        Table.REFUSALS: "since",
        Table.EVENTS: "occurred_at",
        Table.ORDERS: "completed_at",
        Table.ORDER_LINES: "completed_at",
        Table.ORDER_RETURNS: "at",
        **{kind.table: kind.since for kind in RECORDS.values()},
    }
)


@dataclass(frozen=True, slots=True)
class Named:
    """The event has this name."""

    event: str


@dataclass(frozen=True, slots=True)
class Has:
    """A property of the event meets a comparison."""

    property: Property


@dataclass(frozen=True, slots=True)
class During:
    """The row lies in the period."""

    window: Window


@dataclass(frozen=True, slots=True)
class Purchased:
    """The order was completed and not cancelled."""


@dataclass(frozen=True, slots=True)
class InCurrency:
    """The order is in the company's currency: sums never mix two."""


@dataclass(frozen=True, slots=True)
class OfCategory:
    """The line's product belongs to the category."""

    category: str


@dataclass(frozen=True, slots=True)
class About:
    """The word is about this topic of this channel."""

    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class On:
    """The row is about this channel."""

    channel: str


@dataclass(frozen=True, slots=True)
class Says:
    """The word is a yes, or a no."""

    granted: bool


@dataclass(frozen=True, slots=True)
class InMonths:
    """The row lies in one of these months of the company's calendar."""

    months: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OfProperty:
    """The value of a property of the event."""

    name: str


@dataclass(frozen=True, slots=True)
class OfColumn:
    """A column of the row that holds a moment."""

    name: str


@dataclass(frozen=True, slots=True)
class Later:
    """A moment of the row lies more than so many spans of 24 hours ahead."""

    of: OfProperty | OfColumn
    days: int


Test = (
    Named | Has | During | Purchased | InCurrency | OfCategory | InMonths | About | On | Says | Reached | Ahead
    | Later
)  # fmt: skip


class What(Enum):
    """What is aggregated."""

    ROWS = "rows"
    ORDERS = "orders"
    REVENUE = "revenue"
    MARGIN = "margin"
    DISCOUNT = "discount"
    RETURNED = "returned"
    CATEGORIES = "categories"
    PRODUCTS = "products"
    SUM = "sum"
    AVERAGE = "average"
    SMALLEST = "smallest"
    LARGEST = "largest"
    DISTINCT = "distinct"
    LAST = "last"
    FIRST = "first"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Fold:
    """One aggregate over the rows of one table that pass all tests.

    `of`: what is aggregated where that is not the row itself; the moment of a row where none is named.
    """

    table: str
    what: What
    tests: tuple[Test, ...] = ()
    of: OfProperty | OfColumn | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the customer as it is now."""

    name: str


@dataclass(frozen=True, slots=True)
class Topic:
    """The word on a topic: true, false, or none."""

    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class Times:
    """How often an event happened."""

    event: str
    window: Window | None
    where: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class At:
    """When an event happened last or first."""

    event: str
    which: Which
    where: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number made of a property of events."""

    event: str
    how: How
    of: str
    window: Window | None
    where: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The share of events that meet further conditions."""

    event: str
    part: tuple[Property, ...]
    window: Window | None
    where: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Purchases:
    """A measure of purchases; money in minor units of the company's currency."""

    measure: Measure
    window: Window | None
    category: str | None
    months: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """How many records of a kind are in a state."""

    kind: str
    state: str
    window: Window | None


@dataclass(frozen=True, slots=True)
class Refusals:
    """Whether the present address on a channel gets nothing: one, or none."""

    channel: str


@dataclass(frozen=True, slots=True)
class Distance:
    """Kilometres from a place."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Draw:
    """The customer's own lot for a seed: eight hexadecimal digits."""

    seed: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Whether the customer is on a list."""

    name: str


@dataclass(frozen=True, slots=True)
class Happened:
    """Whether a sequence of events happened."""

    sequence: Sequence


Rankable = Purchases | Times | Amount | Share | Kept | Field


@dataclass(frozen=True, slots=True)
class Ranked:
    """A number of a customer who has any: bought in the period, did it at least once. To be held against a cut."""

    of: Rankable


Feature = (
    Field | Topic | Times | At | Amount | Share | Purchases | Ranked | Kept | Refusals | Distance | Draw | Listed
    | Happened
)  # fmt: skip


def feature_of(leaf: Node) -> Feature | None:
    """The feature a condition looks at; `everyone`, groups and short words look at none."""
    make = _FEATURES.get(type(leaf))
    return make(leaf) if make else None


_FEATURES: Mapping[type, Callable[..., Feature]] = MappingProxyType(
    {
        Attribute: lambda leaf: Field(leaf.field),
        Consent: lambda leaf: Topic(leaf.channel, leaf.topic),
        EventCount: lambda leaf: Times(leaf.event, leaf.window, leaf.where),
        EventMoment: lambda leaf: At(leaf.event, leaf.which, leaf.where),
        EventAmount: lambda leaf: Amount(leaf.event, leaf.how, leaf.of, leaf.window, leaf.where),
        EventShare: lambda leaf: Share(leaf.event, leaf.part, leaf.window, leaf.where),
        Orders: lambda leaf: Purchases(leaf.measure, leaf.window, leaf.category, leaf.months),
        Percentile: lambda leaf: Ranked(cast("Rankable", feature_of(leaf.of))),
        Records: lambda leaf: Kept(leaf.kind, leaf.state, leaf.window),
        Near: lambda leaf: Distance(leaf.latitude, leaf.longitude),
        Sample: lambda leaf: Draw(leaf.seed),
        InList: lambda leaf: Listed(leaf.name),
        Refused: lambda leaf: Refusals(leaf.channel),
        Sequence: Happened,
    }
)


def features_of(trees: Iterable[Node]) -> tuple[Feature, ...]:
    """Every feature the trees look at, once, in the order of first use."""
    found = (feature_of(leaf) for tree in trees for leaf in leaves(tree))
    return tuple(dict.fromkeys(feature for feature in found if feature is not None))


def folds_of(feature: Feature) -> tuple[Fold, ...]:
    """The aggregates that make a feature, in the order in which the compiler puts them together."""
    make = _FOLDS.get(type(feature))
    return make(feature) if make else ()


def _topic(feature: Topic) -> tuple[Fold, ...]:
    topics = (feature.topic, EVERY_TOPIC)
    return tuple(Fold(Table.CONSENTS, What.WORD, (About(feature.channel, topic),)) for topic in topics)


def _times(feature: Times) -> tuple[Fold, ...]:
    tests = (*_event(feature.event, feature.where), *_during(feature.window))
    return (Fold(Table.EVENTS, What.ROWS, tests),)


def _at(feature: At) -> tuple[Fold, ...]:
    what = What.LAST if feature.which is Which.LAST else What.FIRST
    return (Fold(Table.EVENTS, what, _event(feature.event, feature.where)),)


def _amount(feature: Amount) -> tuple[Fold, ...]:
    tests = (*_event(feature.event, feature.where), *_during(feature.window))
    return (Fold(Table.EVENTS, What(str(feature.how)), tests, OfProperty(feature.of)),)


def _share(feature: Share) -> tuple[Fold, ...]:
    tests = (*_event(feature.event, feature.where), *_during(feature.window))
    part = (*_event(feature.event, (*feature.where, *feature.part)), *_during(feature.window))
    return (Fold(Table.EVENTS, What.ROWS, part), Fold(Table.EVENTS, What.ROWS, tests))


def _kept(feature: Kept) -> tuple[Fold, ...]:
    kind = RECORDS[feature.kind]
    return (Fold(kind.table, What.ROWS, (*kind.states[feature.state], *_during(feature.window))),)


def _listed(feature: Listed) -> tuple[Fold, ...]:
    return tuple(
        Fold(Table.EVENTS, What.LAST, (Named(name), Has(LIST.named(feature.name)))) for name in (JOINED, LEFT)
    )


def _event(event: str, where: tuple[Property, ...]) -> tuple[Test, ...]:
    return (Named(event), *(Has(each) for each in where))


def _during(window: Window | None) -> tuple[Test, ...]:
    return () if window is None else (During(window),)


_PARTS: Mapping[Measure, tuple[What, ...]] = {
    Measure.COUNT: (What.ROWS,),
    Measure.REVENUE: (What.REVENUE,),
    Measure.MARGIN: (What.MARGIN,),
    Measure.AVERAGE: (What.REVENUE, What.ROWS),
    Measure.SMALLEST: (What.SMALLEST,),
    Measure.LARGEST: (What.LARGEST,),
    Measure.DAYS_SINCE_LAST: (What.LAST,),
    Measure.DAYS_SINCE_FIRST: (What.FIRST,),
    Measure.AVERAGE_GAP: (What.FIRST, What.LAST, What.ROWS),
    Measure.OVERDUE: (What.FIRST, What.LAST, What.ROWS),
    Measure.CATEGORIES: (What.CATEGORIES,),
    Measure.PRODUCTS: (What.PRODUCTS,),
    Measure.CATEGORY_SHARE: (What.REVENUE,),
    Measure.DISCOUNT_SHARE: (What.DISCOUNT, What.REVENUE),
    Measure.RETURNED_SHARE: (What.RETURNED, What.REVENUE),
}
_BY_LINE = frozenset({Measure.CATEGORIES, Measure.PRODUCTS})


def _purchases(feature: Purchases) -> tuple[Fold, ...]:
    during = (*_during(feature.window), *((InMonths(feature.months),) if feature.months else ()))
    parts = _PARTS[feature.measure]
    summed = (InCurrency(),) if feature.measure.money or feature.measure.share else ()
    if feature.category is not None or feature.measure in _BY_LINE:
        category = (OfCategory(feature.category),) if feature.category is not None else ()
        folds = tuple(Fold(Table.ORDER_LINES, _by_line(what), (*category, *summed, *during)) for what in parts)
        whole = Fold(Table.ORDER_LINES, What.REVENUE, (*summed, *during))
        return (*folds, whole) if feature.measure is Measure.CATEGORY_SHARE else folds
    tests = (Purchased(), *summed, *during)
    return tuple(
        Fold(Table.ORDER_RETURNS, what, (*summed, *during))
        if what is What.RETURNED
        else Fold(Table.ORDERS, what, tests)
        for what in parts
    )


def _by_line(what: What) -> What:
    return What.ORDERS if what is What.ROWS else what


_FOLDS: Mapping[type, Callable[..., tuple[Fold, ...]]] = MappingProxyType(
    {
        Topic: _topic,
        Times: _times,
        At: _at,
        Amount: _amount,
        Share: _share,
        Purchases: _purchases,
        Ranked: lambda feature: folds_of(feature.of),
        Kept: _kept,
        Listed: _listed,
        Refusals: lambda feature: (Fold(Table.REFUSALS, What.ROWS, (On(feature.channel),)),),
    }
)


ALWAYS_SET = frozenset(
    {Measure.COUNT, Measure.REVENUE, Measure.MARGIN, Measure.CATEGORIES, Measure.PRODUCTS}
)  # fmt: skip


def meets_empty(leaf: Node) -> bool:
    """Whether a condition on rows is met by a customer who has none of them."""
    match leaf:
        case EventCount(bound=bound, times=number) | Records(bound=bound, number=number):
            return bound.meets(0, number)
        case EventAmount(how=How.SUM | How.DISTINCT, bound=bound, number=number):
            return bound.meets(0, number)
        case Orders(measure=measure, bound=bound, number=number) if measure in ALWAYS_SET:
            return bound.meets(0, number)
        case Consent(word=word):
            return word is Word.UNSET
    return False


def fails_without(node: Node, table: str) -> bool:
    """Whether the rule is certainly not met by customers without rows in the table that it counts."""
    match node:
        case All(nodes):
            return any(fails_without(child, table) for child in nodes)
        case Any(nodes):
            return all(fails_without(child, table) for child in nodes)
        case Not(child):
            return holds_without(child, table)
        case Meaning(node=child):
            return fails_without(child, table)
    return _decides(node, table) and not meets_empty(node)


def holds_without(node: Node, table: str) -> bool:
    """Whether the rule is certainly met by customers without rows in the table."""
    match node:
        case All(nodes):
            return all(holds_without(child, table) for child in nodes)
        case Any(nodes):
            return any(holds_without(child, table) for child in nodes)
        case Not(child):
            return fails_without(child, table)
        case Meaning(node=child):
            return holds_without(child, table)
    return _decides(node, table) and meets_empty(node)


def _decides(leaf: Node, table: str) -> bool:
    """Whether nothing but rows of this table can move the condition away from what it is without rows.

    Returns alone are no share of anything: the share is unset without orders, whatever came back.
    """
    feature = feature_of(leaf)
    return feature is not None and {fold.table for fold in folds_of(feature)[-1:]} == {table}


# What may have changed for a customer, beside the names of events that happened.
CHANGED_ATTRIBUTES = "attributes"
CHANGED_CONSENT = "consent"
CHANGED_ORDERS = "orders"


def dependencies(node: Node) -> frozenset[str]:
    """What can change the answer for a known customer, apart from time.

    Names of events, kinds of records, and `attributes`, `consent`, `orders` for the rest (orders with their lines
    and returns).
    """
    return frozenset(name for feature in features_of([node]) for name in _moved_by(feature))


def _moved_by(feature: Feature) -> Iterable[str]:
    match feature:
        case Field() | Distance():
            return (CHANGED_ATTRIBUTES,)
        case Topic() | Refusals():
            return (CHANGED_CONSENT,)
        case Ranked(of):
            return _moved_by(of)
        case Purchases():
            return (CHANGED_ORDERS,)
        case Times(event=event) | At(event=event) | Amount(event=event) | Share(event=event):
            return (event,)
        case Kept(kind=kind):
            return (kind,)
        case Listed():
            return (JOINED, LEFT)
        case Happened(sequence):
            return {step.event for step in (*sequence.steps, *([sequence.absent] if sequence.absent else []))}
    return ()
