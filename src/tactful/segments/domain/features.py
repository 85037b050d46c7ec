"""What a rule needs to know of a customer at a moment.

Each condition looks at one *feature*; a feature is made of *folds*. Equal ones of a whole set of rules are
the same value here, and so are counted once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from tactful.segments.domain.comparisons import Window
from tactful.segments.domain.conditions import (
    Attribute,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    How,
    InList,
    Measure,
    Near,
    Orders,
    Percentile,
    Property,
    Records,
    Refused,
    Sample,
    Sequence,
    Which,
)
from tactful.segments.domain.nodes import Node, leaves


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
