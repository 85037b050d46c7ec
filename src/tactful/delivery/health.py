"""How mail is received, and the brakes: measured from the deliveries, put on at once, let go by a person."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from tactful.delivery.domain import health
from tactful.delivery.domain.health import REFUSAL_WINDOW, WINDOWS, Counts, Finding, Measure
from tactful.delivery.models import Brake
from tactful.events.domain.parse import Located
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.kernel.sql import statements
from tactful.kernel.time import zone as zone_of
from tactful.team import services as team

SOFT, POLICY, CONTENT = "soft", "policy", "content"
FAULTS = frozenset({SOFT, POLICY, CONTENT})
"""Bounces that are not the address's own: they are kept here and suppress nobody by themselves."""
WORN_OUT_TIMES = 3
WORN_OUT_SPAN = timedelta(days=15)
BOUNCED = "Email Bounced"
# A stream's domain is that of the Message-ID; where a provider has put its own id there, that of the sender.
_DOMAIN = """COALESCE(NULLIF(lower(rtrim(split_part(message_id, '@', 2), '>')), ''),
    (SELECT lower(split_part(from_address, '@', 2)) FROM delivery_sender WHERE id = 1), '')"""
_SQL = {
    name: text.replace("{domain}", _DOMAIN) for name, text in statements(Path(__file__).with_suffix(".sql")).items()
}
_LAST = 2**63 - 1
_LATELY = timedelta(days=30)  # how long a stream that went on stays in sight, though it sends nothing
_LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Stream:
    """Mail by one provider from one domain: what receivers judge together."""

    provider: str
    domain: str

    def __str__(self) -> str:
        return f"{self.domain} by {self.provider}"


