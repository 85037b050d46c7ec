"""Decisions and slots for messages that are queued by hand: the database refuses marketing without them."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from tactful.delivery.domain.values import Intent

_DECISIONS = """
INSERT INTO decisions_decision (id, customer_id, step, channel, topic, category, priority, verdict, reason,
                                reasons, at, message_key)
SELECT id, customer_id, '', channel, topic, category, 0, 'send', 'clear',
       '[{"rule": "consent", "verdict": "pass", "reason": "", "saw": {}}]', %(now)s, key
FROM unnest(%(id)s::bigint[], %(customer_id)s::bigint[], %(channel)s::text[], %(topic)s::text[],
            %(category)s::text[], %(key)s::uuid[]) AS one (id, customer_id, channel, topic, category, key)
ON CONFLICT (id) DO UPDATE SET message_key = EXCLUDED.message_key, customer_id = EXCLUDED.customer_id
"""
_TOUCHES = """
INSERT INTO decisions_touch (customer_id, channel, topic, category, at, message_key)
SELECT customer_id, channel, topic, category, %(now)s, key
FROM unnest(%(customer_id)s::bigint[], %(channel)s::text[], %(topic)s::text[], %(category)s::text[],
            %(key)s::uuid[]) AS one (customer_id, channel, topic, category, key)
ON CONFLICT DO NOTHING
"""


def decide(intents: "Sequence[Intent]", *, now: datetime) -> None:
    """As if each of these messages had been decided, under the number that it gives, and had its slot."""
    given = {
        "now": now,
        "id": [one.decision_id for one in intents],
        "customer_id": [one.customer_id for one in intents],
        "channel": [one.channel for one in intents],
        "topic": [one.topic for one in intents],
        "category": [one.category for one in intents],
        "key": [one.key for one in intents],
    }
    with connection.cursor() as cursor:
        cursor.execute(_DECISIONS, given)
        cursor.execute(_TOUCHES, given)
