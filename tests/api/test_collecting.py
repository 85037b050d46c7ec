"""What the door takes, what it refuses, and what it says."""

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.api.callers import COMMITTED, NOW, Caller

from tactful.api.reading import MAX_BODY, MAX_EVENT
from tactful.events.domain.parse import parse
from tactful.team import queries as keys
from tactful.team import services as team

pytestmark = COMMITTED

Rows = Callable[[], list[tuple[Any, ...]]]
TRACK = {
    "type": "track",
    "messageId": "m1",
    "userId": "u1",
    "event": "Product Viewed",
    "properties": {"sku": "tea"},
}


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/v1/identify", {"userId": "u1", "traits": {"email": "a@example.com"}}),
        ("/v1/track", {"userId": "u1", "event": "Signed Up"}),
        ("/v1/page", {"anonymousId": "a-1", "name": "Home"}),
        ("/v1/screen", {"anonymousId": "a-1", "name": "Home"}),
        ("/v1/group", {"userId": "u1", "groupId": "g1"}),
        ("/v1/alias", {"userId": "u1", "previousId": "a-1"}),
        ("/v1/track/", {"userId": 42, "event": "Signed Up", "anonymousId": None}),
        ("/v1/t", {"userId": "u1", "event": "Signed Up"}),
    ],
)
def test_each_kind_has_its_endpoint(call: Caller, inbox: Rows, path: str, event: dict[str, Any]) -> None:
    answer = call(path, json=event)
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    ((source, historical, payload),) = inbox()
    stored = json.loads(payload)
    assert (source, historical) == ("api:shop", False)
    assert {**stored, "type": None} == {**event, "type": None}
    assert stored["type"].startswith(path.strip("/").removeprefix("v1/"))


def test_the_path_says_the_kind_whatever_the_body_says(call: Caller, inbox: Rows) -> None:
    call("/v1/track", json={**TRACK, "type": "identify"})
    assert json.loads(inbox()[0][2])["type"] == "track"


def test_a_batch_keeps_its_order_and_each_event_as_it_was_sent(call: Caller, inbox: Rows) -> None:
    events = [
        {**TRACK, "messageId": f"m{n}", "properties": {"text": "tab\t line\n \\ ü \U0001f375"}} for n in range(50)
    ]
    text = json.dumps({"batch": events, "sentAt": "2026-03-01T10:00:00Z"}, indent=1, ensure_ascii=False)
    assert call("/v1/batch", content=text.encode()).status_code == 200
    stored = [json.loads(payload) for _, _, payload in inbox()]
    assert stored == [{**event, "sentAt": "2026-03-01T10:00:00Z"} for event in events]


def test_an_event_keeps_its_own_clock_mark_and_gets_the_context_of_its_batch(call: Caller, inbox: Rows) -> None:
    own = {**TRACK, "sentAt": "2026-03-01T09:00:00Z", "context": {"ip": "1.2.3.4"}}
    call("/v1/batch", json={"batch": [own, TRACK], "sentAt": "2026-03-01T10:00:00Z", "context": {"app": "x"}})
    first, second = [json.loads(payload) for _, _, payload in inbox()]
    assert first == own
    assert (second["sentAt"], second["context"]) == ("2026-03-01T10:00:00Z", {"app": "x"})


def test_an_import_is_historical(call: Caller, inbox: Rows) -> None:
    call("/v1/import", json={"batch": [TRACK]})
    assert [historical for _, historical, _ in inbox()] == [True]


def test_the_content_type_does_not_matter_and_gzip_is_unpacked(call: Caller, inbox: Rows) -> None:
    body = gzip.compress(json.dumps({"batch": [TRACK]}).encode())
    headers = {"content-type": "application/x-www-form-urlencoded", "content-encoding": "gzip"}
    assert call("/v1/batch", content=body, headers=headers).status_code == 200
    assert call("/v1/batch", content=body).status_code == 200
    assert len(inbox()) == 2


def test_the_write_key_may_stand_in_the_body(call: Caller, inbox: Rows) -> None:
    assert call("/v1/batch", key=None, json={"batch": [TRACK], "writeKey": call.write_key}).status_code == 200
    assert call("/v1/track", key=None, json={**TRACK, "writeKey": call.write_key}).status_code == 200
    assert len(inbox()) == 2


@pytest.mark.parametrize("key", [None, "wrong", "ü", "x" * 10_000])
def test_without_a_valid_key_nothing_is_taken(call: Caller, inbox: Rows, rejected: Rows, key: str | None) -> None:
    answer = call("/v1/batch", key=key, json={"batch": [TRACK, {}]})
    assert answer.status_code == 401
    assert "write key" in answer.json()["reason"]
    assert inbox() == rejected() == []


