"""Who may be written to about what. Consent is given per channel and topic, and silence is no consent.

A person is written to about a topic on a channel only where the latest word on it was yes. Stopping everything on a
channel stops every topic; a later yes to one topic opens that topic only.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """One customer on one channel: the latest word per topic, and how often he wants to hear at all.

    `topics["*"]` is False after he stopped everything on the channel; True or unset grants nothing by itself.
    `retired` are the house's topics that nobody is written to about any more, whatever was said of them.
    """

    topics: Mapping[str, bool] = field(default_factory=dict)
    paused_until: datetime | None = None
    per_week: int | None = None
    retired: Collection[str] = frozenset()


def agreed(facts: ConsentFacts, topic: str) -> bool:
    """Whether he wants to hear about this topic: an explicit yes, and not everything stopped."""
    return facts.topics.get(topic) is True and facts.topics.get(EVERYTHING) is not False


def allows(facts: ConsentFacts, topic: str) -> bool:
    """Whether this topic may be sent: he agreed, and we have not retired it."""
    return agreed(facts, topic) and topic not in facts.retired


@dataclass(frozen=True, slots=True)
class Word:
    """One yes or no as it was said. `topic` may be `*`: everything on the channel.

    A `weak` yes fills what is unset and no more: a trait that a site repeats at each visit, an import without a
    time of its own.
    """

    channel: str
    topic: str
    granted: bool
    at: datetime
    method: str
    text: str
    weak: bool


@dataclass(frozen=True, slots=True)
class State:
    """The latest word and when it was said."""

    granted: bool
    since: datetime


# The latest word per topic, of one customer on one channel.
Words = dict[str, State]


def say(states: Words, word: Word, *, topics: Iterable[str]) -> None:
    """Work one word into the states of a customer on its channel, in place.

    Words may come late and more than once. `topics` are all topics that exist: a word about everything is a word
    about each of them, and about those the person has a word on already.
    """
    stopped = states.get(EVERYTHING)
    if word.topic == EVERYTHING:
        for topic in sorted({*topics, *states, EVERYTHING}):
            _settle(states, topic, word)
    elif not (word.granted and stopped and not stopped.granted) or _overrules(word, stopped):
        _settle(states, word.topic, word)
    _reopen(states)


def merge(ours: Words, theirs: Words) -> Words:
    """The states of two records that are one person: a no on either side wins."""
    joined = {**ours}
    for topic, state in theirs.items():
        joined[topic] = _stricter(ours[topic], state) if topic in ours else state
    gate = joined.get(EVERYTHING)
    if gate is None or gate.granted:
        return joined
    return {topic: _stricter(state, gate) for topic, state in joined.items()}


def _settle(states: Words, topic: str, word: Word) -> None:
    state = states.get(topic)
    if state is None or _overrules(word, state):
        states[topic] = State(word.granted, word.at)


def _overrules(word: Word, state: State) -> bool:
    """Whether a word is the later one; of two at one moment the no counts."""
    if word.weak:
        return False
    if word.granted and not state.granted:
        return word.at > state.since
    return word.at >= state.since


def _reopen(states: Words) -> None:
    """A yes to one topic after everything was stopped: the channel opens, the other topics stay closed."""
    stopped = states.get(EVERYTHING)
    if stopped is None or stopped.granted:
        return
    latest = max((state.since for state in states.values() if state.granted), default=stopped.since)
    if latest > stopped.since:
        states[EVERYTHING] = State(granted=True, since=latest)


def _stricter(one: State, other: State) -> State:
    if one.granted != other.granted:
        return other if one.granted else one
    return one if one.since >= other.since else other
