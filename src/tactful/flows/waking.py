"""What was held for somebody's sake goes on at once when the cause is over, not when the hold would have ended."""

from collections.abc import Collection, Sequence
from datetime import datetime

from tactful.delivery import services as delivery
from tactful.events.domain.parse import Located
from tactful.journeys import services as journeys
from tactful.sales.domain.holding import RESUMED
from tactful.sales.domain.matters import KINDS
from tactful.sales.domain.replies import READ
from tactful.sales.services import DONE

_ENDS = frozenset({RESUMED, DONE, READ}).union(*(words.closing for words in KINDS.values()))
_RULES = ("sales_hold", "sales_sync")


def wake(customer_ids: Collection[int], *, now: datetime) -> None:
    """Decide again now on what is held for these customers, in journeys and in the outbox."""
    if customer_ids:
        journeys.wake(customer_ids, now=now)
        delivery.wake(customer_ids, reasons=_RULES, now=now)


def follow(events: Sequence[Located], *, now: datetime) -> None:
    """Wake those for whom these events end a hold, or a matter that marketing waited for."""
    wake({event.customer_id for event in events if event.name in _ENDS and event.customer_id is not None}, now=now)
