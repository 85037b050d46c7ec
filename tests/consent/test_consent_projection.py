"""Events become consent with its proof, suppressions and preferences in PostgreSQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest

from tactful.consent import queries, services, topics
from tactful.consent.domain.consent import allows
from tactful.customers import queries as customers
from tactful.events.domain.parse import Located, locate, parse
from tactful.kernel.errors import InvalidInput

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
_NUMBERS = count(1)


@dataclass
class Card:
    email: str | None
    phone: str | None = None


@pytest.fixture(autouse=True)
def people(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {7: Card("Ann@example.com", "+4917012345"), 8: Card("bob@example.com")}
    monkeypatch.setattr(customers, "cards", lambda ids: {each: known[each] for each in ids if each in known})


def said(
    name: str,
    properties: Mapping[str, Any] | None = None,
    *,
    customer: int = 7,
    day: float | None = 0,
    heard: float = 100,
    historical: bool = False,
    traits: Mapping[str, Any] | None = None,
) -> Located:
    number = next(_NUMBERS)
    payload = {
        "type": "identify" if traits else "track",
        "messageId": f"m{number}",
        "userId": f"u{customer}",
        "event": name,
        "timestamp": None if day is None else (START + timedelta(days=day)).isoformat(),
        "properties": properties or {},
        "traits": traits or {},
    }
    text = msgspec.json.encode(payload)
    parsed = parse(text, source="api:shop", received_at=START + timedelta(days=heard), historical=historical)
    return locate(parsed, customer_id=customer, event_id=number)


def project(*events: Located) -> services.Projection:
    return services.project(events, now=START)


def may(topic: str, customer: int = 7) -> bool:
    return allows(queries.facts([customer], channel="email")[customer], topic)


NEWS = {"channel": "email", "topic": "news", "method": "form", "text": "Yes, write to me."}


def test_a_yes_is_kept_with_its_proof() -> None:
    event = said("Consent Given", NEWS)
    project(event)
    project(event)
    assert may("news")
    assert queries.proof(7) == [
        queries.Proof(
            channel="email",
            topic="news",
            granted=True,
            at=START,
            method="form",
            text="Yes, write to me.",
            source="api:shop",
        )
    ]
    assert queries.states_of(7) == [queries.StateRow("email", "news", granted=True, since=START)]


def test_silence_is_no_consent_and_everybody_asked_for_has_facts() -> None:
    facts = queries.facts([7, 8], channel="email")
    assert set(facts) == {7, 8}
    assert not may("news")


@pytest.mark.parametrize(
    ("day", "historical", "allowed"),
    [
        (1, False, False),
        (3, False, True),
        (1, True, False),
        (3, True, True),
        (None, True, False),
        (None, False, True),
    ],
    ids=["older", "newer", "import of an older", "import of a newer", "import without a time", "now"],
)
def test_a_yes_counts_after_a_no_only_where_it_is_newer(
    *, day: float | None, historical: bool, allowed: bool
) -> None:
    project(said("Consent Given", NEWS), said("Consent Withdrawn", NEWS, day=2))
    project(said("Consent Given", NEWS, day=day, historical=historical))
    assert may("news") is allowed


def test_traits_that_repeat_a_yes_do_not_overrule_a_no() -> None:
    traits = {"consents": [{"channel": "email", "topic": "news", "granted": True}]}
    project(said("", traits=traits))
    assert may("news")
    project(said("Unsubscribed", {"topic": "news"}, day=1))
    project(said("", traits=traits, day=2))
    assert not may("news")
    assert len(queries.proof(7)) == 2
    later = {"consents": [{**NEWS, "granted": True, "at": (START + timedelta(days=3)).isoformat()}]}
    project(said("", traits=later, day=3))
    assert may("news")


def test_stopping_everything_suppresses_the_address_until_the_person_agrees_anew() -> None:
    topics.ensure()
    project(said("Consent Given", {**NEWS, "topic": "*"}), said("Unsubscribed", {}, day=1))
    assert not any(may(topic.slug) for topic in queries.topics())
    assert queries.suppressed(["ANN@example.com", "bob@example.com"], channel="email") == {"ANN@example.com"}
    project(said("Consent Given", NEWS, day=2, historical=True))
    assert queries.suppressed(["ann@example.com"], channel="email")
    project(said("Consent Given", NEWS, day=3))
    assert not queries.suppressed(["ann@example.com"], channel="email")
    assert [topic.slug for topic in queries.topics() if may(topic.slug)] == ["news"]


def test_a_stop_that_comes_late_does_not_undo_a_newer_yes() -> None:
    project(said("Consent Given", NEWS, day=2))
    project(said("Unsubscribed", {}, day=1))
    assert may("news")
    assert not queries.suppressed(["ann@example.com"], channel="email")


@pytest.mark.parametrize(
    ("name", "properties", "reason"),
    [
        ("Email Bounced", {"bounce": "hard"}, "bounced"),
        ("Email Bounced", {"bounce": "soft"}, None),
        ("Email Marked as Spam", {}, "complained"),
        ("Unsubscribed", {"topic": "news"}, None),
        ("Unsubscribed", {"topic": "*"}, "unsubscribed_all"),
    ],
)
def test_what_suppresses_an_address(name: str, properties: dict[str, Any], reason: str | None) -> None:
    project(said(name, properties))
    row = queries.suppression("ann@example.com", channel="email")
    assert (row.reason if row else None) == reason


def test_a_bounce_silences_the_address_it_names_and_agreement_does_not_mend_it() -> None:
    project(said("Email Bounced", {"bounce": "hard", "address": "old@example.com"}))
    project(said("Email Bounced", {"bounce": "hard"}), said("Consent Given", NEWS, day=1))
    assert queries.suppressed(["old@example.com", "ann@example.com"], channel="email") == {
        "old@example.com", "ann@example.com",
    }  # fmt: skip


def test_a_complaint_outweighs_a_bounce_and_is_a_no_to_everything() -> None:
    project(said("Consent Given", NEWS), said("Email Marked as Spam", {}, day=1))
    project(said("Email Bounced", {"bounce": "hard"}, day=2))
    row = queries.suppression("ann@example.com", channel="email")
    assert row is not None
    assert row.reason == "complained"
    assert not may("news")


def test_a_choice_of_how_often_keeps_what_it_leaves_unsaid() -> None:
    pause = START + timedelta(days=30)
    project(said("Preferences Changed", {"paused_until": pause.isoformat()}))
    project(said("Preferences Changed", {"per_week": 2}, day=1))
    facts = queries.facts([7], channel="email")[7]
    assert (facts.paused_until, facts.per_week) == (pause, 2)
    project(said("Preferences Changed", {"per_week": None}, day=0.5))
    project(said("Preferences Changed", {"paused_until": None}, day=3, historical=True))
    assert queries.facts([7], channel="email")[7] == facts
    project(said("Preferences Changed", {"paused_until": None}, day=3))
    assert queries.facts([7], channel="email")[7].paused_until is None


def test_a_bad_event_is_a_problem_of_its_own() -> None:
    bad = [
        said("Consent Given", {"topic": "news"}),
        said("Consent Given", {"channel": "email", "topic": "a topic"}),
        said("Consent Withdrawn", {"channel": "email"}),
        said("Preferences Changed", {"per_week": "often"}),
        said("Preferences Changed", {"paused_until": "soon"}),
        said("Preferences Changed", {"per_week": -1}),
        said("", traits={"consents": "all"}),
        said("", traits={"consents": [{"channel": "email", "topic": "news", "granted": "yes"}]}),
    ]
    result = project(*bad, said("Consent Given", NEWS))
    assert [key for key, _ in result.problems] == [event.key for event in bad]
    assert may("news")


def test_a_topic_that_somebody_agreed_to_stands_on_his_page() -> None:
    project(said("Consent Given", {**NEWS, "topic": "wine-club"}))
    assert [(topic.slug, topic.name) for topic in queries.topics()] == [("wine-club", "Wine club")]


def test_a_merge_takes_proof_and_keeps_every_no() -> None:
    project(said("Consent Given", NEWS), said("Consent Withdrawn", NEWS, customer=8, day=-1))
    project(said("Preferences Changed", {"per_week": 3}), said("Preferences Changed", {"per_week": 1}, customer=8))
    services.move_customers([(7, 8), (8, 9)])
    assert not may("news", customer=9)
    assert len(queries.proof(9)) == 2
    assert queries.facts([9], channel="email")[9].per_week == 1


def test_staff_suppress_and_lift() -> None:
    services.suppress("Eve@example.com", channel="email", reason="manual", source="staff", now=START)
    assert queries.suppressed(["eve@example.com"], channel="email") == {"eve@example.com"}
    assert queries.suppressed(["eve@example.com"], channel="email", key=b"another") == set()
    assert queries.suppressed(["eve@example.com"], channel="sms") == set()
    assert services.lift("eve@example.com", channel="email")
    assert not services.lift("eve@example.com", channel="email")
    with pytest.raises(InvalidInput):
        services.suppress("eve@example.com", channel="email", reason="dislike", source="staff", now=START)


def test_events_of_others_cost_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        project(said("Product Viewed", {"sku": "tea"}), said("", traits={"plan": "pro"}))


def test_an_address_gets_nothing_from_when_the_word_was_heard_and_the_first_one_counts() -> None:
    heard = START + timedelta(days=100)
    project(said("Email Bounced", {"bounce": "hard"}, day=90))
    project(said("Email Bounced", {"bounce": "hard"}, day=95, heard=110))
    project(said("Email Marked as Spam", {}, day=96, heard=120))
    row = queries.suppression("ann@example.com", channel="email")
    assert row is not None
    assert (row.reason, row.at) == ("complained", heard)
    assert queries.suppressed_since(["ann@example.com"], channel="email") == {"ann@example.com": heard}


def test_an_import_tells_of_the_past_and_excuses_nothing_that_was_known() -> None:
    project(said("Email Bounced", {"bounce": "hard"}, day=90, heard=91))
    project(said("Email Bounced", {"bounce": "hard"}, day=80, historical=True))
    project(said("Email Bounced", {"bounce": "hard"}, customer=8, day=-40, historical=True))
    since = queries.suppressed_since(["ann@example.com", "bob@example.com"], channel="email")
    assert since == {"ann@example.com": START + timedelta(days=91), "bob@example.com": START + timedelta(days=100)}
    assert START + timedelta(days=-40) in queries.all_suppressed("email").values()


@pytest.mark.parametrize(("day", "open_again"), [(1, False), (3, True)])
def test_a_yes_takes_back_the_stop_that_was_said_before_it_however_late_either_is_heard(
    *, day: float, open_again: bool
) -> None:
    project(said("Unsubscribed", {}, day=2, heard=50))
    project(said("Consent Given", NEWS, day=day, heard=60))
    assert may("news") is open_again
    assert bool(queries.suppressed(["ann@example.com"], channel="email")) is not open_again


def test_what_is_said_of_a_retired_topic_is_recorded_and_a_yes_to_everything_does_not_reach_it() -> None:
    topics.ensure()
    topics.retire("tips", now=START)
    project(said("Consent Given", {"channel": "email", "topic": "tips"}, customer=8))
    project(said("Consent Given", {"channel": "email", "topic": "*"}))
    found = queries.facts([7, 8], channel="email")
    assert "tips" not in found[7].topics
    assert found[8].topics["tips"] is True
    assert not allows(found[8], "tips")
    assert "tips" in queries.retired_topics(), "a consent that names it does not bring it back"
    topics.bring_back("tips")
    assert allows(queries.facts([8], channel="email")[8], "tips")
