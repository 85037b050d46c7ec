"""Decisions and slots for messages that a test queues by itself: the database refuses them otherwise."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

import pytest
from bench.decided import decide

from tactful.delivery import services
from tactful.delivery.domain.values import Intent


def deciding(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on whatever a test queues was decided. Messages of one call need decisions of their own."""
    queue: Callable[..., dict[UUID, int]] = services.queue

    def put(intents: Sequence[Intent], *, now: datetime) -> dict[UUID, int]:
        for one in intents:
            decide([one], now=now)
        return queue(intents, now=now)

    monkeypatch.setattr(services, "queue", put)
