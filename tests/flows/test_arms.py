"""Texts under test in a running company: the same arm while a message is held, one phase for each design."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.db import connection

from tactful.decisions import services as decisions
from tactful.experiments import queries, services
from tactful.experiments.domain.values import Status
from tactful.experiments.models import Assignment
from tactful.flows import arms
from tactful.journeys import services as journeys
from tactful.kernel.errors import Conflict, InvalidInput
from tactful.kernel.time import QuietHours
from tests.flows.conftest import Shop

pytestmark = pytest.mark.usefixtures("outside_holdout")


def journey(first: float = 0.5, **more: Any) -> dict[str, Any]:
    texts = [
        {"name": "short", "template": "welcome", "share": first},
        {"name": "long", "template": "winback", "share": round(1 - first, 2)},
    ]
    step = {
        "type": "message", "arms": texts, "winner": {"by": "margin", "within_days": 7},
        "topic": "news", "expires_after_days": 3, "next": "done", **more,
    }  # fmt: skip
    return {
        "name": "Test of texts", "slug": "texts", "start": "letter",
        "entry": {"event": {"name": "Signed"}},
        "goal": {"event": {"name": "Order Completed"}, "within_days": 7},
        "steps": {"letter": step, "done": {"type": "exit"}},
    }  # fmt: skip


def sent_texts() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id, template FROM delivery_delivery WHERE step = 'letter'")
        return dict(cursor.fetchall())
