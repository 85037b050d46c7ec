"""Feedback as events, and the facts behind a message as sentences."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.journeys.machine_kit import definition
from tests.public.visitors import Visit

from tactful.consent.queries import Proof
from tactful.decisions.domain.facts import RuleSaw
from tactful.delivery import queries, services
from tactful.flows import feedback
from tactful.flows.feedback import Why
from tactful.journeys.domain.choosing import Chosen, chosen_by
from tactful.journeys.domain.parsing import parse
from tactful.public import words


def why(visit: Visit, **changes: Any) -> Why:
    facts: dict[str, Any] = {
        "message": queries.delivery(visit.delivery_id),
        "began_with": None,
        "chosen": Chosen.FITTING,
        "agreed": Proof("email", "news", True, visit.clock.now(), "web form", "Yes", "api:shop"),
        "topic": "News",
        "rules": (),
    }
    return Why(**{**facts, **changes})


def test_the_occasion_the_permission_and_the_restraint_are_told_in_this_order(visit: Visit) -> None:
    rules = (
        RuleSaw("quiet_hours", "pass", "", {"local_time": "10:14", "zone": "Europe/Berlin"}),
        RuleSaw("frequency_cap", "pass", "", {"caps": [{"count": 1, "days": 1}, {"count": 3, "days": 7}]}),
    )
    assert words.sentences(why(visit, began_with="Order Completed", rules=rules)) == [
        "It began with an order of yours.",
        "You agreed to “News” on 1 March 2026 (web form). The words were: “Yes”",
        "It was 10:14 with you when we decided. We keep your quiet hours.",
        "We write at most once in a day and 3 times in 7 days, all topics together, and looked at that first.",
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"chosen": Chosen.EVERYBODY},
            "It went to everybody who agreed to “News”, not because of anything you did.",
        ),
        ({"chosen": Chosen.DATE}, "It was due by a date that we know of you."),
        ({"chosen": Chosen.ORDER}, "It was due by a date of an order of yours."),
        ({"chosen": Chosen.DEAL}, "It was due by a date of a proposal that we made you."),
        ({"chosen": Chosen.FITTING}, "What we know of your orders and visits with us fits this message."),
    ],
)
def test_the_occasion_is_what_was_really_looked_at(visit: Visit, changes: dict[str, Any], told: str) -> None:
    message = replace(queries.delivery(visit.delivery_id), journey_id=3)
    assert words.sentences(why(visit, message=message, **changes))[0] == told


ONCE = {"date": "2026-03-02", "at": "10:00"}


@pytest.mark.parametrize(
    ("entry", "chosen"),
    [
        ({"once": ONCE}, Chosen.EVERYBODY),
        ({"schedule": {"at": "10:00"}}, Chosen.EVERYBODY),
        ({"once": ONCE, "segment": "loyal"}, Chosen.FITTING),
        ({"once": ONCE, "if": {"segment": "loyal"}}, Chosen.FITTING),
        ({"date": "birthday", "at": "10:00"}, Chosen.DATE),
        ({"date": "order.completed_at", "days": 30, "at": "10:00"}, Chosen.ORDER),
        ({"segment": "loyal", "on": "entered"}, Chosen.FITTING),
        ({"event": "Order Completed"}, Chosen.FITTING),
    ],
)
def test_how_a_journey_chooses_is_read_from_its_beginning(entry: dict[str, Any], chosen: Chosen) -> None:
    assert chosen_by(parse(definition(entry=entry, exit=[]))) == chosen


def test_a_broadcast_whose_way_asks_something_is_not_for_everybody() -> None:
    asking = definition(entry={"once": ONCE}, exit=[{"if": {"segment": "loyal"}, "reason": "loyal"}])
    assert chosen_by(parse(asking)) == Chosen.FITTING


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"journey_id": 3}, "What we know of your orders and visits with us fits this message."),
        ({"category": "service"}, "It belongs to something that you bought or asked for"),
        ({"journey_id": None}, "You agreed to “News”"),
    ],
)
def test_what_is_told_depends_on_the_message(visit: Visit, changes: dict[str, Any], told: str) -> None:
    message = replace(queries.delivery(visit.delivery_id), **changes)
    assert any(sentence.startswith(told) for sentence in words.sentences(why(visit, message=message)))


def test_a_missing_agreement_is_admitted(visit: Visit) -> None:
    (told,) = words.sentences(why(visit, agreed=None))
    assert "We find no record of your agreement" in told


def test_a_message_handed_over_or_refused_is_an_event_about_it(visit: Visit) -> None:
    (claimed,) = services.claim(limit=1, worker="w", now=visit.clock.now())
    feedback.sent([claimed], now=visit.clock.now())
    feedback.bounced([(claimed, "550 5.1.1 No such user")], now=visit.clock.now())
    feedback.sent([], now=visit.clock.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, payload::jsonb -> 'event', payload::jsonb -> 'properties' FROM events_inbox")
        said = cursor.fetchall()
    assert [(source, name) for source, name, _ in said] == [
        ("delivery", '"Email Sent"'),
        ("delivery", '"Email Bounced"'),
    ]
    assert str(claimed.key) in said[0][2]
    assert '"bounce": "hard"' in said[1][2]
    assert '"address": "ada@example.org"' in said[1][2]


def test_the_links_of_a_merged_record_lead_to_the_one_that_stays(visit: Visit) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO customers_customer (email, attributes, is_test, created_at, updated_at)"
            " VALUES ('new@example.org', '{}', false, now(), now()) RETURNING id"
        )
        (stays,) = cursor.fetchone()
        cursor.execute(
            "UPDATE customers_customer SET merged_into_id = %s WHERE id = %s", [stays, visit.customer_id]
        )
    found = feedback.reader(delivery_id=visit.delivery_id, customer_id=visit.customer_id)
    assert found is not None
    assert found.customer_id == stays
    assert "new@example.org" in visit.client.get(visit.preferences).content.decode()


def test_a_link_works_after_the_delivery_is_gone(visit: Visit) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM delivery_delivery")
    assert visit.client.post(visit.unsubscribe).status_code == 200
    assert not visit.hears("news")
    assert visit.client.get(visit.link).status_code == 302
    assert visit.client.get(visit.pixel).status_code == 200
    assert visit.client.get(visit.why).status_code == 404
    assert visit.names() == ["Unsubscribed"]


def test_nothing_is_kept_about_an_erased_customer(visit: Visit) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET erased_at = now() WHERE id = %s", [visit.customer_id])
    for page in visit.pages:
        answer = visit.client.post(page) if page != visit.why else visit.client.get(page)
        # What a mail client asks for is so already; it must not take that for a failure (RFC 8058).
        assert answer.status_code == (200 if page == visit.unsubscribe else 404)
        assert "We keep no data about you" in answer.content.decode()
    assert visit.inbox() == []


def test_opens_of_one_day_are_one_event(visit: Visit) -> None:
    for _ in range(2):
        visit.client.get(visit.pixel)
    visit.clock.advance(timedelta(days=1))
    visit.client.get(visit.pixel)
    assert len({said["messageId"] for said in visit.inbox()}) == 2
