"""What a rule needs to know of a customer at a moment, and from which rows that is counted.

Each condition looks at one *feature*; a feature is made of *folds*, aggregates over the rows of one table that pass
some *tests*. Equal features and folds of a whole set of rules are the same value here, and so are counted once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum

from tactful.segments.domain.nodes import (
    All,
    Any,
    Attribute,
    Consent,
    EventCount,
    EventMoment,
    Leaf,
    Measure,
    Node,
    Not,
    Orders,
    Property,
    Which,
    Window,
    Word,
    leaves,
)

EVERY_TOPIC = "*"


class Table(StrEnum):
    """The lake tables that rules read."""

    CUSTOMERS = "customers"
    CONSENTS = "consents"
    EVENTS = "events"
    ORDERS = "orders"
    ORDER_LINES = "order_lines"
    ORDER_RETURNS = "order_returns"


# A row counts at a moment if this column is not later.
HAPPENED: Mapping[Table, str] = {
    Table.CONSENTS: "since",
    Table.EVENTS: "occurred_at",
    Table.ORDERS: "completed_at",
    Table.ORDER_LINES: "completed_at",
    Table.ORDER_RETURNS: "at",
}


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
class Says:
    """The word is a yes, or a no."""

    granted: bool


Test = Named | Has | During | Purchased | InCurrency | OfCategory | About | Says


class What(Enum):
    """What is aggregated."""

    ROWS = "rows"
    ORDERS = "orders"
    REVENUE = "revenue"
    MARGIN = "margin"
    DISCOUNT = "discount"
    RETURNED = "returned"
    LAST = "last"
    FIRST = "first"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class Fold:
    """One aggregate over the rows of one table that pass all tests."""

    table: Table
    what: What
    tests: tuple[Test, ...] = ()


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
class Purchases:
    """A measure of purchases; money in minor units of the company's currency."""

    measure: Measure
    window: Window | None
    category: str | None


Feature = Field | Topic | Times | At | Purchases


def feature_of(leaf: Leaf) -> Feature | None:
    """The feature a condition looks at; `everyone` looks at none."""
    match leaf:
        case Attribute(field, _):
            return Field(field)
        case Consent(channel, topic, _):
            return Topic(channel, topic)
        case EventCount(event=event, window=window, where=where):
            return Times(event, window, where)
        case EventMoment(event=event, which=which, where=where):
            return At(event, which, where)
        case Orders(measure=measure, window=window, category=category):
            return Purchases(measure, window, category)
    return None


def features_of(trees: Iterable[Node]) -> tuple[Feature, ...]:
    """Every feature the trees look at, once, in the order of first use."""
    found = (feature_of(leaf) for tree in trees for leaf in leaves(tree))
    return tuple(dict.fromkeys(feature for feature in found if feature is not None))


def folds_of(feature: Feature) -> tuple[Fold, ...]:
    """The aggregates that make a feature, in the order in which the compiler puts them together."""
    match feature:
        case Topic(channel, topic):
            every = Fold(Table.CONSENTS, What.WORD, (About(channel, EVERY_TOPIC),))
            return (Fold(Table.CONSENTS, What.WORD, (About(channel, topic),)), every)
        case Times(event, window, where):
            return (Fold(Table.EVENTS, What.ROWS, (*_event(event, where), *_during(window))),)
        case At(event, which, where):
            what = What.LAST if which is Which.LAST else What.FIRST
            return (Fold(Table.EVENTS, what, _event(event, where)),)
        case Purchases():
            return _purchase_folds(feature)
    return ()


def _event(event: str, where: tuple[Property, ...]) -> tuple[Test, ...]:
    return (Named(event), *(Has(each) for each in where))


def _during(window: Window | None) -> tuple[Test, ...]:
    return () if window is None else (During(window),)


_PARTS: Mapping[Measure, tuple[What, ...]] = {
    Measure.COUNT: (What.ROWS,),
    Measure.REVENUE: (What.REVENUE,),
    Measure.MARGIN: (What.MARGIN,),
    Measure.AVERAGE: (What.REVENUE, What.ROWS),
    Measure.DAYS_SINCE_LAST: (What.LAST,),
    Measure.DAYS_SINCE_FIRST: (What.FIRST,),
    Measure.DISCOUNT_SHARE: (What.DISCOUNT, What.REVENUE),
    Measure.RETURNED_SHARE: (What.RETURNED, What.REVENUE),
}


def _purchase_folds(feature: Purchases) -> tuple[Fold, ...]:
    during = _during(feature.window)
    parts = _PARTS[feature.measure]
    if feature.category is not None:
        tests: tuple[Test, ...] = (OfCategory(feature.category), *during)
        return tuple(Fold(Table.ORDER_LINES, _by_line(what), tests) for what in parts)
    sums = feature.measure.money or feature.measure.share
    tests = (Purchased(), *((InCurrency(),) if sums else ()), *during)
    return tuple(
        Fold(Table.ORDER_RETURNS, what, during) if what is What.RETURNED else Fold(Table.ORDERS, what, tests)
        for what in parts
    )


def _by_line(what: What) -> What:
    return What.ORDERS if what is What.ROWS else what


def meets_empty(leaf: Leaf) -> bool:
    """Whether a condition on rows is met by a customer who has none of them."""
    match leaf:
        case EventCount(bound=bound, times=times):
            return bound.meets(0, times)
        case Orders(measure=Measure.COUNT | Measure.REVENUE | Measure.MARGIN, bound=bound, number=number):
            return bound.meets(0, number)
        case Consent(word=word):
            return word is Word.UNSET
    return False


def fails_without(node: Node, table: Table) -> bool:
    """Whether the rule is certainly not met by customers without rows in the table that it counts."""
    match node:
        case All(nodes):
            return any(fails_without(child, table) for child in nodes)
        case Any(nodes):
            return all(fails_without(child, table) for child in nodes)
        case Not(child):
            return holds_without(child, table)
    return _decides(node, table) and not meets_empty(node)


def holds_without(node: Node, table: Table) -> bool:
    """Whether the rule is certainly met by customers without rows in the table."""
    match node:
        case All(nodes):
            return all(holds_without(child, table) for child in nodes)
        case Any(nodes):
            return any(holds_without(child, table) for child in nodes)
        case Not(child):
            return fails_without(child, table)
    return _decides(node, table) and meets_empty(node)


def _decides(leaf: Leaf, table: Table) -> bool:
    """Whether nothing but rows of this table can move the condition away from what it is without rows.

    Returns alone are no share of anything: the share is unset without orders, whatever came back.
    """
    feature = feature_of(leaf)
    return feature is not None and bool(folds_of(feature)) and folds_of(feature)[-1].table is table


# What may have changed for a customer, beside the names of events that happened.
CHANGED_ATTRIBUTES = "attributes"
CHANGED_CONSENT = "consent"
CHANGED_ORDERS = "orders"


def dependencies(node: Node) -> frozenset[str]:
    """What can change the answer for a known customer, apart from time.

    Names of events, and `attributes`, `consent`, `orders` for the rest (orders with their lines and returns).
    """
    found: set[str] = set()
    for feature in features_of([node]):
        match feature:
            case Field():
                found.add(CHANGED_ATTRIBUTES)
            case Topic():
                found.add(CHANGED_CONSENT)
            case Purchases():
                found.add(CHANGED_ORDERS)
            case Times(event=event) | At(event=event):
                found.add(event)
    return frozenset(found)
