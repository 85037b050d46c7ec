"""What Amazon SES tells by SNS: believed when Amazon signed it, else nothing is kept."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.api.hooks_kit import ADA, NOW, OURS, after_a_message, told
from tests.delivery import sns_kit as kit
from tests.delivery.sns_kit import CERTIFICATE, SUBSCRIBE, signed

from tactful.delivery import hooks
from tactful.delivery.domain.sns import NOTIFICATION, SUBSCRIBED, UNSUBSCRIBED
from tactful.delivery.hooks import HookRow
from tactful.delivery.providers import sns
from tactful.kernel import outside
from tactful.kernel.outside import Answered

ACCOUNT = "123456789012"
OTHER = kit.TOPIC.replace(ACCOUNT, "999999999999")
Post = Callable[..., Any]


@dataclass
class Outside:
    """What is asked of other sites, and how they answer."""

    answers: dict[str, Answered | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def ask(self, method: str, url: str, **_how: Any) -> Answered:
        self.asked.append(f"{method} {url}")
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def amazon(monkeypatch: pytest.MonkeyPatch) -> Outside:
    site = Outside({CERTIFICATE: Answered(200, kit.pem()), SUBSCRIBE: Answered(200, b"<ok/>")})
    monkeypatch.setattr(outside, "ask", site.ask)
    sns._certificate.cache_clear()
    return site


@pytest.fixture
def post(db: None, amazon: Outside, monkeypatch: pytest.MonkeyPatch) -> Post:
    client = after_a_message(monkeypatch)
    address = hooks.open_hook("amazon-ses", signing_key="", now=NOW).path
    return lambda said: send(client, address, said)


def send(client: Client, address: str, said: dict[str, Any]) -> Any:
    headers = {"x-amz-sns-message-type": said.get("Type", ""), "x-amz-sns-message-id": said.get("MessageId", "")}
    return client.post(address, json.dumps(said), content_type="text/plain; charset=UTF-8", headers=headers)


def hook() -> HookRow:
    return hooks.hooks()[0]


def ses(kind: str, **more: Any) -> dict[str, Any]:
    mail = {
        "timestamp": "2026-03-02T09:59:00.000Z",
        "source": "hello@shop.example",
        "messageId": "0102017c-1111-2222-3333-444455556666-000000",
        "destination": [ADA],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": "hello@shop.example"}, {"name": "Message-ID", "value": OURS}],
    }
    return {"notificationType": kind, "mail": mail, **more}


AMAZON = [
    (
        ses(
            "Bounce",
            bounce={
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [
                    {
                        "emailAddress": ADA,
                        "action": "failed",
                        "status": "5.1.1",
                        "diagnosticCode": "smtp; 550 5.1.1 unknown",
                    }
                ],
                "timestamp": "2026-03-02T10:00:00.000Z",
                "feedbackId": "f1",
            },
        ),
        "Email Bounced",
        {"bounce": "hard"},
    ),
    (
        ses(
            "Bounce",
            bounce={
                "bounceType": "Transient",
                "bounceSubType": "MailboxFull",
                "bouncedRecipients": [{"emailAddress": ADA}],
                "timestamp": "2026-03-02T10:00:00.000Z",
                "feedbackId": "f2",
            },
        ),
        "Email Bounced",
        {"bounce": "soft"},
    ),
    (
        ses(
            "Complaint",
            complaint={
                "complainedRecipients": [{"emailAddress": ADA}],
                "timestamp": "2026-03-02T10:00:00.000Z",
                "feedbackId": "f3",
                "complaintFeedbackType": "abuse",
            },
        ),
        "Email Marked as Spam",
        {"address": ADA},
    ),
    (ses("Delivery", delivery={"recipients": [ADA], "smtpResponse": "250 ok"}), "Email Delivered", {}),
]


BOUNCE = json.dumps(AMAZON[0][0])


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(("body", "name", "properties"), AMAZON)
def test_each_word_becomes_an_event(
    post: Post, body: dict[str, Any], name: str, properties: dict[str, Any], version: str
) -> None:
    assert post(signed(Message=json.dumps(body), SignatureVersion=version)).json() == {"events": 1}
    (event,) = told()
    assert event["event"] == name
    assert event["properties"] | properties == event["properties"]


FORGED = [
    {**signed(Message=BOUNCE), "Message": BOUNCE.replace("Permanent", "Transient")},
    signed(Message=BOUNCE, signer=kit.key("somebody else")),
    signed(Message=BOUNCE, SigningCertURL="https://evil.example/SimpleNotificationService-a.pem"),
    signed(Message=BOUNCE, SigningCertURL=CERTIFICATE.replace(".com/", ".com.evil.example/")),
    signed(Message=BOUNCE, SigningCertURL=CERTIFICATE.replace("https", "http")),
    {name: value for name, value in signed(Message=BOUNCE).items() if name != "Signature"},
    kit.unsigned(Message=BOUNCE),
    {**signed(SUBSCRIBED), "Token": "another"},
    signed(SUBSCRIBED, SubscribeURL="https://evil.example/?Action=ConfirmSubscription&Token=1"),
]


@pytest.mark.parametrize("said", FORGED)
def test_what_amazon_did_not_sign_is_turned_away_and_nothing_is_kept_or_opened(
    post: Post, amazon: Outside, said: dict[str, Any]
) -> None:
    answer = post(said)
    assert (answer.status_code, "error" in answer.json()) == (403, True)
    assert told() == []
    assert (hook().last_at, hook().please, hook().account) == (None, "", "")
    assert set(amazon.asked) <= {f"GET {CERTIFICATE}"}


def test_a_header_that_says_otherwise_than_the_body_is_turned_away(db: None, amazon: Outside) -> None:
    address = hooks.open_hook("amazon-ses", signing_key="", now=NOW).path
    answer = Client().post(address, json.dumps(signed(Message=BOUNCE)), content_type="text/plain")
    assert answer.status_code == 403
    assert told() == []


def test_a_certificate_that_is_over_proves_nothing(post: Post, amazon: Outside) -> None:
    over = kit.certificate(begins=NOW - timedelta(days=400), ends=NOW - timedelta(days=1))
    amazon.answers[CERTIFICATE] = Answered(200, kit.pem(over))
    assert post(signed(Message=BOUNCE)).status_code == 403
    assert told() == []


@pytest.mark.parametrize(
    "away", [outside.Unanswered("ConnectTimeout"), outside.Refused(), Answered(503), Answered(200, b"<html>")]
)
def test_while_the_certificate_cannot_be_had_amazon_is_asked_to_come_again(
    post: Post, amazon: Outside, away: Answered | Exception
) -> None:
    amazon.answers[CERTIFICATE] = away
    assert post(signed(Message=BOUNCE)).status_code == 503
    assert (told(), hook().last_at) == ([], None)
    amazon.answers[CERTIFICATE] = Answered(200, kit.pem())
    assert post(signed(Message=BOUNCE)).json() == {"events": 1}


def test_a_certificate_is_fetched_once(post: Post, amazon: Outside) -> None:
    for number in range(3):
        post(signed(Message=BOUNCE, MessageId=f"m{number}"))
    assert amazon.asked == [f"GET {CERTIFICATE}"]


def test_only_so_many_certificates_are_kept() -> None:
    assert sns._certificate.cache_info().maxsize == 16


def test_a_subscription_is_confirmed_once_it_is_proven(post: Post, amazon: Outside) -> None:
    assert post(signed(SUBSCRIBED)).status_code == 200
    assert amazon.asked == [f"GET {CERTIFICATE}", f"GET {SUBSCRIBE}"]
    assert (hook().please, hook().account) == ("", ACCOUNT)


def test_what_amazon_does_not_confirm_is_asked_of_a_person_and_comes_again(post: Post, amazon: Outside) -> None:
    amazon.answers[SUBSCRIBE] = Answered(500)
    assert post(signed(SUBSCRIBED)).status_code == 503
    assert hook().please == SUBSCRIBE
    amazon.answers[SUBSCRIBE] = Answered(200)
    assert post(signed(SUBSCRIBED)).status_code == 200
    assert hook().please == ""


def test_that_a_subscription_ended_is_shown_and_not_taken_back(post: Post, amazon: Outside) -> None:
    assert post(signed(UNSUBSCRIBED)).status_code == 200
    assert f"GET {SUBSCRIBE}" not in amazon.asked
    assert hook().please == SUBSCRIBE


def test_another_account_is_not_heard_whatever_it_signs(post: Post, amazon: Outside) -> None:
    """Anybody may have a topic of his own, and Amazon signs for it."""
    post(signed(SUBSCRIBED))
    amazon.asked.clear()
    for said in (signed(SUBSCRIBED, TopicArn=OTHER), signed(NOTIFICATION, TopicArn=OTHER, Message=BOUNCE)):
        assert post(said).status_code == 403
    assert (told(), amazon.asked, hook().account) == ([], [], ACCOUNT)


def test_other_topics_of_the_same_account_are_heard(post: Post) -> None:
    post(signed(SUBSCRIBED))
    assert post(signed(TopicArn=f"{kit.TOPIC}-complaints", Message=BOUNCE)).json() == {"events": 1}


def test_a_way_in_that_is_opened_anew_belongs_to_whom_it_hears_first(post: Post) -> None:
    post(signed(SUBSCRIBED))
    assert hook().account == ACCOUNT
    hooks.open_hook("amazon-ses", signing_key="", now=NOW)
    assert hook().account == ""
    assert hooks.belongs("amazon-ses", "999999999999")
    assert not hooks.belongs("amazon-ses", ACCOUNT)
