"""Whether answers to conditions can stand side by side: two that look at one value must both be true of some value.

What cannot be told (texts that contain others, dates) counts as possible. Pure.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import cast

from tactful.segments.domain.features import Feature, feature_of
from tactful.segments.domain.nodes import (
    Attribute,
    EventAmount,
    EventCount,
    EventShare,
    Everyone,
    Leaf,
    Op,
    Orders,
    Percentile,
    Records,
    Sample,
    Sequence,
)

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


def possible(answers: Mapping[Leaf, bool], met: Mapping[Leaf, bool], seen: Mapping[Feature, object]) -> bool:
    """Whether a customer who gives the answers `met` now, with these values, can come to give all these others."""
    if any(hold != met[leaf] and not _can_become(leaf, seen) for leaf, hold in answers.items()):
        return False
    together: dict[Feature, list[Leaf]] = defaultdict(list)
    for leaf in answers:
        if (feature := feature_of(leaf)) is not None:
            together[feature].append(leaf)
    return all(_agree(leaves, answers) for leaves in together.values() if len(leaves) > 1)


def _can_become(leaf: Leaf, seen: Mapping[Feature, object]) -> bool:
    """Whether its answer can turn. What has happened stays so, and lots are drawn once."""
    now = seen.get(cast("Feature", feature_of(leaf)))
    match leaf:
        case Sample() | Everyone():
            return False
        case Sequence(days=days):
            return days is not None or not now
    if not _only_grows(leaf) or not isinstance(now, int | float):
        return True
    tried = (number for number in _tried([leaf]) if number is not None and number >= now)
    return any(_holds(leaf, number) != _holds(leaf, now) for number in tried)


def _only_grows(leaf: Leaf) -> bool:
    match leaf:
        case EventCount(window=None):
            return True
    return False  # purchases too: one may be cancelled


def _agree(leaves: list[Leaf], answers: Mapping[Leaf, bool]) -> bool:
    if all(isinstance(leaf, _Numbered) for leaf in leaves):
        return any(all(_holds(leaf, number) == answers[leaf] for leaf in leaves) for number in _tried(leaves))
    if all(isinstance(leaf, Attribute) and leaf.comparison.op in _BY_VALUE for leaf in leaves):
        return any(
            all(_is(cast("Attribute", leaf), value) == answers[leaf] for leaf in leaves) for value in _words(leaves)
        )
    return True


def _holds(leaf: Leaf, number: float | None) -> bool:
    """Unset meets nothing; a count is never unset."""
    bound = cast("_Numbered", leaf).bound
    return number is not None and bound.meets(number, _LIMIT[type(leaf)](leaf))


def _tried(leaves: Iterable[Leaf]) -> Iterator[float | None]:
    """A number in every stretch that the limits divide the numbers into, and none at all."""
    listed = list(leaves)
    limits = sorted({_LIMIT[type(leaf)](leaf) for leaf in listed})
    whole = all(isinstance(leaf, EventCount | Records) or _only_grows(leaf) for leaf in listed)
    step = 1 if whole else 0.001
    yield from (number for limit in limits for number in (limit - step, limit, limit + step) if number >= 0)
    yield from ((low + high) / 2 for low, high in pairwise(limits) if not whole)
    if not whole:
        yield None


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
