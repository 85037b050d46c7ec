"""Opens and clicks, once it can be told who made them: people are counted, programs are only written down."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tactful.delivery import queries as delivery
from tactful.delivery import visits
from tactful.delivery.domain.values import DeliveryRow
from tactful.delivery.domain.visits import Judged, judge
from tactful.flows.telling import PUBLIC, about, append

OPENED, CLICKED = "Email Opened", "Email Link Clicked"
FETCHED, SCANNED = "Email Fetched", "Email Link Scanned"
"""What programs do has names of its own: whoever asks for opens and clicks gets those of people, everywhere."""


@transaction.atomic
def settle(now: datetime) -> int:
    """Tell of the opens and clicks on which it is clear by now who made them; gives how many."""
    seen, fresh = visits.take(now=now)
    if not fresh:
        return 0
    known = delivery.by_ids({visit.delivery_id for visit in seen})
    sent_at = {row.id: row.sent_at for row in known.values() if row.sent_at}
    urls = delivery.link_urls({visit.link_id for visit in seen if visit.link_id})
    judged = [one for one in judge(seen, sent_at) if one.visit.id in fresh and one.visit.delivery_id in known]
    append(PUBLIC, _payloads(judged, known, urls), now)
    return len(judged)


def _payloads(
    judged: Sequence[Judged], known: dict[int, DeliveryRow], urls: dict[int, str]
) -> list[dict[str, Any]]:
    return [_payload(one, known[one.visit.delivery_id], urls) for one in judged]


def _payload(one: Judged, message: DeliveryRow, urls: dict[int, str]) -> dict[str, Any]:
    """Opens of one day are one event, and so are clicks on a link within a minute."""
    visit, more = one.visit, {"by": one.by.value, **({"why": one.why} if one.why else {})}
    if one.counts:
        more["agent"] = visit.agent
    if visit.link_id == 0:
        name, key = (OPENED, "opened") if one.counts else (FETCHED, "fetched")
        return about(message, name, f"{key}:{message.key}:{visit.at.date()}", visit.at, **more)
    name, key = (CLICKED, "clicked") if one.counts else (SCANNED, "scanned")
    when = f"{visit.link_id}:{visit.at:%Y-%m-%dT%H:%M}"
    return about(message, name, f"{key}:{message.key}:{when}", visit.at, **more, url=urls.get(visit.link_id, ""))
