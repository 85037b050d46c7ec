"""What is wrong with segments as people keep them: not with a rule's meaning, but with having it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import combinations

from pyroaring import BitMap64

from tactful.kernel.texts import counted
from tactful.segments.domain.conditions import Everyone
from tactful.segments.domain.nodes import All, Any, Meaning, Node, Not
from tactful.segments.domain.weight import heavy

TOO_MANY = 25
MOST_ADJECTIVES = 3
TWINS = 0.9


class Fault(StrEnum):
    """Stable names of what is found."""

    NO_GOAL = "no_goal"
    NO_ACTION = "no_action"
    ADJECTIVES = "too_many_adjectives"
    EMPTY = "empty"
    EVERYONE = "everyone"
    UNUSED = "unused"
    TWIN = "twin"
    UNKNOWN = "unknown_name"
    RETIRED = "retired_topic"
    HEAVY = "heavy"
    TOO_MANY = "too_many_segments"


@dataclass(frozen=True, slots=True)
class Kept:
    """A segment as it is kept: its words, its rule, how many are in (None: not counted yet), how many journeys and
    segments use it, the names it asks for that nothing here has, and the topics that are retired.

    `members`: who is in, needed only of those that `alike` names.
    """

    slug: str
    name: str
    goal: str
    action: str
    tree: Node
    size: int | None
    uses: int
    members: BitMap64 = field(default_factory=BitMap64)
    unknown: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a segment (of none where all together are meant), in words that say what to do."""

    fault: Fault
    slug: str
    message: str


def lint(kept: Sequence[Kept], *, everybody: int) -> list[Finding]:
    """The faults of a set of segments, those of each segment together, in the order given."""
    twins = _twins(kept)
    found = [finding for segment in kept for finding in (*_alone(segment, everybody), *twins.get(segment.slug, ()))]
    if len(kept) > TOO_MANY:
        words = f"{len(kept)} segments are more than anybody treats differently; archive those that change nothing."
        found.append(Finding(Fault.TOO_MANY, "", words))
    return found


def alike(actions: Mapping[str, str]) -> set[str]:
    """The slugs, of actions by slug, of those that share their action with another: only they can be twins."""
    times = Counter(_plain(action) for action in actions.values())
    return {slug for slug, action in actions.items() if times[_plain(action)] > 1}


def adjectives(node: Node) -> int:
    """How many conditions describe a customer of the segment; `any` of some describes once."""
    match node:
        case All(nodes):
            return sum(adjectives(child) for child in nodes)
        case Any(nodes):
            return max(adjectives(child) for child in nodes)
        case Not(child):
            return adjectives(child)
        case Everyone():
            return 0
        case Meaning():
            return 1
    return 1


def _alone(segment: Kept, everybody: int) -> list[Finding]:
    size, number = segment.size, adjectives(segment.tree)
    checks = (
        (not segment.goal.strip(), Fault.NO_GOAL, "Say what should become of these customers."),
        (
            not segment.action.strip(),
            Fault.NO_ACTION,
            "Say what we do differently for them; if nothing, archive it.",
        ),
        (
            number > MOST_ADJECTIVES,
            Fault.ADJECTIVES,
            f"It takes {number} conditions to say who they are; more than {MOST_ADJECTIVES} is hard to act on.",
        ),
        (everybody > 0 and size == 0, Fault.EMPTY, "Nobody is in it."),
        (
            everybody > 0 and size == everybody,
            Fault.EVERYONE,
            f"Everybody is in it ({counted(everybody, 'customer')}): it tells nobody apart.",
        ),
        (segment.uses == 0, Fault.UNUSED, "No journey and no other segment uses it."),
        (
            bool(segment.unknown),
            Fault.UNKNOWN,
            f"It asks for {', '.join(segment.unknown)}, which is not here: nobody can meet that.",
        ),
        (
            bool(segment.retired),
            Fault.RETIRED,
            f"It asks what was said of {', '.join(f'“{topic}”' for topic in segment.retired)}, a retired topic:"
            " nobody is asked about it any more.",
        ),
        (bool(weight := heavy(segment.tree)), Fault.HEAVY, weight),
    )
    return [Finding(fault, segment.slug, words) for wrong, fault, words in checks if wrong]


def _twins(kept: Sequence[Kept]) -> Mapping[str, list[Finding]]:
    """Segments that hold nearly the same customers, and do the same for them."""
    found: dict[str, list[Finding]] = {}
    for one, other in combinations(kept, 2):
        if _plain(one.action) == _plain(other.action) and one.members.jaccard_index(other.members) > TWINS:
            share = one.members.jaccard_index(other.members)
            for segment, twin in ((one, other), (other, one)):
                words = f"{share:.1%} of it and “{twin.name}” is the same, with the same action: keep one."
                found.setdefault(segment.slug, []).append(Finding(Fault.TWIN, segment.slug, words))
    return found


def _plain(action: str) -> str:
    return " ".join(action.lower().split()).rstrip(".!")
