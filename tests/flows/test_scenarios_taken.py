"""Ready scenarios taken and given back, judged, and run through the real engine."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.flows.conftest import Shop

from tactful.content import services as content
from tactful.customers import queries as customers
from tactful.flows import journey_care, scenarios
from tactful.journeys import queries as journeys
from tactful.journeys import services as journeys_written
from tactful.journeys.domain.findings import Severity
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.sales import queries as sales
from tactful.sales.queries import TaskFacts
from tactful.segments import queries as segments
from tactful.segments import services as segments_written

MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>Hi</mj-text></mj-column></mj-section></mj-body></mjml>"
HOUR = timedelta(hours=1)


def offer(shop: Shop, slug: str) -> scenarios.Offer:
    return next(each for each in scenarios.offers(now=shop.now) if each.scenario.slug == slug)


def titles(user: str) -> list[TaskFacts]:
    return sales.of_customer(customers.internal_ids([user])[user])


def take(shop: Shop, slug: str) -> None:
    scenarios.install(slug, now=shop.now)
    journeys_written.activate(slug, now=shop.now)
    for text in journeys.journey(slug).summary.definition.templates:  # type: ignore[union-attr]
        if text not in content.ready_slugs():
            content.save_template(slug=text, name=text, subject="Hello", mjml=MJML, now=shop.now)


def test_a_scenario_brings_what_it_needs_and_is_a_draft(shop: Shop) -> None:
    segments_written.archive("repurchase_due", now=shop.now)
    found = scenarios.install("repurchase-date", now=shop.now)
    assert (found.journey, found.segments) == (True, ("repurchase_due",))
    assert journeys.journey("repurchase-date").summary.status == "draft"
    assert segments.segment("repurchase_due").status == "active"
    assert scenarios.install("repurchase-date", now=shop.now) == scenarios.Installed(
        "repurchase-date", False, (), ()
    )
    with pytest.raises(NotFound):
        scenarios.install("nothing", now=shop.now)


def test_a_scenario_says_what_data_it_still_needs(shop: Shop) -> None:
    assert offer(shop, "renewal").missing_attributes == ("renewal_date",)
    assert offer(shop, "order-picked-up-survey").missing_events == ("Order Picked Up",)
    assert not offer(shop, "renewal").usable
    shop.join("ann", renewal_date="2027-01-01")
    shop.buy("ann")
    shop.work()
    assert offer(shop, "renewal").usable
    assert offer(shop, "after-first-purchase").usable
    assert offer(shop, "after-first-purchase-b2b").missing_attributes == ("company",)
    assert offer(shop, "after-first-purchase").status == "active"


def test_removing_one_that_nobody_entered_leaves_nothing(shop: Shop) -> None:
    scenarios.install("seasonal", now=shop.now)
    assert scenarios.remove("seasonal", now=shop.now)
    with pytest.raises(NotFound):
        journeys.journey("seasonal")


def test_removing_is_refused_while_customers_are_on_the_way_and_archives_a_history(
    shop: Shop,
) -> None:
    shop.join("ann")
    shop.buy("ann")
    shop.work()
    with pytest.raises(Conflict, match="1 customer is on the way"):
        scenarios.remove("after-first-purchase", now=shop.now)
    shop.buy("ann", "o2")
    shop.work()
    assert not scenarios.remove("after-first-purchase", now=shop.now)
    assert offer(shop, "after-first-purchase").status == ""
    assert scenarios.install("after-first-purchase", now=shop.now).journey
    assert journeys.journey("after-first-purchase").summary.status == "draft"


def test_a_request_that_nobody_answers_becomes_a_task_and_an_answer_ends_it(
    shop: Shop, outside_holdout: Callable[[], None]
) -> None:
    take(shop, "request-sla")
    for user in ("ann", "bob"):
        shop.join(user)
        shop.work()
        shop.track(user, "Request Received")
    shop.work()
    shop.wait(HOUR)
    shop.track("ann", "Request Answered")
    shop.work()
    shop.wait(4 * HOUR)
    assert [task.title for task in titles("bob")] == ["Answer the request"]
    assert titles("ann") == []
    outcomes = journeys.journey("request-sla").outcomes
    assert sum(outcomes.values()) == 1


def test_companies_and_private_buyers_enter_different_journeys(
    shop: Shop, outside_holdout: Callable[[], None]
) -> None:
    take(shop, "after-first-purchase-b2b")
    shop.join("ann")
    shop.join("firm", company="Leaf Ltd")
    shop.work()
    shop.buy("ann", "o1")
    shop.buy("firm", "o2")
    shop.work()
    entered = {row.slug: row.counts.entered for row in journeys.journeys()}
    assert (entered["after-first-purchase"], entered["after-first-purchase-b2b"]) == (1, 1)


def test_lint_sees_what_the_house_knows(shop: Shop) -> None:
    scenarios.install("onboarding-milestone-missed", now=shop.now)
    source = journeys.journey("onboarding-milestone-missed").summary.source
    copy = source | {"slug": "copy", "topic": "gossip"}
    journeys_written.save(copy, now=shop.now)
    journeys_written.activate("onboarding-milestone-missed", now=shop.now)
    shop.join("ann")
    shop.work()
    found = {one.rule for one in journey_care.of_journey("copy", now=shop.now)}
    assert {"topic_unknown", "same_moment", "event_never_happened"} <= found
    assert set(journey_care.findings(now=shop.now)) == {row.slug for row in journeys.journeys()}
    unreadable = journey_care.of_definition({"slug": "x"}, now=shop.now)
    assert [(one.rule, one.severity, one.where) for one in unreadable] == [("unreadable", Severity.MUST, "topic")]


def test_with_all_scenarios_and_their_texts_nothing_must_be_mended(shop: Shop) -> None:
    for one in scenarios.offers(now=shop.now):
        assert one.missing_templates == ()
        if not one.later:
            scenarios.install(one.scenario.slug, now=shop.now)
            journeys_written.activate(one.scenario.slug, now=shop.now)
    found = journey_care.findings(now=shop.now)
    assert [each for every in found.values() for each in every if each.severity is Severity.MUST] == []
    source = journeys.journey("reactivation-by-hypothesis").summary.source
    journeys_written.save(
        source
        | {
            "start": "bought-by-price",
            "steps": {name: source["steps"][name] for name in ("bought-by-price", "an-offer", "done")},
        },
        now=shop.now,
    )
    rules = {each.rule for each in journey_care.of_journey("reactivation-by-hypothesis", now=shop.now)}
    assert "discount_only" in rules


def test_what_sends_by_sms_can_be_kept_and_shown_and_not_launched(shop: Shop) -> None:
    slug, sentence = "unopened-mail-then-sms", "SMS arrives with another release; cannot be launched"
    assert (offer(shop, slug).later, offer(shop, slug).usable) == (sentence, False)
    scenarios.install(slug, now=shop.now)
    with pytest.raises(InvalidInput, match=f"steps.by-sms: {sentence}"):
        journeys_written.activate(slug, now=shop.now)
    assert journeys.journey(slug).summary.status == "draft"
    assert sentence in {each.words for each in journey_care.of_journey(slug, now=shop.now)}
    live = journeys.journey("reactivation-by-hypothesis").summary
    with pytest.raises(InvalidInput, match=sentence):
        journeys_written.save(live.source | {"channel": "sms"}, now=shop.now)
    assert journeys.journey(live.slug).summary.version == live.version


def test_lint_of_one_journey_says_the_same_as_lint_of_all(shop: Shop) -> None:
    every = journey_care.findings(now=shop.now)
    assert every == {slug: journey_care.of_journey(slug, now=shop.now) for slug in every}
