"""Short words spelled out: what they mean as a tree of other conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.catalogue import DEVICE_USED, MESSAGES
from tactful.segments.domain.comparisons import Bound, Comparison, Holds, Op, Value
from tactful.segments.domain.conditions import (
    Attribute,
    Consent,
    EventCount,
    InSegment,
    Measure,
    Message,
    Orders,
    Percentile,
    Property,
    Reachable,
    Refused,
    Rfm,
    Short,
    Stage,
    Technology,
    Word,
)
from tactful.segments.domain.nodes import All, Any, Meaning, Node, Not, shorts


@dataclass(frozen=True, slots=True)
class ByName:
    """A property that has to be exactly a name."""

    property: str

    def named(self, name: str) -> Property:
        return Property(self.property, Comparison(Op.IS, (Value(Holds.TEXT, name),)))


MOST_NODES, MOST_DEPTH = 5_000, 100
JOINED, LEFT = "List Joined", "List Left"
LIST = ByName("list")
_JOURNEY, _TOPIC = ByName("journey"), ByName("topic")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The rules that others refer to: of segments by slug, of the lifecycle's stages in their order."""

    segments: Mapping[str, Node] = field(default_factory=dict)
    stages: Sequence[tuple[str, Node]] = ()


def spelled(node: Node, lexicon: Lexicon) -> Node:
    """The tree with the meaning of every short word beside it.

    Raises InvalidInput for a segment or stage that does not exist, and where rules refer to each other in a circle.
    """
    return _Speller(lexicon).spell(node)


def refers_to(node: Node) -> frozenset[str]:
    """The slugs of the segments that a rule names itself."""
    return frozenset(short.slug for short in shorts(node) if isinstance(short, InSegment))


class _Speller:
    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._within: list[str] = []
        self._left = MOST_NODES
        self._depth = 0

    def spell(self, node: Node) -> Node:
        self._left -= 1
        if self._left < 0 or self._depth >= MOST_DEPTH:
            # Each of thirty segments may name the next one twice.
            raise InvalidInput(
                f"the rule with all that it refers to has more than {MOST_NODES} conditions or {MOST_DEPTH} levels"
            )
        self._depth += 1
        try:
            return self._spelled(node)
        finally:
            self._depth -= 1

    def _spelled(self, node: Node) -> Node:
        match node:
            case All(nodes):
                return All(tuple(self.spell(child) for child in nodes))
            case Any(nodes):
                return Any(tuple(self.spell(child) for child in nodes))
            case Not(child):
                return Not(self.spell(child))
            case Message() | Technology() | Reachable() | Rfm() | InSegment() | Stage():
                return Meaning(node, self._meaning(node))
        return node

    def _meaning(self, short: Short) -> Node:
        match short:
            case Message():
                return _message(short)
            case Technology():
                return _technology(short)
            case Reachable():
                return _reachable(short)
            case Rfm():
                return _rfm(short)
            case InSegment(slug):
                return self._segment(slug)
            case Stage(slug):
                return self._stage(slug)

    def _segment(self, slug: str) -> Node:
        if slug not in self._lexicon.segments:
            raise InvalidInput(f"there is no segment {slug!r} in use")
        return self._of(f"segment {slug}", self._lexicon.segments[slug])

    def _stage(self, slug: str) -> Node:
        before: list[Node] = []
        for stage, rule in self._lexicon.stages:
            if stage == slug:
                own = self._of(f"stage {slug}", rule)
                return All((own, *(Not(self._of(f"stage {slug}", each)) for each in before)))
            before.append(rule)
        known = ", ".join(stage for stage, _ in self._lexicon.stages) or "none yet"
        raise InvalidInput(f"there is no stage {slug!r}; there are {known}")

    def _of(self, name: str, rule: Node) -> Node:
        if name in self._within:
            circle = " → ".join([*self._within[self._within.index(name) :], name])
            raise InvalidInput(f"the rules refer to each other in a circle: {circle}")
        self._within.append(name)
        try:
            return self.spell(rule)
        finally:
            self._within.pop()


def _message(said: Message) -> Node:
    about = ((_JOURNEY, said.journey), (_TOPIC, said.topic))
    where = tuple(by.named(name) for by, name in about if name is not None)
    return EventCount(MESSAGES[said.did], said.bound, said.times, said.window, where)


def _technology(said: Technology) -> Node:
    values = tuple(Value(Holds.TEXT, name) for name in said.names)
    one_of = Property(said.aspect, Comparison(Op.IN, values))
    return EventCount(DEVICE_USED, Bound.AT_LEAST, 1, said.window, (one_of,))


def _reachable(said: Reachable) -> Node:
    address = Attribute("email", Comparison(Op.SET, (Value(Holds.TRUTH, raw=True),)))
    agreed = Consent(said.channel, said.topic, Word.GIVEN)
    return All((address, agreed, Not(Refused(said.channel))))


def _rfm(said: Rfm) -> Node:
    parts = (
        (Measure.DAYS_SINCE_LAST, tuple(6 - fifth for fifth in said.recency)),  # the fewer days, the better
        (Measure.COUNT, said.frequency),
        (Measure.REVENUE, said.money),
    )
    return All(tuple(Any(tuple(_fifth(measure, each) for each in fifths)) for measure, fifths in parts if fifths))


def _fifth(measure: Measure, number: int) -> Node:
    """Above the cut below it, and not above its own."""
    of = Orders(measure, Bound.AT_LEAST, 0)
    above = () if number == 1 else (Percentile(of, Bound.GREATER, 20 * (number - 1)),)
    below = () if number == 5 else (Percentile(of, Bound.AT_MOST, 20 * number),)
    return All((*above, *below))
