"""What customers answered to our messages. Marketing waits for them until somebody has read it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Count, Q

from tactful.events.domain.parse import Located
from tactful.kernel.errors import InvalidInput, NotFound
from tactful.kernel.sql import grouped, statements
from tactful.sales.domain.holding import Hold
from tactful.sales.domain.replies import READ, REPLIED, words
from tactful.sales.models import Reply

STATES = ("unread", "read", "all")
LOOK_AGAIN = timedelta(hours=6)
"""What waits for somebody to read is decided again after so long."""
_SQL = statements(Path(__file__).with_suffix(".sql"))
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One answer. `about` is the subject of the message it answers; unread while `read_at` is None."""

    id: int
    customer_id: int
    address: str
    name: str
    subject: str
    text: str
    about: str
    received_at: datetime
    read_at: datetime | None
    read_by: str


def project(events: Sequence[Located]) -> None:
    """Keep answers, and that they were read. The same events again change nothing."""
    said = [event for event in events if event.name == REPLIED and event.customer_id is not None]
    if said:
        names = ("address", "name", "subject", "text", "about")
        columns: dict[str, Any] = {name: [words(event.properties, name) for event in said] for name in names}
        columns["event_key"] = [event.key for event in said]
        columns["customer_id"] = [event.customer_id for event in said]
        columns["received_at"] = [event.occurred_at for event in said]
        with connection.cursor() as cursor:
            cursor.execute(_SQL["keep"], columns)
    read = [event for event in events if event.name == READ and event.customer_id is not None]
    if read:
        known = [(each, number) for each in read if (number := _id_in(each.properties)) is not None]
        _rows(
            "read",
            id=[number for _, number in known],
            customer_id=[event.customer_id for event, _ in known],
            at=[event.occurred_at for event, _ in known],
            by=[words(event.properties, "by") for event, _ in known],
        )


def page(state: str, *, text: str = "", offset: int = 0, limit: int = 50) -> tuple[list[ReplyRow], int]:
    """Answers, unread ones first, then the latest, and how many. Raises InvalidInput for another state."""
    if state not in STATES:
        raise InvalidInput(f"{state!r} is none of {', '.join(STATES)}")
    rows = Reply.objects.all() if state == "all" else Reply.objects.filter(read_at__isnull=state == "unread")
    for word in text.split()[:8]:
        rows = rows.filter(
            Q(text__icontains=word)
            | Q(subject__icontains=word)
            | Q(address__icontains=word)
            | Q(name__icontains=word)
        )
    ordered = rows.annotate(was_read=Q(read_at__isnull=False)).order_by("was_read", "-received_at", "-id")
    return [_row(row) for row in ordered[offset : offset + limit]], rows.count()


def reply(reply_id: int) -> ReplyRow:
    """One answer. Raises NotFound."""
    row = Reply.objects.filter(id=reply_id).first()
    if row is None:
        raise NotFound(f"there is no reply {reply_id}")
    return _row(row)


def counts() -> dict[str, int]:
    """How many answers were read, and how many not."""
    waiting = Q(read_at__isnull=True)
    found: dict[str, int] = Reply.objects.aggregate(
        unread=Count("id", filter=waiting), read=Count("id", filter=~waiting)
    )
    return found | {"all": found["unread"] + found["read"]}


def waits(customer_ids: Collection[int], *, now: datetime) -> dict[int, Hold]:
    """The customers for whom marketing waits because nobody has read their answer yet."""
    return {
        customer_id: Hold(now + LOOK_AGAIN, "answered, and nobody has read it yet", "", since)
        for customer_id, since in _rows("unread_of", customers=list(customer_ids))
    }


def move_customers(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Answers follow merged customers (from, into); the ids of those moved by the customer they came from."""
    if not pairs:
        return {}
    old, new = [list(ids) for ids in zip(*pairs, strict=True)]
    return grouped(_rows("move", old=old, new=new))


def give_back(ids: Sequence[int], *, from_id: int, into_id: int) -> None:
    """Return answers to the customer they had before a merge that is undone."""
    with connection.cursor() as cursor:
        given: dict[str, Any] = {"ids": list(ids), "from_id": from_id, "into_id": into_id}
        cursor.execute(_SQL["give_back"], given)


def _id_in(properties: Mapping[str, Any]) -> int | None:
    value = properties.get("reply_id")
    return value if isinstance(value, int) and 0 < value <= _LARGEST_ID else None


def _row(row: Reply) -> ReplyRow:
    return ReplyRow(**{name: getattr(row, name) for name in ReplyRow.__slots__})


def _rows(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
