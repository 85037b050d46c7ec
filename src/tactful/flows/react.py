"""The engine's work: what came through the door becomes customers, orders, consents, segments, journeys, decisions.

One transaction per batch. A batch that fails is undone and tried again event by event; the event that makes it fail
is set aside with its error, and the rest goes on. So it is with runs whose time has come.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, transaction

from tactful.events import queries as inbox
from tactful.events import services as events
from tactful.events.services import Taken
from tactful.flows import settling, steering
from tactful.jobs import services as jobs
from tactful.journeys import services as journeys

log = structlog.get_logger()

BATCH = 4000  # at most: what a batch costs whatever its size is then a small part of it
_DUE_BESIDE = 1000  # customers, and runs, whose time has come, that go with a batch of events
ENGINE = "engine"  # the lock that the process holds which works the inbox in
_LOOK_AGAIN = 0.2  # seconds
# COPY is the driver's own: its errors do not all pass Django's translation. None of these is an event's fault.
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)


def react(*, now: datetime, limit: int = BATCH) -> int:
    """Work in the oldest payloads; returns how many were taken out of the inbox.

    What is due by time goes with them: a batch costs the same for a few more customers. If that is what fails,
    the payloads are worked in without it, and `tick` says what is wrong.
    """
    for due in (_DUE_BESIDE, 0):
        try:
            with without_collector(), transaction.atomic():
                return _work(events.take(limit), now, due=due)
        except DATABASE_AWAY:
            raise  # the database, not an event: the loop connects anew and nothing is lost
        except Exception:
            log.exception("a batch failed; trying it in smaller parts")
    return _one_by_one(limit, now)


def tick(*, now: datetime, limit: int = BATCH) -> int:
    """Look again at customers, and move the runs, for which the time has come; returns how many."""
    try:
        with transaction.atomic():
            return steering.steer_due(now=now, limit=limit)
    except DATABASE_AWAY:
        raise
    except Exception:
        log.exception("what was due failed; moving the runs one by one")
    return _runs_one_by_one(now)


def drain(*, now: datetime, progress: Callable[[int], object] = lambda _count: None) -> int:
    """React until the inbox is empty; returns how many payloads were worked in.

    Where an engine is running already, it is the one that works: two would not keep the order of events. Then this
    waits until the engine has come past what is in the inbox now.
    """
    with jobs.only_one(ENGINE) as alone:
        if not alone:
            return _wait_for_engine(progress)
        total = 0
        while taken := react(now=now):
            total += taken
            progress(taken)
        return total


@contextmanager
def without_collector() -> Iterator[None]:
    """A batch makes hundreds of thousands of small values, and no rings: looking for them takes a fifth of it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _wait_for_engine(progress: Callable[[int], object]) -> int:
    last = inbox.last_waiting()
    total = before = inbox.waiting(up_to=last)
    while before:
        time.sleep(_LOOK_AGAIN)
        left = inbox.waiting(up_to=last)
        progress(before - left)
        before = left
    return total


def _work(taken: Sequence[Taken], now: datetime, *, due: int) -> int:
    if taken:
        settled = settling.settle(taken, now=now)
        steering.steer(settled, now=now, due=due)
    return len(taken)


def _one_by_one(limit: int, now: datetime) -> int:
    for count in range(limit):
        try:
            with transaction.atomic():
                if not _work(events.take(1), now, due=0):
                    return count
        except DATABASE_AWAY:
            raise
        except Exception as fault:
            log.exception("an event was set aside")
            with transaction.atomic():
                events.set_aside(events.take(1), reason=f"{type(fault).__name__}: {fault}", now=now)
    return limit


def _runs_one_by_one(now: datetime) -> int:
    """Move due runs each by itself. One that fails ends there, with its error, and holds up nobody else."""
    for count in range(_DUE_BESIDE):
        try:
            with transaction.atomic():
                if not steering.move_due(now=now, limit=1):
                    return count
        except DATABASE_AWAY:
            raise
        except Exception as fault:
            log.exception("a run was ended because it failed")
            with transaction.atomic():
                journeys.fail_next(reason=type(fault).__name__, now=now)
    return _DUE_BESIDE
