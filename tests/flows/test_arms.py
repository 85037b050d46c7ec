"""Texts under test in a running company: the same arm while a message is held, one phase for each design."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from tests.flows.conftest import Shop

from tactful.decisions import services as decisions
from tactful.delivery.models import Delivery
from tactful.experiments import queries, services
from tactful.experiments.domain.values import Status
from tactful.experiments.models import Assignment
from tactful.flows import arms, calendar, launching
from tactful.journeys import services as journeys
from tactful.kernel.errors import Conflict, InvalidInput
from tactful.kernel.time import QuietHours
from tactful.team import queries as team
from tactful.team import services as staff

TEXTS = {"short": "how-was-it", "long": "tips-after-purchase"}


def journey(share: float = 0.5) -> dict[str, Any]:
    shares = dict(zip(TEXTS, (share, round(1 - share, 2)), strict=True))
    texts = [{"name": name, "template": text, "share": shares[name]} for name, text in TEXTS.items()]
    letter = {"type": "message", "arms": texts, "winner": {"by": "margin", "within_days": 7}, "next": "done"}
    return {
        "slug": "texts",
        "name": "Test of texts",
        "owner": "Marketing",
        "failure_path": "Pause it.",
        "review_by": "2027-06-30",
        "category": "information",
        "priority": 90,
        "topic": "tips",
        "channel": "email",
        "holdout": 0,
        "reentry": "any_time",
        "key": "customer",
        "goal": {"event": "Order Completed", "within_days": 60},
        "entry": {"event": "Signed"},
        "start": "letter",
        "steps": {"letter": letter, "done": {"type": "exit"}},
    }


def launch(shop: Shop, share: float = 0.5) -> None:
    journeys.save(journey(share), now=shop.now)
    journeys.activate("texts", now=shop.now)


def signed(shop: Shop, *names: str) -> None:
    for name in names:
        shop.join(name)
        shop.track(name, "Signed")
    shop.work()


def drawn() -> dict[int, str]:
    return dict(Assignment.objects.values_list("customer_id", "arm"))


def written() -> dict[int, str]:
    return dict(Delivery.objects.filter(step="letter").values_list("customer_id", "template"))


@pytest.fixture
def testing(shop: Shop, outside_holdout: object) -> Shop:
    launch(shop)
    return shop


NAMES = [f"guest{number}" for number in range(12)]


def test_each_customer_gets_the_text_that_he_drew(testing: Shop) -> None:
    signed(testing, *NAMES)
    (one,) = queries.experiments()
    assert (one.status, one.phase, one.step) == (Status.RUNNING, 1, "letter")
    assert set(drawn().values()) == set(TEXTS)
    assert written() == {customer: TEXTS[arm] for customer, arm in drawn().items()}
    assert sum(queries.assigned([one.id])[one.id].values()) == len(NAMES)


def test_a_held_message_asks_again_and_gets_the_same_text(testing: Shop) -> None:
    decisions.save_quiet_hours(QuietHours(time(0), time(13)))
    signed(testing, *NAMES)
    before = drawn()
    assert (len(before), written()) == (len(NAMES), {})
    testing.wait(timedelta(hours=4))
    assert drawn() == before
    assert written() == {customer: TEXTS[arm] for customer, arm in before.items()}


def test_other_shares_begin_a_new_phase_and_the_same_again_do_not(testing: Shop) -> None:
    signed(testing, "ada")
    launch(testing)
    signed(testing, "ben")
    launch(testing, share=0.8)
    signed(testing, "cara")
    assert [(one.phase, one.status) for one in queries.experiments()] == [
        (2, Status.RUNNING),
        (1, Status.REPLACED),
    ]


def test_after_the_end_everybody_new_gets_the_chosen_text(testing: Shop) -> None:
    signed(testing, "ada")
    (one,) = queries.experiments()
    with pytest.raises(InvalidInput, match="Say why"):
        services.choose(one.id, "long", reason=" ", now=testing.now)
    with pytest.raises(InvalidInput, match="still run"):
        services.choose(one.id, "loud", reason="it sings", now=testing.now)
    services.choose(one.id, "long", reason="the chef likes it", now=testing.now)
    with pytest.raises(Conflict):
        services.stop(one.id, reason="twice", now=testing.now)
    before = set(written())
    signed(testing, *NAMES)
    assert {text for customer, text in written().items() if customer not in before} == {TEXTS["long"]}
    assert len(drawn()) == 1


def test_a_merge_takes_the_arm_along_and_two_different_arms_count_for_none(testing: Shop) -> None:
    signed(testing, *NAMES)
    found = drawn()
    short = next(customer for customer, arm in found.items() if arm == "short")
    long = next(customer for customer, arm in found.items() if arm == "long")
    new = max(found) + 1
    moved = services.move_customers([(short, new)])
    assert (set(moved), drawn()[new]) == ({short}, "short")
    services.give_back(moved[short], from_id=short, into_id=new)
    assert drawn() == found
    assert services.move_customers([(short, long)]) == {}
    assert set(Assignment.objects.filter(mixed=True).values_list("customer_id", flat=True)) == {short, long}


def test_nothing_is_looked_at_where_nothing_runs(testing: Shop) -> None:
    assert arms.evaluate(testing.now) == 0


def test_a_broadcast_tests_its_texts(shop: Shop, outside_holdout: object) -> None:
    once = {"once": {"date": "2026-03-02", "at": "11:00", "zone": "company"}}
    for name in NAMES:
        shop.join(name)
    shop.work()
    staff.save_workspace(replace(team.workspace(), postal_address="Harbour Road 1, 20457 Hamburg"))
    launching.save({**journey(), "entry": once, "reentry": "never", "exit": []}, by="max", now=shop.now)
    launching.launch("texts", by="max", now=shop.now)
    shop.clock.advance(timedelta(hours=1))
    calendar.read(shop.now)
    shop.work()
    (one,) = queries.experiments()
    assert written() == {customer: TEXTS[arm] for customer, arm in drawn().items()}
    assert sum(queries.assigned([one.id])[one.id].values()) == len(NAMES)
