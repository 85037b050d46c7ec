"""When an answer may change though nothing happens: windows that close, ages that reach their limit.

Each condition names the moments that it waits for. The earliest of them that is still to come is when a customer
has to be looked at again; until then only what happens to him can change an answer.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from tactful.segments.domain.features import During, Field, Fold, What, feature_of, folds_of
from tactful.segments.domain.nodes import (
    Ago,
    Attribute,
    Bound,
    EventCount,
    EventMoment,
    LastDays,
    Leaf,
    Node,
    Op,
    Orders,
    leaves,
)

_LEAST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Closing:
    """The moment that a fold or a field gives, and so much later."""

    source: Fold | Field
    span: timedelta


@dataclass(frozen=True, slots=True)
class Daily:
    """No better moment is known: tomorrow, and every day again."""


Closes = Closing | Daily


def closings(trees: Iterable[Node]) -> tuple[Closes, ...]:
    """All that a set of trees waits for, once."""
    found = (closes for tree in trees for leaf in leaves(tree) for closes in _of_leaf(leaf))
    return tuple(dict.fromkeys(found))


def _of_leaf(leaf: Leaf) -> list[Closes]:
    match leaf:
        case Attribute(field, comparison) if comparison.op is Op.IN_LAST_DAYS:
            days = timedelta(days=int(str(comparison.value.raw)))
            return [Closing(Field(field), timedelta(0)), Closing(Field(field), days)]
        case EventCount():
            return [*_windows(leaf), *_properties(leaf)]
        case EventMoment(ago=ago, days=days):
            # "More than" begins one instant after the span is over.
            span = timedelta(days=days) + (_LEAST if ago is Ago.MORE else timedelta(0))
            return [*_limits(leaf, [span]), *_properties(leaf)]
        case Orders(measure=measure):
            return _limits(leaf, _ages(leaf)) if measure.age else _windows(leaf)
    return []


def _windows(leaf: Leaf) -> list[Closes]:
    """The oldest row that a window holds falls out of it first."""
    return [
        Closing(replace(fold, what=What.FIRST), timedelta(days=test.window.days))
        for fold in _folds(leaf)
        for test in fold.tests
        if isinstance(test, During) and isinstance(test.window, LastDays)
    ]


def _limits(leaf: Leaf, spans: Iterable[timedelta]) -> list[Closes]:
    return [Closing(fold, span) for fold in _folds(leaf) for span in spans]


def _ages(leaf: Orders) -> list[timedelta]:
    """The ages, in whole days, at which a comparison with a number of days changes."""
    reached, over = math.ceil(leaf.number), math.floor(leaf.number) + 1
    days = {
        Bound.AT_LEAST: [reached],
        Bound.LESS: [reached],
        Bound.GREATER: [over],
        Bound.AT_MOST: [over],
        Bound.EXACTLY: [reached, over],
    }[leaf.bound]
    return [timedelta(days=number) for number in days]


def _properties(leaf: EventCount | EventMoment) -> list[Closes]:
    relative = any(each.comparison.op is Op.IN_LAST_DAYS for each in leaf.where)
    return [Daily()] if relative else []


def _folds(leaf: Leaf) -> tuple[Fold, ...]:
    feature = feature_of(leaf)
    return folds_of(feature) if feature is not None else ()
