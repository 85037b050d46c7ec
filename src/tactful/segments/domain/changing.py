"""What would have to change for a customer to be in a segment, or to be out of it: as few conditions as can be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, combinations, islice
from typing import cast

from tactful.segments.domain.conditions import Leaf
from tactful.segments.domain.features import feature_of
from tactful.segments.domain.nodes import All, Any, Meaning, Node, Not
from tactful.segments.domain.possible import Now, possible

_LOOKS = 200_000  # at conditions


@dataclass(frozen=True, slots=True)
class Needed:
    """A condition that would have to begin to hold, or to stop holding.

    `beside`: what looks at the same value and must go on being so: "at most 60 days ago" beside "at least 40".
    """

    leaf: Leaf
    hold: bool
    beside: tuple[tuple[Leaf, bool], ...] = ()


def to_be_in(node: Node, now: Now) -> tuple[Needed, ...]:
    """The fewest changes that make the rule true; none where it is, or where nothing that can happen would."""
    return _made(node, now, wanted=True)


def to_be_out(node: Node, now: Now) -> tuple[Needed, ...]:
    """The fewest changes that make the rule false; none where it is, or where nothing that can happen would."""
    return _made(node, now, wanted=False)


def _made(node: Node, now: Now, *, wanted: bool) -> tuple[Needed, ...]:
    for changed in _candidates(node, now.met, wanted=wanted):
        after = {**now.met, **{leaf: not now.met[leaf] for leaf in changed}}
        if holds(node, after) == wanted and possible(after, now):
            stays = {leaf: hold for leaf, hold in after.items() if leaf not in changed}
            return tuple(
                Needed(leaf, after[leaf], _beside(leaf, stays, node, after, wanted=wanted)) for leaf in changed
            )
    return ()


def _candidates(node: Node, met: Mapping[Leaf, bool], *, wanted: bool) -> Iterator[tuple[Leaf, ...]]:
    """Sets of conditions to turn round, the small ones first; at last what the rule itself asks for."""
    sizes = (combinations(met, size) for size in range(len(met) + 1))
    yield from islice(chain.from_iterable(sizes), 1 + _LOOKS // (len(met) + 1))
    yield tuple(dict.fromkeys(_asked(node, met, wanted=wanted)))


def _asked(node: Node, met: Mapping[Leaf, bool], *, wanted: bool) -> list[Leaf]:
    match node:
        case All(nodes) | Any(nodes):
            each = [_asked(child, met, wanted=wanted) for child in nodes]
            every = isinstance(node, All) is wanted
            return list(chain.from_iterable(each)) if every else min(each, key=len, default=[])
        case Not(child):
            return _asked(child, met, wanted=not wanted)
        case Meaning(node=child):
            return _asked(child, met, wanted=wanted)
    leaf = cast("Leaf", node)
    return [] if met[leaf] == wanted else [leaf]


def _beside(
    leaf: Leaf, stays: Mapping[Leaf, bool], node: Node, after: Mapping[Leaf, bool], *, wanted: bool
) -> tuple[tuple[Leaf, bool], ...]:
    """Of the conditions on the same value that stay as they are, those that the answer hangs on."""
    feature = feature_of(leaf)
    others = ((each, hold) for each, hold in stays.items() if feature is not None and feature_of(each) == feature)
    return tuple((each, hold) for each, hold in others if holds(node, {**after, each: not hold}) != wanted)


def holds(node: Node, met: Mapping[Leaf, bool]) -> bool:
    """Whether a rule holds, given the answer to each of its conditions."""
    match node:
        case All(nodes):
            return all(holds(child, met) for child in nodes)
        case Any(nodes):
            return any(holds(child, met) for child in nodes)
        case Not(child):
            return not holds(child, met)
        case Meaning(node=child):
            return holds(child, met)
    return met[cast("Leaf", node)]
