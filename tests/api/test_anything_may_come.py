"""Whatever bytes come, the door answers below 500, and what it stores PostgreSQL and the engine can read."""

import gzip
import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.callers import COMMITTED, NOW, Caller

from tactful.api.reading import BATCHES, KINDS
from tactful.events.domain.parse import parse
from tactful.kernel.errors import InvalidInput

pytestmark = COMMITTED

paths = st.sampled_from([f"/v1/{word}" for word in sorted({*KINDS, *BATCHES})])
same_door = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["track", "identify", "page", "alias", "group", "x"]) | values,
        "userId": st.sampled_from(["u1", "", "null", "a@b.c"]) | values,
        "anonymousId": values,
        "event": st.sampled_from(["X", ""]) | values,
        "timestamp": st.sampled_from(["2026-03-01", "9999-12-31T23:59:59-12:00", "0001-01-01"]) | values,
        "sentAt": values,
        "properties": values,
        "traits": values,
        "context": values,
        "messageId": values,
    },
)


@same_door
@given(path=paths, body=st.binary(max_size=300), encoding=st.sampled_from(["", "gzip", "br"]))
def test_any_bytes(call: Caller, path: str, body: bytes, encoding: str) -> None:
    headers = {"content-encoding": encoding} if encoding else {}
    assert call(path, content=body, headers=headers).status_code < 500
    assert call(path, content=gzip.compress(body), headers=headers).status_code < 500


@same_door
@given(path=paths, event=events)
def test_any_event_alone(call: Caller, path: str, event: dict[str, Any]) -> None:
    assert call(path, content=json.dumps(event).encode()).status_code < 500


@same_door
@given(
    batch=st.lists(events, max_size=5),
    more=st.fixed_dictionaries({}, optional={"sentAt": values, "context": values}),
)
def test_any_batch(
    call: Caller, inbox: Callable[[], list[tuple[Any, ...]]], batch: list[Any], more: dict[str, Any]
) -> None:
    before = len(inbox())
    answer = call("/v1/batch", content=json.dumps({"batch": batch, **more}).encode())
    assert answer.status_code < 500
    reasons = []
    for source, _, payload in inbox()[before:]:
        try:
            parse(payload, source=source, received_at=NOW)
        except InvalidInput as fault:
            reasons.append(fault.message)  # the engine may refuse what the door let through
    assert all(reasons)


@same_door
@given(word=st.binary(max_size=40))
def test_any_authorization(call: Caller, word: bytes) -> None:
    headers = [(b"authorization", b"Basic " + word.replace(b"\n", b"").replace(b"\r", b"").replace(b"\x00", b""))]
    assert call("/v1/track", key=None, headers=headers, json={}).status_code == 401
