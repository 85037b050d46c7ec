"""Periods that are over: nothing that still happens lies in them; only a purchase may be cancelled."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from tactful.segments.domain.comparisons import Between, Bound, Window
from tactful.segments.domain.conditions import (
    EventAmount,
    EventCount,
    EventShare,
    Leaf,
    Measure,
    Orders,
    Percentile,
    Records,
)
from tactful.segments.domain.terms import Terms, over

_ONLY_FALLS = frozenset({Measure.COUNT, Measure.REVENUE, Measure.CATEGORIES, Measure.PRODUCTS})


def closed(leaves: Iterable[Leaf], at: datetime, terms: Terms) -> frozenset[Leaf]:
    """Those that ask for a period between dates that was over at a moment."""
    return frozenset(leaf for leaf in leaves if _is_over(_window(leaf), at, terms))


def may_turn(leaf: Leaf, now: object, *, met: bool) -> bool:
    """Whether the answer to a condition on a period that is over, with the value seen, can still turn."""
    match leaf:
        case Orders(measure=measure) if measure in _ONLY_FALLS:
            return _falls_out(leaf, now, met=met)
        case Orders():
            return now is not None
        case Records(state=state):
            return state != "any"
    return False


def _falls_out(leaf: Orders, now: object, *, met: bool) -> bool:
    match leaf.bound:
        case Bound.AT_LEAST | Bound.GREATER:
            return met
        case Bound.AT_MOST | Bound.LESS:
            return not met
    return met or leaf.measure.money or cast("int", now) > leaf.number


def _is_over(window: Window | None, at: datetime, terms: Terms) -> bool:
    return isinstance(window, Between) and over(window.end, terms) <= at


def _window(leaf: Leaf) -> Window | None:
    match leaf:
        case EventCount() | EventAmount() | EventShare() | Orders() | Records():
            return leaf.window
        case Percentile(of=of):
            return _window(of)
    return None
