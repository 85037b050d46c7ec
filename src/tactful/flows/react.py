"""The engine's work: what came through the door becomes customers, orders, consents, segments, journeys, decisions.

One transaction per batch. A batch that fails is undone and tried again event by event; the event that makes it fail
is set aside with its error, and the rest goes on.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, transaction

from tactful.events import services as events
from tactful.events.services import Taken
from tactful.flows import settling, steering

log = structlog.get_logger()

BATCH = 2000
# COPY is the driver's own: its errors do not all pass Django's translation. None of these is an event's fault.
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


def react(*, now: datetime, limit: int = BATCH) -> int:
    """Work in the oldest payloads; returns how many were taken out of the inbox."""
    try:
        with transaction.atomic():
            return _work(events.take(limit), now)
    except DATABASE_AWAY:
        raise  # the database, not an event: the loop connects anew and nothing is lost
    except Exception:
        log.exception("a batch failed; trying its events one by one")
        return _one_by_one(limit, now)


def tick(*, now: datetime, limit: int = BATCH) -> int:
    """Move the runs for which the time has come; returns how many."""
    with transaction.atomic():
        return steering.steer_due(now=now, limit=limit)


def drain(*, now: datetime, progress: Callable[[int], object] = lambda _count: None) -> int:
    """React until the inbox is empty; returns how many payloads were worked in."""
    total = 0
    while taken := react(now=now):
        total += taken
        progress(taken)
    return total


def _work(taken: Sequence[Taken], now: datetime) -> int:
    if taken:
        settled = settling.settle(taken, now=now)
        steering.steer(settled, now=now)
    return len(taken)


def _one_by_one(limit: int, now: datetime) -> int:
    for count in range(limit):
        try:
            with transaction.atomic():
                if not _work(events.take(1), now):
                    return count
        except DATABASE_AWAY:
            raise
        except Exception as fault:
            log.exception("an event was set aside")
            with transaction.atomic():
                events.set_aside(events.take(1), reason=f"{type(fault).__name__}: {fault}", now=now)
    return limit
