import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tactful.events.domain.parse import MAX_BYTES, MAX_ID, Parsed, locate, parse, to_stored
from tactful.kernel.errors import InvalidInput

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def read(payload: object, *, source: str = "api:shop", received_at: datetime = NOW) -> Parsed:
    text = payload if isinstance(payload, str | bytes) else json.dumps(payload)
    return parse(text, source=source, received_at=received_at)


def track(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Viewed", "userId": "u1", **fields}


# As the clients send them, one event of each batch.
SEGMENT_PYTHON = {
    "integrations": {}, "anonymousId": None, "properties": {"price": 12.5},
    "timestamp": "2026-03-01T11:00:00+00:00",
    "context": {"library": {"name": "analytics-python", "version": "2.4.0"}}, "userId": "42", "type": "track",
    "event": "Product Viewed", "messageId": "6b3a4c9e-0000-4000-8000-000000000001", "_sentAt": None,
}  # fmt: skip
SEGMENT_NODE = {
    "userId": "42", "event": "Product Viewed", "properties": {"price": 12.5}, "type": "track",
    "context": {"library": {"name": "@segment/analytics-node", "version": "2.3.0"}},
    "timestamp": "2026-03-01T11:00:00.000Z", "messageId": "node-next-1772362800000-5c1f", "integrations": {},
    "_metadata": {"nodeVersion": "22.1.0", "jsRuntime": "node"},
}  # fmt: skip
RUDDER_PYTHON = {
    "integrations": {"All": True}, "anonymousId": None, "properties": {"price": 12.5}, "userId": "42",
    "timestamp": "2026-03-01T11:00:00.000000+00:00", "type": "track", "event": "Product Viewed",
    "channel": "server",
    "context": {"library": {"name": "rudder-sdk-python", "version": "2.1.4"}}, "messageId": "0d6f", "sentAt": None,
}  # fmt: skip
RUDDER_NODE = {
    "userId": 42, "event": "Product Viewed", "properties": {"price": 12.5}, "type": "track", "channel": "server",
    "context": {"library": {"name": "analytics-node", "version": "3.0.0"}}, "messageId": "9a-1b", "_metadata": {},
    "originalTimestamp": "2026-03-01T11:00:00.000Z", "sentAt": "2026-03-01T12:00:00.000Z",
}  # fmt: skip


@pytest.mark.parametrize("payload", [SEGMENT_PYTHON, SEGMENT_NODE, RUDDER_PYTHON, RUDDER_NODE])
def test_what_real_clients_send_is_one_and_the_same_event(payload: dict[str, Any]) -> None:
    event = read(payload)
    assert (event.kind, event.name, event.user_id, event.anonymous_id) == ("track", "Product Viewed", "42", None)
    assert event.occurred_at == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert event.properties == {"price": 12.5}
    assert event.context is not None
    assert "library" in event.context


@pytest.mark.parametrize(
    ("payload", "name"),
    [
        ({"type": "page", "userId": "u1", "name": "Home"}, "Page Viewed"),
        ({"type": "screen", "anonymousId": "a1"}, "Screen Viewed"),
        ({"type": "identify", "userId": "u1", "traits": None}, "Customer Identified"),
        ({"type": "group", "userId": "u1", "groupId": 7}, "Company Identified"),
        ({"type": "alias", "userId": "u1", "previousId": "a1"}, "Customer Aliased"),
        ({"type": "TRACK", "userId": "u1", "event": " Cart Viewed "}, "Cart Viewed"),
    ],
)
def test_each_type_has_its_event_name(payload: dict[str, Any], name: str) -> None:
    assert read(payload).name == name


def test_a_page_keeps_its_name_and_category_among_its_properties() -> None:
    event = read({"type": "page", "userId": "u1", "name": "Tea", "category": "Shop", "properties": {"name": "Own"}})
    assert event.properties == {"name": "Own", "category": "Shop"}


def test_traits_in_the_context_of_an_identify_count_unless_said_otherwise() -> None:
    event = read({"type": "identify", "userId": "u1", "context": {"traits": {"a": 1, "b": 1}}, "traits": {"b": 2}})
    assert event.traits == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("given_id", "understood"),
    [
        (7, "7"),
        (7.0, "7"),
        (7.5, "7.5"),
        (" u1 ", "u1"),
        ("0", None),
        ("null", None),
        ("Undefined", None),
        ("", None),
    ],
)
def test_ids_become_text_and_words_for_nobody_become_none(given_id: object, understood: str | None) -> None:
    assert read(track(userId=given_id, anonymousId="a1")).user_id == understood


