"""Events said shortly, and customers as the tables have them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest

from tactful.customers import services
from tactful.customers.services import Resolution
from tactful.events.domain.parse import Parsed, parse

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
Event = Callable[..., Parsed]


@pytest.fixture
def event() -> Event:
    numbers = count(1)

    def make(
        kind: str = "track", *, source: str = "api:shop", minutes: int = 0, historical: bool = False, **fields: Any
    ) -> Parsed:
        moment = START + timedelta(minutes=minutes)
        said = {"type": kind, "event": "Product Viewed", "timestamp": moment.isoformat(), **fields}
        payload = msgspec.json.encode({"messageId": str(next(numbers)), **said})
        return parse(payload, source=source, received_at=START + timedelta(days=2), historical=historical)

    return make


def settle(*events: Parsed) -> Resolution:
    return services.resolve(events, now=START)


def ids_of(*batches: Sequence[Parsed]) -> list[int | None]:
    """Whose the events are after all batches, by the records that stay."""
    found: list[int | None] = []
    for batch in batches:
        resolution = services.resolve(batch, now=START)
        into = dict(resolution.merged)
        found = [into.get(number, number) if number else number for number in found] + resolution.customer_ids
    return found
