"""What would have to change for a customer to be in a segment, or to be out of it: as few conditions as can be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tactful.segments.domain.nodes import All, Any, Leaf, Meaning, Node, Not


@dataclass(frozen=True, slots=True)
class Needed:
    """A condition that would have to begin to hold, or to stop holding."""

    leaf: Leaf
    hold: bool


def to_be_in(node: Node, met: Mapping[Leaf, bool]) -> tuple[Needed, ...]:
    """The fewest changes that make the rule true; none where it is. Each condition's answer is in `met`."""
    return _made(node, met, wanted=True)


def to_be_out(node: Node, met: Mapping[Leaf, bool]) -> tuple[Needed, ...]:
    """The fewest changes that make the rule false; none where it is."""
    return _made(node, met, wanted=False)


def _made(node: Node, met: Mapping[Leaf, bool], *, wanted: bool) -> tuple[Needed, ...]:
    match node:
        case All(nodes):
            changes = [_made(child, met, wanted=wanted) for child in nodes]
            return _together(changes) if wanted else _cheapest(changes)
        case Any(nodes):
            changes = [_made(child, met, wanted=wanted) for child in nodes]
            return _cheapest(changes) if wanted else _together(changes)
        case Not(child):
            return _made(child, met, wanted=not wanted)
        case Meaning(node=child):
            return _made(child, met, wanted=wanted)
    return _of_leaf(node, met, wanted=wanted)


def _of_leaf(node: Node, met: Mapping[Leaf, bool], *, wanted: bool) -> tuple[Needed, ...]:
    for leaf, holds in met.items():
        if leaf == node:
            return () if holds == wanted else (Needed(leaf, wanted),)
    raise KeyError(node)


def _together(changes: Sequence[tuple[Needed, ...]]) -> tuple[Needed, ...]:
    return tuple(dict.fromkeys(each for part in changes for each in part))


def _cheapest(changes: Sequence[tuple[Needed, ...]]) -> tuple[Needed, ...]:
    """The first of those with the fewest changes."""
    return min(changes, key=len)
