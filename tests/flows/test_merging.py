"""A merge taken back: each record gets what was its own, and nothing is sent on account of it."""

from datetime import timedelta
from typing import Any

import pytest

from tactful.catalog import queries as catalog
from tactful.consent import queries as consent
from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.delivery import queries as delivery
from tactful.events import queries as events
from tactful.events import services as inbox
from tactful.flows import merging
from tactful.journeys import queries as journeys
from tactful.kernel.errors import Conflict
from tactful.kernel.ids import key_of
from tactful.sales import queries as sales
from tactful.sales import services as tasks
from tactful.segments import queries as segments

MOBILE = "+493012345678"


def number(user: str) -> int:
    return customers.internal_ids([user])[user]


def kept(customer_id: int) -> dict[str, Any]:
    """All that is known of a record, but events: taking apart adds those of segments."""
    return {
        "orders": [
            (order.external_id, order.returned_minor, len(order.lines)) for order in catalog.orders_of(customer_id)
        ],
        "facts": catalog.order_facts([customer_id]).get(customer_id),
        "consent": consent.facts([customer_id], channel="email")[customer_id].topics,
        "proof": consent.proof(customer_id),
        "runs": [(run.id, run.ended_at) for run in journeys.runs_of_customer(customer_id)],
        "decisions": [row.id for row in decisions.page(decisions.Filters(customer_id=customer_id)).rows],
        "deliveries": [row.id for row in delivery.of_customer(customer_id).rows],
        "tasks": [task.id for task in sales.of_customer(customer_id)],
        "segments": {membership.slug for membership in segments.of_customer(customer_id)},
    }


def happened(customer_id: int) -> set[str]:
    return {row.name for row in events.timeline(customer_id) if row.source != "segments"}


def visit(shop: Any, **body: Any) -> None:
    """Something said by somebody of whom only the browser is known."""
    shop.say("identify", "", anonymousId="browser", traits={"phone": MOBILE, "firstName": "Ann"}, **body)


@pytest.fixture
def pair(shop: Any, outside_holdout: Any) -> tuple[int, int]:
    """A buyer whom only a phone number names, and a member of the same number to come: (visitor, member)."""
    visit(shop)
    person = {"anonymousId": "browser"}
    line = {"product_id": "tea", "price": 10, "quantity": 2, "cost": 4}
    shop.say("track", "", event="Order Completed", properties={"order_id": "v1", "products": [line]}, **person)
    shop.say("track", "", event="Order Refunded", properties={"order_id": "v1", "total": 5}, **person)
    agreed = {"channel": "email", "topic": "tips", "method": "form", "text": "Yes"}
    shop.say("track", "", event="Consent Given", properties=agreed, **person)
    shop.say("identify", "max", traits={"email": "max@example.com", "firstName": "Max"})
    shop.buy("max", order="m1")
    shop.work()
    visitor = customers.owners("phone", [MOBILE])[MOBILE]
    tasks.create_tasks([tasks.NewTask(key_of("call"), visitor, "Call", shop.now, shop.now)])
    return visitor, number("max")


def meet(shop: Any) -> None:
    shop.say("identify", "max", traits={"phone": MOBILE})
    shop.work()


def test_each_record_gets_back_what_was_its_own(shop: Any, pair: tuple[int, int]) -> None:
    visitor, member = pair
    before = kept(visitor), kept(member)
    assert before[0]["orders"]
    assert before[0]["runs"]
    assert before[0]["tasks"]
    names = happened(visitor)
    meet(shop)
    (merge,) = customers.merges(member)
    assert (merge.from_id, merge.into_id, merge.rule) == (visitor, member, "phone")
    assert (merge.moved["orders"], merge.moved["tasks"]) == (1, 1)
    assert len(kept(member)["orders"]) == 2
    assert kept(visitor)["orders"] == []
    undone = merging.undo(merge.id, now=shop.now + timedelta(minutes=1))
    assert (undone.from_id, undone.into_id) == (visitor, member)
    assert kept(visitor) == before[0]
    after = kept(member)
    # Only the other record had agreed: that yes was never this one's.
    assert after.pop("consent").get("tips") is not True
    assert after == {name: value for name, value in before[1].items() if name != "consent"}
    assert happened(visitor) == names
    with pytest.raises(Conflict, match="already"):
        merging.undo(merge.id, now=shop.now)


def test_what_came_after_the_merge_stays_with_the_record_that_stayed(shop: Any, pair: tuple[int, int]) -> None:
    visitor, member = pair
    meet(shop)
    shop.buy("max", order="after")
    shop.track("max", "Consent Withdrawn", channel="email", topic="tips", method="form")
    shop.wait(timedelta(minutes=1))
    merging.undo(customers.merges(member)[0].id, now=shop.now)
    assert {order.external_id for order in catalog.orders_of(member)} == {"m1", "after"}
    assert consent.facts([member], channel="email")[member].topics["tips"] is False
    assert consent.facts([visitor], channel="email")[visitor].topics["tips"] is True


def test_an_undone_merge_starts_no_journey_and_the_two_stay_apart(shop: Any, pair: tuple[int, int]) -> None:
    visitor, member = pair
    meet(shop)
    runs = {run.id for each in pair for run in journeys.runs_of_customer(each)}
    merging.undo(customers.merges(member)[0].id, now=shop.now)
    shop.work()
    assert {run.id for each in pair for run in journeys.runs_of_customer(each)} == runs
    meet(shop)
    assert len(customers.merges(member)) == 1
    assert customers.owners("phone", [MOBILE]) == {MOBILE: visitor}
    assert inbox.take(1) == []
