"""Decisions kept, slots of attention taken, restraint configured."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from django.db import connection, transaction

from tactful.decisions import queries
from tactful.decisions.domain.expected import Lift
from tactful.decisions.domain.facts import PERIODS, SERVICE, CapRule, Decided, Guards, Policy, TouchSeen
from tactful.decisions.domain.pressure import has_slot
from tactful.decisions.models import Audit, Cap, GuardsSetting, JourneyLift, QuietHoursSetting, RulesInForce
from tactful.decisions.queries import AuditRow
from tactful.events.domain.parse import Located
from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import grouped, statements
from tactful.kernel.time import QuietHours, zone

_SQL = statements(Path(__file__).with_suffix(".sql"))
# The first of the two numbers of an advisory lock: slots of customers' attention.
_LOCKS = 7101
# Each customer's lock takes a place in the server's shared table (6,400 by default) until the transaction ends.
LARGEST_RESERVATION = 2000
CONTACTS: Mapping[str, str] = {"Call Made": "call", "Call Logged": "call", "Ticket Opened": "ticket"}
"""Events by which a person here and a customer met, and the channel they count for."""
CONTACT = "contact"
"""The category of such a touch."""
_UTC = zone("UTC")
_written = msgspec.json.Encoder().encode

DEFAULT_CAPS = (CapRule(count=2, days=7), CapRule(count=6, days=30))
DEFAULT_QUIET = QuietHours(start=time(21), end=time(8))


@dataclass(frozen=True, slots=True)
class Reservation:
    """A message that is about to be queued."""

    key: UUID
    customer_id: int
    channel: str
    topic: str
    category: str


def set_up(*, now: datetime) -> None:  # noqa: ARG001 -- every set_up is called alike
    """Where nothing is set: two touches a week and six a month over all channels, silence from 21:00 to 08:00."""
    if not QuietHoursSetting.objects.exists():
        save_quiet_hours(DEFAULT_QUIET)
        save_caps(DEFAULT_CAPS)


def note_rules(policy: Policy, *, now: datetime) -> int:
    """The id of these rules among those kept; kept now where they differ from the last. For the audit."""
    rules = {
        "caps": [asdict(cap) for cap in policy.caps],
        "quiet": {"start": f"{policy.quiet.start:%H:%M}", "end": f"{policy.quiet.end:%H:%M}"},
        "guards": asdict(policy.guards),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL["rules_in_force"])
        last = cursor.fetchone()
    if last and json.loads(last[1]) == rules:
        known: int = last[0]
        return known
    noted: int = RulesInForce.objects.create(at=now, rules=rules).pk
    return noted


@transaction.atomic
def save_lifts(proven: Collection[Lift], *, now: datetime) -> None:
    """What journeys are proven to bring, in place of what was kept before; those not named are proven no more."""
    JourneyLift.objects.all().delete()
    JourneyLift.objects.bulk_create(
        JourneyLift(journey_id=one.journey_id, each_minor=one.each_minor, base_minor=one.base_minor, at=now)
        for one in proven
    )


def record(decided: Sequence[Decided], *, now: datetime, rules_id: int | None = None) -> list[int]:
    """Keeps decisions with all their reasons and the rules they were judged by; gives their ids in order."""
    if not decided:
        return []
    # The driver's own COPY passes by Django's translation of errors.
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.execute(_SQL["fresh_ids"], {"count": len(decided)})
        ids: list[int] = [row[0] for row in cursor.fetchall()]
        with cursor.copy(_SQL["record"]) as copy:
            for decision_id, one in zip(ids, decided, strict=True):
                copy.write_row((*_as_row(decision_id, one, now), rules_id))
    return ids


@transaction.atomic
def reserve(
    messages: Sequence[Reservation],
    *,
    caps: Sequence[CapRule],
    now: datetime,
    zones: Mapping[int, ZoneInfo] = MappingProxyType({}),
) -> set[UUID]:
    """Takes a slot for each message that still fits under every cap; gives the keys of those that have one.

    To be called in the transaction that queues them: its locks keep others from the customers' slots until it
    ends, and the touches are read after the locks are held. A key that has its slot keeps it.
    Calendar caps count in the customer's zone of `zones`. Raises ValueError beyond `LARGEST_RESERVATION` messages.
    """
    if not messages:
        return set()
    if len(messages) > LARGEST_RESERVATION:
        raise ValueError(f"reserve at most {LARGEST_RESERVATION} messages in one transaction, not {len(messages)}")
    customers = sorted({message.customer_id for message in messages})
    with connection.cursor() as cursor:
        cursor.execute(_SQL["lock"], {"space": _LOCKS, "customers": customers})
        cursor.execute(_SQL["reserved"], {"keys": [message.key for message in messages]})
        granted: set[UUID] = {row[0] for row in cursor.fetchall()}
    longest = max((cap.span for cap in caps), default=timedelta(0))
    touches = defaultdict(
        list, {customer: list(seen) for customer, seen in queries.pressure(customers, since=now - longest).items()}
    )
    taken: list[Reservation] = []
    for message in messages:
        if message.key in granted or not _fits(
            message, touches[message.customer_id], caps, now, zones.get(message.customer_id, _UTC)
        ):
            continue
        touches[message.customer_id].append(_as_touch(message, now))
        granted.add(message.key)
        taken.append(message)
    _touch(taken, now)
    return granted


def release(keys: Collection[UUID]) -> int:
    """Gives back the slots of messages that were never handed over, as when a guard stopped them at the claim."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["release"], {"keys": list(keys)})
        count: int = cursor.rowcount
    return count


