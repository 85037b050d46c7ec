"""Opens and clicks wait here for a few seconds, until it can be told whether a person made them."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from tactful.delivery.domain.visits import SETTLED, Visit
from tactful.kernel.sql import statements

KEPT = timedelta(days=2)
"""How long requests are kept beside the events that tell of them."""
_SQL = statements(Path(__file__).with_suffix(".sql"))
_LONGEST_AGENT = 400


def note(delivery_id: int, link_id: int, *, agent: str, looks: bool, now: datetime) -> None:
    """Keep one request; `link_id` is 0 for an open."""
    row: dict[str, Any] = {
        "delivery_id": delivery_id,
        "link_id": link_id,
        "at": now,
        "agent": agent[:_LONGEST_AGENT].replace("\x00", ""),
        "looks": looks,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL["note"], row)


def take(*, now: datetime, limit: int = 1000) -> tuple[list[Visit], set[int]]:
    """Visits of messages on which it can be told now, and the ids of those that were not told of before.

    Needs a transaction: they count as told from its commit on.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL["ripe"], {"before": now - SETTLED, "limit": limit})
        rows = cursor.fetchall()
        fresh = {row[0] for row in rows if row[6]}
        if fresh:
            cursor.execute(_SQL["settle"], {"ids": list(fresh)})
    return [Visit(*row[:6]) for row in rows], fresh


def forget(now: datetime) -> int:
    """Let go of old requests; gives how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["forget"], {"before": now - KEPT})
        return int(cursor.rowcount)
