"""One message of ours that was sent, and what providers told about it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from tests.decided import deciding

from tactful.api import hooks as views
from tactful.delivery import services
from tactful.delivery.domain.message import message_id
from tactful.delivery.domain.values import Intent
from tactful.delivery.port import Outcome, Result
from tactful.kernel.clock import VirtualClock
from tactful.kernel.ids import key_of

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
KEY = key_of("letter")
OURS = message_id(KEY, "hello@shop.example")
ADA = "ada@example.com"


def after_a_message(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Somebody who calls from outside, an hour after a message was sent."""
    deciding(monkeypatch)
    monkeypatch.setattr(views, "clock", VirtualClock(NOW + timedelta(hours=1)))
    intent = Intent(KEY, 0, 7, "email", "news", ADA, "hello", 1, NOW)
    (number,) = services.queue([intent], now=NOW).values()
    claimed = services.claim(limit=1, worker="test", now=NOW)
    result = Result(number, 1, Outcome.SENT, provider="mailgun", message_id=OURS, subject="Hi")
    services.record([result], claimed=claimed, now=NOW)
    return Client(enforce_csrf_checks=True)


def told() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM events_inbox ORDER BY id")
        return [json.loads(payload) for (payload,) in cursor.fetchall()]
