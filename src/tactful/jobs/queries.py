"""What runs now, and how periodic work fares."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tactful.jobs.models import Periodic, Work


@dataclass(frozen=True, slots=True)
class WorkRow:
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


@dataclass(frozen=True, slots=True)
class PeriodicRow:
    name: str
    began_at: datetime | None
    ended_at: datetime | None
    error: str


def running() -> list[WorkRow]:
    """Long work under way, oldest first."""
    return [_row(work) for work in Work.objects.filter(state=Work.State.RUNNING).order_by("began_at")]


def recent(*, now: datetime, days: int = 7) -> list[WorkRow]:
    """Long work of the last days, latest first."""
    since = now - timedelta(days=days)
    return [_row(work) for work in Work.objects.filter(began_at__gte=since).order_by("-began_at")[:50]]


def work(work_id: int) -> WorkRow | None:
    found = Work.objects.filter(pk=work_id).first()
    return _row(found) if found else None


def periodic() -> list[PeriodicRow]:
    rows = Periodic.objects.order_by("name")
    return [PeriodicRow(row.name, row.began_at, row.ended_at, row.error) for row in rows]


def _row(work: Work) -> WorkRow:
    return WorkRow(
        id=int(work.pk),
        kind=work.kind,
        title=work.title,
        state=work.state,
        done=work.done,
        total=work.total,
        began_at=work.began_at,
        ended_at=work.ended_at,
        result=work.result,
    )
