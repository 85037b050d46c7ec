"""From JSON (or YAML) to the tree. Strict: what is not understood is refused, with the place where it stands."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.conditions import Everyone, InSegment, Sequence, Stage
from tactful.segments.domain.nodes import All, Any, Node, Not, leaves
from tactful.segments.domain.parsing_customers import (
    attribute_of,
    consent_of,
    list_of,
    near_of,
    reachable_of,
    sample_of,
)
from tactful.segments.domain.parsing_events import event_of, message_of, records_of, sequence_of, technology_of
from tactful.segments.domain.parsing_purchases import orders_of, percentile_of, rfm_of
from tactful.segments.domain.places import Budget, Place

MAX_DEPTH = 25
MAX_NODES = 500
MAX_SEQUENCES = 50  # each is a pass of its own: 166 of them took eleven seconds of every batch


def parse(given: object) -> Node:
    """The tree of a rule given as JSON values (dates that YAML made are taken too).

    Raises InvalidInput that begins with the path to what is wrong: `all[1].count.at_least: must be …`.
    """
    tree = _node(Place(given, "", 0, Budget(MAX_NODES)))
    if sum(isinstance(leaf, Sequence) for leaf in leaves(tree)) > MAX_SEQUENCES:
        raise InvalidInput(f"the rule has more than {MAX_SEQUENCES} sequences")
    return tree


def _node(place: Place) -> Node:
    place.budget.left -= 1
    if place.depth > MAX_DEPTH:
        raise InvalidInput(f"the rule is nested deeper than {MAX_DEPTH} levels")
    if place.budget.left < 0:
        raise InvalidInput(f"the rule has more than {MAX_NODES} conditions")
    present = [kind for kind in KINDS if place.has(kind)]
    if len(present) != 1:
        raise place.wrong(f"needs exactly one of {', '.join(KINDS)}")
    return _KINDS[present[0]](replace(place, depth=place.depth + 1))


def _all(place: Place) -> All:
    place.only("all")
    return All(tuple(_node(child) for child in place.at("all").items()))


def _any(place: Place) -> Any:
    place.only("any")
    return Any(tuple(_node(child) for child in place.at("any").items()))


def _not(place: Place) -> Not:
    place.only("not")
    return Not(_node(place.at("not")))


def _everyone(place: Place) -> Everyone:
    place.only("everyone")
    place.at("everyone").true()
    return Everyone()


def _segment(place: Place) -> InSegment:
    place.only("segment")
    return InSegment(place.at("segment").name())


def _stage(place: Place) -> Stage:
    place.only("stage")
    return Stage(place.at("stage").name())


_KINDS: Mapping[str, Callable[[Place], Node]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "everyone": _everyone,
    "attribute": attribute_of,
    "consent": consent_of,
    "event": event_of,
    "sequence": sequence_of,
    "orders": orders_of,
    "percentile": percentile_of,
    "rfm": rfm_of,
    "record": records_of,
    "message": message_of,
    "technology": technology_of,
    "reachable": reachable_of,
    "near": near_of,
    "list": list_of,
    "segment": _segment,
    "stage": _stage,
    "sample": sample_of,
}
KINDS = tuple(_KINDS)
