"""Signatures, held against dkimpy; and the life of a key."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from tactful.delivery import signing
from tactful.delivery.domain.dkim import ED25519, RSA, SigningKey, in_pem, publishes, sign
from tactful.delivery.port import SenderSettings
from tactful.kernel.errors import Conflict, InvalidInput

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SENDER = SenderSettings(from_address="hello@leaf.example")
KEYS = {
    RSA: SigningKey("leaf.example", "one", RSA, in_pem(generate_private_key(65537, 2048))),
    ED25519: SigningKey("leaf.example", "two", ED25519, in_pem(Ed25519PrivateKey.generate())),
}
RAW = (
    b"From: Leaf <hello@leaf.example>\r\nTo: a@example.org\r\nSubject: =?utf-8?q?H=C3=A9?=\r\n  and  more \r\n"
    b"Date: Sun, 01 Mar 2026 09:30:00 +0000\r\nMessage-ID: <1@leaf.example>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain\r\nList-Unsubscribe: <https://m.example/u/x>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: a:b:c:d\r\n\r\nHello \t you  \r\n\r\n\r\n"
)


def is_good(raw: bytes, key: SigningKey, number: int = 0) -> bool:
    def published(name: bytes, timeout: int = 5) -> bytes:
        assert name.decode().rstrip(".") == key.record_name
        return key.record.encode()

    try:
        return bool(dkim.DKIM(raw).verify(number, dnsfunc=published))
    except dkim.ValidationError:
        return False


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_signature_holds(key: SigningKey) -> None:
    assert is_good(sign(RAW, [key]), key)


def test_two_signatures_hold_side_by_side() -> None:
    signed = sign(RAW, [KEYS[RSA], KEYS[ED25519]])
    assert is_good(signed, KEYS[RSA], 0)
    assert is_good(signed, KEYS[ED25519], 1)


@settings(max_examples=60)
@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b".", b"\r\n\r\n", b"word "]), max_size=30))
def test_a_signature_holds_for_every_body(parts: list[bytes]) -> None:
    raw = RAW.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" + b"".join(parts) + b"\r\n"
    assert is_good(sign(raw, [KEYS[ED25519]]), KEYS[ED25519])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Hello", b"Hallo"),
        (b"To: a@", b"To: b@"),
        (b"One-Click", b"Two-Click"),
        (b"/u/x", b"/u/y"),
        (b"From: Leaf", b"From: Eve <e@evil.example>\r\nFrom: Leaf"),
        (b"From: Leaf", b"Subject: Added\r\nFrom: Leaf"),
        (b"From: Leaf", b"Reply-To: e@evil.example\r\nFrom: Leaf"),
        (b"Feedback-ID: a", b"Feedback-ID: z"),
    ],
)
def test_what_is_changed_or_added_underway_breaks_it(before: bytes, after: bytes) -> None:
    assert not is_good(sign(RAW, [KEYS[RSA]]).replace(before, after), KEYS[RSA])


def test_the_same_message_is_signed_the_same() -> None:
    assert sign(RAW, [KEYS[RSA]]) == sign(RAW, [KEYS[RSA]])


@pytest.mark.parametrize("name", ["letter", "odd"])
def test_a_message_is_signed_byte_for_byte_as_it_was_when_signing_began(name: str) -> None:
    keys = [SigningKey("leaf.example", "one", RSA, (GOLDEN / "rsa.pem").read_text())]
    keys.append(SigningKey("leaf.example", "two", ED25519, (GOLDEN / "ed25519.pem").read_text()))
    raw = (GOLDEN / f"{name}.eml").read_bytes()
    assert sign(raw, keys) == (GOLDEN / f"{name}.signed.eml").read_bytes()


def test_no_key_no_signature() -> None:
    assert sign(RAW, []) == RAW


def test_a_published_record_is_known_in_the_spelling_of_others() -> None:
    key = KEYS[ED25519]
    assert publishes(f"p={key.record.rpartition('p=')[2]} ; v=DKIM1;k=ed25519", key)
    assert not publishes("v=DKIM1; p=", key)
    assert not publishes("v=spf1 -all", key)


def test_what_is_no_key_is_told() -> None:
    with pytest.raises(InvalidInput):
        sign(RAW, [replace(KEYS[RSA], private_key="nonsense")])


def published(*records: str) -> signing.Lookup:
    def lookup(name: str) -> Sequence[str]:
        return records

    return lookup


def test_a_key_signs_once_its_record_is_seen_and_the_one_before_it_retires(db: None) -> None:
    first = signing.make_key(SENDER, algorithm=ED25519, now=NOW)
    assert signing.keys_for(SENDER) == []
    assert not signing.check_key(first.id, lookup=published(), now=NOW)
    assert signing.keys_for(SENDER) == []
    assert signing.check_key(first.id, lookup=published(first.record), now=NOW)
    assert [key.selector for key in signing.keys_for(SENDER)] == [first.selector]
    second = signing.make_key(SENDER, algorithm=ED25519, now=NOW + timedelta(days=90))
    assert [key.selector for key in signing.keys_for(SENDER)] == [first.selector], "until the next one is published"
    signing.check_key(second.id, lookup=published(second.record), now=NOW + timedelta(days=91))
    assert [key.selector for key in signing.keys_for(SENDER)] == [second.selector]
    assert [row.state for row in signing.keys_of(SENDER)] == ["active", "retired"]


def test_a_key_waits_alone_and_is_removed_when_it_never_signed(db: None) -> None:
    waiting = signing.make_key(SENDER, algorithm=RSA, now=NOW)
    with pytest.raises(Conflict):
        signing.make_key(SENDER, algorithm=RSA, now=NOW)
    signing.retire_key(waiting.id, now=NOW)
    assert signing.keys_of(SENDER) == []


def test_a_key_signs_for_its_domain_and_where_we_write_the_message(db: None) -> None:
    key = signing.make_key(SENDER, algorithm=ED25519, now=NOW)
    signing.start_key(key.id, now=NOW)
    assert signing.keys_for(replace(SENDER, provider="smtp"))
    assert not signing.keys_for(replace(SENDER, provider="postmark"))
    assert not signing.keys_for(replace(SENDER, from_address="hello@other.example"))


def test_name_servers_that_do_not_answer_are_told(db: None) -> None:
    def away(name: str) -> Sequence[str]:
        raise InvalidInput("The name servers could not be asked from here.")

    key = signing.make_key(SENDER, algorithm=ED25519, now=NOW)
    assert not signing.check_key(key.id, lookup=away, now=NOW)
    assert "could not be asked" in signing.keys_of(SENDER)[0].found
