"""What hangs on a topic: a yes to a new one lets its journey write, and none is retired from under a journey."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.conftest import Shop

from tactful.consent import queries as consent
from tactful.consent import topics
from tactful.consent.domain.topics import worded
from tactful.decisions import queries as decisions
from tactful.delivery import queries as delivery
from tactful.flows import calendar, dispatch, feedback, launching, topic_care
from tactful.flows.feedback import Choices
from tactful.flows.topic_care import Use
from tactful.journeys import services as journeys
from tactful.kernel.errors import Conflict
from tactful.segments import services as segments

DAY = timedelta(days=1)
LETTER: dict[str, Any] = {
    "slug": "evening",
    "name": "Wine evening",
    "owner": "Shop",
    "failure_path": "Nothing",
    "category": "information",
    "topic": "wine",
    "reentry": "any_time",
    "entry": {"event": "Evening Planned"},
    "start": "letter",
    "steps": {
        "letter": {"type": "message", "template": "how-was-it", "expires_hours": 5, "next": "done"},
        "done": {"type": "exit"},
    },
}
BROADCAST: dict[str, Any] = {
    **LETTER,
    "slug": "hello",
    "name": "Hello",
    "reentry": "never",
    "entry": {"once": {"date": "2026-03-03", "at": "10:00", "zone": "company"}},
}


@pytest.fixture
def wine(shop: Shop, outside_holdout: Callable[[], None]) -> Shop:
    """A shop with a topic of its own, and a journey of that topic at work."""
    del outside_holdout
    topics.add("wine", worded("Wine evenings"))
    journeys.activate(journeys.save(LETTER, now=shop.now).slug, now=shop.now)
    return shop


def told(shop: Shop) -> dict[str, int]:
    """The verdicts on all messages about wine, once those that may go have gone."""
    shop.work()
    dispatch.dispatch(worker="w", clock=shop.clock)
    return delivery.state_counts()


def person(shop: Shop) -> feedback.Reader:
    shop.say("identify", "ann", traits={"email": "ann@example.com"})
    shop.work()
    customer_id = min(row.customer_id for row in decisions.page(decisions.Filters()).rows)
    found = feedback.reader(delivery_id=0, customer_id=customer_id)
    assert found
    return found


def test_a_yes_to_a_new_topic_on_the_preference_page_lets_its_journey_write(wine: Shop) -> None:
    wine.track("ann", "Evening Planned")
    assert told(wine) == {}
    ann = person(wine)
    asked = [topic.slug for topic in feedback.preferences(ann.customer_id, now=wine.now).topics]
    assert asked[-1] == "wine"
    feedback.save_preferences(ann, Choices({("email", "wine"): True}), now=wine.now)
    wine.track("ann", "Evening Planned")
    assert told(wine) == {"sent": 1}


def test_a_topic_that_a_journey_at_work_needs_is_not_retired(wine: Shop) -> None:
    with pytest.raises(Conflict, match="the journey “Wine evening” would fall silent"):
        topic_care.retire("wine", now=wine.now)
    assert consent.retired_topics() == set()
    journeys.archive("evening", now=wine.now)
    topic_care.retire("wine", now=wine.now)
    launching.save({**LETTER, "slug": "again"}, by="ada", now=wine.now)
    with pytest.raises(Conflict, match="'wine' is retired"):
        launching.launch("again", by="ada", now=wine.now)


def test_a_message_that_waits_when_its_topic_is_retired_is_dropped_by_that_reason(wine: Shop) -> None:
    wine.join("ann")
    wine.track("ann", "Evening Planned")
    wine.work()
    assert delivery.state_counts() == {"queued": 1}
    topics.retire("wine", now=wine.now)
    assert told(wine) == {"dropped": 1}
    assert delivery.page(delivery.Filters(), limit=1).rows[0].reason == "status"


def test_what_uses_a_topic_is_named_with_what_it_is(wine: Shop) -> None:
    rule = {"reachable": "email", "topic": "wine"}
    segments.save(slug="drinkers", name="Drinkers", definition=rule, goal="g", action="a", now=wine.now)
    journeys.save({**LETTER, "slug": "draft", "name": "Draft"}, now=wine.now)
    assert topic_care.uses()["wine"] == [
        Use("journey", "draft", "Draft"),
        Use("journey", "evening", "Wine evening", holds=True),
        Use("text", "how-was-it", "How was it?"),
        Use("segment", "drinkers", "Drinkers"),
    ]


def test_a_broadcast_needs_its_topic_until_it_has_met_everybody(wine: Shop) -> None:
    wine.join("ann")
    wine.work()
    journeys.activate(journeys.save(BROADCAST, now=wine.now).slug, now=wine.now)

    def holds() -> bool:
        return next(use.holds for use in topic_care.uses()["wine"] if use.kind == "broadcast")

    assert holds()
    wine.wait(2 * DAY)
    assert holds(), "its moment is over, but the calendar has not been read"
    calendar.read(wine.now)
    assert holds(), "somebody waits to be let in"
    assert told(wine) == {"sent": 1}
    assert not holds()
