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
    retired: frozenset[str] = frozenset()  # topics that nobody is asked about any more


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


def retired(tree: Node, known: Known) -> list[str]:
    """The topics that a rule asks what was said of, and nobody is asked about any more."""
    asked = [each.topic for each in said(tree) if isinstance(each, Consent | Reachable)]
    return list(dict.fromkeys(topic for topic in asked if topic in known.retired))


def _called(asked: Leaf | Short, known: Known) -> list[tuple[str, str | None, frozenset[str]]]:
    topics = known.topics | known.retired
    match asked:
        case Consent(channel, topic):
            return [("channel", channel, known.channels), ("topic", topic, topics | {EVERY_TOPIC})]
        case Reachable(topic=topic):
            return [("topic", topic, topics)]
        case Message(topic=topic, journey=journey):
            return [("topic", topic, topics), ("journey", journey, known.journeys)]
    return []