@dataclass(frozen=True, slots=True)
class BrakeRow:
    """A pause: why it began, and who ended it, when and with which words; `resumed_at` is None while it lasts."""

    id: int
    stream: Stream
    measure: str
    reason: str
    advice: str
    count: int
    of: int
    paused_at: datetime
    resumed_at: datetime | None
    resumed_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A stream as it stands: its shares by window, and its brake while that is on; in the week after it, the one
    that was let go, from which the shares count."""

    stream: Stream
    findings: tuple[tuple[Finding, ...], ...]
    brake: BrakeRow | None
    resumed: BrakeRow | None

    @property
    def sent(self) -> int:
        """Mails of the last week, or since it was let go."""
        return next(one.of for one in self.findings[-1] if one.measure is Measure.BOUNCE)


@dataclass(frozen=True, slots=True)
class Tally:
    """Mails of a day or to a receiver, and what became of them."""

    name: str
    mails: int
    bounced: int
    complained: int
    opened: int = 0


@dataclass(frozen=True, slots=True)
class Behind:
    """A message that counts against a stream."""

    id: int
    customer_id: int
    address: str
    subject: str
    left_at: datetime | None
    reason: str


def check(now: datetime) -> list[BrakeRow]:
    """Brake every stream that is received badly; gives the brakes that were put on now. Each is in the history."""
    put_on = []
    for stream, counts in _counts(now).items():
        finding = health.worst(counts)
        if finding is not None and (brake := _pause(stream, finding, now)) is not None:
            put_on.append(brake)
    return put_on


@transaction.atomic
def resume(brake_id: int, *, by: str, note: str, now: datetime) -> BrakeRow:
    """Let a stream go on. What was measured before counts no more. Raises InvalidInput without a note, NotFound,
    and Conflict where somebody has done it before."""
    words = note.strip()
    if not words:
        raise InvalidInput("say in a few words what was done: the next person will want to know")
    row = Brake.objects.select_for_update().filter(id=brake_id).first()
    if row is None:
        raise NotFound(f"there is no pause {brake_id}")
    if row.resumed_at is not None:
        raise Conflict(f"{row.resumed_by} has let it go on already")
    row.resumed_at, row.resumed_by, row.note = now, by, words[:_LONGEST_NOTE]
    row.save(update_fields=["resumed_at", "resumed_by", "note"])
    found = _brake(row)
    team.audit(actor=by, action="sending resumed", subject=str(found.stream), detail={"note": found.note}, now=now)
    return found


def standings(now: datetime) -> list[Standing]:
    """Every stream of the last week, those that are paused, and those that went on lately; the paused ones first,
    then by name. To count anew takes none of them away."""
    counts, week = _counts(now), now - WINDOWS[-1]
    brakes = {brake.stream: brake for brake in open_brakes()}
    resumed = {brake.stream: brake for brake in _resumed(since=now - _LATELY)}
    anew = {brake.stream: brake for brake in _resumed(since=week) if brake.stream not in brakes}
    seen = {Stream(*row) for row in _rows("streams", since=week)}
    found = [
        Standing(
            stream,
            tuple(health.find(each) for each in counts.get(stream) or map(Counts, WINDOWS)),
            brakes.get(stream),
            anew.get(stream),
        )
        for stream in {*counts, *brakes, *resumed, *seen}
    ]
    return sorted(found, key=lambda one: (one.brake is None, str(one.stream)))


def _resumed(*, since: datetime) -> list[BrakeRow]:
    return [_brake(row) for row in Brake.objects.filter(resumed_at__gte=since).order_by("resumed_at")]


def open_brakes() -> list[BrakeRow]:
    """The streams that are paused now."""
    return [_brake(row) for row in Brake.objects.filter(resumed_at__isnull=True).order_by("paused_at")]


def history(*, limit: int = 50) -> list[BrakeRow]:
    """All pauses, the latest first."""
    return [_brake(row) for row in Brake.objects.order_by("-paused_at", "-id")[:limit]]


def days(stream: Stream, *, since: datetime, zone: str) -> list[tuple[date, Tally]]:
    """Mails of a stream per local day, in order."""
    rows = _rows("days", since=since, zone=zone_of(zone).key, provider=stream.provider, domain=stream.domain)
    return [(day, Tally(day.isoformat(), *numbers)) for day, *numbers in rows]


def receivers(stream: Stream, *, since: datetime, limit: int = 25) -> list[Tally]:
    """Mails of a stream by the domain of their recipients, those with most first."""
    rows = _rows("receivers", since=since, limit=limit, provider=stream.provider, domain=stream.domain)
    return [Tally(*row) for row in rows]


def behind(
    stream: Stream, measure: Measure, *, since: datetime, before: int | None = None, limit: int = 50
) -> list[Behind]:
    """The messages behind a share, the latest first."""
    asked = {"since": since, "provider": stream.provider, "domain": stream.domain, "what": measure.value}
    rows = _rows("behind", **asked, before=before or _LAST, limit=limit)
    return [Behind(*row) for row in rows]


def keep_faults(events: Iterable[Located]) -> list[UUID]:
    """Write down what receivers turned away, for now or because of us; gives the keys of those refused for now."""
    kept = [
        (
            event.key,
            key,
            event.properties["bounce"],
            str(event.properties.get("reason") or "")[:500],
            event.occurred_at,
        )
        for event in events
        if event.name == BOUNCED
        and event.properties.get("bounce") in FAULTS
        and (key := _key_in(event)) is not None
    ]
    if not kept:
        return []
    columns = zip(("event_key", "delivery_key", "kind", "reason", "at"), zip(*kept, strict=True), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_SQL["keep_faults"], {name: list(values) for name, values in columns})
    return [key for _, key, kind, *_ in kept if kind == SOFT]


def worn_out(keys: Iterable[UUID]) -> list[tuple[UUID, str, int]]:
    """Of the addresses of these messages those that refused for now in three sends over at least 15 days, nothing
    taken in between: the latest message, the address, how often."""
    rows = _rows("worn_out", keys=list(keys), times=WORN_OUT_TIMES, span=WORN_OUT_SPAN)
    return [(key, address, count) for address, key, count in rows]


def _pause(stream: Stream, finding: Finding, now: datetime) -> BrakeRow | None:
    words: dict[str, Any] = {
        "measure": finding.measure.value,
        "reason": finding.reason,
        "advice": finding.advice,
        "count": finding.count,
        "of": finding.of,
    }
    with transaction.atomic():
        rows = _rows("pause", provider=stream.provider, domain=stream.domain, now=now, **words)
        if not rows:
            return None  # it is on already
        team.audit(actor="brake", action="sending paused", subject=str(stream), detail=words, now=now)
    return _brake(Brake.objects.get(id=rows[0][0]))


def _counts(now: datetime) -> dict[Stream, list[Counts]]:
    hour: dict[Stream, tuple[int, int]] = {
        Stream(*row[:2]): (row[2], row[3]) for row in _rows("refusals", since=now - REFUSAL_WINDOW)
    }
    found: dict[Stream, list[Counts]] = defaultdict(list)
    for window in WINDOWS:
        seen = {Stream(*row[:2]): (row[2], row[3], row[4]) for row in _rows("counts", since=now - window)}
        for stream in {*seen, *hour}:
            found[stream].append(_counted(window, seen.get(stream, (0, 0, 0)), hour.get(stream, (0, 0))))
    return dict(found)


def _counted(window: timedelta, week: tuple[int, int, int], hour: tuple[int, int]) -> Counts:
    mails, bounced, complained = week
    tried, refused = hour
    return Counts(window, mails=mails, bounced=bounced, complained=complained, tried=tried, refused=refused)


def _key_in(event: Located) -> UUID | None:
    try:
        return UUID(event.properties.get("message_key"))
    except (TypeError, ValueError, AttributeError):
        return None


def _brake(row: Brake) -> BrakeRow:
    return BrakeRow(
        id=int(row.pk),
        stream=Stream(row.provider, row.domain),
        measure=row.measure,
        reason=row.reason,
        advice=row.advice,
        count=row.count,
        of=row.of,
        paused_at=row.paused_at,
        resumed_at=row.resumed_at,
        resumed_by=row.resumed_by,
        note=row.note,
    )


def _rows(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
