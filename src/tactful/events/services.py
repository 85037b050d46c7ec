"""In at the one door: the inbox, acceptance, the log."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from uuid import UUID

import msgspec
from django.db import connection

from tactful.events import queries
from tactful.events.domain.parse import Parsed, Stored, parse
from tactful.events.models import Event, Inbox, RejectedEvent
from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import grouped, statements
from tactful.kernel.traces import Traces

CHANNEL = "tactful_inbox"  # what the engine listens to
_KEPT = 100_000  # characters of a rejected payload
_SQL = statements(Path(__file__).with_name("statements.sql"))
# The door's own process copies as well, straight from the bytes of requests: these two are public for it.
INBOX = "COPY events_inbox (received_at, source, historical, payload) FROM STDIN"
REJECTED = "COPY events_rejectedevent (received_at, source, stage, reason, payload) FROM STDIN"
_LOG = (
    "COPY events_event (id, message_key, kind, name, customer_id, occurred_at, received_at, source, historical,"
    " properties, context) FROM STDIN"
)
_CACHED = 4096  # names and sources come again and again
# What COPY's text form wants written differently.
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A payload that has left the inbox."""

    id: int
    received_at: datetime
    source: str
    historical: bool
    payload: str


def append(payloads: Iterable[tuple[str, bool, str]], *, now: datetime) -> int:
    """Put (source, historical, payload) into the inbox, in order, and wake the engine on commit.

    Nothing is judged here: what cannot be understood is kept as rejected when the engine gets to it.
    """
    count = 0
    moment = now.isoformat()
    with connection.cursor() as cursor:
        with cursor.copy(INBOX) as copy:
            for source, historical, payload in payloads:
                row = (moment, _field(source), "t" if historical else "f", _field(_storable(payload)))
                copy.write("\t".join(row) + "\n")
                count += 1
        if count:
            cursor.execute(_SQL["notify"], {"channel": CHANNEL})
    return count


def take(limit: int) -> list[Taken]:
    """Take the oldest payloads out of the inbox, in the order they came. A failed transaction puts them back."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["take"], {"limit": limit})
        rows = cursor.fetchall()
    moment = cache(datetime.fromisoformat)  # one request brings many payloads of one moment
    return [Taken(number, moment(received_at), *row) for number, received_at, *row in sorted(rows)]


def accept(taken: Sequence[Taken], *, now: datetime) -> list[Parsed]:  # noqa: ARG001 -- every step takes it
    """The new events among payloads, in order. Repeats are dropped; what is no event is kept with its reason."""
    events: dict[UUID, Parsed] = {}
    rejected: list[tuple[Taken, str]] = []
    for row in taken:
        try:
            event = parse(row.payload, source=row.source, received_at=row.received_at, historical=row.historical)
        except InvalidInput as error:
            rejected.append((row, error.message))
        else:
            events.setdefault(event.key, event)
    _keep(rejected, stage="validate")
    known = queries.known(events)
    return [event for key, event in events.items() if key not in known]


def set_aside(taken: Sequence[Taken], *, reason: str, now: datetime) -> None:  # noqa: ARG001 -- as above
    """Keep payloads that were understood but could not be worked in, where staff can see them."""
    _keep([(row, reason) for row in taken], stage="react")


def turn_away(payload: str, *, source: str, reason: str, now: datetime) -> None:
    """Keep what came by another way than the inbox and could not be read, where staff can see it."""
    _keep([(Taken(0, now, source, historical=False, payload=payload), reason)], stage="validate")


def new_ids(count: int) -> list[int]:
    """Ids for events about to be stored, ascending."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["new_ids"], {"count": count})
        return [row[0] for row in cursor.fetchall()]


def store(rows: Sequence[Stored]) -> None:
    """Write events to the log in one COPY. A message that is there already breaks the transaction: accept first."""
    if not rows:
        return
    with connection.cursor() as cursor, cursor.copy(_LOG) as copy:
        copy.write("".join([_line(row) for row in rows]))


def move_customers(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Give the events of merged customers to those that stay; pairs are (from, into).

    Returns the moved events' ids by the customer they came from, for `give_back`.
    """
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        params = {"from_ids": [old for old, _ in pairs], "into_ids": [new for _, new in pairs]}
        cursor.execute(_SQL["move_customers"], params)
        return grouped(cursor.fetchall())


def give_back(event_ids: Sequence[int], *, customer_id: int) -> None:
    """Return events to the customer they belonged to before a merge that is undone."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["give_back"], {"ids": list(event_ids), "customer_id": customer_id})


def forget(customer_ids: Collection[int], traces: Traces) -> int:
    """Delete the events of an erased customer, and what waits or was set aside that is about him."""
    deleted, _ = Event.objects.filter(customer_id__in=customer_ids).delete()
    for model in (RejectedEvent, Inbox):
        rows = _holding(model, traces)
        model.objects.filter(pk__in=[number for number, payload in rows if traces.speaks_of(payload)]).delete()
    return deleted


def _holding(model: type[RejectedEvent | Inbox], traces: Traces) -> list[tuple[int, str]]:
    """(id, payload) of those in which he may be named."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL["holding"].format(table=model._meta.db_table), {"words": traces.searched, "digits": traces.dialled}
        )
        return [(number, payload) for number, payload in cursor.fetchall()]


def _keep(rejected: Sequence[tuple[Taken, str]], *, stage: str) -> None:
    RejectedEvent.objects.bulk_create(
        RejectedEvent(
            received_at=row.received_at,
            source=row.source,
            stage=stage,
            reason=_storable(reason)[:1000],
            payload=_storable(row.payload[:_KEPT]),
        )
        for row, reason in rejected
    )


def _line(row: Stored) -> str:
    """The row in COPY's text form. JSON in compact form has no tabs or line ends of its own, only backslashes."""
    encode = _encoder.encode
    return "\t".join((
        str(row.id),
        row.key.hex,
        row.kind,
        _word(row.name),
        r"\N" if row.customer_id is None else str(row.customer_id),
        row.occurred_at.isoformat(),
        _moment(row.received_at),
        _word(row.source),
        "t" if row.historical else "f",
        encode(row.properties).decode().replace("\\", "\\\\"),
        r"\N" if row.context is None else encode(row.context).decode().replace("\\", "\\\\"),
    )) + "\n"  # fmt: skip


_encoder = msgspec.json.Encoder()


def _field(text: str) -> str:
    return text.translate(_ESCAPES)


_word = lru_cache(maxsize=_CACHED)(_field)


@lru_cache(maxsize=_CACHED)
def _moment(moment: datetime) -> str:
    return moment.isoformat()


def _storable(text: str) -> str:
    """Text that PostgreSQL can hold: NUL and lone surrogates become the replacement character."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
