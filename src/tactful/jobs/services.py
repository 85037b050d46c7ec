"""Periodic work, long work with its progress, and locks that only one process holds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from tactful.jobs.alive import LOCKS, alive
from tactful.jobs.models import Periodic, Work


def claim_periodic(name: str, *, every: timedelta, now: datetime) -> bool:
    """Whether this process runs the piece of work now: compare-and-set on when it last began."""
    Periodic.objects.get_or_create(name=name)
    due = Q(began_at__isnull=True) | Q(began_at__lte=now - every)
    return Periodic.objects.filter(due, name=name).update(began_at=now) == 1


def finish_periodic(name: str, *, now: datetime, error: str = "") -> None:
    Periodic.objects.filter(name=name).update(ended_at=now, error=error)


@contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Hold the lock of this name for as long as the connection lives; yields whether it was got.

    A process that is killed loses its connection, and with it the lock: nothing is left to clean up.
    """
    with _locked(lock_number(name)) as got:
        yield got


@contextmanager
def _locked(*numbers: int) -> Iterator[bool]:
    """Hold the advisory lock of one number or two; yields whether it was got."""
    places = ", ".join(["%s"] * len(numbers))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({places})", numbers)
        row = cursor.fetchone()
    got = bool(row and row[0])
    try:
        yield got
    finally:
        if got and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock({places})", numbers)


def lock_number(name: str) -> int:
    """The advisory lock's number for a name: a signed 64-bit integer."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


class Progress:
    """The bar that people see while a long piece of work runs."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def id(self) -> int:
        return int(self._work.pk)

    def advance(self, by: int) -> bool:
        """Count `by` more as done. False when somebody has cancelled the work: stop then."""
        Work.objects.filter(pk=self._work.pk).update(done=F("done") + by)
        return Work.objects.filter(pk=self._work.pk, state=Work.State.RUNNING).exists()

    def reached(self, done: int, *, total: int | None) -> bool:
        """So much is done, of so much where that is known. False when somebody has cancelled the work: stop."""
        running = Work.objects.filter(pk=self._work.pk, state=Work.State.RUNNING)
        return running.update(done=done, total=total) == 1


@contextmanager
def long_work(
    kind: str, title: str, *, total: int | None, now: Callable[[], datetime]
) -> Iterator[tuple[Progress, dict[str, Any]]]:
    """Show a piece of work while it runs. What is put into the yielded dict is kept as its result.

    Its lock lives as long as the connection of this process: a process that was killed leaves work without one,
    which is seen as interrupted, and ends as such when the same work begins again.
    """
    _end_interrupted(Work.objects.filter(kind=kind, title=title), now=now())
    result: dict[str, Any] = {}
    with ExitStack() as held:
        with transaction.atomic():  # nobody sees the work before it has its lock
            work = Work.objects.create(kind=kind, title=title, total=total, began_at=now())
            held.enter_context(_locked(LOCKS, int(work.pk)))
        running = Work.objects.filter(pk=work.pk, state=Work.State.RUNNING)
        try:
            yield Progress(work), result
        except BaseException as fault:
            running.update(state=Work.State.FAILED, ended_at=now(), result={"error": str(fault)})
            raise
        running.update(state=Work.State.DONE, ended_at=now(), result=result)


def cancel(work_id: int, *, now: datetime) -> bool:
    """Ask a running piece of work to stop; it stops at its next step. What was interrupted ends as that."""
    found = Work.objects.filter(pk=work_id)
    if _end_interrupted(found, now=now):
        return True
    return found.filter(state=Work.State.RUNNING).update(state=Work.State.CANCELLED, ended_at=now) == 1


def _end_interrupted(works: QuerySet[Work], *, now: datetime) -> int:
    """Close those of the works whose process is gone; how many they were."""
    gone = works.filter(state=Work.State.RUNNING).exclude(pk__in=alive())
    return gone.update(state=Work.State.INTERRUPTED, ended_at=now)
