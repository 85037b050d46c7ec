"""Which channel a message goes by that may go by any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.consent.domain.consent import ConsentFacts
from tactful.decisions.domain.channel import Chosen, Way, choose, is_open
from tactful.decisions.domain.facts import Facts

MAIL, SMS, PUSH = Way("email", open=True), Way("sms", open=True), Way("push", open=True)
AGREED = ConsentFacts(topics={"news": True})


@pytest.mark.parametrize(
    ("ways", "preferred", "chosen"),
    [
        ([MAIL], "", Chosen("email", "reachability")),
        ([MAIL, Way("sms", open=False)], "sms", Chosen("email", "reachability")),
        ([Way("email", open=False), SMS], "", Chosen("sms", "reachability")),
        ([Way("email", open=False), Way("sms", open=False)], "sms", Chosen("email", "none")),
        ([MAIL, SMS], "sms", Chosen("sms", "preference")),
        ([MAIL, SMS], "carrier pigeon", Chosen("email", "affinity")),
        ([MAIL, Way("sms", True, sent=9, answered=6)], "", Chosen("sms", "affinity")),
        ([Way("email", True, 40, 22), Way("sms", True, 1, 1)], "", Chosen("sms", "affinity")),
        ([Way("email", True, 40, 30), Way("sms", True, 1, 1)], "", Chosen("email", "affinity")),
        ([MAIL, SMS, PUSH], "", Chosen("email", "affinity")),
    ],
)
def test_he_is_written_to_where_he_can_be_as_he_prefers_and_where_he_answers(
    ways: list[Way], preferred: str, chosen: Chosen
) -> None:
    assert choose(ways, preferred) == chosen


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=4), st.text()
)
def test_a_closed_channel_is_never_chosen_while_one_is_open(seen: list[tuple[bool, int, int]], liked: str) -> None:
    ways = [Way(f"c{place}", is_there, sent, answered) for place, (is_there, sent, answered) in enumerate(seen)]
    chosen = choose(ways, liked)
    (way,) = [way for way in ways if way.channel == chosen.channel]
    assert way.open or not any(each.open for each in ways)


@pytest.mark.parametrize(
    ("facts", "category", "is_there"),
    [
        (Facts(address="a@example.com", consent=AGREED), "information", True),
        (Facts(address="a@example.com"), "information", False),
        (Facts(address="a@example.com"), "service", True),
        (Facts(address="a@example.com", consent=AGREED, suppressed=True), "information", False),
        (Facts(consent=AGREED), "information", False),
    ],
)
def test_a_channel_is_open_with_an_address_that_may_be_used_and_a_yes(
    facts: Facts, category: str, is_there: bool
) -> None:
    assert is_open(facts, topic="news", category=category) is is_there