def test_a_revoked_key_ends_within_seconds(call: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tactful.api.keys._REMEMBERED", 0.0)
    key = team.create_api_key(name="till", now=NOW)
    assert call("/v1/track", key=key.secret, json=TRACK).status_code == 200
    assert {row.name for row in keys.api_keys() if row.last_used_at} >= {"till"}
    team.revoke_api_key(key.id, now=NOW)
    assert call("/v1/track", key=key.secret, json=TRACK).status_code == 401


BAD = [
    ({"type": "purchase", "userId": "u1"}, "type is 'purchase'"),
    ({"type": "track", "userId": "u1"}, "must have a name"),
    ({"type": "track", "event": "X"}, "names nobody"),
    ({"type": "track", "event": "X", "userId": "undefined"}, "names nobody"),
    ({"type": "identify", "userId": "u1", "traits": "many"}, "traits"),
    ({"type": "track", "event": "X", "userId": "u1", "properties": [1]}, "properties"),
    ({"type": "track", "event": "X", "userId": "u1", "timestamp": "yesterday"}, "not a moment"),
    ({"type": "alias", "userId": "u1"}, "previousId"),
    ({"type": "group", "userId": "u1"}, "groupId"),
    ({"type": "track", "event": "X", "userId": {"id": 1}}, "not an event"),
    ({"type": "track", "event": "X", "userId": "u1", "properties": {"a": "b" * MAX_EVENT}}, "larger than 32 KiB"),
    ("an event", "not an event"),
    (None, "not an event"),
]


def test_a_batch_keeps_its_good_events_and_names_the_bad_ones(call: Caller, inbox: Rows, rejected: Rows) -> None:
    answer = call("/v1/batch", json={"batch": [TRACK, *[event for event, _ in BAD], TRACK]})
    content = answer.json()
    assert (answer.status_code, content["success"], content["accepted"]) == (200, True, 2)
    assert [bad["index"] for bad in content["reasons"]] == list(range(1, len(BAD) + 1))
    for (event, reason), bad, kept in zip(BAD, content["reasons"], rejected(), strict=True):
        assert reason in bad["reason"]
        assert kept == ("api:shop", "validate", bad["reason"], json.dumps(event, separators=(",", ":")))
    assert len(inbox()) == 2


def test_a_batch_without_one_good_event_is_refused(call: Caller, rejected: Rows) -> None:
    answer = call("/v1/batch", json={"batch": [{"type": "track"}, 1]})
    assert answer.status_code == 400
    assert "must have a name" in answer.json()["reason"]
    assert len(rejected()) == 2


@pytest.mark.parametrize(("event", "reason"), [(event, reason) for event, reason in BAD[1:11]])
def test_a_bad_event_alone_is_refused_with_its_reason_and_kept(
    call: Caller, inbox: Rows, rejected: Rows, event: dict[str, Any], reason: str
) -> None:
    answer = call(f"/v1/{event['type']}", json=event)
    assert answer.status_code == 400
    assert reason in answer.json()["reason"]
    assert inbox() == []
    assert [kept[2] for kept in rejected()] == [answer.json()["reason"]]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"[1]", "expected shape"),
        (b'{"batch": {}}', "expected shape"),
        (b'{"batch": [{"a": "\xff"}]}', "UTF-8"),
        (b'{"batch": [\x00]}', "zero byte"),
        (b'{"batch": ' + b"[" * 100, "JSON"),
        (b'{"batch": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
        (b"\x1f\x8b\x08nonsense", "gzip"),
        (gzip.compress(b"{}" * 1000)[:-10], "gzip"),
    ],
    ids=["nothing", "cut off", "no object", "no list", "no UTF-8", "NUL", "open", "deep", "no gzip", "half gzip"],
)
def test_a_body_that_is_no_batch_is_refused_and_kept(
    call: Caller, rejected: Rows, content: bytes, reason: str
) -> None:
    answer = call("/v1/batch", content=content)
    assert answer.status_code == 400
    assert reason in answer.json()["reason"]
    assert [kept[2] for kept in rejected()] == [answer.json()["reason"]]


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_beyond_the_limit_is_refused(call: Caller, *, packed: bool) -> None:
    body = b" " * (MAX_BODY * 20)
    assert call("/v1/batch", content=gzip.compress(body) if packed else body).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/track", 405),
        ("POST", "/v1/nothing", 404),
        ("POST", "/v1/", 404),
        ("OPTIONS", "/v1/batch", 204),
    ],
)
def test_other_requests(call: Caller, method: str, path: str, status: int) -> None:
    answer = call(path, method=method, json=TRACK)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == "*"


def test_an_unknown_encoding_is_refused(call: Caller) -> None:
    assert call("/v1/track", json=TRACK, headers={"content-encoding": "br"}).status_code == 415


def test_an_empty_batch_is_no_fault(call: Caller, inbox: Rows) -> None:
    assert call("/v1/batch", json={"batch": []}).status_code == 200
    assert inbox() == []


def test_what_is_not_collection_goes_to_the_web(call: Caller) -> None:
    answer = call("/customers/ü", method="GET")
    assert (answer.status_code, answer.text) == (200, "/customers/ü")


def test_the_engine_takes_what_the_door_took(call: Caller, inbox: Rows) -> None:
    call("/v1/batch", json={"batch": [TRACK, {**TRACK, "userId": 5}], "sentAt": 1_700_000_000_000})
    call("/v1/identify", json={"userId": "u1", "traits": {}})
    names = [parse(payload, source=source, received_at=NOW).name for source, _, payload in inbox()]
    assert names == ["Product Viewed", "Product Viewed", "Customer Identified"]
