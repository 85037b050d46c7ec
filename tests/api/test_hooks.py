"""Webhooks of mail providers: verified, understood, matched to our messages, and never counted twice."""

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from tests.api.hooks_kit import ADA, KEY, NOW, OURS, after_a_message, told

from tactful.delivery import hooks
from tactful.delivery.hooks import RAW
from tactful.kernel.errors import InvalidInput

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/124.0 Safari/537.36"
SIGNING = "key-1234"
Post = Callable[..., Any]


@pytest.fixture
def client(db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    return after_a_message(monkeypatch)


def names() -> list[str]:
    return [each["event"] for each in told()]


def mailgun(event: str, **more: Any) -> dict[str, Any]:
    """A webhook of Mailgun in its present shape."""
    stamp, token = str(int(NOW.timestamp())), "t" * 50
    signature = hmac.new(SIGNING.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"token": token, "timestamp": stamp, "signature": signature},
        "event-data": {
            "event": event,
            "id": f"id-{event}",
            "timestamp": NOW.timestamp(),
            "recipient": ADA,
            "message": {"headers": {"message-id": OURS.strip("<>"), "to": ADA, "subject": "Hi"}, "attachments": []},
            "tags": [],
            "user-variables": {},
            **more,
        },
    }


REFUSED = {"code": 550, "message": "5.1.1 The email account does not exist", "description": ""}
MAILGUN = [
    (mailgun("delivered", **{"delivery-status": {"code": 250, "message": "OK"}}), "Email Delivered", {}),
    (
        mailgun("failed", severity="permanent", reason="bounce", **{"delivery-status": REFUSED}),
        "Email Bounced",
        {"bounce": "hard", "address": ADA},
    ),
    (
        mailgun(
            "failed",
            severity="temporary",
            reason="generic",
            **{"delivery-status": {"code": 452, "message": "4.2.2 mailbox full", "description": ""}},
        ),
        "Email Delayed",
        {},
    ),
    (mailgun("complained"), "Email Marked as Spam", {"address": ADA}),
    (mailgun("unsubscribed"), "Unsubscribed", {"channel": "email"}),
    (mailgun("opened", **{"client-info": {"user-agent": CHROME}}), "Email Opened", {"by": "human"}),
    (mailgun("opened", **{"client-info": {"user-agent": "Mozilla/5.0"}}), "Email Fetched", {"by": "proxy"}),
    (
        mailgun("clicked", url="https://shop.example/tea", **{"client-info": {"user-agent": CHROME}}),
        "Email Link Clicked",
        {"by": "human", "url": "https://shop.example/tea"},
    ),
    (
        mailgun("clicked", url="https://shop.example/tea", **{"client-info": {"user-agent": "curl/8"}}),
        "Email Link Scanned",
        {"by": "machine"},
    ),
]


class TestMailgun:
    @pytest.fixture
    def post(self, client: Client) -> Post:
        address = hooks.open_hook("mailgun", signing_key=SIGNING, now=NOW).path
        return lambda body: client.post(address, body, content_type="application/json")

    @pytest.mark.parametrize(("body", "name", "properties"), MAILGUN)
    def test_each_word_becomes_an_event_of_the_message(
        self, post: Post, body: dict[str, Any], name: str, properties: dict[str, Any]
    ) -> None:
        answer = post(body)
        assert (answer.status_code, answer.json()) == (200, {"events": 1})
        (event,) = told()
        assert (event["event"], event["customerId"]) == (name, 7)
        assert event["properties"]["message_key"] == str(KEY)
        assert event["timestamp"] == NOW.isoformat()
        assert event["properties"] | properties == event["properties"]

    def test_a_repeat_has_the_same_key(self, post: Post) -> None:
        post(mailgun("delivered"))
        post(mailgun("delivered"))
        assert len({event["messageId"] for event in told()}) == 1

    def test_a_forged_signature_is_turned_away(self, post: Post) -> None:
        body = mailgun("complained")
        body["signature"]["signature"] = "0" * 64
        answer = post(body)
        assert answer.status_code == 403
        assert "signature" in answer.json()["error"]
        assert told() == []

    def test_a_message_of_somebody_else_says_nothing(self, post: Post) -> None:
        body = mailgun("complained")
        body["event-data"]["message"]["headers"]["message-id"] = "20260302.1@mailgun.example"
        assert post(body).json() == {"events": 0}

    @pytest.mark.parametrize("body", [{}, {"signature": {}}, {"event-data": []}, [], "x"])
    def test_nonsense_is_refused_and_breaks_nothing(self, post: Post, body: Any) -> None:
        assert post(body).status_code in (400, 403)
        assert told() == []

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            ({"timestamp": 1e300}, "a value in it cannot be"),
            ({"timestamp": -1e18}, "a value in it cannot be"),
            ({"message": {"headers": {"message-id": "a\x00b"}}}, "the message id holds characters that are none"),
            ({"message": {"headers": {"message-id": "\ud800"}}}, "the message id holds characters that are none"),
            ({"recipient": "\ud800"}, "the recipient holds characters that are none"),
            ({"message": ["a"]}, "this is no webhook of Mailgun: it does not have the shape of one"),
        ],
    )
    def test_what_cannot_be_is_refused_in_words(self, post: Post, change: dict[str, Any], why: str) -> None:
        answer = post(mailgun("delivered", **change))
        assert answer.status_code == 400
        assert why in answer.json()["error"]
        assert told() == []

    @pytest.mark.parametrize(
        ("stamp", "at"),
        [(NOW - timedelta(days=3), NOW), (NOW + timedelta(minutes=5), NOW + timedelta(minutes=5))],
    )
    def test_nothing_comes_back_before_it_was_sent(self, post: Post, stamp: datetime, at: datetime) -> None:
        post(mailgun("complained", timestamp=stamp.timestamp()))
        (event,) = told()
        assert event["timestamp"] == at.isoformat()

    def test_a_stray_character_in_the_words_of_a_receiver_loses_no_bounce(self, post: Post) -> None:
        status = {**REFUSED, "message": "5.1.1 no\x00such \ud800user"}
        assert post(mailgun("failed", severity="permanent", **{"delivery-status": status})).json() == {"events": 1}
        (event,) = told()
        assert event["properties"]["reason"] == "5.1.1 nosuch ?user"

    @pytest.mark.parametrize(
        ("body", "status", "why"),
        [
            ("{}", 403, "this webhook is not signed: `signature` is missing"),
            ('{"signature": {}}', 403, "this webhook is not signed: `token` is missing"),
            ("[" * 50_000, 400, "this is no webhook of Mailgun: it is nested too deeply"),
            ("x", 400, "this is no webhook of Mailgun: it is no JSON"),
            (b"\xff", 400, "this is no webhook of Mailgun: it holds characters that are none"),
            ("[]", 400, "this is no webhook of Mailgun: it does not have the shape of one"),
        ],
    )
    def test_what_is_missing_is_said(self, post: Post, body: str | bytes, status: int, why: str) -> None:
        answer = post(body)
        assert (answer.status_code, answer.json()) == (status, {"error": why})

    @pytest.mark.usefixtures("client")
    def test_a_signing_key_is_needed(self) -> None:
        with pytest.raises(InvalidInput):
            hooks.open_hook("mailgun", signing_key=" ", now=NOW)


