"""Whatever a provider's address is given, it answers below 500, in words, and what it keeps can be kept."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.api.hooks_kit import ADA, KEY, NOW, OURS, after_a_message, told

from tactful.delivery import hooks
from tactful.delivery.hooks import RAW
from tactful.delivery.providers.hooks import VENDORS

SIGNING = "key-1234"
PYTHON = ("Error", "Exception", "Traceback", "None", "<class")
ODD: list[Any] = [
    "\ud800",
    "a\x00b",
    1e300,
    -1e18,
    -1,
    2**70,
    None,
    [],
    {},
    [[]],
    True,
    "",
    "9999-12-31",
    NOW.isoformat()[:19],
]
STAMP, MESSAGE = NOW.timestamp(), OURS.strip("<>")
SAID: dict[str, dict[str, Any]] = {
    "brevo": {"event": "hard_bounce", "email": ADA, "ts_event": STAMP, "message-id": OURS, "id": 1, "tags": ["a"]},
    "mailersend": {
        "data": {
            "type": "delivered",
            "id": "1",
            "created_at": NOW.isoformat(),
            "email": {"message": {"id": MESSAGE}, "recipient": {"email": ADA}, "tags": []},
            "morph": {"reason": "x"},
        },
    },
    "mailgun": {
        "event": "failed",
        "timestamp": STAMP,
        "recipient": ADA,
        "message": {"headers": {"message-id": MESSAGE}},
        "delivery-status": {"message": "x", "description": "y"},
        "user-variables": {"message_key": str(KEY)},
        "client-info": {"user-agent": "x"},
        "url": "https://shop.example",
    },
    "mailjet": {
        "event": "bounce", "time": int(STAMP), "MessageID": 1, "email": ADA, "error": "x",
        "Payload": json.dumps({"message_key": str(KEY)}),
    },
    "postmark": {
        "RecordType": "Bounce", "MessageID": "1", "ID": 1, "Type": "HardBounce", "Email": ADA, "Details": "x",
        "BouncedAt": NOW.isoformat(), "Metadata": {"message_key": str(KEY)},
    },
    "sparkpost": {
        "msys": {
            "message_event": {
                "type": "bounce", "event_id": "1", "timestamp": str(int(STAMP)), "message_id": MESSAGE,
                "rcpt_to": ADA, "reason": "x", "raw_reason": "x",
                "rcpt_meta": {"message_key": str(KEY)}, "bounce_class": "10",
            }
        }
    },
}  # fmt: skip
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
anything = st.recursive(
    st.sampled_from(ODD) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def client(db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    return after_a_message(monkeypatch)


def bodies(said: Any) -> Iterator[Any]:
    """The same with one value after the other changed into odd ones, and taken away."""
    for key, value in said.items():
        yield {name: each for name, each in said.items() if name != key}
        yield from ({**said, key: odd} for odd in ODD)
        if isinstance(value, dict):
            yield from ({**said, key: changed} for changed in bodies(value))


def signed(vendor: str, said: Any) -> tuple[str, dict[str, str]]:
    """What a provider posts, as somebody would who knows its key."""
    if vendor == "mailgun":
        stamp, token = str(int(STAMP)), "t" * 50
        signature = hmac.new(SIGNING.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
        whole = {"signature": {"token": token, "timestamp": stamp, "signature": signature}, "event-data": said}
        return json.dumps(whole), {}
    text = json.dumps([said] if vendor == "sparkpost" else said)
    signature = hmac.new(SIGNING.encode(), text.encode(), hashlib.sha256).hexdigest()
    return text, {"signature": signature}


def post(client: Client, vendor: str, text: str | bytes, headers: dict[str, str]) -> dict[str, Any]:
    address = next(each.path for each in hooks.hooks() if each.provider == vendor)
    found: dict[str, Any] = {}
    for path in (f"{address}inbound/", address):
        answer = client.post(path, text, content_type="application/json", headers=headers)
        assert answer.status_code in (200, 400, 403), (path, text)
        found = answer.json()
        assert not any(word in found.get("error", "") for word in PYTHON), (found, text)
    return found


def opened(vendor: str) -> None:
    hooks.open_hook(vendor, signing_key=SIGNING, now=NOW)


@pytest.mark.parametrize("vendor", sorted(SAID))
def test_a_word_that_is_odd_in_one_place_is_taken_or_refused(client: Client, vendor: str) -> None:
    opened(vendor)
    assert post(client, vendor, *signed(vendor, SAID[vendor])) == {"events": 1}
    for said in bodies(SAID[vendor]):
        post(client, vendor, *signed(vendor, said))
    assert told()


@pytest.mark.parametrize("vendor", sorted(VENDORS))
@quick
@given(said=anything)
def test_any_json_is_taken_or_refused(client: Client, vendor: str, said: Any) -> None:
    opened(vendor)
    kept = len(told())
    answer = post(client, vendor, *signed(vendor, said))
    assert answer.keys() <= {"events"} or answer["error"]
    assert len(told()) - kept == answer.get("events", 0)


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_what_is_no_json_is_refused_in_words(client: Client, vendor: str) -> None:
    opened(vendor)
    for text in ("[" * 50_000, '{"a":' * 50_000, "x", "", b"\xff\xfe", "\x00", "9" * 5000):
        assert post(client, vendor, text, {})["error"]


def test_a_raw_message_with_broken_letters_is_taken(client: Client) -> None:
    address = hooks.open_hook(RAW, signing_key="", now=NOW).path
    raw = b"Subject: s\nFrom: \xff\xfe <a@b.c>\n\nhi"
    assert client.post(address, raw, content_type="message/rfc822").json() == {"events": 0}
