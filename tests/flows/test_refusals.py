"""Who gets nothing at his present address: segments follow suppressions, and addresses that change."""

from datetime import timedelta

import pytest
from tests.flows.conftest import Shop

from tactful.consent import services as consent
from tactful.consent.models import Refusal
from tactful.customers import queries as customers
from tactful.flows import caring, merging
from tactful.flows.tables import TABLES
from tactful.segments import queries as members
from tactful.segments import services as segments

DAY = timedelta(days=1)


@pytest.fixture
def reached(shop: Shop) -> Shop:
    """Ada and Bob can be reached; a segment holds whoever can."""
    rule = {"reachable": "email", "topic": "news"}
    segments.save(slug="reached", name="Reached", definition=rule, goal="g", action="a", now=shop.now)
    shop.join("ada")
    shop.join("bob")
    shop.work()
    segments.refresh({}, created=ids(), tables=TABLES, now=shop.now)
    return shop


def ids() -> list[int]:
    return sorted(customers.internal_ids(["ada", "bob"]).values())


def who() -> list[str]:
    return sorted(customers.external_ids(members.member_ids("reached")).values())


def bounce(shop: Shop, user: str, address: str) -> None:
    shop.track(user, "Email Bounced", bounce="hard", address=address)
    shop.work()


def test_who_bounces_is_out_at_once_and_in_again_with_another_address(reached: Shop) -> None:
    assert who() == ["ada", "bob"]
    bounce(reached, "ada", "Ada@Example.com")
    assert who() == ["bob"]
    reached.clock.advance(DAY)
    reached.say("identify", "ada", traits={"email": "ada@example.net"})
    reached.work()
    assert who() == ["ada", "bob"]


def test_an_old_address_that_bounces_says_nothing_of_the_present_one(reached: Shop) -> None:
    reached.clock.advance(DAY)
    reached.say("identify", "ada", traits={"email": "ada@example.net"})
    reached.work()
    bounce(reached, "ada", "ada@example.com")
    assert who() == ["ada", "bob"]
    assert not Refusal.objects.exists()


def test_who_comes_with_an_address_that_complained_before_is_not_reached(reached: Shop) -> None:
    consent.suppress("carl@example.com", channel="email", reason="complained", source="old", now=reached.now)
    reached.join("carl")
    reached.work()
    assert who() == ["ada", "bob"]


def test_staff_may_silence_an_address_and_lift_that(reached: Shop) -> None:
    consent.suppress("ADA@example.com", channel="email", reason="manual", source="staff", now=reached.now)
    segments.refresh({number: {"consent"} for number in ids()}, tables=TABLES, now=reached.now)
    assert who() == ["bob"]
    consent.lift("ada@example.com", channel="email")
    segments.refresh({number: {"consent"} for number in ids()}, tables=TABLES, now=reached.now)
    assert who() == ["ada", "bob"]


def test_agreeing_anew_takes_back_a_stop_of_everything(reached: Shop) -> None:
    reached.track("ada", "Unsubscribed", channel="email", topic="*")
    reached.work()
    assert who() == ["bob"]
    reached.clock.advance(DAY)
    reached.track("ada", "Consent Given", channel="email", topic="*", method="form", text="Yes")
    reached.work()
    assert who() == ["ada", "bob"]


def refused() -> set[int]:
    return set(Refusal.objects.values_list("customer_id", flat=True))


def test_a_merge_and_its_undoing_look_again_at_the_address(reached: Shop) -> None:
    mobile = {"phone": "+493012345678"}
    reached.say("identify", "", anonymousId="browser", traits={**mobile, "email": "ann@example.org"})
    reached.work()
    visitor = customers.owners("email", ["ann@example.org"])["ann@example.org"]
    consent.suppress("ann@example.org", channel="email", reason="manual", source="staff", now=reached.now)
    assert refused() == {visitor}
    reached.say("identify", "cleo", traits={"firstName": "Cleo"})
    reached.work()
    reached.say("identify", "cleo", traits=mobile)
    reached.work()
    cleo = customers.internal_ids(["cleo"])["cleo"]
    [merge] = customers.merges(cleo)
    assert cleo in refused()
    merging.undo(merge.id, now=reached.now)
    assert refused() == {visitor}


def test_who_comes_back_to_an_earlier_address_is_judged_and_written_to_by_that_one(reached: Shop) -> None:
    bounce(reached, "ada", "ada@example.com")
    for address in ("ada@example.net", "ada@example.com"):
        reached.clock.advance(DAY)
        reached.say("identify", "ada", traits={"email": address})
        reached.work()
        ada = customers.internal_ids(["ada"])["ada"]
        assert customers.addresses([ada], channel="email") == {ada: address}
        assert who() == (["ada", "bob"] if address == "ada@example.net" else ["bob"])


def test_a_block_by_the_staff_counts_at_once(reached: Shop) -> None:
    ada = customers.internal_ids(["ada"])["ada"]
    caring.block_address(ada, by="staff", now=reached.now)
    reached.work()
    assert who() == ["bob"]
    reached.clock.advance(DAY)
    caring.unblock_address(ada, now=reached.now)
    reached.work()
    assert who() == ["ada", "bob"]
