"""What would have to change for a customer to be in a segment, or to be out of it: as few conditions as can be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, islice
from typing import cast

from tactful.segments.domain.nodes import All, Any, Leaf, Meaning, Node, Not

_LOOKS = 200_000  # at conditions; who would need more changes than can be found so has no few to make


@dataclass(frozen=True, slots=True)
class Needed:
    """A condition that would have to begin to hold, or to stop holding."""

    leaf: Leaf
    hold: bool


def to_be_in(node: Node, met: Mapping[Leaf, bool]) -> tuple[Needed, ...]:
    """The fewest changes that make the rule true; none where it is, or where no few could.

    Each condition's answer is in `met`.
    """
    return _made(node, met, wanted=True)


def to_be_out(node: Node, met: Mapping[Leaf, bool]) -> tuple[Needed, ...]:
    """The fewest changes that make the rule false; none where it is, or where no few could."""
    return _made(node, met, wanted=False)


def _made(node: Node, met: Mapping[Leaf, bool], *, wanted: bool) -> tuple[Needed, ...]:
    for changed in islice(_sets(met), 1 + _LOOKS // (len(met) + 1)):
        if holds(node, {**met, **{leaf: not met[leaf] for leaf in changed}}) == wanted:
            return tuple(Needed(leaf, not met[leaf]) for leaf in changed)
    return ()


def _sets(met: Mapping[Leaf, bool]) -> Iterator[tuple[Leaf, ...]]:
    """Sets of conditions to turn round, the small ones first."""
    for size in range(len(met) + 1):
        yield from combinations(met, size)


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
