"""Two records were found to be one person: what every capability keeps follows, and can be given back."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from tactful.catalog import services as catalog
from tactful.consent import refusals
from tactful.consent import services as consent
from tactful.customers import services as customers
from tactful.customers.services import Undone
from tactful.decisions import services as decisions
from tactful.delivery import services as delivery
from tactful.events import services as events
from tactful.experiments import services as experiments
from tactful.flows.tables import TABLES
from tactful.journeys import services as journeys
from tactful.journeys.domain.definition import SEGMENT_EVENTS
from tactful.sales import matters, replies
from tactful.sales import services as sales
from tactful.sales.domain.matters import Kind
from tactful.segments import services as segments
from tactful.segments.services import Change

Pairs = Sequence[tuple[int, int]]
_SOURCE = "segments"


def follow(pairs: Pairs) -> None:
    """Move everything of the first record of each pair to the second. Needs a transaction.

    What moved is remembered with the merge: afterwards nothing else tells the two records' rows apart.
    """
    if not pairs:
        return
    orders = catalog.move_customers(pairs)
    said = consent.move_customers(pairs)
    segments.move_customers(pairs)
    decided = decisions.move_customers(pairs)
    for name, moved in (
        ("events", events.move_customers(pairs)),
        ("orders", orders.orders),
        ("returns", orders.returns),
        ("consents", said.records),
        ("consent_states", said.replaced),
        ("runs", journeys.move_customers(pairs)),
        ("decisions", decided.decisions),
        ("touches", decided.touches),
        ("deliveries", delivery.move_customers(pairs)),
        ("arms", experiments.move_customers(pairs)),
        ("tasks", sales.move_customers(pairs)),
        ("ticket", matters.move_customers(Kind.TICKET, pairs)),
        ("proposal", matters.move_customers(Kind.PROPOSAL, pairs)),
        ("holds", sales.move_holds(pairs)),
        ("replies", replies.move_customers(pairs)),
    ):
        customers.keep_moved(name, moved)


@transaction.atomic
def undo(merge_id: int, *, now: datetime) -> Undone:
    """Take two records apart again: each gets back what was its own before the merge.

    What came after the merge stays with the record that stayed, as do the history of its segments, the stricter
    wish of the two about frequency, and the end of runs that the merge ended. Raises NotFound, Conflict.
    """
    undone = customers.undo_merge(merge_id, now=now)
    from_id, into_id = undone.from_id, undone.into_id

    def was(name: str) -> list[int]:
        return undone.moved.get(name, [])

    events.give_back(was("events"), customer_id=from_id)
    catalog.give_back(was("orders"), was("returns"), from_id=from_id, into_id=into_id)
    consent.give_back(was("consents"), was("consent_states"), from_id=from_id, into_id=into_id)
    journeys.give_back(was("runs"), from_id=from_id, into_id=into_id)
    decisions.give_back(was("decisions"), was("touches"), from_id=from_id, into_id=into_id)
    delivery.give_back(was("deliveries"), from_id=from_id, into_id=into_id)
    experiments.give_back(was("arms"), from_id=from_id, into_id=into_id)
    sales.give_back(was("tasks"), from_id=from_id, into_id=into_id)
    for kind in Kind:
        matters.give_back(kind, was(kind.value), from_id=from_id, into_id=into_id)
    replies.give_back(was("replies"), from_id=from_id, into_id=into_id)
    sales.give_back_holds(was("holds"), into_id=into_id)
    refusals.follow([from_id, into_id])
    changes = segments.refresh({}, created=[from_id, into_id], tables=TABLES, now=now)
    # Nobody did anything to enter or leave: told as history, the changes start no journey.
    events.append(((_SOURCE, True, _payload(change)) for change in changes), now=now)
    return undone


def _payload(change: Change) -> str:
    moment = change.at.isoformat()
    return json.dumps({
        "type": "track",
        "event": SEGMENT_EVENTS["entered" if change.entered else "left"],
        "messageId": f"{change.segment_id}:{change.customer_id}:{moment}:{change.entered}",
        "customerId": change.customer_id,
        "timestamp": moment,
        "properties": {"segment": change.slug},
    })  # fmt: skip
