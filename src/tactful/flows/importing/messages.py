"""What rows become: payloads in Segment's shape, whose ids follow from what they say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tactful.kernel.ids import key_of

_encode = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """One payload for the inbox, as JSON, and its id."""

    id: str
    payload: str


def track(
    name: str, properties: Properties, *, customer: str, at: datetime, identity: tuple[object, ...]
) -> Message:
    """An event of a customer. `identity` is what makes it this event and no other."""
    return _message({"type": "track", "event": name, "properties": properties}, customer, at, (name, *identity))


def identify(traits: Properties, *, customer: str, at: datetime, identity: tuple[object, ...] = ()) -> Message:
    """What is known of a customer. The same words again have the same id, whenever they are said."""
    said = _encode(dict(traits)).decode()
    return _message({"type": "identify", "traits": traits}, customer, at, ("identify", said, *identity))


def content(properties: Properties) -> str:
    """Properties as a text that is the same for the same properties."""
    return _encode(dict(properties)).decode()


def _message(body: dict[str, Any], customer: str, at: datetime, identity: tuple[object, ...]) -> Message:
    message_id = str(key_of("import", customer, *identity))
    whole = {**body, "messageId": message_id, "timestamp": at, **_who(customer)}
    if not customer.startswith("id:"):
        # Without an id of the company's own a person is known by address: the traits carry it to the record.
        kind, _, value = customer.partition(":")
        if body["type"] == "identify":
            whole["traits"] = {**body["traits"], kind: value}
    return Message(message_id, _encode(whole).decode())


def _who(customer: str) -> dict[str, str]:
    kind, _, value = customer.partition(":")
    return {"userId": value} if kind == "id" else {"anonymousId": stand_in(customer)}


def stand_in(customer: str) -> str:
    """The anonymous id under which a person without an id of the company's own comes in."""
    return f"import:{key_of(customer)}"
