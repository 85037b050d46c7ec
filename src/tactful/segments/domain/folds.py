"""Aggregates over the rows of one table that pass some tests: what every number in a rule is counted from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType

from tactful.segments.domain.catalogue import RECORDS, Ahead, Reached
from tactful.segments.domain.comparisons import Window
from tactful.segments.domain.conditions import Property

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
