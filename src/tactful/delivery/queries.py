"""Reads the outbox: for screens, for the public pages, for the sender."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, QuerySet

from tactful.delivery.domain.values import OPEN_STATES, SERVICE, DeliveryRow
from tactful.delivery.models import Brake, Delivery, Link
from tactful.delivery.port import SenderSettings
from tactful.kernel.errors import NotFound

_COLUMNS = DeliveryRow.__slots__
_SENDER = ", ".join(SenderSettings.__slots__)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the screen shows. None: everything. `since` is included, `until` is not; both look at the queueing."""

    state: str | None = None
    channel: str | None = None
    topic: str | None = None
    template: str | None = None
    journey_id: int | None = None
    customer_id: int | None = None
    provider: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Deliveries, latest first. `before` leads to the next page; None on the last."""

    rows: tuple[DeliveryRow, ...]
    before: int | None


def page(filters: Filters, *, before: int | None = None, limit: int = 50) -> Page:
    """Deliveries that pass the filters."""
    rows = _filtered(filters)
    if before is not None:
        rows = rows.filter(id__lt=before)
    shown = _rows(rows.order_by("-id")[: limit + 1])
    return Page(tuple(shown[:limit]), before=shown[limit - 1].id if len(shown) > limit else None)


def of_customer(customer_id: int, *, before: int | None = None, limit: int = 50) -> Page:
    """What was queued for a customer."""
    return page(Filters(customer_id=customer_id), before=before, limit=limit)


def count_of(customer_id: int) -> int:
    return Delivery.objects.filter(customer_id=customer_id).count()


def delivery(delivery_id: int) -> DeliveryRow:
    """One delivery. Raises NotFound."""
    found = _rows(Delivery.objects.filter(id=delivery_id))
    if not found:
        raise NotFound(f"there is no delivery {delivery_id}")
    return found[0]


def ids_by_key(keys: Collection[UUID]) -> dict[UUID, int]:
    """The ids of the deliveries with these keys; keys without one are left out."""
    return dict(Delivery.objects.filter(key__in=keys).values_list("key", "id"))


def state_counts(filters: Filters | None = None) -> dict[str, int]:
    """How many deliveries are in each state."""
    rows = _filtered(filters or Filters()).values_list("state").annotate(count=Count("id"))
    return dict(rows.order_by("state"))


def last_sent() -> dict[str, datetime]:
    """When each template last went out, by its slug."""
    rows = Delivery.objects.filter(state="sent").values_list("template").annotate(last=Max("sent_at"))
    return dict(rows.order_by())


def open_count() -> int:
    """Messages that are not settled yet: whether sending is finished is told by this and nothing else."""
    return Delivery.objects.filter(state__in=OPEN_STATES).count()


def sender() -> SenderSettings:
    """How mail leaves; the local mailbox where nothing was set."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_SENDER} FROM delivery_sender WHERE id = 1")  # noqa: S608 -- names of fields
        row = cursor.fetchone()
    if row is None:
        return SenderSettings()
    known = dict(zip(SenderSettings.__slots__, row, strict=True))
    options = known["options"]
    return SenderSettings(**known | {"options": json.loads(options) if isinstance(options, str) else options})


def paused_streams() -> Mapping[str, str]:
    """The channels by which no marketing leaves now, each with the reason. Service messages go on."""
    sending = sender()
    domain = sending.from_address.rpartition("@")[2].lower()
    brake = Brake.objects.filter(provider=sending.provider, domain=domain, resumed_at__isnull=True).first()
    return {"email": brake.reason} if brake else {}


_ANSWERED = """
SELECT customer_id, channel, count(*), count(*) FILTER (WHERE COALESCE(opened_at, clicked_at) IS NOT NULL)
FROM delivery_delivery
WHERE customer_id = ANY(%(ids)s) AND state = 'sent' AND sent_at > %(since)s
GROUP BY customer_id, channel
"""


def answered(customer_ids: Collection[int], *, since: datetime) -> dict[tuple[int, str], tuple[int, int]]:
    """(customer, channel) -> messages sent since, and those he opened or followed a link of."""
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, {"ids": list(customer_ids), "since": since})
        return {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}


def marketing_sent(customer_id: int, *, since: datetime) -> tuple[int, datetime | None]:
    """How much marketing went to a customer since, and when the last of it."""
    rows = Delivery.objects.filter(customer_id=customer_id, state="sent", sent_at__gt=since)
    found = rows.exclude(category=SERVICE).aggregate(count=Count("id"), last=Max("sent_at"))
    return found["count"], found["last"]


def by_ids(delivery_ids: Collection[int]) -> dict[int, DeliveryRow]:
    """Deliveries by id; those that are gone are left out."""
    return {row.id: row for row in _rows(Delivery.objects.filter(id__in=list(delivery_ids)))}


def by_keys(keys: Collection[UUID]) -> dict[UUID, DeliveryRow]:
    """Deliveries by key; keys without one are left out."""
    return {row.key: row for row in _rows(Delivery.objects.filter(key__in=list(keys)))}


def by_message_id(message_id: str) -> DeliveryRow | None:
    """The delivery with a Message-ID, with or without its angle brackets."""
    bare = message_id.strip().strip("<>")
    found = _rows(Delivery.objects.filter(message_id__in=[bare, f"<{bare}>"])[:1]) if bare else []
    return found[0] if found else None


def link_urls(link_ids: Collection[int]) -> dict[int, str]:
    """The targets of links; those that are gone are left out."""
    return dict(Link.objects.filter(id__in=list(link_ids)).values_list("id", "url"))


def link_url(link_id: int) -> str:
    """The target of a link. Raises NotFound."""
    url = Link.objects.filter(id=link_id).values_list("url", flat=True).first()
    if url is None:
        raise NotFound("this link leads nowhere any more")
    return url


def _filtered(filters: Filters) -> QuerySet[Delivery]:
    wanted: dict[str, Any] = {
        "state": filters.state,
        "channel": filters.channel,
        "topic": filters.topic,
        "template": filters.template,
        "journey_id": filters.journey_id,
        "customer_id": filters.customer_id,
        "provider": filters.provider,
        "queued_at__gte": filters.since,
        "queued_at__lt": filters.until,
    }
    return Delivery.objects.filter(**{name: value for name, value in wanted.items() if value is not None})


def _rows(found: QuerySet[Delivery]) -> list[DeliveryRow]:
    rows: Iterable[Any] = found.values(*_COLUMNS)
    return [
        DeliveryRow(
            **{
                **row,
                "provider": row["provider"] or "",
                "subject": row["subject"] or "",
                "message_id": row["message_id"] or "",
            }
        )
        for row in rows
    ]
