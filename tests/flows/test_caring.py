"""What staff settle on the card is believed at once, and the engine that meets it later changes nothing."""

from datetime import timedelta

import pytest
from tests.flows.conftest import Shop

from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.delivery import queries as delivery
from tactful.delivery.queries import Filters
from tactful.events import queries as events
from tactful.flows import caring, dispatch, merging
from tactful.kernel.errors import InvalidInput
from tactful.sales import queries as sales
from tactful.segments import queries as segments
from tactful.segments import services as segments_written

pytestmark = pytest.mark.usefixtures("outside_holdout")
MAX = "max@example.com"


def id_of(user: str) -> int:
    return customers.internal_ids([user])[user]


def buyer(shop: Shop, user: str = "ada") -> int:
    shop.join(user)
    shop.buy(user, order=f"order of {user}")
    shop.work()
    return id_of(user)


def hold(shop: Shop, customer_id: int, *, days: float) -> None:
    until = shop.now + timedelta(days=days)
    caring.hold_contact(customer_id, until=until, reason="talks", by=MAX, now=shop.now)


def verdicts(customer_id: int) -> list[tuple[str, str]]:
    return [(row.verdict, row.reason) for row in decisions.of_customer(customer_id).rows]


def test_marketing_waits_until_the_hold_is_over(shop: Shop) -> None:
    ada = buyer(shop)
    hold(shop, ada, days=2)
    shop.wait(timedelta(days=1, minutes=1))
    assert verdicts(ada) == [("hold", "sales_hold")]
    assert dispatch.dispatch(worker="test", clock=shop.clock) == 0
    shop.wait(timedelta(days=1))
    assert verdicts(ada)[0] == ("send", "clear")
    assert dispatch.dispatch(worker="test", clock=shop.clock) == 1


def test_marketing_goes_on_once_it_is_let(shop: Shop) -> None:
    ada = buyer(shop)
    hold(shop, ada, days=30)
    shop.work()
    caring.resume_contact(ada, by=MAX, now=shop.now)
    shop.wait(timedelta(days=1, minutes=1))
    assert verdicts(ada) == [("send", "clear")]
    assert [row.name for row in events.timeline(ada) if row.name.startswith("Contact")] == [
        "Contact Resumed",
        "Contact Held",
    ]


def test_a_message_in_the_outbox_waits_too_and_says_why(shop: Shop) -> None:
    ada = buyer(shop)
    shop.wait(timedelta(days=1, minutes=1))
    hold(shop, ada, days=2)
    dispatch.dispatch(worker="test", clock=shop.clock)
    [queued] = delivery.page(Filters(state="queued")).rows
    assert (queued.reason, queued.due_at) == ("sales_hold", shop.now + timedelta(days=2))


def test_the_engine_meets_the_hold_again_and_changes_nothing(shop: Shop) -> None:
    ada = buyer(shop)
    hold(shop, ada, days=7)
    before = sales.holds([ada])
    shop.wait(timedelta(minutes=1))
    assert sales.holds([ada]) == before
    assert [row.name for row in events.timeline(ada, names={"Contact Held"})] == ["Contact Held"]


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_a_hold_ends_in_the_future_and_within_a_year(shop: Shop, days: float) -> None:
    ada = buyer(shop)
    with pytest.raises(InvalidInput):
        hold(shop, ada, days=days)
    assert sales.holds([ada]) == {}


def test_a_hold_follows_a_merge_and_its_undoing(shop: Shop) -> None:
    visitor = {"anonymousId": "browser", "traits": {"phone": "+493012345678"}}
    shop.say("identify", "", **visitor)
    shop.join("ada")
    shop.work()
    gone, stays = customers.owners("phone", ["+493012345678"])["+493012345678"], id_of("ada")
    hold(shop, gone, days=9)
    shop.say("identify", "ada", traits={"phone": "+493012345678"})
    shop.work()
    assert sales.holds([stays])[stays].until == shop.now + timedelta(days=9)
    merging.undo(customers.merges(stays)[0].id, now=shop.now)
    assert sales.holds([stays])[stays].until is None
    assert sales.holds([gone])[gone].until == shop.now + timedelta(days=9)


def test_an_owner_is_seen_at_once_and_segments_hear_of_him(shop: Shop) -> None:
    rule = {"attribute": "owner", "is": MAX}
    segments_written.save(slug="of-max", name="Of Max", definition=rule, goal="", action="", now=shop.now)
    ada = buyer(shop)
    caring.give_owner(ada, owner=MAX, now=shop.now)
    card = customers.card(ada)
    assert card
    assert card.owner == MAX
    shop.wait(timedelta(minutes=1))
    assert "of-max" in {row.slug for row in segments.of_customer(ada)}
    caring.give_owner(ada, owner="", now=shop.now)
    shop.wait(timedelta(minutes=1))
    assert "of-max" not in {row.slug for row in segments.of_customer(ada)}
