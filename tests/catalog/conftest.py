"""Events as the engine hands them over, written shortly."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest

from tactful.events.domain.parse import Located, locate, parse

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
Say = Callable[..., Located]


@pytest.fixture
def say() -> Say:
    numbers: Iterator[int] = count(1)

    def make(
        name: str, /, *, customer: int | None = 7, day: float = 0, historical: bool = False, **properties: Any
    ) -> Located:
        number = next(numbers)
        payload = {
            "type": "track",
            "messageId": f"m{number}",
            "userId": "u7",
            "event": name,
            "timestamp": (START + timedelta(days=day)).isoformat(),
            "properties": properties,
        }
        text = msgspec.json.encode(payload)
        parsed = parse(text, source="api:shop", received_at=START + timedelta(days=400), historical=historical)
        return locate(parsed, customer_id=customer, event_id=number)

    return make
