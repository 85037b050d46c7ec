"""One person erased, everywhere: what every capability keeps of him goes, and his addresses get nothing again.

What stays are numbers that name nobody: orders with their amounts, who was decided about when, and when a message
left, under a record without a name. The lake follows with its next flush; its old files are deleted an hour later.
"""

from dataclasses import dataclass
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
from tactful.flows.tables import TABLES
from tactful.hooks import services as hooks
from tactful.journeys import services as journeys
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
        segments.forget(gone.ids, tables=TABLES, now=now)
        journeys.forget(gone.ids, now=now)
        kept = delivery.forget(gone.ids)
        consent.forget(gone.ids, gone.addresses, now=now)
        sales.forget(gone.ids)
        hooks.forget(gone.ids)
        events.forget(gone.ids, gone.names)
        team.forget(gone.ids, gone.names)
        team.audit(actor=by, action="customer erased", subject=f"customer {customer_id}", now=now)
    for key, queued_at in kept:
        mailbox.remove(settings.DATA, key=key, date=queued_at)
    return gone
