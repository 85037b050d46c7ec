"""What is known of a firm stands with each of its customers: segments follow it at once."""

from datetime import timedelta

from tests.flows.conftest import Shop

from tactful.customers import queries as customers
from tactful.segments import queries as members
from tactful.segments import services as segments


def who() -> list[str]:
    return sorted(customers.external_ids(members.member_ids("retailers")).values())


def belongs(shop: Shop, user: str, **traits: object) -> None:
    shop.clock.advance(timedelta(minutes=1))
    shop.say("group", user, groupId="acme", traits=traits)
    shop.work()


def test_customers_enter_and_leave_as_their_firm_changes(shop: Shop) -> None:
    rule = {"attribute": "company.industry", "is": "Retail"}
    segments.save(slug="retailers", name="Retailers", definition=rule, goal="g", action="a", now=shop.now)
    for user in ("ada", "bob", "cleo"):
        shop.join(user)
    shop.work()
    belongs(shop, "ada", name="Acme", industry="Retail")
    assert who() == ["ada"]
    belongs(shop, "bob")
    assert who() == ["ada", "bob"]
    belongs(shop, "bob", industry="Steel")
    assert who() == []
    belongs(shop, "ada", industry="Retail", employees=20)
    assert who() == ["ada", "bob"]


def test_colleagues_have_their_firms_name(shop: Shop) -> None:
    rule = {"attribute": "company.name", "contains": "acme"}
    segments.save(slug="retailers", name="Acme", definition=rule, goal="g", action="a", now=shop.now)
    shop.join("ada")
    belongs(shop, "ada", name="Acme Ltd")
    assert who() == ["ada"]
    belongs(shop, "ada", name="Other")
    assert who() == []
