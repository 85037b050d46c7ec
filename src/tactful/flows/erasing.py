"""One person erased, everywhere: what every capability keeps of him goes, and his addresses get nothing again.

What stays are numbers that name nobody: orders with their amounts, who was decided about when, and when a message
left, under a record without a name. The lake follows with its next flush; its old files are deleted an hour later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import transaction

from tactful.catalog import queries as orders
from tactful.consent import services as consent
from tactful.customers import services as customers
from tactful.customers.services import Erased
from tactful.delivery import queries as messages
from tactful.delivery import services as delivery
from tactful.delivery.providers import mailbox
from tactful.events import queries as log
from tactful.events import services as events
from tactful.flows.importing import rejects
from tactful.flows.tables import TABLES
from tactful.hooks import services as hooks
from tactful.journeys import services as journeys
from tactful.kernel.traces import Traces
from tactful.sales import services as sales
from tactful.segments import services as segments
from tactful.team import services as team


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of a customer: events and messages that would go, orders that would stay without a name."""

    events: int
    messages: int
    orders: int


def known(customer_id: int) -> Known:
    return Known(
        events=log.count_of(customer_id),
        messages=messages.count_of(customer_id),
        orders=facts.count if (facts := orders.order_facts([customer_id]).get(customer_id)) else 0,
    )


def erase(customer_id: int, *, by: str, now: datetime) -> Erased:
    """Erase a customer with all records merged into his. Raises NotFound, Conflict; then nothing has changed."""
    with transaction.atomic():
        gone = customers.erase(customer_id, now=now)
        traces = _with_earlier(gone.traces, log.told_of(gone.ids))
        segments.forget(gone.ids, tables=TABLES, now=now)
        journeys.forget(gone.ids, now=now)
        kept = delivery.forget(gone.ids)
        consent.forget(gone.ids, gone.addresses, now=now)
        sales.forget(gone.ids)
        hooks.forget(gone.ids)
        events.forget(gone.ids, traces)
        team.forget(gone.ids, traces)
        team.audit(actor=by, action="customer erased", subject=f"customer {customer_id}", now=now)
    for key, queued_at in kept:
        mailbox.remove(settings.DATA, key=key, date=queued_at)
    rejects.forget(settings.DATA / rejects.FOLDER, traces)
    return gone


def _with_earlier(traces: Traces, told: Sequence[tuple[str | None, ...]]) -> Traces:
    """Also what he was called before, and where he was reached."""
    names = [name for first, last, _, _ in told for name in customers.full_names(first, last)]
    addresses = [each for _, _, email, phone in told for each in (email, phone) if each]
    words = [each for first, last, _, _ in told for each in (first, last) if each]
    return replace(
        traces,
        names=traces.names.union(names),
        addresses=traces.addresses.union(addresses),
        words=traces.words.union(words),
    )
