"""Many requests, one commit; and what happens when the database goes away."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from tests.api.callers import COMMITTED, Caller

from tactful.api.door import conninfo
from tactful.api.inbox import Away, Inbox, Rows, field

pytestmark = COMMITTED

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC).isoformat()
InboxRows = Callable[[], list[tuple[Any, ...]]]


def row(payload: str) -> Rows:
    return Rows(inbox=f"{NOW}\tapi:shop\tf\t".encode() + field(payload.encode()) + b"\n", rejected=b"")


def run(work: Callable[[Inbox], Any], *, where: str | None = None) -> Any:
    async def within() -> Any:
        inbox = Inbox(where or conninfo())
        try:
            return await work(inbox)
        finally:
            await inbox.close()

    return asyncio.run(within())


def test_what_comes_at_once_is_committed_together(inbox: InboxRows, monkeypatch: pytest.MonkeyPatch) -> None:
    groups: list[int] = []
    commit = Inbox._commit

    async def counted(self: Inbox, group: Any) -> None:
        groups.append(len(group))
        await commit(self, group)

    monkeypatch.setattr(Inbox, "_commit", counted)

    async def many(door: Inbox) -> None:
        await door.put(row("0"))
        await asyncio.gather(*(door.put(row(str(number))) for number in range(1, 101)))

    run(many)
    assert [payload for *_, payload in inbox()] == [str(number) for number in range(101)]
    assert len(groups) <= 3
    assert sum(groups) == 101


def test_text_comes_through_as_it_was(inbox: InboxRows) -> None:
    texts = ["\\", "\\N", "\\.", "a\tb", "a\r\nb", '{"a": "\\n\\u0000"}', "ü\U0001f375"]

    async def each(door: Inbox) -> None:
        for text in texts:
            await door.put(row(text))

    run(each)
    assert [payload for *_, payload in inbox()] == texts


def test_the_engine_is_woken_by_the_commit(write_key: str) -> None:
    with psycopg.connect(conninfo(), autocommit=True) as listening:
        listening.execute("LISTEN tactful_inbox")
        run(lambda door: door.put(row("1")))
        assert [note.channel for note in listening.notifies(timeout=5, stop_after=1)] == ["tactful_inbox"]


def test_a_connection_that_died_while_idle_is_replaced(inbox: InboxRows) -> None:
    async def twice(door: Inbox) -> None:
        await door.put(row("1"))
        with psycopg.connect(conninfo(), autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'tactful door' AND datname = current_database()"
            )
        await asyncio.sleep(0.1)
        await door.put(row("2"))

    run(twice)
    assert [payload for *_, payload in inbox()] == ["1", "2"]


def test_while_the_database_is_away_senders_are_told_to_come_again(
    call: Caller, monkeypatch: pytest.MonkeyPatch, inbox: InboxRows
) -> None:
    event = {"userId": "u1", "event": "X"}
    assert call("/v1/track", json=event).status_code == 200
    there = call.door._collect._inbox
    monkeypatch.setattr(there, "_conninfo", "host=127.0.0.1 port=9 dbname=nowhere")
    call.runner.run(there._drop())
    answer = call("/v1/track", json=event)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    monkeypatch.undo()
    assert call("/v1/track", json=event).status_code == 200
    assert len(inbox()) == 2


def test_too_much_waiting_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tactful.api.inbox._MOST_WAITING", 100)

    async def many(door: Inbox) -> list[object]:
        return await asyncio.gather(*(door.put(row("x" * 200)) for _ in range(5)), return_exceptions=True)

    outcomes = run(many)
    assert outcomes[0] is None
    assert all(isinstance(outcome, Away) for outcome in outcomes[1:])
