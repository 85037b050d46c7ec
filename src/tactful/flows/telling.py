"""What we tell ourselves of messages and customers, in the shape of every event, in at the one door."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from tactful.delivery.domain.values import Claimed, DeliveryRow
from tactful.events import services as events

DELIVERY, PUBLIC, STAFF = "delivery", "public", "staff"
_LONGEST_AGENT = 200


def about(message: Claimed | DeliveryRow, name: str, key: str, at: datetime, **more: Any) -> dict[str, Any]:
    """An event of a message; `agent` among the rest is the program by which somebody saw it."""
    agent = more.pop("agent", None)
    properties = {
        "message_key": str(message.key),
        "journey": message.journey_id,
        "template": message.template,
        "topic": message.topic,
        "channel": message.channel,
        **more,
    }
    payload = track(name, message.customer_id, key, at, properties)
    return {**payload, "context": {"userAgent": agent[:_LONGEST_AGENT]}} if agent else payload


def track(name: str, customer_id: int, key: str, at: datetime, properties: Mapping[str, Any]) -> dict[str, Any]:
    """An event of a customer. The same key from the same source is the same event."""
    return {
        "type": "track",
        "event": name,
        "messageId": key,
        "timestamp": at.isoformat(),
        "customerId": customer_id,
        "properties": properties,
    }


def append(source: str, payloads: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """In at the door, in this order."""
    if payloads:
        events.append([(source, False, msgspec.json.encode(payload).decode()) for payload in payloads], now=now)
