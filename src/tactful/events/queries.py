"""Reading the log: timelines, what arrives, what was turned away."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Q

from tactful.events.models import Event, Inbox, RejectedEvent
from tactful.kernel.sql import statements

CATALOGUE_DAYS = 30
_SQL = statements(Path(__file__).with_name("statements.sql"))

Cursor = tuple[datetime, int]  # (occurred_at, id) of the last row seen


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event on a timeline."""

    id: int
    customer_id: int | None
    kind: str
    name: str
    occurred_at: datetime
    received_at: datetime
    source: str
    historical: bool
    properties: dict[str, Any]
    context: dict[str, Any] | None

    @property
    def cursor(self) -> Cursor:
        """What to give as `before` for the page after this row."""
        return self.occurred_at, self.id


@dataclass(frozen=True, slots=True)
class CatalogueRow:
    """A kind of event that arrives. `count` is of the last CATALOGUE_DAYS; `sample` the latest one's properties."""

    name: str
    kind: str
    count: int
    last_at: datetime
    sample: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    id: int
    received_at: datetime
    source: str
    stage: str
    reason: str
    payload: str


def timeline(
    customer_id: int, *, before: Cursor | None = None, limit: int = 50, names: Collection[str] | None = None
) -> list[EventRow]:
    """A customer's events, latest first, from `before` on; only those with these names when given."""
    events = Event.objects.filter(customer_id=customer_id)
    if names is not None:
        events = events.filter(name__in=names)
    if before is not None:
        moment, last = before
        # The first condition is what the index (customer, occurred_at) can follow; the second breaks ties.
        events = events.filter(occurred_at__lte=moment).filter(Q(occurred_at__lt=moment) | Q(pk__lt=last))
    return [_row(event) for event in events.order_by("-occurred_at", "-id")[:limit]]


def told_of(customer_ids: Collection[int]) -> list[tuple[str | None, ...]]:
    """What customers ever said they are called: (first name, last name, e-mail, phone), each way once."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["told_of"], {"customers": list(customer_ids)})
        return [tuple(row) for row in cursor.fetchall()]


def count_of(customer_id: int) -> int:
    return Event.objects.filter(customer_id=customer_id).count()


def event(event_id: int) -> EventRow | None:
    found = Event.objects.filter(pk=event_id).first()
    return _row(found) if found else None


def by_id(ids: Collection[int]) -> list[EventRow]:
    return [_row(event) for event in Event.objects.filter(pk__in=list(ids))]


def known(keys: Collection[UUID]) -> set[UUID]:
    """Those of these messages that are in the log already."""
    if not keys:
        return set()
    with connection.cursor() as cursor:
        # The text of an array: the driver would take each key to pieces.
        cursor.execute(_SQL["known_keys"], {"keys": f"{{{','.join([key.hex for key in keys])}}}"})
        return {row[0] for row in cursor.fetchall()}


def catalogue(*, now: datetime) -> list[CatalogueRow]:
    """Every event name ever seen, with how often it came lately, when last, and what it looks like."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["catalogue"], {"since": now - timedelta(days=CATALOGUE_DAYS)})
        rows = cursor.fetchall()
    return [
        CatalogueRow(name, kind, count, last, msgspec.json.decode(text)) for name, count, last, kind, text in rows
    ]


def rejected(*, before: int | None = None, limit: int = 50, stage: str | None = None) -> list[RejectedRow]:
    """What was turned away, latest first, from below the id `before`; of one stage (validate, react) when given."""
    rows = RejectedEvent.objects.all()
    if stage is not None:
        rows = rows.filter(stage=stage)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return [
        RejectedRow(int(row.pk), row.received_at, row.source, row.stage, row.reason, row.payload)
        for row in rows.order_by("-pk")[:limit]
    ]


def rejected_count() -> int:
    return RejectedEvent.objects.count()


def waiting(*, up_to: int | None = None) -> int:
    """Payloads acknowledged and not yet worked in; with `up_to`, those with ids up to this one."""
    rows = Inbox.objects.all() if up_to is None else Inbox.objects.filter(pk__lte=up_to)
    return rows.count()


def last_waiting() -> int:
    """The id of the youngest payload in the inbox; 0 when it is empty."""
    return Inbox.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _row(event: Event) -> EventRow:
    return EventRow(
        int(event.pk),
        event.customer_id,
        event.kind,
        event.name,
        event.occurred_at,
        event.received_at,
        event.source,
        event.historical,
        event.properties,
        event.context,
    )


def properties(ids: Collection[int]) -> dict[int, tuple[str, dict[str, Any]]]:
    """Name and properties of events by id, in one query."""
    rows = Event.objects.filter(pk__in=list(ids)).values_list("pk", "name", "properties")
    return {event_id: (name, found) for event_id, name, found in rows}


def since(customer_ids: Collection[int], names: Collection[str], *, moment: datetime) -> list[EventRow]:
    """What these customers did from a moment on, of these names, and what was heard of it since; earliest first."""
    if not customer_ids or not names:
        return []
    found = Event.objects.filter(customer_id__in=list(customer_ids), name__in=list(names), occurred_at__gte=moment)
    return [_row(event) for event in found.order_by("occurred_at", "id")]


def of_names(customer_ids: Collection[int], names: Collection[str]) -> list[EventRow]:
    """All that these customers ever did of these names; earliest first."""
    if not customer_ids or not names:
        return []
    found = Event.objects.filter(customer_id__in=list(customer_ids), name__in=list(names))
    return [_row(event) for event in found.order_by("occurred_at", "id")]


def moments(ids: Collection[int]) -> dict[int, datetime]:
    """When these events happened."""
    return dict(Event.objects.filter(id__in=list(ids)).values_list("id", "occurred_at"))
