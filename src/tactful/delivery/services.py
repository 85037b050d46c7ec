"""The outbox: queue, claim, write down how it ended, and what became of it afterwards."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from tactful.delivery import paces
from tactful.delivery.domain import retry
from tactful.delivery.domain.codes import Meaning
from tactful.delivery.domain.message import checked_address
from tactful.delivery.domain.values import SERVICE, Claimed, Intent
from tactful.delivery.health import BOUNCED, FAULTS
from tactful.delivery.models import Sender
from tactful.delivery.port import Outcome, Result, SenderSettings
from tactful.delivery.providers import PROVIDERS
from tactful.delivery.providers.anymail.vendors import VENDORS, checked
from tactful.events.domain.parse import Located
from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import grouped, statements

CHANNEL = "tactful_outbox"
"""Notified when messages are queued."""

LEASE = timedelta(minutes=10)
"""How long a claimed batch may take; providers give up earlier."""

_SQL = Path(__file__).parent / "outbox.sql"
_MOMENTS = {
    "Email Delivered": "delivered_at",
    "Email Opened": "opened_at",
    "Email Link Clicked": "clicked_at",
    "Email Bounced": "bounced_at",
    "Email Marked as Spam": "complained_at",
    "Unsubscribed": "unsubscribed_at",
}
_MOST_CONNECTIONS = 50
_SECURITY = ("none", "starttls", "tls")
_INTENT = tuple(field.name for field in fields(Intent) if field.name != "context")
_CLAIMED = tuple(field.name for field in fields(Claimed))


def queue(intents: Sequence[Intent], *, now: datetime) -> dict[UUID, int]:
    """Put messages into the outbox, in the transaction that decided on them. Gives the ids of the new ones by key;
    an intention that was queued before is left out."""
    if not intents:
        return {}
    columns: dict[str, Any] = {name: [getattr(intent, name) for intent in intents] for name in _INTENT}
    columns["receiver"] = paces.receivers_of(columns["address"])
    columns["context"] = [msgspec.json.encode(intent.context).decode() for intent in intents]
    with connection.cursor() as cursor:
        cursor.execute(_statement("queue"), {**columns, "now": now})
        made = dict(cursor.fetchall())
        cursor.execute(f"NOTIFY {CHANNEL}")
    return made


def claim(*, limit: int, worker: str, now: datetime, lease: timedelta = LEASE) -> list[Claimed]:
    """Take up to `limit` due messages for this worker, none while sending is paused. No two workers get the same.

    Service mail goes first. What may not go yet, by the limits of the provider and of receivers, stays queued and
    lets others pass. Commit before sending: a claim that is not written down does not protect.
    """
    with transaction.atomic():
        provider, paused, braked = _one_at_a_time()
        if paused:
            return []
        room = paces.room(provider, limit=limit, now=now)
        values: dict[str, Any] = {"worker": worker, "now": now, "lease_until": now + lease}
        service = _take(room.receivers, room.total, values | {"service": True})
        taken = Counter(row[16] for row in service)
        left = {name: number - taken[name] for name, number in room.receivers.items()}
        most = 0 if braked else min(room.marketing, room.total - len(service))
        marketing = _take(left, most, values | {"service": False})
        taken.update(row[16] for row in marketing)
        paces.take(provider, taken, marketing=len(marketing), now=now)
    return sorted((_claimed(row) for row in (*service, *marketing)), key=lambda claimed: claimed.id)


def _one_at_a_time() -> tuple[str, bool, bool]:
    with connection.cursor() as cursor:
        cursor.execute(_statement("one_claim_at_a_time"))
        row = cursor.fetchone()
    return (row[1] or SenderSettings().provider, row[2], row[3]) if row else ("", True, True)


def _take(room: Mapping[str, int], limit: int, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    open_ones = {name: min(number, limit) for name, number in room.items() if number > 0}
    if limit <= 0 or not open_ones:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _statement("claim"),
            {**values, "receiver": list(open_ones), "room": list(open_ones.values()), "limit": limit},
        )
        return list(cursor.fetchall())


def _claimed(row: Sequence[Any]) -> Claimed:
    context = row[14]
    known = msgspec.json.decode(context) if isinstance(context, str) else context
    return Claimed(**dict(zip(_CLAIMED, [*row[:14], known, row[15]], strict=True)))


def record(results: Sequence[Result], *, claimed: Sequence[Claimed], now: datetime) -> dict[int, str]:
    """Write down how attempts ended; gives the state of each delivery that changed.

    What certainly did not go is queued again after a wait, until it was tried `retry.ATTEMPTS` times. What is in
    doubt is queued again only when it is service mail. A receiver that said it is too much is left in peace.
    """
    categories = {item.id: item.category for item in claimed}
    states = _settle([_ending(result, categories.get(result.delivery_id, ""), now) for result in results], now=now)
    addresses = {item.id: item.address for item in claimed}
    too_much = {
        addresses[result.delivery_id]: result.reason
        for result in results
        if result.means is Meaning.RATE and result.provider == "smtp" and result.delivery_id in addresses
    }
    if too_much:
        paces.slow(too_much, now=now)
    return states


def record_dropped(reasons: Mapping[int, str], *, claimed: Sequence[Claimed], now: datetime) -> dict[int, str]:
    """Write down that claimed messages are not sent after all, with the reason for each delivery id."""
    attempts = {item.id: item.attempt for item in claimed}
    return _settle(
        [_Ending(number, attempts[number], "dropped", reason) for number, reason in reasons.items()], now=now
    )


def record_held(until: Mapping[int, datetime], *, worker: str, reason: str) -> int:
    """Put claimed messages back until a moment for each delivery id: quiet hours, say. It counts as no attempt."""
    with connection.cursor() as cursor:
        cursor.execute(
            _statement("hold"),
            {"id": list(until), "due_at": list(until.values()), "worker": worker, "reason": reason},
        )
        return int(cursor.rowcount)


class _Ending(msgspec.Struct, frozen=True):
    id: int
    attempt: int
    state: str
    reason: str = ""
    due_at: datetime | None = None
    bounced: bool = False
    provider: str = ""
    message_id: str = ""
    subject: str = ""


def _ending(result: Result, category: str, now: datetime) -> _Ending:
    state, reason, due_at = _next_state(result, category, now)
    return _Ending(
        id=result.delivery_id,
        attempt=result.attempt,
        state=state,
        reason=reason,
        due_at=due_at,
        bounced=result.outcome is Outcome.BOUNCED,
        provider=result.provider,
        message_id=result.message_id,
        subject=result.subject,
    )


def _next_state(result: Result, category: str, now: datetime) -> tuple[str, str, datetime | None]:
    if result.outcome is Outcome.SENT:
        return "sent", "", None
    if result.outcome in (Outcome.BOUNCED, Outcome.REFUSED):
        return "failed", result.reason, None
    if result.outcome is Outcome.IN_DOUBT and category != SERVICE:
        return "in_doubt", result.reason, None
    wait = retry.wait_after(result.attempt, result.means)
    if wait is None:
        return "failed", f"given up after {result.attempt} attempts: {result.reason}", None
    return "queued", result.reason, now + wait


def _settle(endings: Sequence[_Ending], *, now: datetime) -> dict[int, str]:
    if not endings:
        return {}
    columns: dict[str, Any] = {
        name: [getattr(ending, name) for ending in endings] for name in _Ending.__struct_fields__
    }
    with connection.cursor() as cursor:
        cursor.execute(_statement("settle"), {**columns, "now": now})
        return dict(cursor.fetchall())


def sweep(now: datetime) -> dict[str, int]:
    """Take back leases that ran out; gives how many became `in_doubt` (marketing) and `queued` (service)."""
    with connection.cursor() as cursor:
        cursor.execute(_statement("sweep"), {"now": now})
        return dict(Counter(state for (state,) in cursor.fetchall()))


def project(events: Iterable[Located], *, now: datetime) -> int:  # noqa: ARG001 -- all projections are called alike
    """Put the first open, click, bounce, complaint and stop onto the deliveries they are about; gives how many."""
    heard = [
        (key, _MOMENTS[event.name], event.occurred_at)
        for event in events
        if event.name in _MOMENTS and not _is_passing(event) and (key := _key_in(event.properties)) is not None
    ]
    if not heard:
        return 0
    keys, kinds, moments = (list(column) for column in zip(*heard, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(_statement("project"), {"key": keys, "kind": kinds, "at": moments})
        return int(cursor.rowcount)


def _is_passing(event: Located) -> bool:
    """Whether a bounce is not the address's own: it was turned away for now, or because of us."""
    return event.name == BOUNCED and event.properties.get("bounce") in FAULTS


