"""The ready scenarios: what each of them keeps to."""

from typing import Any

import pytest

from tactful.journeys.domain.lint_ways import first_messages, segments_named
from tactful.journeys.domain.steps import Message
from tactful.journeys.scenarios import ready, scenario
from tactful.kernel.errors import NotFound
from tactful.segments import services as segments

TEXTS = {
    "welcome",
    "welcome-what-we-do",
    "b2b-thank-you-next-steps",
    "b2b-how-is-it-going",
    "cart-left-behind",
    "cart-help",
    "proposal-any-questions",
    "proposal-last-word",
    "repurchase-time",
    "season-begins",
    "onboarding-first-step",
    "onboarding-need-a-hand",
    "renewal-30-days",
    "renewal-7-days",
    "request-received",
    "back-again",
    "order-picked-up-survey",
    "reactivation-offer",
    "how-was-it",
    "thank-you-how-to-use",
    "tips-after-purchase",
    "useful-material",
    "we-noticed-silence",
}


def test_there_are_fourteen_in_an_order_of_their_own_for_three_businesses() -> None:
    assert [one.slug for one in ready()] == [
        "welcome",
        "after-first-purchase",
        "after-first-purchase-b2b",
        "abandoned-order",
        "stalled-proposal",
        "reactivation-by-hypothesis",
        "repurchase-date",
        "seasonal",
        "onboarding-milestone-missed",
        "renewal",
        "request-sla",
        "high-value-returns",
        "order-picked-up-survey",
        "unopened-mail-then-sms",
    ]
    assert all(one.what.endswith(".") for one in ready())
    assert {business for one in ready() for business in one.businesses} == {"shop", "b2b", "service"}
    with pytest.raises(NotFound, match="welcome"):
        scenario("nothing")


@pytest.mark.parametrize("one", ready(), ids=lambda one: one.slug)
def test_each_says_why_ends_in_time_and_names_only_what_comes_ready(one: Any) -> None:
    assert one.text.startswith("# ")
    assert all((one.definition.review_by, one.definition.goal, one.definition.exit_events, one.what))
    assert set(one.definition.templates) <= TEXTS
    assert {slug for _, slug in segments_named(one.definition)} <= {each.slug for each in segments.ready()}


@pytest.mark.parametrize("one", ready(), ids=lambda one: one.slug)
def test_none_begins_with_a_discount_and_only_reactivation_ends_with_one(one: Any) -> None:
    offering = {
        name
        for name, step in one.definition.steps.items()
        if isinstance(step, Message) and step.template == "reactivation-offer"
    }
    assert not offering & first_messages(one.definition).keys()
    assert bool(offering) == (one.slug == "reactivation-by-hypothesis")


def test_buyers_for_companies_and_private_ones_go_different_ways_after_their_first_purchase() -> None:
    shop, b2b = scenario("after-first-purchase").data, scenario("after-first-purchase-b2b").data
    assert {"attribute": "custom.company", "set": False} in shop["entry"]["if"]["all"]
    assert {"attribute": "custom.company", "set": True} in b2b["entry"]["if"]["all"]
