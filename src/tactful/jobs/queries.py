"""What runs now, and how periodic work fares."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tactful.jobs.alive import alive
from tactful.jobs.models import Periodic, Work


@dataclass(frozen=True, slots=True)
class WorkRow:
    """Long work. `state` is `interrupted` where its process is gone without a word."""

    id: int
    kind: str
    title: str
    state: str
    done: int
    total: int | None
    began_at: datetime
    ended_at: datetime | None
    result: dict[str, Any]

    @property
    def share(self) -> float | None:
        """Part done, 0 to 1; None where the whole is not known."""
        return min(1.0, self.done / self.total) if self.total else None

    @property
    def is_interrupted(self) -> bool:
        return self.state == Work.State.INTERRUPTED


@dataclass(frozen=True, slots=True)
class PeriodicRow:
    name: str
    began_at: datetime | None
    ended_at: datetime | None
    error: str


def running() -> list[WorkRow]:
    """Long work under way, oldest first; with it what was interrupted and nobody has taken up or put away yet."""
    return _rows(Work.objects.filter(state=Work.State.RUNNING).order_by("began_at"))


def recent(*, now: datetime, days: int = 7) -> list[WorkRow]:
    """Long work of the last days, latest first."""
    since = now - timedelta(days=days)
    return _rows(Work.objects.filter(began_at__gte=since).order_by("-began_at")[:50])


def work(work_id: int) -> WorkRow | None:
    found = _rows(Work.objects.filter(pk=work_id))
    return found[0] if found else None


def periodic() -> list[PeriodicRow]:
    rows = Periodic.objects.order_by("name")
    return [PeriodicRow(row.name, row.began_at, row.ended_at, row.error) for row in rows]


def _rows(works: Iterable[Work]) -> list[WorkRow]:
    found = list(works)
    running = {work.pk for work in found if work.state == Work.State.RUNNING}
    living = alive() if running else set()
    # Work gives up its lock when its end is written: what ended between the two looks is read once more.
    again = {work.pk: work for work in Work.objects.filter(pk__in=running - living)}
    return [_row(again.get(work.pk, work), living) for work in found]


def _row(work: Work, living: Collection[int]) -> WorkRow:
    gone = work.state == Work.State.RUNNING and work.pk not in living
    return WorkRow(
        id=int(work.pk),
        kind=work.kind,
        title=work.title,
        state=Work.State.INTERRUPTED.value if gone else work.state,
        done=work.done,
        total=work.total,
        began_at=work.began_at,
        ended_at=work.ended_at,
        result=work.result,
    )
