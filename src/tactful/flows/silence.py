"""What a customer may know of messages that he did not get: his own decisions, without our names for things."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tactful.decisions import queries as decisions
from tactful.decisions.queries import Stopped
from tactful.delivery import queries as delivery

SPAN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Silence:
    """Of the last `SPAN`: marketing that reached him, the last of it, and what was held or dropped, by reason."""

    sent: int
    last: datetime | None
    stopped: tuple[Stopped, ...]


def of_customer(customer_id: int, *, now: datetime) -> Silence:
    """What he got and what he did not, from what was recorded; two queries."""
    since = now - SPAN
    sent, last = delivery.marketing_sent(customer_id, since=since)
    return Silence(sent, last, tuple(decisions.stopped(customer_id, since=since)))
