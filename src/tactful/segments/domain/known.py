"""Names that a rule calls things by and nothing here has: a slip of the pen would else look like nobody."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from tactful.segments.domain.conditions import Consent, Leaf, Message, Reachable, Short
from tactful.segments.domain.folds import EVERY_TOPIC
from tactful.segments.domain.nodes import Node, said

CHANNELS = ("email", "sms", "push")


@dataclass(frozen=True, slots=True)
class Known:
    """What there is in this company that rules call by name."""

    topics: frozenset[str]
    journeys: frozenset[str]
    channels: frozenset[str] = frozenset(CHANNELS)


@dataclass(frozen=True, slots=True)
class Stranger:
    """A name that nothing has, what it would be, and the name there is that looks like it, if any."""

    what: str
    name: str
    like: str


def unknown(tree: Node, known: Known) -> list[str]:
    """The names that a rule asks for and nothing has, with what they would be: `the topic “nwes”`."""
    found = (f"the {each.what} “{each.name}”" for asked in said(tree) for each in strangers(asked, known))
    return list(dict.fromkeys(found))


def strangers(asked: Leaf | Short, known: Known) -> Iterator[Stranger]:
    """The same of one condition. Consent is kept for any channel: only what looks like a known one is a slip."""
    for what, name, there in _called(asked, known):
        if name is None or name in there:
            continue
        like = next(iter(get_close_matches(name, there, n=1)), "")
        if like or what != "channel":
            yield Stranger(what, name, like)


def _called(asked: Leaf | Short, known: Known) -> list[tuple[str, str | None, frozenset[str]]]:
    match asked:
        case Consent(channel, topic):
            topics = known.topics | {EVERY_TOPIC}
            return [("channel", channel, known.channels), ("topic", topic, topics)]
        case Reachable(topic=topic):
            return [("topic", topic, known.topics)]
        case Message(topic=topic, journey=journey):
            return [("topic", topic, known.topics), ("journey", journey, known.journeys)]
    return []
