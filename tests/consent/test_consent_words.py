"""The rules of consent, one word at a time."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.consent.domain.addresses import hash_of, key_from
from tactful.consent.domain.consent import ConsentFacts, State, Word, Words, allows, merge, say

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOPICS = ("news", "offers")


def word(topic: str, hour: float, *, granted: bool, weak: bool = False) -> Word:
    return Word("email", topic, granted, NOON + timedelta(hours=hour), "form", "", weak)


def yes(topic: str, hour: float = 0, *, weak: bool = False) -> Word:
    return word(topic, hour, granted=True, weak=weak)


def no(topic: str, hour: float = 0) -> Word:
    return word(topic, hour, granted=False)


def after(*words: Word) -> Words:
    states: Words = {}
    for each in words:
        say(states, each, topics=TOPICS)
    return states


def agreed(states: Words) -> set[str]:
    facts = ConsentFacts({topic: state.granted for topic, state in states.items()})
    return {topic for topic in (*TOPICS, "tips") if allows(facts, topic)}


@pytest.mark.parametrize(
    ("words", "topics"),
    [
        ([], set()),
        ([yes("news")], {"news"}),
        ([yes("news"), no("news", 1)], set()),
        ([no("news"), yes("news", 1)], {"news"}),
        ([no("news"), yes("news")], set()),
        ([yes("news"), no("news")], set()),
        ([yes("*")], {"news", "offers"}),
        ([yes("tips"), no("*", 1)], set()),
        ([no("*"), yes("news", 1)], {"news"}),
        ([yes("offers"), no("*", 1), yes("news", 2)], {"news"}),
        ([no("*", 1), yes("news", 0)], set()),
        ([yes("news", weak=True)], {"news"}),
        ([no("news"), yes("news", 1, weak=True)], set()),
        ([no("*"), yes("news", 1, weak=True)], set()),
    ],
    ids=[
        "silence is no consent", "a yes", "a later no", "a later yes", "a yes at the moment of the no",
        "a no at the moment of the yes", "a yes to everything is one to what exists", "a no to everything",
        "a yes after a no to everything", "opens that topic only", "an older yes after a no to everything",
        "a weak yes fills", "a weak yes overrules no no", "nor a no to everything",
    ],
)  # fmt: skip
def test_the_latest_word_counts(words: list[Word], topics: set[str]) -> None:
    assert agreed(after(*words)) == topics


@given(st.lists(st.tuples(st.sampled_from(["news", "offers", "*"]), st.booleans()), min_size=1, max_size=4))
def test_what_is_agreed_does_not_depend_on_the_order_of_arrival(said: list[tuple[str, bool]]) -> None:
    words = [word(topic, hour, granted=granted) for hour, (topic, granted) in enumerate(said)]
    assert {frozenset(agreed(after(*order))) for order in permutations(words)} == {frozenset(agreed(after(*words)))}


def test_a_no_on_either_side_wins_in_a_merge() -> None:
    ours = after(yes("news", 5), no("offers", 1))
    theirs = after(no("news", 1), yes("offers", 5), yes("tips"))
    assert merge(ours, theirs) == {
        "news": State(granted=False, since=NOON + timedelta(hours=1)),
        "offers": State(granted=False, since=NOON + timedelta(hours=1)),
        "tips": State(granted=True, since=NOON),
    }


def test_a_no_to_everything_on_either_side_closes_all_in_a_merge() -> None:
    assert agreed(merge(after(yes("news", 5)), after(no("*", 1)))) == set()
    assert agreed(merge(after(no("*", 1)), after(yes("news", 5)))) == set()


@pytest.mark.parametrize(
    ("channel", "one", "other", "same"),
    [
        ("email", " Ann@Example.com ", "ann@example.com", True),
        ("email", "ann@example.com", "bob@example.com", False),
        ("sms", "+49 (170) 123-45", "+4917012345", True),
        ("sms", "+4917012345", "+4917012346", False),
    ],
)
def test_an_address_has_one_hash_however_it_is_written(channel: str, one: str, other: str, *, same: bool) -> None:
    key = key_from("secret")
    assert (hash_of(one, channel=channel, key=key) == hash_of(other, channel=channel, key=key)) is same


def test_a_hash_depends_on_secret_and_channel() -> None:
    values = {
        hash_of("a@example.com", channel=channel, key=key_from(secret))
        for channel in ("email", "push")
        for secret in ("one", "two")
    }
    assert len(values) == 4