@transaction.atomic
def save_caps(caps: Sequence[CapRule]) -> None:
    """Replaces all caps. Raises InvalidInput for an impossible one, or two for the same channel and window."""
    for cap in caps:
        if cap.count < 0 or not 1 <= cap.days <= 366:
            raise InvalidInput("A cap allows 0 or more touches in 1 to 366 days")
        if cap.period and PERIODS.get(cap.period) != cap.days:
            raise InvalidInput("A calendar cap is for a day, a week or a month")
    if len({cap.window for cap in caps}) != len(caps):
        raise InvalidInput("Two caps count the same in the same days: keep the one that counts")
    Cap.objects.all().delete()
    Cap.objects.bulk_create([Cap(**asdict(cap)) for cap in caps])


def save_quiet_hours(quiet: QuietHours) -> None:
    """The hours of a customer's day without marketing. Equal ends mean none."""
    QuietHoursSetting.objects.update_or_create(id=1, defaults={"start": quiet.start, "end": quiet.end})


def save_guards(guards: Guards) -> None:
    """What marketing waits for. Raises InvalidInput for numbers below zero, days beyond 366, percent above 100."""
    said = asdict(guards)
    for name, value in said.items():
        most = 366 if name.endswith("_days") else 100 if name.endswith("_percent") else 10**12
        if not 0 <= value <= most:
            raise InvalidInput(f"{name.replace('_', ' ')} must lie between 0 and {most}")
    if not guards.budget_days:
        raise InvalidInput("the budget needs a number of days: 1 or more")
    GuardsSetting.objects.update_or_create(id=1, defaults={"values": said})


def project(events: Sequence[Located], *, now: datetime) -> int:
    """Calls and tickets among these events take their slot of attention; gives how many were new."""
    made = [event for event in events if event.name in CONTACTS and event.customer_id is not None]
    if not made:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            _SQL["touched_by_people"],
            {
                "customer_id": [event.customer_id for event in made],
                "channel": [CONTACTS[event.name] for event in made],
                "at": [event.occurred_at for event in made],
                "key": [event.key for event in made],
                "category": CONTACT,
                "now": now,
            },
        )
        count: int = cursor.rowcount
    return count


def keep_audit(audit: AuditRow) -> None:
    """Keep what an audit found."""
    Audit.objects.create(**{**asdict(audit), "breaches": list(audit.breaches)})


@dataclass(frozen=True, slots=True)
class Moved:
    """Ids of the decisions and slots that followed a merge, by the customer they came from."""

    decisions: dict[int, list[int]]
    touches: dict[int, list[int]]


@transaction.atomic
def move_customers(pairs: Sequence[tuple[int, int]]) -> Moved:
    """Decisions and pressure follow merged customers (from, into)."""
    if not pairs:
        return Moved({}, {})
    old, new = [list(ids) for ids in zip(*pairs, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_SQL["move_decisions"], {"old": old, "new": new})
        decisions = grouped(cursor.fetchall())
        cursor.execute(_SQL["move_touches"], {"old": old, "new": new})
        return Moved(decisions, grouped(cursor.fetchall()))


@transaction.atomic
def give_back(decisions: Sequence[int], touches: Sequence[int], *, from_id: int, into_id: int) -> None:
    """Return decisions and pressure to the customer they had before a merge that is undone."""
    with connection.cursor() as cursor:
        for name, ids in (("return_decisions", decisions), ("return_touches", touches)):
            cursor.execute(_SQL[name], {"ids": list(ids), "from_id": from_id, "into_id": into_id})


def _as_touch(message: Reservation, now: datetime) -> TouchSeen:
    return TouchSeen(now, message.channel, message.category, message.topic)


def _fits(
    message: Reservation, touches: Sequence[TouchSeen], caps: Sequence[CapRule], now: datetime, where: ZoneInfo
) -> bool:
    return message.category == SERVICE or has_slot(caps, touches, message=_as_touch(message, now), where=where)


def _touch(taken: Sequence[Reservation], now: datetime) -> None:
    if not taken:
        return
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(_SQL["touch"]) as copy:
        for message in taken:
            copy.write_row(
                (
                    message.customer_id,
                    message.channel,
                    message.topic,
                    message.category,
                    now,
                    message.key,
                    message.customer_id,
                )
            )


def _as_row(decision_id: int, decided: Decided, now: datetime) -> tuple[object, ...]:
    candidate = decided.candidate
    return (
        decision_id,
        candidate.customer_id,
        candidate.journey_id,
        candidate.run_id,
        candidate.step,
        candidate.channel,
        candidate.topic,
        candidate.category,
        candidate.priority,
        decided.verdict.value,
        decided.reason,
        _written(decided.reasons).decode(),
        now,
        decided.hold_until,
        candidate.key,
    )
