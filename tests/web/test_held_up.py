"""A journey or broadcast whose messages wait for a brake says so on its own page."""

from datetime import UTC, datetime

import pytest
import yaml
from django.test import Client

from tactful.delivery import health, services
from tactful.delivery.models import Brake
from tactful.delivery.port import SenderSettings
from tactful.journeys import services as journeys
from tactful.team import services as team

NOW = datetime.now(UTC)
TEXT = """
slug: hello
name: Hello
description: Says hello.
owner: Marketing
failure_path: Pause it.
category: information
topic: news
channel: email
holdout: 0
reentry: never
key: customer
entry: {event: Signed Up}
start: done
steps:
  done: {type: exit}
"""


@pytest.fixture
def staff(db: None) -> Client:
    team.create_user(email="m@example.com", name="M", role="admin", password="tea-without-spam", now=NOW)
    client = Client()
    client.post("/sign-in/", {"username": "m@example.com", "password": "tea-without-spam"})
    return client


def paused(provider: str) -> None:
    services.save_sender(SenderSettings(provider="smtp", from_address="hello@shop.example", smtp_host="m"))
    Brake.objects.create(
        provider=provider, domain="shop.example", measure="complaint", reason="2 of 400 were marked as spam",
        advice="Look which journey.", count=2, of=400, paused_at=NOW,
    )  # fmt: skip
    assert health.open_brakes()


def shown(client: Client) -> str:
    journeys.save(yaml.safe_load(TEXT), now=NOW)
    journeys.activate("hello", now=NOW)
    answer = client.get("/journeys/hello/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_says_what_holds_its_messages_and_where_to_let_go(staff: Client) -> None:
    paused("smtp")
    page = shown(staff)
    assert "2 of 400 were marked as spam" in page
    assert "/settings/health/" in page


def test_a_pause_of_another_way_out_holds_nothing(staff: Client) -> None:
    paused("mailbox")
    assert "were marked as spam" not in shown(staff)
