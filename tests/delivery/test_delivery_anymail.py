"""Mail services: real requests of their real clients to a server that answers as they do."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep
from typing import Any
from uuid import UUID

import pytest

from tactful.delivery.domain.codes import Meaning
from tactful.delivery.domain.message import Letter, compose, message_id
from tactful.delivery.port import Outcome, Outgoing, SenderSettings
from tactful.delivery.providers import open_provider
from tactful.delivery.providers.anymail import sending
from tactful.delivery.providers.anymail.sending import Anymail
from tactful.delivery.providers.anymail.vendors import VENDORS, checked
from tactful.kernel.errors import InvalidInput

KEY = UUID(int=7)
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
POSTMARK = {"ErrorCode": 0, "Message": "OK", "MessageID": "pm-1", "To": "person@example.org"}

INACTIVE = (
    "You tried to send to recipient(s) that have been marked as inactive. Found inactive addresses:"
    " person@example.org. Inactive recipients are ones that have generated a hard bounce, a spam complaint, or a"
    " manual suppression."
)


@dataclass
class Service:
    """What came in, and the answer to the next requests."""

    code: int = 200
    answer: Any = field(default_factory=lambda: POSTMARK)
    wait: float = 0.0
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.heard.append((self.path, dict(self.headers.items()), body))
            sleep(state.wait)
            answer = json.dumps(state.answer).encode()
            self.send_response(state.code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


def message() -> Outgoing:
    letter = Letter(
        key=KEY,
        from_name="Лист",
        from_address="hello@leaf.example",
        to="person@example.org",
        subject="Hé there",
        html="<p>Hello &amp; hi</p>",
        text="Hello & hi",
        date=NOW,
        reply_to="answers@leaf.example",
        unsubscribe="https://m.example/u/abc",
        list_name="news.leaf.example",
        feedback_id="j1:aa:marketing:bb",
    )
    return Outgoing(
        1, 1, KEY, 1, "marketing", "hello@leaf.example", "person@example.org", letter.subject,
        message_id(KEY, "hello@leaf.example"), NOW, compose(letter),
    )  # fmt: skip


def postmark(service: Service) -> Anymail:
    return Anymail("postmark", {"server_token": "secret-token"}, address=service.url)


def test_postmark_gets_the_whole_message_with_our_key(service: Service) -> None:
    (result,) = postmark(service).send([message()])
    assert (result.outcome, result.message_id, result.provider) == (Outcome.SENT, "pm-1", "postmark")
    assert "Postmark calls it sent" in result.answer
    path, headers, body = service.heard[0]
    said = json.loads(body)
    assert path == "/email"
    assert headers["X-Postmark-Server-Token"] == "secret-token"
    assert said["Metadata"] == {"message_key": str(KEY)}
    assert (said["Subject"], said["To"], said["ReplyTo"]) == (
        "Hé there", "person@example.org", "answers@leaf.example",
    )  # fmt: skip
    assert said["From"].endswith("<hello@leaf.example>")
    assert said["TextBody"].strip() == "Hello & hi"
    assert said["HtmlBody"].strip() == "<p>Hello &amp; hi</p>"
    carried = {each["Name"]: each["Value"] for each in said["Headers"]}
    assert carried == {
        "List-Unsubscribe": "<https://m.example/u/abc>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-ID": "<news.leaf.example>",
        "Feedback-ID": "j1:aa:marketing:bb",
    }
    assert said["TrackOpens"] is False


def test_mailgun_gets_its_form_and_keeps_our_message_id(service: Service) -> None:
    service.answer = {"id": "<mg-1@leaf.example>", "message": "Queued. Thank you."}
    provider = Anymail("mailgun", {"api_key": "key", "sender_domain": "mg.leaf.example"}, address=service.url)
    (result,) = provider.send([message()])
    assert (result.outcome, result.message_id) == (Outcome.SENT, message().message_id)
    path, headers, body = service.heard[0]
    assert path == "/mg.leaf.example/messages"
    form = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
    said = (
        {part.get_param("name", header="content-disposition"): part.get_content() for part in form.iter_parts()}
        if form.is_multipart()
        else body.decode()
    )
    assert str(KEY) in str(said)
    assert "List-Unsubscribe" in str(said)


def test_every_service_takes_a_message_or_says_why_not(service: Service) -> None:
    answers: dict[str, Any] = {
        "amazon-ses": {"MessageId": "ses-1"},
        "brevo": {"messageId": "<b-1@brevo>"},
        "mailersend": {},
        "mailgun": {"id": "<mg-1@leaf.example>", "message": "Queued. Thank you."},
        "mailjet": {"Messages": [{"Status": "success", "To": [{"Email": "person@example.org", "MessageID": 5}]}]},
        "postmark": POSTMARK,
        "resend": {"id": "re-1"},
        "sparkpost": {"results": {"total_accepted_recipients": 1, "total_rejected_recipients": 0, "id": "sp-1"}},
    }
    assert set(answers) == set(VENDORS)
    for vendor, answer in answers.items():
        if vendor == "mailersend":  # its id comes in a header
            continue
        service.answer = answer
        options = {
            option.name: "eu-west-1" if option.name == "region" else "word" for option in VENDORS[vendor].options
        }
        if "api_url" in options:
            options["api_url"] = service.url
        (result,) = Anymail(vendor, options, address=service.url).send([message()])
        assert result.outcome is Outcome.SENT, (vendor, result.reason)
        assert KEY.hex in service.heard[-1][2].decode().replace("-", "") or vendor == "amazon-ses"


@pytest.mark.parametrize(
    ("code", "answer", "outcome", "means"),
    [
        (422, {"ErrorCode": 406, "Message": INACTIVE}, Outcome.BOUNCED, Meaning.GONE),
        (
            422,
            {"ErrorCode": 300, "Message": "Invalid 'To' address: 'person@example.org'."},
            Outcome.BOUNCED,
            Meaning.GONE,
        ),
        (401, {"ErrorCode": 10, "Message": "Bad or missing server token"}, Outcome.RETRY, Meaning.POLICY),
        (429, {"Message": "slow down"}, Outcome.RETRY, Meaning.RATE),
        (503, {}, Outcome.RETRY, Meaning.UNKNOWN),
        (500, {}, Outcome.IN_DOUBT, Meaning.UNKNOWN),
        (200, "nonsense", Outcome.IN_DOUBT, Meaning.UNKNOWN),
    ],
)
def test_what_an_answer_means(service: Service, code: int, answer: Any, outcome: Outcome, means: Meaning) -> None:
    service.code, service.answer = code, answer
    (result,) = postmark(service).send([message()])
    assert (result.outcome, result.means) == (outcome, means), result.reason
    assert result.reason


def test_a_service_that_says_nothing_leaves_doubt(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUT", 0.2)
    service.wait = 0.6
    (result,) = postmark(service).send([message()])
    assert result.outcome is Outcome.IN_DOUBT
    assert len(service.heard) == 1, "asked once"


def test_a_service_that_cannot_be_reached_leaves_none() -> None:
    (result,) = Anymail("postmark", {"server_token": "x"}, address="http://127.0.0.1:9").send([message()])
    assert result.outcome is Outcome.RETRY


def test_amazon_is_asked_once_and_leaves_doubt(service: Service) -> None:
    service.code, service.answer = 500, {"message": "oops"}
    options = {"access_key_id": "a", "secret_access_key": "b", "region": "eu-west-1"}
    (result,) = Anymail("amazon-ses", options, address=service.url).send([message()])
    assert result.outcome is Outcome.IN_DOUBT
    assert len(service.heard) == 1


def test_a_batch_goes_by_several_connections_and_closing_is_no_end(service: Service) -> None:
    provider = postmark(service)
    assert {result.outcome for result in provider.send([message()] * 20)} == {Outcome.SENT}
    provider.close()
    assert {result.outcome for result in provider.send([message()])} == {Outcome.SENT}
    assert len(service.heard) == 21


def test_settings_are_held_against_what_the_service_needs() -> None:
    assert checked("mailgun", {"api_key": " k ", "other": "x"}) == {
        "api_key": "k",
        "api_url": "https://api.eu.mailgun.net/v3",
    }
    for options in ({}, {"api_key": "k", "api_url": "http://127.0.0.1/"}, {"api_key": "k\nx"}):
        with pytest.raises(InvalidInput):
            checked("mailgun", options)


def test_each_service_opens_by_its_name(tmp_path: Any) -> None:
    for vendor in VENDORS:
        assert open_provider(SenderSettings(provider=vendor), data=tmp_path).name == vendor
