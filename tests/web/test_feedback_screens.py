"""Sender health, the ways in, and replies, as staff see and use them."""

import json
from datetime import UTC, datetime

import pytest
from django.test import Client
from tests.decided import deciding

from tactful.customers import queries as customers
from tactful.delivery import health, hooks, services
from tactful.delivery.domain.values import Intent
from tactful.delivery.models import Delivery
from tactful.delivery.port import SenderSettings
from tactful.events import services as events
from tactful.flows import inbound, react
from tactful.kernel.ids import key_of
from tactful.sales import replies
from tactful.team import services as team

PASSWORD = "tea-without-spam"
MAIL = b"From: Ada <ada@example.com>\r\nSubject: <b>Re</b>: tea\r\n\r\nCall <script>me</script>\r\n"


@pytest.fixture
def staff(db: None) -> Client:
    now = datetime.now(UTC)
    team.create_user(email="max@example.com", name="Max", role="admin", password=PASSWORD, now=now)
    person = {"type": "identify", "userId": "ada", "messageId": "1", "traits": {"email": "ada@example.com"}}
    events.append([("api:shop", False, json.dumps(person))], now=now)
    react.drain(now=now)
    client = Client()
    client.post("/sign-in/", {"username": "max@example.com", "password": PASSWORD})
    return client


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_screens_with_nothing_in_them_teach(staff: Client) -> None:
    assert "Nothing to measure yet" in text(staff, "/settings/health/")
    assert "No way in is open" in text(staff, "/settings/incoming/")
    assert "Nobody has answered yet" in text(staff, "/replies/")


def test_a_reply_is_shown_read_and_answered(staff: Client) -> None:
    inbound.receive(MAIL, now=datetime.now(UTC))
    react.drain(now=datetime.now(UTC))
    assert "1 reply nobody has read" in text(staff, "/")
    assert "his answer is unread" in text(staff, f"/customers/{customers.internal_ids(['ada'])['ada']}/")
    ((found,), _) = replies.page("unread")
    listed = text(staff, "/replies/?state=unread&q=call")
    assert f"/replies/{found.id}/" in listed
    assert "None of them" in text(staff, "/replies/?q=nonsense")
    shown = text(staff, f"/replies/{found.id}/")
    assert "&lt;script&gt;" in shown
    assert "<b>Re</b>" not in shown
    assert "mailto:ada@example.com?subject=Re%3A" in shown
    answer = staff.post(f"/replies/{found.id}/read/")
    assert (answer.status_code, answer["Location"]) == (302, "/replies/")
    assert replies.counts() == {"unread": 0, "read": 1, "all": 1}
    assert "Read by Max" in text(staff, f"/replies/{found.id}/")
    assert staff.get("/replies/999/").status_code == 404


def test_a_brake_says_why_and_is_let_go_with_a_word(staff: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    deciding(monkeypatch)
    now = datetime.now(UTC)
    services.save_sender(SenderSettings(provider="smtp", from_address="hello@shop.example", smtp_host="m"))
    intents = [
        Intent(key_of("m", number), number + 1, 1, "email", "news", f"p{number}@x.example", "hello", 1, now)
        for number in range(200)
    ]
    services.queue(intents, now=now)
    Delivery.objects.update(
        state="sent", sent_at=now, provider="smtp", message_id="<m@shop.example>", bounced_at=now
    )
    (brake,) = health.check(now)
    shown = text(staff, "/settings/health/")
    assert "Marketing is paused since" in shown
    assert "200 of 200" in shown
    assert "Postmaster Tools" in shown
    assert "x.example" in shown
    assert "Marketing from shop.example by smtp is paused" in text(staff, "/")
    behind = text(staff, "/settings/health/behind/?stream=smtp:shop.example&what=bounce")
    assert behind.count("@x.example") >= 50
    assert 'rel="next"' in behind
    refused = staff.post(f"/settings/health/{brake.id}/resume/", {"note": ""})
    assert refused.status_code == 422
    assert "Say in a few words" in refused.content.decode()
    assert staff.post(f"/settings/health/{brake.id}/resume/", {"note": "list cleaned"}).status_code == 302
    after = text(staff, "/settings/health/")
    assert "list cleaned" in after
    assert "0 mails since the pause" in after
    assert "Share bounced" in after
    assert "x.example" in after
    assert '"limit": 0.002' in after
    assert health.open_brakes() == []
    assert staff.get("/settings/health/behind/?stream=x&what=bounce").status_code == 404


def test_ways_in_are_opened_and_closed(staff: Client) -> None:
    refused = staff.post("/settings/incoming/", {"provider": "mailgun", "signing_key": ""})
    assert refused.status_code == 422
    assert "give its signing key" in refused.content.decode()
    assert staff.post("/settings/incoming/", {"provider": "raw", "signing_key": ""}).status_code == 302
    (hook,) = hooks.hooks()
    assert hook.path in text(staff, "/settings/incoming/")
    staff.post("/settings/incoming/raw/close/")
    assert hooks.hooks() == []


def test_a_way_in_says_whom_it_hears_and_what_is_to_be_done(staff: Client) -> None:
    now = datetime.now(UTC)
    hooks.open_hook("amazon-ses", signing_key="", now=now)
    assert hooks.belongs("amazon-ses", "123456789012")
    hooks.heard("amazon-ses", please="https://sns.eu-west-1.amazonaws.com/?Action=x&Token=1", now=now)
    shown = text(staff, "/settings/incoming/")
    assert "account <code>123456789012</code> alone" in shown
    assert 'href="https://sns.eu-west-1.amazonaws.com/?Action=x&amp;Token=1"' in shown
