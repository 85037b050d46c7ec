"""What became of a broadcast's messages: who was let through is not yet who got it."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from tests.web.test_journey_editing import client, typed

from tactful.decisions.models import Decision
from tactful.delivery.models import Delivery
from tactful.journeys import queries as journeys

__all__ = ["client"]
pytestmark = pytest.mark.django_db


def decided(journey: int, customer: int, state: str) -> None:
    now = datetime.now(UTC)
    about: dict[str, Any] = {"customer_id": customer, "journey_id": journey, "channel": "email", "topic": "news"}
    made = Decision.objects.create(
        **about, run_id=customer, step="letter", category="information", priority=1, verdict="send", reason="clear",
        reasons=[], at=now, message_key=uuid4(),
    )  # fmt: skip
    Delivery.objects.create(
        **about, key=made.message_key, decision_id=made.pk, category="service",
        address=f"{customer}@example.com", template="x", template_version=1, state=state, queued_at=now, due_at=now,
    )  # fmt: skip


def test_a_cancelled_broadcast_tells_what_left_what_was_refused_and_what_was_stopped(client: Client) -> None:
    client.post("/broadcasts/new/", typed())
    found = journeys.journey("winter-tea").summary
    for customer, state in enumerate(["sent"] * 4 + ["failed"] * 2 + ["dropped"], start=1):
        decided(found.id, customer, state)
    page = client.get("/broadcasts/winter-tea/").content.decode()
    said = " ".join(re.sub(r"<[^>]*>", "", page).split())
    assert "7 were let through: 4 left, 2 were refused and 1 was stopped before it left" in said
    for state, count in (("sent", 4), ("failed", 2), ("dropped", 1)):
        address = f"/mailbox/?journey=winter-tea&state={state}"
        assert address.replace("&", "&amp;") in page
        assert len(client.get(address).context["rows"]) == count
