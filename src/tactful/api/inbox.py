"""Group commit: what requests bring at the same time goes to PostgreSQL in one COPY and one commit.

A request is answered only after the commit that holds its events. While one commit is on its way, the next group
gathers; so a commit's wait is shared by more requests the more there are of them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import psycopg

from tactful.events.services import CHANNEL, INBOX, REJECTED
from tactful.kernel.errors import TactfulError

_NOTIFY = f"NOTIFY {CHANNEL}"
_PATIENCE = 10.0  # seconds for one commit, connecting included
_CONNECTING = 3  # seconds
_MOST_WAITING = 64 * 1024 * 1024  # bytes: about ten seconds of work; beyond it, senders are told to come again
_GROUP = 8 * 1024 * 1024  # bytes in one commit


class Away(TactfulError):
    """The database is away or busy; try again in a moment."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a request in COPY's text form, as `INBOX` and `REJECTED` name their columns.

    They come straight from the request's bytes, which makes the door quick; `events.services.append` is for text.
    """

    inbox: bytes
    rejected: bytes

    def __len__(self) -> int:
        return len(self.inbox) + len(self.rejected)


class Inbox:
    """One connection and one task that commits what has gathered."""

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: psycopg.AsyncConnection | None = None
        self._waiting: list[tuple[Rows, asyncio.Future[None]]] = []
        self._size = 0
        self._task: asyncio.Task[None] | None = None

    async def put(self, rows: Rows) -> None:
        """Return when the rows are committed. Raises Away when they are not, or not surely."""
        if self._size > _MOST_WAITING:
            raise Away
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, done))
        self._size += len(rows)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        await done

    async def close(self) -> None:
        """Commit what still waits, then let go of the connection."""
        if self._task is not None:
            await self._task
        await self._drop()

    async def _work(self) -> None:
        while self._waiting:
            group = self._next_group()
            fault = await self._written([rows for rows, _ in group])
            for _, done in group:
                if done.cancelled():
                    continue  # the sender has hung up
                if fault is None:
                    done.set_result(None)
                else:
                    done.set_exception(fault)

    def _next_group(self) -> list[tuple[Rows, asyncio.Future[None]]]:
        size = count = 0
        for rows, _ in self._waiting:
            size += len(rows)
            count += 1
            if size >= _GROUP:
                break
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        self._size -= size
        return group

    async def _written(self, group: Sequence[Rows]) -> Away | None:
        """Commit a group; on a connection that was idle and has died meanwhile, once more on a new one.

        A commit whose answer got lost may so be done twice: the engine drops repeats by their message ids.
        """
        for fresh in (self._connection is None, True):
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._commit(group)
            except (psycopg.Error, OSError, TimeoutError):
                await self._drop()
            else:
                return None
            if fresh:
                break
        return Away()

    async def _commit(self, group: Sequence[Rows]) -> None:
        if self._connection is None:
            self._connection = await psycopg.AsyncConnection.connect(
                self._conninfo, autocommit=True, connect_timeout=_CONNECTING, application_name="tactful door"
            )
        async with self._connection.transaction(), self._connection.cursor() as cursor:
            for statement, parts in (
                (INBOX, [rows.inbox for rows in group]),
                (REJECTED, [rows.rejected for rows in group]),
            ):
                if any(parts):
                    async with cursor.copy(statement) as copy:
                        await copy.write(b"".join(parts))
            await cursor.execute(_NOTIFY)

    async def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()


def field(value: bytes) -> bytes:
    """A value in COPY's text form."""
    value = value.replace(b"\\", b"\\\\")
    for plain, written in ((b"\n", b"\\n"), (b"\r", b"\\r"), (b"\t", b"\\t")):
        if plain in value:
            value = value.replace(plain, written)
    return value
