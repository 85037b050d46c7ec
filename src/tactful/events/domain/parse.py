"""A payload in Segment's shape becomes an event, or the reason why it cannot.

Real clients send nulls, numbers for ids, `originalTimestamp` for `timestamp`, and their own fields: all of that is
let in. What PostgreSQL, the lake or a reader could not bear (NUL, deep nesting, numbers without end) is not.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tactful.kernel.errors import InvalidInput
from tactful.kernel.ids import key_of
from tactful.kernel.time import DAY, parse_moment

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
MAX_NAME = 200  # characters; names and ids stand in indexes, whose rows PostgreSQL limits to 2,700 bytes
MAX_ID = 500
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

_NAMES = {
    "page": "Page Viewed",
    "screen": "Screen Viewed",
    "identify": "Customer Identified",
    "group": "Company Identified",
    "alias": "Customer Aliased",
    "track": "",
}
# What broken clients send where they know nobody. Taken as ids, they would melt all visitors into one person.
_NOBODY = frozenset({
    "", "0", "null", "none", "nil", "nan", "undefined", "anonymous", "guest", "true", "false", "[object object]",
    "not_authenticated", "user_id", "userid", "anonymous_id", "distinct_id", "unknown",
})  # fmt: skip
# Traits that lead to a person without any id.
_TELLING = frozenset({"email", "phone", "card", "messenger"})
# Facts about things, not about people.
_IMPERSONAL = frozenset({"Product Updated"})
_INT64 = 2**63
_NUL = r"\u0000"

_Word = str | int | float | None


class _Wire(msgspec.Struct, rename="camel"):
    type: _Word = None
    message_id: _Word = None
    timestamp: _Word = None
    original_timestamp: _Word = None
    sent_at: Any = None
    user_id: _Word = None
    anonymous_id: _Word = None
    customer_id: Any = None
    previous_id: _Word = None
    group_id: _Word = None
    event: _Word = None
    name: Any = None
    category: Any = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None
    context: Any = None


class Parsed(msgspec.Struct, frozen=True):
    """An event as it was understood. Moments are aware UTC.

    `customer_id` is a hint given by our own sources (staff, delivery, journeys); whose event it is in the end is
    for `customers` to say. `key` follows from source and message id, so a repeat has the same.
    """

    key: UUID
    kind: str
    name: str
    occurred_at: datetime
    received_at: datetime
    source: str
    historical: bool
    user_id: str | None
    anonymous_id: str | None
    customer_id: int | None
    previous_id: str | None
    group_id: str | None
    properties: dict[str, Any]
    traits: dict[str, Any]
    context: dict[str, Any] | None


class Located(Parsed, frozen=True):
    """An event whose customer is settled (`customer_id`; None: it concerns nobody) and which has its `id`."""

    id: int = 0


class Stored(msgspec.Struct, frozen=True):
    """A row of the log. The properties of an identify or group are its traits."""

    id: int
    key: UUID
    kind: str
    name: str
    customer_id: int | None
    occurred_at: datetime
    received_at: datetime
    source: str
    historical: bool
    properties: dict[str, Any]
    context: dict[str, Any] | None


def locate(event: Parsed, *, customer_id: int | None, event_id: int) -> Located:
    """The event with its customer and its place in the log."""
    return Located(
        event.key,
        event.kind,
        event.name,
        event.occurred_at,
        event.received_at,
        event.source,
        event.historical,
        event.user_id,
        event.anonymous_id,
        customer_id,
        event.previous_id,
        event.group_id,
        event.properties,
        event.traits,
        event.context,
        event_id,
    )


def to_stored(event: Located) -> Stored:
    """The row of the log for an event."""
    return Stored(
        event.id,
        event.key,
        event.kind,
        event.name,
        event.customer_id,
        event.occurred_at,
        event.received_at,
        event.source,
        event.historical,
        _shown(event),
        event.context,
    )


def _shown(event: Parsed) -> dict[str, Any]:
    if event.kind == "group":
        return {**event.traits, "group_id": event.group_id}
    if event.kind == "alias":
        return {"user_id": event.user_id, "previous_id": event.previous_id}
    return event.traits if event.kind == "identify" else event.properties


_decoder = msgspec.json.Decoder(_Wire)
_pack = msgspec.msgpack.Encoder().encode


def parse(payload: str | bytes, *, source: str, received_at: datetime, historical: bool = False) -> Parsed:
    """The event in a JSON payload. Raises InvalidInput with the reason where there is none."""
    wire = _decode(payload)
    kind = _kind(wire)
    internal = not source.startswith("api:")
    name = _name(wire, kind)
    hint = wire.customer_id if internal and type(wire.customer_id) is int else None
    context = wire.context if type(wire.context) is dict else None
    event = Parsed(
        _key(wire, payload, source=source, received_at=received_at),
        kind,
        name,
        _occurred_at(wire, received_at),
        received_at,
        source,
        historical,
        _id_of(wire.user_id, "userId"),
        _id_of(wire.anonymous_id, "anonymousId"),
        hint if hint is not None and 0 < hint < _INT64 else None,
        _id_of(wire.previous_id, "previousId"),
        _id_of(wire.group_id, "groupId"),
        _properties(wire, kind),
        _traits(wire, kind, context),
        context,
    )
    _must_concern_somebody(event, internal=internal)
    return event


def _decode(payload: str | bytes) -> _Wire:
    if len(payload) > MAX_BYTES:
        raise InvalidInput(f"larger than {MAX_BYTES // 1024} KiB")
    try:
        wire = _decoder.decode(payload)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"not an event: {error}") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise InvalidInput(f"not valid JSON: {error}") from None
    except RecursionError:
        raise InvalidInput(f"nested deeper than {MAX_DEPTH} levels") from None
    return _bearable(wire, payload)


def _bearable(wire: _Wire, payload: str | bytes) -> _Wire:
    """The payload without what tables cannot hold; the text is searched first, for hardly any has such things."""
    text = payload if isinstance(payload, str) else payload.decode("utf-8", "replace")
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(wire) > MAX_DEPTH:
        raise InvalidInput(f"nested deeper than {MAX_DEPTH} levels")
    if _NUL in text:
        for field in wire.__struct_fields__:
            setattr(wire, field, _without_nul(getattr(wire, field)))
    try:
        _pack((wire.properties, wire.traits, wire.context))  # the quickest way to come upon a number beyond 64 bits
    except OverflowError:
        for field in ("properties", "traits", "context"):
            _refuse_long_numbers(getattr(wire, field), field)
        raise
    return wire


def _depth(wire: _Wire) -> int:
    deepest = 0
    waiting = [(getattr(wire, field), 1) for field in wire.__struct_fields__]
    while waiting:
        value, level = waiting.pop()
        deepest = max(deepest, level)
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        waiting.extend((item, level + 1) for item in inner)
    return deepest


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(item) for key, item in value.items()}
    return [_without_nul(item) for item in value] if isinstance(value, list) else value


def _refuse_long_numbers(value: Any, path: str) -> None:
    if isinstance(value, int) and not -_INT64 <= value < 2 * _INT64:
        raise InvalidInput(f"{path} is a number beyond 64 bits: send it as text")
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        _refuse_long_numbers(item, f"{path}.{key}")


def _kind(wire: _Wire) -> str:
    kind = wire.type.strip().lower() if isinstance(wire.type, str) else ""
    if kind not in _NAMES:
        raise InvalidInput(f"type is {wire.type!r}; it must be one of {', '.join(sorted(_NAMES))}")
    return kind


def _name(wire: _Wire, kind: str) -> str:
    if kind != "track":
        return _NAMES[kind]
    name = "" if wire.event is None else str(wire.event).strip()
    if not name:
        raise InvalidInput("a track event must have a name in `event`")
    if len(name) > MAX_NAME:
        raise InvalidInput(f"the event's name is longer than {MAX_NAME} characters")
    return name


def _id_of(value: _Word, field: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    if len(text) > MAX_ID:
        raise InvalidInput(f"{field} is longer than {MAX_ID} characters")
    return None if text.lower() in _NOBODY else text


def _key(wire: _Wire, payload: str | bytes, *, source: str, received_at: datetime) -> UUID:
    if wire.message_id not in (None, ""):
        return key_of(source, wire.message_id)
    text = payload if isinstance(payload, str) else payload.decode("utf-8", "replace")
    # Without an id only the same words about the same moment are surely a repeat.
    stated = wire.timestamp or wire.original_timestamp
    return key_of(source, "" if stated else received_at.isoformat(), text)


def _occurred_at(wire: _Wire, received_at: datetime) -> datetime:
    """When it happened by our clock: the sender's moment, moved by how much his clock was off when sending."""
    stated = wire.timestamp if wire.timestamp not in (None, "") else wire.original_timestamp
    if stated in (None, ""):
        return received_at
    moment = _moment(stated)
    try:
        if wire.sent_at is not None:
            moment += _skew(wire.sent_at, received_at)
    except OverflowError:
        raise InvalidInput(f"the timestamp {stated!r} is beyond the calendar") from None
    if moment < EARLIEST:
        raise InvalidInput(f"the timestamp {stated!r} lies before 1970")
    return received_at if moment > received_at + DAY else moment


