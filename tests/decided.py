"""Decisions and slots for messages that a test queues by itself: the database refuses them otherwise."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection

from tactful.delivery import services
from tactful.delivery.domain.values import Intent

_DECISION = """
INSERT INTO decisions_decision (id, customer_id, step, channel, topic, category, priority, verdict, reason,
                                reasons, at, message_key)
VALUES (%s, %s, '', %s, %s, %s, 0, 'send', 'clear',
        '[{"rule": "consent", "verdict": "pass", "reason": "", "saw": {}}]', %s, %s)
ON CONFLICT (id) DO UPDATE SET message_key = EXCLUDED.message_key, customer_id = EXCLUDED.customer_id
"""
_TOUCH = """
INSERT INTO decisions_touch (customer_id, channel, topic, category, at, message_key) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT DO NOTHING
"""


def deciding(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on whatever a test queues was decided."""
    queue: Callable[..., dict[UUID, int]] = services.queue

    def put(intents: Sequence[Intent], *, now: datetime) -> dict[UUID, int]:
        with connection.cursor() as cursor:
            for one in intents:
                what = (one.channel, one.topic, one.category)
                cursor.execute(_DECISION, (one.decision_id, one.customer_id, *what, now, one.key))
                cursor.execute(_TOUCH, (one.customer_id, *what, now, one.key))
        return queue(intents, now=now)

    monkeypatch.setattr(services, "queue", put)
