"""Whether answers to conditions can stand side by side: two that look at one value must both be true of some value.

What cannot be told (texts that contain others, dates) counts as possible. Pure.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from tactful.segments.domain.closed import may_turn
from tactful.segments.domain.comparisons import Op
from tactful.segments.domain.conditions import (
    Attribute,
    EventAmount,
    EventCount,
    EventShare,
    Everyone,
    Leaf,
    Measure,
    Orders,
    Percentile,
    Records,
    Sample,
    Sequence,
)
from tactful.segments.domain.features import Feature, feature_of

_Numbered = EventAmount | EventCount | EventShare | Orders | Percentile | Records
_LIMIT: Mapping[type, Callable[..., float]] = {
    EventAmount: lambda leaf: leaf.number,
    EventCount: lambda leaf: leaf.times,
    EventShare: lambda leaf: leaf.number,
    Orders: lambda leaf: leaf.number,
    Percentile: lambda leaf: leaf.percent,
    Records: lambda leaf: leaf.number,
}
_BY_VALUE = frozenset({Op.IS, Op.IS_NOT, Op.IN, Op.SET})


@dataclass(frozen=True, slots=True)
class Now:
    """A customer as he is: the answer to each condition, the values they looked at, and whose periods are over."""

    met: Mapping[Leaf, bool]
    seen: Mapping[Feature, object]
    over: Collection[Leaf] = ()


def possible(answers: Mapping[Leaf, bool], now: Now) -> bool:
    """Whether a customer who is so now can come to give all these answers."""
    if any(hold != now.met[leaf] and not _can_become(leaf, now) for leaf, hold in answers.items()):
        return False
    together: dict[Feature, list[Leaf]] = defaultdict(list)
    for leaf in answers:
        if (feature := feature_of(leaf)) is not None:
            together[feature].append(leaf)
    if not all(_agree(leaves, answers) for leaves in together.values() if len(leaves) > 1):
        return False
    counted = [leaves for leaves in together.values() if isinstance(leaves[0], EventCount)]
    return all(_encloses(ever, then, answers) for ever in counted for then in counted)


def _encloses(ever: list[Leaf], then: list[Leaf], answers: Mapping[Leaf, bool]) -> bool:
    """Whether what is wanted of all time leaves room for what is wanted of a part of it."""
    whole, part = cast("EventCount", ever[0]), cast("EventCount", then[0])
    if whole.window is not None or part.window is None or (whole.event, whole.where) != (part.event, part.where):
        return True
    least = min((number for number in _numbers(then) if _fits(then, number, answers)), default=0)
    return any(_fits(ever, number, answers) for number in (*_numbers(ever), least) if number >= least)


def _numbers(leaves: Iterable[Leaf]) -> Iterator[float]:
    return (number for number in _tried(leaves) if number is not None)


def _can_become(leaf: Leaf, now: Now) -> bool:
    """Whether its answer can turn. What has happened stays so, and lots are drawn once."""
    value = now.seen.get(cast("Feature", feature_of(leaf)))
    if leaf in now.over:
        return may_turn(leaf, value, met=now.met[leaf])
    match leaf:
        case Sample() | Everyone():
            return False
        case Sequence(days=days):
            return days is not None or not value
    if not _only_grows(leaf) or not isinstance(value, int | float):
        return True
    tried = (number for number in _tried([leaf]) if number is not None and number >= value)
    return any(_holds(leaf, number) != _holds(leaf, value) for number in tried)


def _only_grows(leaf: Leaf) -> bool:
    match leaf:
        case EventCount(window=None):
            return True
    return False  # purchases too: one may be cancelled


def _agree(leaves: list[Leaf], answers: Mapping[Leaf, bool]) -> bool:
    if all(isinstance(leaf, _Numbered) for leaf in leaves):
        return any(_fits(leaves, number, answers) for number in _tried(leaves))
    if all(isinstance(leaf, Attribute) and leaf.comparison.op in _BY_VALUE for leaf in leaves):
        return any(
            all(_is(cast("Attribute", leaf), value) == answers[leaf] for leaf in leaves) for value in _words(leaves)
        )
    return True


def _fits(leaves: Iterable[Leaf], number: float | None, answers: Mapping[Leaf, bool]) -> bool:
    return all(_holds(leaf, number) == answers[leaf] for leaf in leaves)


def _holds(leaf: Leaf, number: float | None) -> bool:
    """Unset meets nothing; a count is never unset."""
    bound = cast("_Numbered", leaf).bound
    return number is not None and bound.meets(number, _LIMIT[type(leaf)](leaf))


def _tried(leaves: Iterable[Leaf]) -> Iterator[float | None]:
    """A number in every stretch that the limits divide the numbers into, and none at all."""
    listed = list(leaves)
    limits = sorted({_LIMIT[type(leaf)](leaf) for leaf in listed})
    whole = all(_counts(leaf) for leaf in listed)
    step = 1 if whole else 0.001
    yield from (number for limit in limits for number in (limit - step, limit, limit + step) if number >= 0)
    yield from ((low + high) / 2 for low, high in pairwise(limits) if not whole)
    if not whole:
        yield None


def _counts(leaf: Leaf) -> bool:
    """Whether its number is a whole one, and never unset."""
    match leaf:
        case EventCount() | Records() | Orders(measure=Measure.COUNT):
            return True
    return False


def _is(leaf: Attribute, value: object) -> bool:
    raws = [each.raw for each in leaf.comparison.values]
    match leaf.comparison.op:
        case Op.SET:
            return (value is not None) is bool(raws[0])
        case Op.IS_NOT:
            return value not in raws
        case _:
            return value is not None and value in raws


def _words(leaves: Iterable[Leaf]) -> Iterator[object]:
    """Every value that is named, one that nobody names, and none."""
    for leaf in leaves:
        if isinstance(leaf, Attribute) and leaf.comparison.op is not Op.SET:
            yield from (each.raw for each in leaf.comparison.values)
    yield object()
    yield None