HEAD = {"MessageID": "883953f4-6105-42a2-a16a-77a8eac79483", "Metadata": {"message_key": str(KEY)}, "ServerID": 23}
POSTMARK = [
    (
        {"RecordType": "Delivery", "Recipient": ADA, "DeliveredAt": "2026-03-02T10:00:00Z", "Details": "250 ok"},
        "Email Delivered",
        {},
    ),
    (
        {
            "RecordType": "Bounce",
            "Type": "HardBounce",
            "ID": 42,
            "Email": ADA,
            "BouncedAt": "2026-03-02T10:00:00Z",
            "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
            "Description": "The server was unable to deliver your message",
        },
        "Email Bounced",
        {"bounce": "hard"},
    ),
    (
        {
            "RecordType": "SpamComplaint",
            "Type": "SpamComplaint",
            "ID": 43,
            "Email": ADA,
            "BouncedAt": "2026-03-02T10:00:00Z",
            "Details": "",
            "Description": "The subscriber explicitly marked this message as spam.",
        },
        "Email Marked as Spam",
        {"address": ADA},
    ),
    (
        {
            "RecordType": "Open",
            "Recipient": ADA,
            "ReceivedAt": "2026-03-02T10:00:00Z",
            "UserAgent": CHROME,
            "FirstOpen": True,
        },
        "Email Opened",
        {"by": "human"},
    ),
    (
        {
            "RecordType": "SubscriptionChange",
            "Recipient": ADA,
            "ChangedAt": "2026-03-02T10:00:00Z",
            "SuppressSending": True,
            "SuppressionReason": "ManualSuppression",
            "Origin": "Recipient",
        },
        "Unsubscribed",
        {"channel": "email"},
    ),
]


@pytest.mark.parametrize(("body", "name", "properties"), POSTMARK)
def test_postmark_is_understood(
    client: Client, body: dict[str, Any], name: str, properties: dict[str, Any]
) -> None:
    address = hooks.open_hook("postmark", signing_key="", now=NOW).path
    answer = client.post(address, {**HEAD, **body}, content_type="application/json")
    assert answer.json() == {"events": 1}
    (event,) = told()
    assert event["event"] == name
    assert event["properties"] | properties == event["properties"]


class TestWaysIn:
    def test_a_wrong_secret_a_closed_way_and_an_old_secret_lead_nowhere(self, client: Client) -> None:
        old = hooks.open_hook("postmark", signing_key="", now=NOW).path
        new = hooks.open_hook("postmark", signing_key="", now=NOW).path
        assert [client.head(path).status_code for path in (old, new, "/hooks/mail/postmark/x/")] == [404, 200, 404]
        assert client.get(new).status_code == 405
        hooks.close_hook("postmark")
        assert client.post(new, {}, content_type="application/json").status_code == 404

    def test_a_raw_message_comes_in_by_post(self, client: Client) -> None:
        address = hooks.open_hook(RAW, signing_key="", now=NOW).path
        raw = f"From: {ADA}\r\nTo: hello@shop.example\r\nSubject: Re: Hi\r\nIn-Reply-To: {OURS}\r\n\r\nCall me"
        answer = client.post(address, raw.encode(), content_type="message/rfc822")
        assert answer.json() == {"events": 1}
        assert names() == ["Reply Received"]
        assert hooks.hooks()[0].last_at is not None
        assert client.post(address, b"nonsense", content_type="message/rfc822").status_code == 400
