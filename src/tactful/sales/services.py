"""Tasks created and done; marketing held for a customer, and let go on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from tactful.events.domain.parse import Located
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.kernel.sql import grouped, statements
from tactful.sales import queries
from tactful.sales.domain.holding import HELD, RESUMED, Hold, later, read, stricter
from tactful.sales.models import ContactHold, Proposal, Reply, Task, Ticket

_SQL = statements(Path(__file__).with_suffix(".sql"))
DONE = "Task Done"
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class NewTask:
    """Work for a person; `key` keeps it from being asked for twice."""

    key: UUID
    customer_id: int
    title: str
    created_at: datetime
    due_at: datetime
    note: str = ""
    assignee: str = ""
    journey_id: int | None = None
    run_id: int | None = None


def create_tasks(tasks: Sequence[NewTask]) -> dict[UUID, int]:
    """Creates the tasks whose key is new; gives key and id of those."""
    if not tasks:
        return {}
    columns = ("key", "customer_id", "journey_id", "run_id", "title", "note", "assignee", "created_at", "due_at")
    return dict(_rows("create", **{name: [getattr(task, name) for task in tasks] for name in columns}))


@dataclass(frozen=True, slots=True)
class Projection:
    """How many tasks were closed, and events that could not be read, with the reason."""

    done: int
    problems: tuple[tuple[UUID, str], ...]


def project(events: Sequence[Located], *, now: datetime) -> Projection:  # noqa: ARG001 -- every projection is called alike
    """Closes tasks by the "Task Done" events {task_id, result} of their customers; holds and resumes contact.

    The same events again change nothing.
    """
    return Projection(done=_close(events), problems=tuple(_hear(events)))


def _close(events: Iterable[Located]) -> int:
    done = [
        (task_id, event.customer_id, event.occurred_at, _text(event.properties.get("result")))
        for event in events
        if event.name == DONE and event.customer_id is not None
        if (task_id := _id_of(event.properties.get("task_id"))) is not None
    ]
    return len(_complete(done))


@transaction.atomic
def complete_task(task_id: int, *, result: str, now: datetime) -> None:
    """Closes one task with its result. Raises NotFound, and Conflict when somebody has closed it before."""
    task = Task.objects.filter(id=task_id).first()
    if task is None:
        raise NotFound(f"There is no task {task_id}")
    if not _complete([(task_id, task.customer_id, now, result)]):
        raise Conflict("This task is done already")


def move_customers(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Tasks follow merged customers (from, into); the moved tasks' ids by the customer they came from."""
    if not pairs:
        return {}
    old, new = [list(ids) for ids in zip(*pairs, strict=True)]
    return grouped(_rows("move", old=old, new=new))


def give_back(task_ids: Sequence[int], *, from_id: int, into_id: int) -> None:
    """Return tasks to the customer they had before a merge that is undone."""
    _rows("give_back", ids=list(task_ids), from_id=from_id, into_id=into_id)


def forget(customer_ids: Collection[int]) -> None:
    """Open tasks and holds of erased customers go; of what was done only the doing stays."""
    ContactHold.objects.filter(customer_id__in=customer_ids).delete()
    tasks = Task.objects.filter(customer_id__in=customer_ids)
    tasks.filter(done_at__isnull=True).delete()
    tasks.update(title="Erased", note="", result="")
    Ticket.objects.filter(customer_id__in=customer_ids).update(subject="")
    Proposal.objects.filter(customer_id__in=customer_ids).update(subject="", deal="", dates={})
    Reply.objects.filter(customer_id__in=customer_ids).delete()


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a merge made of the hold of the record that stays. `before` is None where there was no word on it."""

    before: Hold | None
    after: Hold


def move_holds(pairs: Sequence[tuple[int, int]]) -> dict[int, list[Replaced]]:
    """Holds follow customers into the record they were merged into, (from, into): the longer one counts.

    The row of the record that goes stays beside it: it is written to no more, and a merge can be taken back. Gives
    what changed, by the customer it came from.
    """
    if not pairs:
        return {}
    holds = queries.holds({each for pair in pairs for each in pair})
    replaced: dict[int, list[Replaced]] = {}
    for from_id, into_id in pairs:
        ours, theirs = holds.get(into_id), holds.get(from_id)
        if theirs is not None and (joined := stricter(ours, theirs)) != ours:
            holds[into_id] = joined
            replaced[from_id] = [Replaced(ours, joined)]
    _save({into_id: holds[into_id] for from_id, into_id in pairs if from_id in replaced})
    return replaced


def give_back_holds(replaced: Sequence[Any], *, into_id: int) -> None:
    """Undo `move_holds`, from `Replaced` as JSON kept it. A word said since then stays."""
    now_held = queries.holds([into_id]).get(into_id)
    for one in msgspec.convert(replaced, list[Replaced]):
        if now_held == one.after:
            _save({into_id: one.before or Hold(None, "", one.after.by, one.after.said_at)})


def _hear(events: Iterable[Located]) -> list[tuple[UUID, str]]:
    """Keep the latest word on each customer; gives the events that could not be read."""
    said = [event for event in events if event.name in (HELD, RESUMED) and event.customer_id is not None]
    if not said:
        return []
    holds = queries.holds({event.customer_id or 0 for event in said})
    problems: list[tuple[UUID, str]] = []
    for event in said:
        customer_id = event.customer_id or 0
        try:
            word = read(event.name, event.properties, at=event.occurred_at)
        except InvalidInput as fault:
            problems.append((event.key, fault.message))
            continue
        holds[customer_id] = later(holds.get(customer_id), word)
    _save(holds)
    return problems


def _save(holds: Mapping[int, Hold]) -> None:
    if not holds:
        return
    rows = list(holds.values())
    _run(
        "save_holds",
        customer_id=list(holds),
        until=[row.until for row in rows],
        reason=[row.reason for row in rows],
        by=[row.by for row in rows],
        said_at=[row.said_at for row in rows],
    )


def _complete(done: Sequence[tuple[int, int, datetime, str]]) -> list[int]:
    if not done:
        return []
    # The first word on a task counts when a batch has several.
    first = {task_id: (customer_id, at, result) for task_id, customer_id, at, result in reversed(done)}
    rows = _rows(
        "complete",
        id=list(first),
        customer_id=[customer_id for customer_id, _, _ in first.values()],
        at=[at for _, at, _ in first.values()],
        result=[result for _, _, result in first.values()],
    )
    return [row[0] for row in rows]


def _id_of(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and int(text) <= _LARGEST_ID else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _run(name: str, **params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)


def _rows(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
