import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.flows.conftest import Shop

from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.delivery import queries as delivery
from tactful.delivery.queries import Filters
from tactful.events import queries as events
from tactful.events import services as door
from tactful.flows import dispatch, feedback, react, settling
from tactful.journeys import queries as journeys
from tactful.segments import queries as segments

pytestmark = pytest.mark.usefixtures("outside_holdout")


def id_of(user: str) -> int:
    return customers.internal_ids([user])[user]


def sent() -> list[str]:
    return [row.template for row in delivery.page(Filters(state="sent")).rows]


def test_the_first_purchase_leads_to_a_thank_you_in_the_mailbox(shop: Shop) -> None:
    shop.join("ada")
    shop.buy("ada")
    shop.work()
    shop.wait(timedelta(days=1, minutes=1))
    assert dispatch.dispatch(worker="test", clock=shop.clock) == 1
    assert sent() == ["thank-you-how-to-use"]
    [decision] = decisions.of_customer(id_of("ada")).rows
    assert (decision.verdict, decision.reason) == ("send", "clear")


def test_who_did_not_agree_gets_nothing_and_the_decision_says_why(shop: Shop) -> None:
    shop.say("identify", "bob", traits={"email": "bob@example.com"})
    shop.buy("bob")
    shop.work()
    shop.wait(timedelta(days=1, minutes=1))
    assert dispatch.dispatch(worker="test", clock=shop.clock) == 0
    [decision] = decisions.of_customer(id_of("bob")).rows
    assert (decision.verdict, decision.reason) == ("drop", "consent")


def test_a_stop_between_the_decision_and_the_sending_is_believed(shop: Shop) -> None:
    shop.join("ada")
    shop.buy("ada")
    shop.work()
    shop.wait(timedelta(days=1, minutes=1))
    [queued] = delivery.page(Filters(state="queued")).rows
    reader = feedback.reader(delivery_id=queued.id, customer_id=queued.customer_id)
    assert reader is not None
    feedback.unsubscribe(reader, now=shop.now)
    dispatch.dispatch(worker="test", clock=shop.clock)
    [row] = delivery.page(Filters(customer_id=queued.customer_id)).rows
    assert row.state == "dropped"
    assert row.reason in {"consent", "suppression"}


def test_history_fills_the_card_and_starts_no_journey(shop: Shop) -> None:
    shop.say("identify", "old", traits={"email": "old@example.com"}, historical=True)
    shop.buy("old", at=shop.now - timedelta(days=400), historical=True)
    shop.work()
    shop.wait(timedelta(days=30))
    assert journeys.runs_of_customer(id_of("old")) == []
    assert "asleep" in {row.slug for row in segments.of_customer(id_of("old"))}


def test_the_same_message_twice_is_one_event(shop: Shop) -> None:
    shop.join("ada")
    shop.buy("ada", message_id="once")
    shop.buy("ada", message_id="once")
    shop.work()
    names = [row.name for row in events.timeline(id_of("ada"), limit=50)]
    assert names.count("Order Completed") == 1


def test_a_second_purchase_ends_the_journey_before_its_next_letter(shop: Shop) -> None:
    shop.join("ada")
    shop.buy("ada", "o1")
    shop.work()
    shop.wait(timedelta(days=1, minutes=1))
    dispatch.dispatch(worker="test", clock=shop.clock)
    shop.buy("ada", "o2")
    shop.work()
    shop.wait(timedelta(days=20))
    dispatch.dispatch(worker="test", clock=shop.clock)
    assert sent() == ["thank-you-how-to-use"]


def test_entering_and_leaving_a_segment_are_events_in_the_log(shop: Shop) -> None:
    shop.join("ada")
    shop.buy("ada", "o1")
    shop.work()
    shop.buy("ada", "o2")
    shop.work()
    told = [
        (row.name, row.properties["segment"])
        for row in events.timeline(id_of("ada"), limit=50)
        if row.name.startswith("Segment ")
    ]
    assert ("Segment Entered", "one_purchase") in told
    assert ("Segment Left", "one_purchase") in told


def test_a_poison_event_is_set_aside_with_its_error_and_the_rest_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = settling.catalog.project

    def choke(located: list, **more: object) -> object:  # type: ignore[type-arg]
        if any(event.properties.get("order_id") == "poison" for event in located):
            raise RuntimeError("this order cannot be worked in")
        return project(located, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(settling.catalog, "project", choke)
    shop.join("ada")
    shop.buy("ada", "poison")
    shop.join("eve")
    assert react.react(now=shop.now) >= 4
    [row] = events.rejected(limit=10, stage="react")
    assert "cannot be worked in" in row.reason
    assert customers.internal_ids(["ada", "eve"]).keys() == {"ada", "eve"}
    assert events.waiting() == 0


def test_a_batch_asks_no_more_questions_for_more_customers(shop: Shop) -> None:
    def questions(people: range) -> int:
        for number in people:
            shop.join(f"person{number}")
            shop.buy(f"person{number}", f"order{number}")
        with CaptureQueriesContext(connection) as asked:
            react.react(now=shop.now)
        return len(asked)

    questions(range(5))
    few = questions(range(5, 15))
    many = questions(range(15, 115))
    assert many <= few + 5


def test_bad_json_is_kept_where_staff_can_see_it(shop: Shop) -> None:
    door.append([("api:shop", False, "{no json")], now=shop.now)
    door.append([("api:shop", False, json.dumps({"type": "track", "userId": "ada"}))], now=shop.now)
    shop.work()
    assert len(events.rejected(limit=10, stage="validate")) == 2
