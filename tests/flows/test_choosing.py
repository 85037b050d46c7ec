"""Messages that may go by any channel, through the real engine."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from tests.flows.conftest import Shop

from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.decisions.domain.facts import Facts
from tactful.delivery import queries as delivery
from tactful.flows import choosing
from tactful.journeys import queries as journeys
from tactful.journeys import services as journeys_written
from tactful.journeys.domain.runs import WantMessage

pytestmark = pytest.mark.usefixtures("outside_holdout")


def test_a_message_by_the_best_channel_goes_by_mail_and_the_decision_says_by_what(shop: Shop) -> None:
    source = journeys.journey("after-first-purchase").summary.source
    journeys_written.save(source | {"channel": "best"}, now=shop.now)
    shop.join("ada")
    shop.buy("ada")
    shop.work()
    shop.wait(timedelta(days=1, minutes=1))
    (number,) = customers.internal_ids(["ada"]).values()
    last = decisions.of_customer(number).rows[0]
    assert (last.verdict, last.channel) == ("send", "email")
    (seen,) = [one.saw for one in last.reasons if one.rule == "reachability"]
    assert seen["channel_chosen_by"] == "reachability"
    assert [row.channel for row in delivery.of_customer(number).rows] == ["email"]


def test_his_wish_and_his_answers_choose_among_several(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "SENDABLE", ("email", "sms"))
    shop.join("ann", preferred_channel="sms")
    shop.join("bob")
    shop.work()
    ids = customers.internal_ids(["ann", "bob"])
    wants = [want(ids[who]) for who in ("ann", "bob")]
    asked = choosing.pairs([*wants, replace(wants[0], channel="email")])
    assert asked == {(number, channel) for number in ids.values() for channel in ("email", "sms")}
    known = dict.fromkeys(asked, Facts(address="somewhere"))
    settled, by = choosing.settle(wants, known, now=shop.now)
    assert [one.channel for one in settled] == ["sms", "email"]
    assert by == {0: "preference", 1: "affinity"}


def want(customer_id: int) -> WantMessage:
    return WantMessage(
        message_key=UUID(int=customer_id),
        journey_id=1,
        run_id=1,
        customer_id=customer_id,
        step="hi",
        channel="best",
        topic="service",
        template="t",
        category="service",
        priority=0,
        at=None,  # type: ignore[arg-type]
        expires_at=None,  # type: ignore[arg-type]
        event_id=None,
    )