def _moment(stated: Any) -> datetime:
    if isinstance(stated, str):
        return parse_moment(stated.strip())
    try:
        # Seconds since 1970 reach 12 digits only after the year 5000: more digits are milliseconds.
        return datetime.fromtimestamp(stated / 1000 if abs(stated) > 1e11 else stated, UTC)
    except (OverflowError, ValueError, OSError):
        raise InvalidInput(f"{stated!r} is not a moment; write it like 2026-03-01T09:30:00Z") from None


def _skew(sent_at: Any, received_at: datetime) -> timedelta:
    if not isinstance(sent_at, str):
        return timedelta()
    try:
        return received_at - parse_moment(sent_at)
    except InvalidInput:
        return timedelta()  # a bad clock mark says nothing about the clock


def _properties(wire: _Wire, kind: str) -> dict[str, Any]:
    properties = wire.properties or {}
    if kind in ("page", "screen"):
        for field, value in (("name", wire.name), ("category", wire.category)):
            if isinstance(value, str) and value:
                properties.setdefault(field, value)
    return properties


def _traits(wire: _Wire, kind: str, context: dict[str, Any] | None) -> dict[str, Any]:
    """Traits of an identify may also stand in its context (RudderStack's clients put them there)."""
    traits = wire.traits or {}
    outer = context.get("traits") if context and kind == "identify" else None
    return {**outer, **traits} if isinstance(outer, dict) else traits


def _must_concern_somebody(event: Parsed, *, internal: bool) -> None:
    if event.kind == "alias" and (event.user_id is None or event.previous_id is None):
        raise InvalidInput("an alias must have userId and previousId")
    if event.kind == "group" and event.group_id is None:
        raise InvalidInput("a group must have groupId")
    if event.user_id or event.anonymous_id or event.customer_id:
        return
    if event.properties.get("email") or (event.kind == "identify" and _TELLING & event.traits.keys()):
        return
    if event.kind == "track" and (internal or event.name in _IMPERSONAL):
        return
    raise InvalidInput("it names nobody: give userId or anonymousId")
