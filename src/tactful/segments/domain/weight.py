"""What a rule costs each time that something happens to customers who are held against it."""

from collections.abc import Mapping

from tactful.segments.domain.features import Distance, Draw, Feature, Field, Happened, Ranked, features_of
from tactful.segments.domain.nodes import Node

# Milliseconds for each number looked at, measured on one core with rules of 20 to 499 conditions.
_OWN, _ROWS, _RANK, _SEQUENCE = 0.1, 1.0, 3.0, 5.0
_MILLISECONDS: Mapping[type, float] = {
    Field: _OWN,
    Distance: _OWN,
    Draw: _OWN,
    Ranked: _RANK,
    Happened: _SEQUENCE,
}
TOO_HEAVY = 0.1  # seconds: ten such rules, and the engine works off one batch in a second


def seconds(tree: Node) -> float:
    """About how long one look takes, of one customer or of a batch; the rule with all that it refers to."""
    return sum(map(_milliseconds, features_of([tree]))) / 1000


def heavy(tree: Node) -> str:
    """What to say of a rule that is so large that people wait for it; or nothing."""
    cost = seconds(tree)
    if cost < TOO_HEAVY:
        return ""
    return (
        f"It looks at {len(features_of([tree]))} numbers and fields: whatever happens to customers waits about "
        f"{cost:.1f} s for it each time. Ask for fewer, or keep the answer in an attribute of your own."
    )


def _milliseconds(feature: Feature) -> float:
    return _MILLISECONDS.get(type(feature), _ROWS)
