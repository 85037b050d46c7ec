"""Somebody who opens the links of a message."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from tactful.consent import queries as consent
from tactful.consent.domain.consent import allows
from tactful.delivery.domain.visits import SETTLED
from tactful.flows import visiting
from tactful.kernel.clock import VirtualClock

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"


@dataclass(frozen=True, slots=True)
class Visit:
    client: Client
    customer_id: int
    delivery_id: int
    key: UUID
    clock: VirtualClock
    preferences: str
    unsubscribe: str
    why: str
    link: str
    pixel: str

    @property
    def pages(self) -> tuple[str, ...]:
        return (self.preferences, self.unsubscribe, self.why)

    def inbox(self) -> list[dict[str, Any]]:
        """What waits for the engine, in order, once it is told who opened and clicked."""
        visiting.settle(self.clock.now() + SETTLED)
        with connection.cursor() as cursor:
            cursor.execute("SELECT source, historical, payload FROM events_inbox ORDER BY id")
            rows = cursor.fetchall()
        assert {(source, historical) for source, historical, _ in rows} <= {("public", False)}
        return [json.loads(payload) for *_, payload in rows]

    def names(self) -> list[str]:
        return [payload["event"] for payload in self.inbox()]

    def hears(self, topic: str) -> bool:
        """Whether he may be written to about a topic, by what consent says now."""
        return allows(consent.facts([self.customer_id], channel="email")[self.customer_id], topic)
