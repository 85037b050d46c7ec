"""Conditions that ask only whether there is a row. They need no counting: a semi or an anti join answers them."""

from collections.abc import Iterator
from dataclasses import dataclass

from tactful.segments.domain.comparisons import Bound
from tactful.segments.domain.conditions import Consent, EventCount, Leaf, Measure, Orders, Refused, Word
from tactful.segments.domain.features import features_of
from tactful.segments.domain.folding import folds_of
from tactful.segments.domain.folds import EVERY_TOPIC, About, Fold, Says, Table, What
from tactful.segments.domain.nodes import All, Meaning, Node, Not

_MOST_JOINS = 8  # a join each: with hundreds the engine would plan for minutes; one pass counts them all
_ANY_ROW = frozenset({(Bound.AT_LEAST, 1), (Bound.GREATER, 0)})
_NO_ROW = frozenset({(Bound.EXACTLY, 0), (Bound.AT_MOST, 0), (Bound.LESS, 1)})


@dataclass(frozen=True, slots=True)
class Existence:
    """Whether a row that the fold would count is wanted to exist or not to exist."""

    fold: Fold
    wanted: bool


def split(tree: Node) -> tuple[tuple[Node, ...], tuple[Existence, ...]]:
    """What must all hold, as conditions to be counted and as existences.

    A table that is counted anyway is not read a second time for an existence, and many existences are counted too.
    """
    found = [(part, _existences(part)) for part in _parts(tree)]
    counted = {fold.table for part, existences in found if not existences for fold in _folds(part)}
    rest: list[Node] = []
    joined: list[Existence] = []
    for part, existences in found:
        if not existences or existences[0].fold.table in counted:
            rest.append(part)
        else:
            joined.extend(existences)
    once = tuple(dict.fromkeys(joined))
    if len(once) > _MOST_JOINS:
        return tuple(part for part, _ in found), ()
    return tuple(rest), once


def _parts(node: Node) -> Iterator[Node]:
    """What must all hold."""
    match node:
        case All(nodes):
            for child in nodes:
                yield from _parts(child)
        case Meaning(node=child):
            yield from _parts(child)
        case _:
            yield node


def _existences(node: Node) -> tuple[Existence, ...]:
    """The existences that together say what the node says; none where it must be counted."""
    match node:
        case Meaning(node=child):
            return _existences(child)
        case Not(child):
            inner = _existences(child)
            return (Existence(inner[0].fold, not inner[0].wanted),) if len(inner) == 1 else ()
        case Consent(channel, topic, Word.GIVEN):
            return (
                Existence(_word(channel, topic, granted=True), wanted=True),
                Existence(_word(channel, EVERY_TOPIC, granted=False), wanted=False),
            )
        case Refused():
            return (Existence(_folds(node)[0], wanted=True),)
        case EventCount(bound=bound, times=number):
            return _counted(node, bound, number)
        case Orders(measure=Measure.COUNT, bound=bound, number=number):
            return _counted(node, bound, number)
    return ()


def _counted(leaf: Leaf, bound: Bound, number: float) -> tuple[Existence, ...]:
    fold = _folds(leaf)[0]
    if (bound, number) in _ANY_ROW:
        return (Existence(fold, wanted=True),)
    return (Existence(fold, wanted=False),) if (bound, number) in _NO_ROW else ()


def _word(channel: str, topic: str, *, granted: bool) -> Fold:
    return Fold(Table.CONSENTS, What.WORD, (About(channel, topic), Says(granted)))


def _folds(node: Node) -> list[Fold]:
    return [fold for feature in features_of([node]) for fold in folds_of(feature)]
