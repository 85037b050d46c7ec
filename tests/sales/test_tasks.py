"""Tasks for people: asked for once, done once, found by who needs them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tactful.events.domain.parse import Located, locate, parse
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.sales import queries, services
from tactful.sales.services import NewTask

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def task(number: int, *, due: float = 1, **more: Any) -> NewTask:
    """A task that is due so many hours after noon."""
    more = {"customer_id": 1, "title": f"Call {number}"} | more
    return NewTask(key=UUID(int=number), created_at=NOON, due_at=NOON + timedelta(hours=due), **more)


def created(*tasks: NewTask) -> list[int]:
    return list(services.create_tasks(tasks).values())


def done_event(customer_id: int | None, **properties: object) -> Located:
    payload = {
        "type": "track",
        "event": "Task Done",
        "messageId": "m",
        "userId": "u",
        "timestamp": NOON.isoformat(),
        "properties": properties,
    }
    parsed = parse(msgspec.json.encode(payload), source="staff", received_at=NOON)
    return locate(parsed, customer_id=customer_id, event_id=1)


def test_a_task_is_created_once_by_its_key() -> None:
    assert set(services.create_tasks([task(1), task(2)])) == {UUID(int=1), UUID(int=2)}
    assert set(services.create_tasks([task(2, title="Again"), task(3)])) == {UUID(int=3)}
    assert services.create_tasks([]) == {}
    assert [one.title for one in queries.of_customer(1)] == ["Call 1", "Call 2", "Call 3"]


def test_a_task_is_done_once() -> None:
    (task_id,) = created(task(1))
    services.complete_task(task_id, result="reached", now=NOON)
    with pytest.raises(Conflict):
        services.complete_task(task_id, result="again", now=NOON + timedelta(hours=1))
    with pytest.raises(NotFound):
        services.complete_task(task_id + 1, result="", now=NOON)
    assert (queries.task(task_id).result, queries.task(task_id).done_at) == ("reached", NOON)
    with pytest.raises(NotFound):
        queries.task(task_id + 1)


def test_a_task_done_event_closes_the_customers_own_task_and_no_other() -> None:
    mine, other = created(task(1), task(2, customer_id=2))
    events = [
        done_event(1, task_id=str(mine), result="reached"),
        done_event(1, task_id=mine, result="too late"),
        done_event(1, task_id=other, result="not his"),
        done_event(1, task_id="nonsense"),
        done_event(1, task_id=str(10**30)),
        done_event(None, task_id=other),
    ]
    assert services.project(events, now=NOON).done == 1
    assert services.project(events, now=NOON).done == 0
    assert queries.task(mine).result == "reached"
    assert queries.task(other).done_at is None


def test_what_is_due_is_listed_most_urgent_first() -> None:
    ids = created(task(1, due=5), task(2, due=-5, assignee="Eva"), task(3, due=30), task(4, due=1))
    services.complete_task(ids[3], result="", now=NOON)

    def titles(state: str, **more: Any) -> tuple[list[str], int]:
        rows, total = queries.page(state, now=NOON, **more)
        return [row.title for row in rows], total

    assert titles("open") == (["Call 2", "Call 1", "Call 3"], 3)
    assert titles("open", limit=1, offset=1) == (["Call 1"], 3)
    assert titles("overdue") == (["Call 2"], 1)
    assert titles("open", assignee="Eva") == (["Call 2"], 1)
    assert titles("done") == (["Call 4"], 1)
    assert queries.counts(NOON) == {"open": 3, "overdue": 1, "done": 1}
    with pytest.raises(InvalidInput):
        queries.page("lost", now=NOON)


@pytest.mark.parametrize(("zone", "numbers"), [("UTC", [1]), ("Asia/Tokyo", []), ("America/Los_Angeles", [1, 2])])
def test_today_ends_at_the_readers_midnight(zone: str, numbers: list[int]) -> None:
    created(task(1, due=11.5), task(2, due=19.5), task(3, due=20.5))
    rows, total = queries.due_by_tonight(now=NOON, zone_name=zone)
    assert [row.title for row in rows] == [f"Call {number}" for number in numbers]
    assert total == len(numbers)


def test_open_tasks_of_a_customer_stand_before_done_ones() -> None:
    first, second, _ = created(task(1, due=1), task(2, due=2), task(3, due=3))
    services.complete_task(first, result="", now=NOON)
    services.complete_task(second, result="", now=NOON + timedelta(hours=1))
    assert [one.title for one in queries.of_customer(1)] == ["Call 3", "Call 2", "Call 1"]
    assert queries.of_customer(1)[0].overdue(NOON + timedelta(hours=4))
    assert not queries.of_customer(1)[1].overdue(NOON + timedelta(hours=4))


def test_tasks_follow_a_merge() -> None:
    created(task(1), task(2, customer_id=2))
    services.move_customers([(1, 2)])
    services.move_customers([])
    assert len(queries.of_customer(2)) == 2
