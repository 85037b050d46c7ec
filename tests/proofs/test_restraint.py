"""Whatever happens in ninety days, nobody hears from us more often, later or longer than he agreed to.

`make simulate N=200` does it with more seeds, 2,000 customers in a base; `SEEDS=17 make simulate` runs one again.
"""

import os
import random
from collections import defaultdict
from datetime import datetime, timedelta

import pytest
from django.db import connection
from tests.proofs.restraint_world import CAPS, DAYS, START, Faulty, Population, World

from tactful.customers import queries as customers
from tactful.flows import audit, dispatch
from tactful.kernel.clock import VirtualClock

STEPS = 40  # looks of the engine in the ninety days, at moments drawn once
USUAL = range(20)
SIZE = int(os.environ.get("SIZE", "25"))  # customers of a seed; twenty seeds live in one base
USUAL_REASONS = {
    *("clear", "consent", "frequency_cap", "quiet_hours", "arbitration", "status"),
    *("own_choice", "sales_sync", "holdout"),
}


def live_through(seeds: list[int], size: int, monkeypatch: pytest.MonkeyPatch) -> World:
    clock = VirtualClock(START)
    world = World([Population(seed, size) for seed in seeds], clock, Faulty(clock), random.Random(1))
    monkeypatch.setattr(dispatch, "_provider", world.provider)
    world.found()
    moments = random.Random(2)
    for _ in range(STEPS):
        world.live(timedelta(days=DAYS) / STEPS * moments.uniform(0.2, 1.8))
    return world


def rows(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def breaches(world: World) -> list[str]:
    """What the receiving side alone can tell, without asking any table of ours but who wrote what."""
    found = []
    keys = [message.key for _, message in world.provider.accepted if message.category != "service"]
    found += [f"{key} was sent twice" for key in {key for key in keys if keys.count(key) > 1}]
    by_address: dict[str, list[datetime]] = defaultdict(list)
    for _, message in world.provider.accepted:
        if message.category != "service":
            by_address[message.recipient].append(message.date)
    late = [
        f"{message.recipient} was written to after he was erased"
        for moment, message in world.provider.accepted
        if moment > world.erased.get(message.recipient, moment)
    ]
    found += late
    for address, moments in by_address.items():
        for cap in CAPS:
            for moment in moments:
                inside = [one for one in moments if moment - cap.span < one <= moment]
                if len(inside) > cap.count:
                    found.append(f"{address} had {len(inside)} in {cap.days} days before {moment}")
    return found


@pytest.mark.django_db
def test_ninety_days_of_twenty_seeds_leave_nothing_to_find(monkeypatch: pytest.MonkeyPatch) -> None:
    said = os.environ.get("SEEDS")
    seeds = [int(seed) for seed in said.split(",")] if said else list(USUAL)
    world = live_through(seeds, SIZE, monkeypatch)
    assert breaches(world) == []
    later = world.now + timedelta(hours=1)
    audited = audit.audit(since=None, until=later, now=later)
    assert audited.checked > len(seeds)
    assert not audited.breaches, [(whose(one["customer"]), one) for one in audited.breaches[:5]]
    if len(seeds) >= len(USUAL):
        assert world.erased
        everything_came_up()


def whose(customer_id: int) -> str:
    """The name of a customer: the seed to run again is in it."""
    return customers.external_ids([customer_id]).get(customer_id, "")


def everything_came_up() -> None:
    """The story is worth nothing if what it is about does not come up in it. A few seeds alone may lack some."""
    outcomes = dict(rows("SELECT state, count(*) FROM delivery_delivery GROUP BY 1"))
    reasons = dict(rows("SELECT reason, count(*) FROM decisions_decision GROUP BY 1"))
    assert outcomes.keys() >= {"sent", "dropped", "in_doubt", "failed"}
    assert reasons.keys() >= USUAL_REASONS
