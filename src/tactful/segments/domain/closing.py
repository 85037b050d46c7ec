"""When an answer may change though nothing happens: windows that close, ages that reach their limit.

Each condition names the moments that it waits for. The earliest of them that is still to come is when a customer
has to be looked at again; until then only what happens to him can change an answer. A look too early is a look too
many; one too late would be wrong.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from tactful.segments.domain.catalogue import RECORDS
from tactful.segments.domain.comparisons import Bound, CalendarDays, Comparison, LastDays, Op, Whose
from tactful.segments.domain.conditions import (
    Ago,
    Attribute,
    EventMoment,
    Leaf,
    Measure,
    Orders,
    Percentile,
    Records,
    Sequence,
)
from tactful.segments.domain.features import Field, Happened, Purchases, feature_of
from tactful.segments.domain.folding import folds_of
from tactful.segments.domain.folds import During, Fold, Has, Later, Named, OfColumn, OfProperty, Table, Test, What
from tactful.segments.domain.nodes import Node, leaves

_NOTHING = timedelta(0)
_LEAST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The moment at which the days since the last purchase are so many times the customer's own gap."""

    measure: Purchases
    times: float


@dataclass(frozen=True, slots=True)
class Rank:
    """The moment at which an age or a rhythm of purchases is what the cut says."""

    percentile: Percentile


Source = Fold | Field | Happened | Rhythm | Rank


@dataclass(frozen=True, slots=True)
class Closing:
    """The moment that a source gives, and so much later."""

    source: Source
    span: timedelta


@dataclass(frozen=True, slots=True)
class Midnight:
    """A midnight of a zone, so many days after the day on which the oldest row of a calendar window lies."""

    source: Fold
    days: int
    whose: Whose


@dataclass(frozen=True, slots=True)
class Anniversary:
    """The midnights of the company's zone at which a yearly day comes within so many days, and is over."""

    field: Field
    days: int


Closes = Closing | Midnight | Anniversary


def closings(trees: Iterable[Node]) -> tuple[Closes, ...]:
    """All that a set of trees waits for, once."""
    found = (closes for tree in trees for leaf in leaves(tree) for closes in _of_leaf(leaf))
    return tuple(dict.fromkeys(found))


def _of_leaf(leaf: Leaf) -> list[Closes]:
    match leaf:
        case Attribute(name, comparison):
            return _attribute(Field(name), comparison)
        case EventMoment(ago=ago, days=days):
            # "More than" begins one instant after the span is over.
            span = timedelta(days=days) + (_LEAST if ago is Ago.MORE else _NOTHING)
            return [*(Closing(fold, span) for fold in _folds(leaf)), *_by_property(leaf)]
        case Orders(measure=measure) if measure.age:
            return [Closing(fold, span) for fold in _folds(leaf) for span in _ages(leaf)]
        case Orders(measure=Measure.OVERDUE):
            return _overdue(leaf)
        case Percentile(of=Orders(measure=measure)) if measure.age or measure.rhythm:
            return [Closing(Rank(leaf), span) for span in _ranks(measure)]
        case Sequence():
            return [Closing(Happened(leaf), _NOTHING), *_by_property(leaf)]
        case Records():
            return [*_states(leaf), *_windows(leaf)]
    return [*_windows(leaf), *_by_property(leaf)]


def _attribute(field: Field, comparison: Comparison) -> list[Closes]:
    raw = comparison.value.raw
    match comparison.op:
        case Op.IN_LAST_DAYS:
            return [Closing(field, _NOTHING), Closing(field, timedelta(days=int(str(raw))))]
        case Op.IN_NEXT_DAYS:
            # It comes within reach so many days before, and is gone when it has come.
            return [Closing(field, -timedelta(days=int(str(raw)))), Closing(field, _NOTHING)]
        case Op.ANNIVERSARY_IN_DAYS:
            return [Anniversary(field, int(str(raw)))]
    return []


def _windows(leaf: Leaf) -> list[Closes]:
    """The oldest row that a window holds falls out of it first."""
    found: list[Closes] = []
    for fold in _folds(leaf):
        oldest = replace(fold, what=What.FIRST, of=None)
        for test in fold.tests:
            if isinstance(test, During) and isinstance(test.window, LastDays):
                found.append(Closing(oldest, timedelta(days=test.window.days)))
            if isinstance(test, During) and isinstance(test.window, CalendarDays):
                found.append(Midnight(oldest, test.window.days, test.window.whose))
    return found


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


def _overdue(leaf: Orders) -> list[Closes]:
    """The moment is a quotient, and so exact to an instant only."""
    purchases = Purchases(leaf.measure, leaf.window, leaf.category, leaf.months)
    return [Closing(Rhythm(purchases, leaf.number), number * _LEAST) for number in (-1, 0, 1, 2)]


def _ranks(measure: Measure) -> list[timedelta]:
    """Whole days are compared with a cut that need not be whole; the gap as a quotient, to an instant."""
    days = [_NOTHING, timedelta(days=1)]
    return days if measure.age else [number * _LEAST for number in (-1, 0, 1, 2)]


def _states(leaf: Records) -> list[Closes]:
    """A state changes when one of the moments that it is made of comes."""
    kind = RECORDS[leaf.kind]
    columns = [OfColumn(test.column) for test in kind.states[leaf.state]]
    return [Closing(Fold(kind.table, What.FIRST, (Later(of, 0),), of), _NOTHING) for of in columns]


def _by_property(leaf: Leaf) -> list[Closes]:
    """Conditions on moments that events carry: each event waits for its own."""
    return [
        closes
        for fold in _folds(leaf)
        for test in fold.tests
        if isinstance(test, Has)
        for closes in _of_property(fold, test)
    ]


def _of_property(fold: Fold, test: Has) -> list[Closes]:
    comparison, of = test.property.comparison, OfProperty(test.property.name)
    if comparison.op not in _RELATIVE:
        return []
    number = int(str(comparison.value.raw))
    tests = tuple(each for each in fold.tests if not _is_relative(each))
    inside = Fold(fold.table, What.FIRST, (*tests, test), of)
    if comparison.op is Op.IN_LAST_DAYS:
        coming = Fold(fold.table, What.FIRST, (*tests, Later(of, 0)), of)
        return [Closing(inside, timedelta(days=number)), Closing(coming, _NOTHING)]
    farther = Fold(fold.table, What.FIRST, (*tests, Later(of, number)), of)
    return [Closing(inside, _NOTHING), Closing(farther, -timedelta(days=number))]


_RELATIVE = frozenset({Op.IN_LAST_DAYS, Op.IN_NEXT_DAYS})


def _is_relative(test: Test) -> bool:
    """Whether time alone can change if a row passes the test."""
    return isinstance(test, During) or (isinstance(test, Has) and test.property.comparison.op in _RELATIVE)


def _folds(leaf: Leaf) -> tuple[Fold, ...]:
    feature = feature_of(leaf)
    if isinstance(leaf, Sequence):
        steps = (*leaf.steps, *([leaf.absent] if leaf.absent else []))
        return tuple(Fold(Table.EVENTS, What.FIRST, (Named(step.event), *map(Has, step.where))) for step in steps)
    return folds_of(feature) if feature is not None else ()
