"""Tasks, and marketing held for customers, read as plain values."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Q, QuerySet

from tactful.kernel.errors import InvalidInput, NotFound
from tactful.kernel.time import start_of_day, zone
from tactful.sales import replies
from tactful.sales.domain.holding import Hold, stricter
from tactful.sales.models import ContactHold, Task


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """One task. Open while `done_at` is None."""

    id: int
    key: str
    customer_id: int
    journey_id: int | None
    run_id: int | None
    title: str
    note: str
    assignee: str
    created_at: datetime
    due_at: datetime
    done_at: datetime | None
    result: str

    def overdue(self, now: datetime) -> bool:
        return self.done_at is None and self.due_at < now


def task(task_id: int) -> TaskFacts:
    """One task. Raises NotFound."""
    row = Task.objects.filter(id=task_id).first()
    if row is None:
        raise NotFound(f"There is no task {task_id}")
    return _facts(row)


STATES = ("open", "overdue", "done")


def page(
    state: str, *, now: datetime, assignee: str | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[TaskFacts], int]:
    """Tasks that are open, overdue or done, and how many there are; what is most urgent, or was last done, first.

    Raises InvalidInput for another state.
    """
    waiting = Task.objects.filter(done_at__isnull=True).order_by("due_at", "id")
    match state:
        case "open":
            rows = waiting
        case "overdue":
            rows = waiting.filter(due_at__lt=now)
        case "done":
            rows = Task.objects.filter(done_at__isnull=False).order_by("-done_at", "-id")
        case _:
            raise InvalidInput(f"{state!r} is none of {', '.join(STATES)}")
    if assignee is not None:
        rows = rows.filter(assignee=assignee)
    return _listed(rows[offset : offset + limit]), rows.count()


def due_by_tonight(*, now: datetime, zone_name: str, limit: int = 50) -> tuple[list[TaskFacts], int]:
    """Open tasks due before the end of the local day, overdue ones first, and how many there are."""
    where = zone(zone_name)
    # 36 hours after midnight lie within the next local day, whatever the clocks do.
    tonight = start_of_day(start_of_day(now, where) + timedelta(hours=36), where)
    rows = Task.objects.filter(done_at__isnull=True, due_at__lt=tonight)
    return _listed(rows.order_by("due_at", "id")[:limit]), rows.count()


def counts(now: datetime) -> dict[str, int]:
    """How many tasks are in each state; overdue ones are open too."""
    waiting, done = Q(done_at__isnull=True), Q(done_at__isnull=False)
    return Task.objects.aggregate(
        open=Count("id", filter=waiting),
        overdue=Count("id", filter=waiting & Q(due_at__lt=now)),
        done=Count("id", filter=done),
    )


def of_customer(customer_id: int, *, limit: int = 50) -> list[TaskFacts]:
    """A customer's tasks: open ones first by urgency, then done ones, the latest first."""
    rows = Task.objects.filter(customer_id=customer_id)
    waiting = rows.filter(done_at__isnull=True).order_by("due_at", "id")[:limit]
    done = rows.filter(done_at__isnull=False).order_by("-done_at", "-id")[:limit]
    return (_listed(waiting) + _listed(done))[:limit]


def holds(customer_ids: Collection[int]) -> dict[int, Hold]:
    """The latest word of staff on holding marketing, of those customers on whom there is one; over or not."""
    rows = ContactHold.objects.filter(customer_id__in=list(customer_ids))
    return {row.customer_id: Hold(row.until, row.reason, row.by, row.said_at) for row in rows}


def waiting(customer_ids: Collection[int], *, now: datetime) -> dict[int, Hold]:
    """For whom marketing waits now: by a word of staff, or because nobody has read his answer yet. The longer wait
    counts."""
    found = {customer_id: hold for customer_id, hold in holds(customer_ids).items() if hold.holds(now)}
    for customer_id, unread in replies.waits(customer_ids, now=now).items():
        found[customer_id] = stricter(found.get(customer_id), unread)
    return found


_UNDER_WAY = """
SELECT customer_id, 'ticket', opened_at FROM sales_ticket WHERE customer_id = ANY(%(ids)s) AND closed_at IS NULL
UNION ALL
SELECT customer_id, 'proposal', opened_at FROM sales_proposal WHERE customer_id = ANY(%(ids)s) AND closed_at IS NULL
UNION ALL
SELECT customer_id, 'task', created_at FROM sales_task WHERE customer_id = ANY(%(ids)s) AND done_at IS NULL
"""


def under_way(customer_ids: Collection[int]) -> dict[int, list[tuple[str, datetime]]]:
    """What is open with each customer: `ticket`, `proposal` or `task`, and since when."""
    found: dict[int, list[tuple[str, datetime]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_UNDER_WAY, {"ids": list(customer_ids)})
        for customer_id, kind, since in cursor.fetchall():
            found[customer_id].append((kind, since))
    return found


def _listed(rows: QuerySet[Task]) -> list[TaskFacts]:
    return [_facts(row) for row in rows]


def _facts(row: Task) -> TaskFacts:
    return TaskFacts(
        id=row.pk,
        key=str(row.key),
        customer_id=row.customer_id,
        journey_id=row.journey_id,
        run_id=row.run_id,
        title=row.title,
        note=row.note,
        assignee=row.assignee,
        created_at=row.created_at,
        due_at=row.due_at,
        done_at=row.done_at,
        result=row.result,
    )
