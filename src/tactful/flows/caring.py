"""What staff settle about one customer from his card: in at the one door, and believed at once.

The same event that goes into the inbox is worked in at once, in the same transaction. The engine meets it again
later, by the same key, and changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from tactful.consent import services as consent
from tactful.customers import queries as people
from tactful.customers import services as customers
from tactful.events import services as events
from tactful.events.domain.parse import Parsed, locate, parse
from tactful.flows import waking
from tactful.kernel.errors import InvalidInput
from tactful.kernel.ids import key_of
from tactful.sales import services as sales
from tactful.sales.domain.holding import HELD, RESUMED
from tactful.segments import services as segments

_SOURCE = "staff"
LONGEST = timedelta(days=366)
"""A hold for longer is a wish of the customer's, and belongs into his consent."""


@transaction.atomic
def hold_contact(customer_id: int, *, until: datetime, reason: str, by: str, now: datetime) -> None:
    """Let marketing wait for a customer until a moment. Raises InvalidInput where that is over, or far off."""
    if until <= now:
        raise InvalidInput("this moment is over: choose a later day")
    if until > now + LONGEST:
        raise InvalidInput(f"marketing can be held for {LONGEST.days} days at most")
    _hear(_track(HELD, customer_id, {"until": until.isoformat(), "reason": reason, "by": by}, now=now), now=now)


@transaction.atomic
def resume_contact(customer_id: int, *, by: str, now: datetime) -> None:
    """Marketing to a customer goes on as if nobody had held it."""
    _hear(_track(RESUMED, customer_id, {"by": by}, now=now), now=now)
    waking.wake([customer_id], now=now)


@transaction.atomic
def give_owner(customer_id: int, *, owner: str, now: datetime) -> None:
    """Who of the staff looks after a customer, by his address; empty for nobody."""
    said = {"type": "identify", "traits": {"owner": owner}}
    event = _append(_about(customer_id, said, key=f"owner {owner}", now=now), now=now)
    customers.resolve([event], now=now)
    # The engine will find nothing changed any more: segments that ask for the owner are told here.
    segments.look_again([customer_id], now=now)


@transaction.atomic
def block_address(customer_id: int, *, by: str, now: datetime) -> str:
    """Let the customer's e-mail address get nothing from now on; the address. Raises InvalidInput without one."""
    address = _address(customer_id)
    consent.suppress(address, channel="email", reason="manual", source=by, now=now)
    segments.look_again([customer_id], now=now)
    return address


@transaction.atomic
def unblock_address(customer_id: int, *, now: datetime) -> str:
    """Let the address be written to again, where he agrees; the address. Raises InvalidInput without one."""
    address = _address(customer_id)
    consent.lift(address, channel="email")
    segments.look_again([customer_id], now=now)
    return address


def _address(customer_id: int) -> str:
    card = people.card(customer_id)
    if card is None or not card.email:
        raise InvalidInput("this customer has no e-mail address")
    return card.email


def _hear(payload: Mapping[str, Any], *, now: datetime) -> None:
    event = _append(payload, now=now)
    sales.project([locate(event, customer_id=event.customer_id, event_id=0)], now=now)


def _track(name: str, customer_id: int, properties: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    return _about(customer_id, {"type": "track", "event": name, "properties": properties}, key=name, now=now)


def _about(customer_id: int, said: Mapping[str, Any], *, key: str, now: datetime) -> dict[str, Any]:
    number = str(key_of(key, customer_id, now.isoformat()))
    return {**said, "messageId": number, "timestamp": now.isoformat(), "customerId": customer_id}


def _append(payload: Mapping[str, Any], *, now: datetime) -> Parsed:
    text = msgspec.json.encode(payload).decode()
    events.append([(_SOURCE, False, text)], now=now)
    return parse(text, source=_SOURCE, received_at=now)