@pytest.mark.parametrize(
    ("stated", "occurred_at"),
    [
        ({}, NOW),
        ({"timestamp": ""}, NOW),
        ({"timestamp": "2026-02-01T10:00:00+02:00"}, datetime(2026, 2, 1, 8, tzinfo=UTC)),
        ({"timestamp": "2026-02-01"}, datetime(2026, 2, 1, tzinfo=UTC)),
        ({"timestamp": 1769904000}, datetime(2026, 2, 1, tzinfo=UTC)),
        ({"timestamp": 1769904000000}, datetime(2026, 2, 1, tzinfo=UTC)),
        ({"timestamp": "2026-03-02T11:00:00Z"}, NOW + timedelta(hours=23)),
        ({"timestamp": "2126-03-02T11:00:00Z"}, NOW),
        ({"timestamp": "2026-03-01T10:00:00Z", "sentAt": "2026-03-01T10:30:00Z"}, NOW - timedelta(minutes=30)),
        ({"timestamp": "2026-03-01T10:00:00Z", "sentAt": "yesterday"}, NOW - timedelta(hours=2)),
    ],
)
def test_when_it_happened_is_told_by_our_clock(stated: dict[str, Any], occurred_at: datetime) -> None:
    assert read(track(**stated)).occurred_at == occurred_at


