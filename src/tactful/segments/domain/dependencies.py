"""What can change the answer of a rule, apart from time."""

from collections.abc import Iterable

from tactful.segments.domain.features import (
    Amount,
    At,
    Distance,
    Feature,
    Field,
    Happened,
    Kept,
    Listed,
    Purchases,
    Ranked,
    Refusals,
    Share,
    Times,
    Topic,
    features_of,
)
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.spelling import JOINED, LEFT

# What may have changed for a customer, beside the names of events that happened.
CHANGED_ATTRIBUTES = "attributes"
CHANGED_CONSENT = "consent"
CHANGED_ORDERS = "orders"


def dependencies(node: Node) -> frozenset[str]:
    """What can change the answer for a known customer, apart from time.

    Names of events, kinds of records, and `attributes`, `consent`, `orders` for the rest (orders with their lines
    and returns).
    """
    return frozenset(name for feature in features_of([node]) for name in _moved_by(feature))


def _moved_by(feature: Feature) -> Iterable[str]:
    match feature:
        case Field() | Distance():
            return (CHANGED_ATTRIBUTES,)
        case Topic() | Refusals():
            return (CHANGED_CONSENT,)
        case Ranked(of):
            return _moved_by(of)
        case Purchases():
            return (CHANGED_ORDERS,)
        case Times(event=event) | At(event=event) | Amount(event=event) | Share(event=event):
            return (event,)
        case Kept(kind=kind):
            return (kind,)
        case Listed():
            return (JOINED, LEFT)
        case Happened(sequence):
            return {step.event for step in (*sequence.steps, *([sequence.absent] if sequence.absent else []))}
    return ()
