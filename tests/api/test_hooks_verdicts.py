"""A provider's own word on a failure counts where the receiver's say nothing: for now, because of us, for good."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client
from tests.api.hooks_kit import ADA, KEY, NOW, after_a_message, told

from tactful.delivery import hooks

SIGNING = "key-1234"
MARK = json.dumps({"message_key": str(KEY)})


@pytest.fixture
def client(db: None, monkeypatch: pytest.MonkeyPatch) -> Client:
    return after_a_message(monkeypatch)


def brevo(event: str, reason: str = "") -> dict[str, Any]:
    return {"event": event, "email": ADA, "ts_epoch": 1772445600000, "reason": reason, "X-Mailin-custom": MARK}


def mailersend(kind: str, reason: str) -> dict[str, Any]:
    email = {"message": {"id": "62fb66be"}, "recipient": {"email": ADA}, "tags": [str(KEY)]}
    morph = {"object": "recipient_bounce", "reason": reason}
    data = {"id": "62f114f8", "type": kind, "created_at": "2026-03-02T10:00:00Z", "email": email, "morph": morph}
    return {"type": f"activity.{kind}", "data": data}


def mailgun(reason: str, words: str) -> dict[str, Any]:
    stamp, token = str(int(NOW.timestamp())), "t" * 50
    signature = hmac.new(SIGNING.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"token": token, "timestamp": stamp, "signature": signature},
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "reason": reason,
            "timestamp": NOW.timestamp(),
            "recipient": ADA,
            "user-variables": {"message_key": str(KEY)},
            "delivery-status": {"message": words, "description": words},
        },
    }


def mailjet(event: str, error: str, *, final: bool = False) -> dict[str, Any]:
    return {
        "event": event,
        "time": 1772445600,
        "MessageID": 19421777835146490,
        "email": ADA,
        "hard_bounce": final,
        "error": error,
        "Payload": MARK,
    }


def postmark(kind: str, words: str) -> dict[str, Any]:
    return {
        "RecordType": "Bounce",
        "Type": kind,
        "ID": 42,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {"message_key": str(KEY)},
        "Email": ADA,
        "BouncedAt": "2026-03-02T10:00:00Z",
        "Details": "action: failed\r\n",
        "Description": words,
    }


def sparkpost(number: str, words: str, kind: str = "bounce") -> list[dict[str, Any]]:
    event = {
        "type": kind,
        "event_id": number,
        "timestamp": "1772445600",
        "bounce_class": number,
        "raw_reason": words,
        "raw_rcpt_to": ADA,
        "rcpt_meta": {"message_key": str(KEY)},
    }
    return [{"msys": {"message_event": event}}]


FOR_NOW = "Unable to temporarily deliver message (i.e. mailbox full, account disabled, exceeds quota)."
VERDICTS = [
    ("brevo", brevo("soft_bounce", "Error connecting to host"), "soft"),
    ("brevo", brevo("soft_bounce", "no such user"), "soft"),
    ("brevo", brevo("hard_bounce", "gone"), "hard"),
    ("brevo", brevo("invalid_email"), "hard"),
    ("brevo", brevo("blocked", "on your list of blocked contacts"), "soft"),
    ("brevo", brevo("error", "Sender is not valid"), "content"),
    ("mailersend", mailersend("soft_bounced", "Unknown reason"), "soft"),
    ("mailersend", mailersend("hard_bounced", "Unknown reason"), "hard"),
    ("mailgun", mailgun("old", "Too old"), "soft"),
    ("mailgun", mailgun("espblock", "not now"), "policy"),
    ("mailgun", mailgun("suppress-bounce", "Not delivering to previously bounced address"), "hard"),
    ("mailjet", mailjet("bounce", "user unknown", final=True), "hard"),
    ("mailjet", mailjet("bounce", "quota exceeded"), "soft"),
    ("mailjet", mailjet("bounce", "connection issue"), "soft"),
    ("mailjet", mailjet("blocked", "preblocked"), "soft"),
    ("mailjet", mailjet("blocked", "sender blocked"), "policy"),
    ("mailjet", mailjet("blocked", "content blocked"), "content"),
    ("postmark", postmark("HardBounce", "The server was unable to deliver your message"), "hard"),
    ("postmark", postmark("SoftBounce", FOR_NOW), "soft"),
    ("postmark", postmark("Blocked", "ISP block"), "policy"),
    ("postmark", postmark("TemplateRenderingFailed", "An error occurred"), "content"),
    ("sparkpost", sparkpost("10", "refused"), "hard"),
    ("sparkpost", sparkpost("21", "[internal] Domain Lookup Failed"), "soft"),
    ("sparkpost", sparkpost("24", "[internal] Message expired after timeout"), "soft"),
    ("sparkpost", sparkpost("51", "554 refused"), "policy"),
    ("sparkpost", sparkpost("53", "554 refused"), "content"),
    ("sparkpost", sparkpost("25", "recipient is on your list", "policy_rejection"), "policy"),
]


@pytest.mark.parametrize(("provider", "body", "bounce"), VERDICTS)
def test_a_provider_says_whether_it_is_for_good(
    client: Client, provider: str, body: dict[str, Any], bounce: str
) -> None:
    key = SIGNING if provider in ("mailersend", "mailgun") else ""
    raw = json.dumps(body)
    signature = hmac.new(SIGNING.encode(), raw.encode(), hashlib.sha256).hexdigest()
    answer = client.post(
        hooks.open_hook(provider, signing_key=key, now=NOW).path,
        raw,
        content_type="application/json",
        headers={"signature": signature},
    )
    assert answer.json() == {"events": 1}
    (event,) = told()
    assert (event["event"], event["properties"]["bounce"]) == ("Email Bounced", bounce)


def test_where_the_receiver_said_nothing_the_providers_word_is_the_reason(client: Client) -> None:
    path = hooks.open_hook("mailjet", signing_key="", now=NOW).path
    client.post(path, mailjet("bounce", "quota exceeded"), content_type="application/json")
    (event,) = told()
    assert event["properties"]["reason"] == "quota exceeded"


@pytest.mark.parametrize(
    ("provider", "good"),
    [("mailjet", [mailjet("spam", "")]), ("sparkpost", sparkpost("10", "", "spam_complaint"))],
)
def test_junk_in_a_batch_loses_none_of_the_rest(client: Client, provider: str, good: list[Any]) -> None:
    path = hooks.open_hook(provider, signing_key="", now=NOW).path
    answer = client.post(path, [{"junk": 1}, *good, "more"], content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"events": 1})
    (event,) = told()
    assert event["event"] == "Email Marked as Spam"


@pytest.mark.parametrize("provider", ["mailjet", "sparkpost"])
def test_a_batch_of_nothing_but_junk_is_refused(client: Client, provider: str) -> None:
    path = hooks.open_hook(provider, signing_key="", now=NOW).path
    answer = client.post(path, [{"junk": 1}, {"junk": 2}], content_type="application/json")
    assert answer.status_code == 400
    assert "is missing" in answer.json()["error"]
