"""What comes back from outside: bounces, complaints, answers, and what providers tell. In at the one door.

A message that came in is believed only as far as it carries an id that we gave out. One that names no message of
ours suppresses nobody; it may still be a customer's answer, by the address it comes from.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
import structlog
from django.db import transaction

from tactful.customers import queries as customers
from tactful.delivery import health
from tactful.delivery import queries as delivery
from tactful.delivery.domain import incoming, sorting
from tactful.delivery.domain.agents import By, agent
from tactful.delivery.domain.incoming import Incoming, Kind, Unreadable
from tactful.delivery.domain.returning import read_return
from tactful.delivery.domain.sorting import Fate
from tactful.delivery.domain.tokens import InvalidToken
from tactful.delivery.domain.values import DeliveryRow
from tactful.delivery.keys import token_keys
from tactful.delivery.providers.hooks import Told
from tactful.events import services as events
from tactful.events.domain.parse import locate, parse
from tactful.flows.telling import DELIVERY, PUBLIC, STAFF, about, append, track
from tactful.flows.visiting import CLICKED, FETCHED, OPENED, SCANNED
from tactful.sales import replies
from tactful.sales.domain.replies import READ, REPLIED

log = structlog.get_logger()

MAIL = "mail"
"""The source of what came in as a message and could not be read."""
BOUNCED, DELAYED, COMPLAINED = "Email Bounced", "Email Delayed", "Email Marked as Spam"
AUTOMATIC = "Automatic Reply Received"
_SIMPLE = {"delivered": "Email Delivered", "complained": COMPLAINED, "unsubscribed": "Unsubscribed"}


@dataclass(frozen=True, slots=True)
class Received:
    """What a message that came in was, and how many events it made; none where it concerns nobody we know."""

    kind: str
    events: int


def receive(raw: bytes, *, now: datetime, envelope_to: Iterable[str] = ()) -> Received:
    """Take in a raw message. The same one again is the same events. Raises InvalidInput for what is no message.

    One that cannot be taken apart is kept among what was turned away: to bring it again would end the same.
    """
    try:
        letter = incoming.read(raw, envelope_to=envelope_to)
    except Unreadable as fault:
        log.warning("mail not understood", exc_info=fault.__cause__)
        events.turn_away(raw.decode("utf-8", "replace"), source=MAIL, reason=fault.message, now=now)
        return Received("unreadable", 0)
    about_ours = _message_of(letter)
    key = letter.message_id or sha256(raw).hexdigest()
    if letter.kind is Kind.BOUNCE:
        payloads = _bounces(letter, about_ours, now)
    elif letter.kind is Kind.COMPLAINT:
        payloads = [_complaint(about_ours, now)] if about_ours else []
    else:
        payloads = _answer(letter, about_ours, key, now)
    append(DELIVERY, payloads, now)
    if letter.kind in (Kind.BOUNCE, Kind.COMPLAINT) and payloads:
        health.check(now)
    return Received(letter.kind.value, len(payloads))


def hear(told: Sequence[Told], *, provider: str, now: datetime) -> int:
    """Take in what a provider tells; gives how many events it made. Repeats have the same keys."""
    made = 0
    known = delivery.by_keys({key for one in told for key in one.keys})
    for one in told:
        if one.inbound:
            made += receive(one.inbound, now=now).events
            continue
        message = next((known[key] for key in one.keys if key in known), None)
        message = message or delivery.by_message_id(one.provider_id)
        payloads = _of_provider(one, message, provider, now) if message else []
        for source, payload in payloads:
            append(source, [payload], now)
        made += len(payloads)
    if made:
        health.check(now)
    return made


def _of_provider(one: Told, message: DeliveryRow, provider: str, now: datetime) -> list[tuple[str, dict[str, Any]]]:
    # By the provider's clock, but nothing comes back before it was sent: clocks differ, and may be made up.
    at = max(min(one.at or now, now), message.sent_at or message.queued_at)
    key = f"{provider}:{one.event_id or f'{one.what}:{at.isoformat()}'}:{message.key}"
    if one.what in _SIMPLE:
        more = {"address": message.address, "email": message.address} if one.what == "complained" else {}
        return [(DELIVERY, about(message, _SIMPLE[one.what], key, at, provider=provider, **more))]
    if one.what in ("bounced", "rejected", "failed", "deferred"):
        fate = Fate.DELAYED if one.what == "deferred" else sorting.fate_of_text(one.reason, verdict=one.verdict)
        return [(DELIVERY, _bounce(message, fate, one.reason, key, at))]
    if one.what in ("opened", "clicked"):
        return _visit(one, message, key, at)
    return []


def _visit(one: Told, message: DeliveryRow, key: str, at: datetime) -> list[tuple[str, dict[str, Any]]]:
    """By the program it names alone: providers tell of each visit by itself."""
    who = agent(one.agent)
    more = {"by": who.by.value} | ({"url": one.url} if one.url else {})
    if one.what == "opened":
        # The same key as by our own image: both may have seen the same open.
        name, begin = (FETCHED, "fetched") if who.ahead else (OPENED, "opened")
        key = f"{begin}:{message.key}:{at.date()}"
    else:
        name = CLICKED if who.by is By.HUMAN else SCANNED
    if name in (OPENED, CLICKED):
        more["agent"] = one.agent
    return [(PUBLIC, about(message, name, key, at, **more))]


def _message_of(letter: Incoming) -> DeliveryRow | None:
    """The message of ours that it is about: by the address it came back to, else by the id it carries."""
    for token in letter.tokens:
        try:
            number = read_return(token, token_keys()).delivery_id
        except InvalidToken:
            continue
        if found := delivery.by_ids([number]).get(number):
            return found
    known = delivery.by_keys(letter.keys) if letter.keys else {}
    return next((known[key] for key in letter.keys if key in known), None)


def _bounces(letter: Incoming, message: DeliveryRow | None, now: datetime) -> list[dict[str, Any]]:
    """One word on the message, whatever number of forwarding addresses failed: the worst."""
    if message is None or not letter.failures:
        return []
    fates = [(sorting.fate(failure), failure) for failure in letter.failures]
    known = [(fate, failure) for fate, failure in fates if fate is not None]
    if not known:
        return []
    fate, failure = max(known, key=lambda pair: list(Fate).index(pair[0]))
    code = f"{failure.code} " if failure.code else ""
    reason = failure.text or f"{code}{failure.status}".strip() or "the receiver gave no reason"
    return [_bounce(message, fate, reason, f"dsn:{fate.value}:{message.key}", now)]


def _bounce(message: DeliveryRow, fate: Fate, reason: str, key: str, at: datetime) -> dict[str, Any]:
    if fate is Fate.DELAYED:
        return about(message, DELAYED, key, at, reason=reason)
    # The address it was sent to counts: what it was forwarded to is not known to us, and it bounces.
    return about(message, BOUNCED, key, at, bounce=fate.value, reason=reason, address=message.address)


def _complaint(message: DeliveryRow, now: datetime) -> dict[str, Any]:
    """The recipient is ours to know: reports often black it out."""
    return about(message, COMPLAINED, f"complained:{message.key}", now, address=message.address)


def _answer(letter: Incoming, message: DeliveryRow | None, key: str, now: datetime) -> list[dict[str, Any]]:
    customer_id = message.customer_id if message else _customer_with(letter.sender)
    if customer_id is None:
        return []
    said: dict[str, Any] = {
        "address": letter.sender,
        "name": letter.sender_name,
        "subject": letter.subject,
        "text": letter.text,
    }
    if message:
        said |= {"message_key": str(message.key), "journey": message.journey_id, "about": message.subject}
    name = REPLIED if letter.kind is Kind.REPLY else AUTOMATIC
    return [track(name, customer_id, f"{letter.kind.value}:{key}", now, said)]


def _customer_with(address: str) -> int | None:
    spellings: Collection[str] = {address, address.casefold()}
    return next(iter(customers.owners("email", spellings).values()), None)


@transaction.atomic
def read_reply(reply_id: int, *, by: str, now: datetime) -> None:
    """Somebody has read an answer: marketing goes on, at once. Read before, it stays as it was. Raises NotFound."""
    found = replies.reply(reply_id)
    said = {"reply_id": found.id, "by": by}
    payload = track(READ, found.customer_id, f"reply read:{found.id}", now, said)
    append(STAFF, [payload], now)
    event = parse(msgspec.json.encode(payload).decode(), source=STAFF, received_at=now)
    replies.project([locate(event, customer_id=found.customer_id, event_id=0)])