def _key_in(properties: Mapping[str, Any]) -> UUID | None:
    try:
        return UUID(properties.get("message_key"))
    except (TypeError, ValueError, AttributeError):
        return None


def link_ids(urls: Collection[str]) -> dict[str, int]:
    """The ids of link targets, made where they are new."""
    found: dict[str, int] = {}
    while waiting := sorted(set(urls) - set(found)):
        # A target that another sender commits at this moment is seen by neither half of the statement: ask again.
        with connection.cursor() as cursor:
            cursor.execute(_statement("find_or_make_links"), {"url": waiting})
            found.update(cursor.fetchall())
    return found


def move_customers(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Let the deliveries of merged records (from, into) belong to the record that stays; their ids by the first."""
    if not pairs:
        return {}
    with connection.cursor() as cursor:
        values = {"from": [pair[0] for pair in pairs], "into": [pair[1] for pair in pairs]}
        cursor.execute(_statement("move_customers"), values)
        return grouped(cursor.fetchall())


def give_back(delivery_ids: Sequence[int], *, from_id: int, into_id: int) -> None:
    """Return deliveries to the customer they had before a merge that is undone."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {"ids": list(delivery_ids), "from_id": from_id, "into_id": into_id}
        cursor.execute(_statement("give_back"), values)


def forget(customer_ids: Collection[int]) -> list[tuple[UUID, datetime]]:
    """Take out to whom and about what messages of erased customers went; those not sent yet are dropped.

    The key of each and when it was queued, for what providers kept of it.
    """
    with connection.cursor() as cursor:
        values = {"customers": list(customer_ids)}
        cursor.execute(_statement("forget_visits"), values)
        cursor.execute(_statement("forget"), values)
        return [(key, queued_at) for key, queued_at in cursor.fetchall()]


def save_sender(settings: SenderSettings) -> None:
    """Change how mail leaves; it counts from the next batch on. Raises InvalidInput with what is wrong."""
    if settings.provider not in PROVIDERS:
        raise InvalidInput(f"the provider must be one of {', '.join(PROVIDERS)}")
    if settings.smtp_security not in _SECURITY:
        raise InvalidInput(f"the security must be one of {', '.join(_SECURITY)}")
    if settings.provider == "smtp" and not settings.smtp_host:
        raise InvalidInput("give the host of the mail server")
    if not 0 < settings.smtp_port < 65536:
        raise InvalidInput("the port is a number from 1 to 65535")
    if settings.smtp_security == "none" and settings.smtp_password:
        raise InvalidInput("a password would travel in the open: choose starttls or tls")
    checked_address(settings.from_address)
    if settings.reply_to:
        checked_address(settings.reply_to)
    if settings.bounce_domain:
        checked_address(f"b@{settings.bounce_domain}")
    if not 1 <= settings.smtp_connections <= _MOST_CONNECTIONS or settings.smtp_messages < 1:
        raise InvalidInput(f"connections are 1 to {_MOST_CONNECTIONS}, and each takes at least one message")
    if settings.provider in VENDORS:
        settings = replace(settings, options=checked(settings.provider, settings.options))
    values = {name: getattr(settings, name) for name in SenderSettings.__slots__}
    Sender.objects.update_or_create(id=1, defaults=values)


def wake(customer_ids: Collection[int], *, reasons: Collection[str], now: datetime) -> int:
    """Messages of these customers held at the claim for one of these reasons are due now; gives how many."""
    values: dict[str, Any] = {"customers": list(customer_ids), "reasons": list(reasons), "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_statement("wake"), values)
        return int(cursor.rowcount)


def _statement(name: str) -> str:
    return statements(_SQL)[name]