NESTED = '{"type":"track","event":"x","userId":"u","properties":{"a":' + "[" * 80 + "]" * 80 + "}}"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[]", "not an event"),
        ("null", "not an event"),
        (b"\xff\xfe", "JSON"),
        ("\ud800", "JSON"),
        ({"type": "unknown", "userId": "u1"}, "must be one of"),
        ({"userId": "u1"}, "must be one of"),
        ({"type": "track", "userId": "u1"}, "must have a name"),
        ({"type": "track", "event": "x" * 201, "userId": "u1"}, "longer than 200"),
        ({"type": "track", "event": "x"}, "names nobody"),
        ({"type": "identify", "traits": {"plan": "gold"}}, "names nobody"),
        ({"type": "alias", "userId": "u1"}, "previousId"),
        ({"type": "group", "userId": "u1"}, "groupId"),
        (track(userId=True), "userId"),
        (track(userId={"id": 1}), "userId"),
        (track(userId="x" * (MAX_ID + 1)), "longer than 500"),
        (track(properties=[1]), "properties"),
        (track(timestamp="tomorrow"), "not a moment"),
        (track(timestamp="1901-01-01T00:00:00Z"), "before 1970"),
        (track(timestamp="0001-01-01T00:00:00+14:00"), "beyond the calendar"),
        (track(timestamp=1e300), "not a moment"),
        (track(timestamp="9999-12-31T23:59:59Z", sentAt="2020-01-01T00:00:00Z"), "beyond the calendar"),
        ('{"type":"track","event":"x","userId":"u","properties":{"a":1e400}}', "out of range"),
        (
            '{"type":"track","event":"x","userId":"u","properties":{"a":[99999999999999999999]}}',
            r"properties\.a\.0",
        ),
        ('{"type":"track","event":"x","userId":"u","properties":{"a":' + "9" * 5000 + "}}", "out of range"),
        ('{"type":"track","event":"x","userId":"u","properties":{"a":"\\ud800"}}', "JSON"),
        (NESTED, "nested deeper"),
        ('{"more":' + "[" * 100_000, "nested deeper"),
        (track(properties={"text": "x" * MAX_BYTES}), "larger than"),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(payload: object, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        read(payload)


def test_nul_characters_are_taken_out_because_postgresql_holds_none() -> None:
    event = read(track(userId="u\x001", event="Pro\x00duct", properties={"a\x00": ["b\x00", {"c": "\x00"}]}))
    assert (event.user_id, event.name, event.properties) == ("u1", "Product", {"a": ["b", {"c": ""}]})


@pytest.mark.parametrize(("source", "hint"), [("staff", 12), ("delivery", 12), ("api:shop", None)])
def test_only_our_own_sources_may_name_a_customer_by_his_internal_number(source: str, hint: int | None) -> None:
    assert read(track(customerId=12), source=source).customer_id == hint


def test_a_field_of_the_same_name_in_somebody_elses_payload_does_no_harm() -> None:
    assert read(track(customerId={"own": "thing"})).user_id == "u1"


@pytest.mark.parametrize(
    ("payload", "source"),
    [
        ({"type": "track", "event": "Product Updated", "properties": {"sku": "t1"}}, "api:shop"),
        ({"type": "track", "event": "Order Completed", "properties": {"order_id": "1"}}, "import:orders.csv"),
        ({"type": "identify", "traits": {"email": "ann@example.com"}}, "api:shop"),
        ({"type": "track", "event": "Newsletter Wished", "properties": {"email": "ann@example.com"}}, "api:shop"),
    ],
)
def test_these_need_no_user_id(payload: dict[str, Any], source: str) -> None:
    assert read(payload, source=source).user_id is None


def test_the_same_message_has_the_same_key_and_another_source_another() -> None:
    message = track(messageId="m1")
    assert read(message).key == read({**message, "properties": {"more": 1}}).key
    assert read(message).key != read(message, source="api:app").key
    assert read(message).key != read(track(messageId="m2")).key


def test_without_a_message_id_the_same_words_about_the_same_moment_are_a_repeat() -> None:
    later = NOW + timedelta(seconds=1)
    stamped = track(timestamp="2026-02-01T10:00:00Z")
    assert read(stamped).key == read(stamped, received_at=later).key
    assert read(track()).key != read(track(), received_at=later).key


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        ({"type": "identify", "userId": "u1", "traits": {"plan": "gold"}}, {"plan": "gold"}),
        ({"type": "group", "userId": "u1", "groupId": "g", "traits": {"size": 3}}, {"size": 3, "group_id": "g"}),
        ({"type": "alias", "userId": "u1", "previousId": "a1"}, {"user_id": "u1", "previous_id": "a1"}),
        (track(properties={"price": 1}), {"price": 1}),
    ],
)
def test_the_log_shows_what_an_event_said(payload: dict[str, Any], shown: dict[str, Any]) -> None:
    row = to_stored(locate(read(payload), customer_id=5, event_id=9))
    assert (row.id, row.customer_id, row.properties) == (9, 5, shown)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)
FIELDS = [
    "type", "messageId", "timestamp", "originalTimestamp", "sentAt", "userId", "anonymousId", "customerId",
    "previousId", "groupId", "event", "name", "category", "properties", "traits", "context",
]  # fmt: skip
kinds = st.sampled_from(["track", "identify", "page", "screen", "group", "alias"])
likely = st.fixed_dictionaries(
    {"type": kinds | json_values, "userId": st.text(max_size=5) | json_values},
    optional={name: json_values for name in FIELDS if name not in ("type", "userId")},
)
payloads = st.one_of(likely.map(json.dumps), json_values.map(json.dumps), st.text(max_size=50))


@given(payloads, st.sampled_from(["api:shop", "staff"]))
@settings(max_examples=400, deadline=None)
def test_any_text_is_an_event_or_refused_with_a_reason(payload: str, source: str) -> None:
    try:
        event = read(payload, source=source)
    except InvalidInput:
        return
    assert event.name
    assert event.occurred_at <= NOW + timedelta(days=1)
    assert event.user_id != ""
