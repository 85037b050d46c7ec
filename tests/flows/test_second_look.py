"""Between the decision and the hand-over things happen: what is no longer true is not sent."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.conftest import Shop

from tactful.consent import services as consent
from tactful.delivery import queries as delivery
from tactful.flows import dispatch
from tactful.journeys import services as journeys

HOUR = timedelta(hours=1)
CART: dict[str, Any] = {
    "slug": "cart",
    "name": "Cart",
    "owner": "Shop",
    "failure_path": "Nothing",
    "category": "activation",
    "topic": "tips",
    "reentry": "any_time",
    "entry": {"event": "Cart Left"},
    "exit": [{"event": "Order Completed", "reason": "bought"}],
    "start": "letter",
    "steps": {
        "letter": {"type": "message", "template": "how-was-it", "expires_hours": 5, "next": "done"},
        "done": {"type": "exit"},
    },
}


@pytest.fixture
def queued(shop: Shop, outside_holdout: Callable[[], None]) -> Callable[..., None]:
    """Ann has left a cart, and her letter lies in the outbox."""
    del outside_holdout

    def lay(**changes: Any) -> None:
        journeys.activate(journeys.save({**CART, **changes}, now=shop.now).slug, now=shop.now)
        shop.join("ann")
        shop.track("ann", "Cart Left")
        shop.work()
        assert delivery.state_counts() == {"queued": 1}

    return lay


def came(shop: Shop) -> dict[str, int]:
    dispatch.dispatch(worker="w", clock=shop.clock)
    return delivery.state_counts()


def why(shop: Shop) -> str:
    del shop
    return delivery.page(delivery.Filters(), limit=1).rows[0].reason


def test_who_has_not_bought_gets_the_letter(shop: Shop, queued: Callable[..., None]) -> None:
    queued()
    shop.wait(HOUR)
    assert came(shop) == {"sent": 1}


def test_who_has_bought_since_gets_none(shop: Shop, queued: Callable[..., None]) -> None:
    queued()
    shop.wait(HOUR)
    shop.buy("ann")
    shop.work()
    assert came(shop)["dropped"] == 1
    assert why(shop) == "status"


def test_a_cart_that_was_reported_after_it_was_paid_for_brings_no_letter(
    shop: Shop, outside_holdout: Callable[[], None]
) -> None:
    del outside_holdout
    journeys.activate(journeys.save(CART, now=shop.now).slug, now=shop.now)
    shop.join("ann")
    left = shop.now
    shop.wait(timedelta(minutes=20))
    shop.buy("ann")
    shop.work()
    shop.wait(timedelta(minutes=20))
    shop.say("track", "ann", at=left, event="Cart Left", properties={})
    shop.work()
    assert came(shop) == {"dropped": 1}
    assert why(shop) == "status"


def test_an_order_from_before_the_run_is_no_reason(shop: Shop, queued: Callable[..., None]) -> None:
    shop.join("ann")
    shop.buy("ann", at=shop.now - timedelta(minutes=20))
    shop.work()
    dispatch.dispatch(worker="w", clock=shop.clock)
    before = delivery.state_counts().get("sent", 0)
    assert before == 0
    journeys.activate(journeys.save(CART, now=shop.now).slug, now=shop.now)
    shop.track("ann", "Cart Left")
    shop.work()
    assert came(shop).get("sent") == 1
    del queued


def test_a_condition_of_the_message_is_asked_again(shop: Shop, queued: Callable[..., None]) -> None:
    letter = CART["steps"]["letter"] | {"if": {"not": {"event": "Product Viewed", "in_last_days": 7}}}
    queued(steps=CART["steps"] | {"letter": letter})
    shop.wait(HOUR)
    shop.track("ann", "Product Viewed", product_id="tea")
    shop.work()
    assert came(shop) == {"dropped": 1}


def test_an_exit_condition_is_asked_again(shop: Shop, queued: Callable[..., None]) -> None:
    queued(exit=[{"if": {"event": "Product Viewed", "in_last_days": 7}, "reason": "looked"}])
    shop.wait(HOUR)
    shop.track("ann", "Product Viewed", product_id="tea")
    shop.work()
    assert came(shop) == {"dropped": 1}


def test_a_letter_is_worth_no_more_than_its_hours(shop: Shop, queued: Callable[..., None]) -> None:
    queued()
    shop.wait(6 * HOUR)
    assert came(shop) == {"dropped": 1}


def test_what_an_archived_journey_left_in_the_outbox_goes_nowhere(shop: Shop, queued: Callable[..., None]) -> None:
    queued()
    journeys.archive("cart", now=shop.now)
    assert came(shop) == {"dropped": 1}


def test_what_a_paused_journey_left_waits_until_it_goes_on(shop: Shop, queued: Callable[..., None]) -> None:
    queued()
    journeys.pause("cart", now=shop.now)
    assert came(shop) == {"queued": 1}
    journeys.activate("cart", now=shop.now)
    shop.wait(HOUR)
    assert came(shop) == {"sent": 1}


def test_the_address_it_was_queued_for_counts_and_not_the_one_he_has_now(
    shop: Shop, queued: Callable[..., None]
) -> None:
    queued()
    consent.suppress("ann@example.com", channel="email", reason="complained", source="test", now=shop.now)
    shop.say("identify", "ann", traits={"email": "new@example.com"})
    shop.work()
    assert came(shop) == {"dropped": 1}
    assert why(shop) == "suppression"
