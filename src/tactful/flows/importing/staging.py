"""Where rows wait while a file is read: a temporary table, in which any number is sorted in little memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import msgspec
from django.db import connection

from tactful.events import queries as events
from tactful.flows.importing.rows import Accepted
from tactful.kernel.ids import key_of
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("staging.sql"))
_FETCH = 5_000

_encode = msgspec.json.encode


class Staged(msgspec.Struct, frozen=True):
    """A row as it comes back, sorted by customer and then by its number in the file."""

    number: int
    customer: str
    at: datetime
    group: str
    refund: bool
    occurrence: int
    owner: str
    data: str


@contextmanager
def staging() -> Iterator["Stage"]:
    """A stage for one import. It belongs to this connection and disappears with it."""
    _execute("drop")
    _execute("create")
    try:
        yield Stage()
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            _execute("drop")


class Stage:
    """The rows of one file that were understood."""

    def add(self, rows: Sequence[tuple[int, Accepted, list[str]]]) -> None:
        """Keep rows: number in the file, what was understood, and the cells as they stood."""
        with connection.cursor() as cursor, cursor.copy(_SQL["fill"]) as copy:
            for number, row, cells in rows:
                copy.write_row(
                    (
                        number,
                        row.customer,
                        row.at,
                        row.group,
                        row.refund,
                        row.fingerprint,
                        _encode(row.data).decode(),
                        _encode(cells).decode(),
                    )
                )

    def sorted(self) -> Iterator[Staged]:
        """Every row, a few thousand in memory at a time."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(_SQL["sorted"])
            while rows := cursor.fetchmany(_FETCH):
                yield from (Staged(*row) for row in rows)

    def cells(self, numbers: Sequence[int]) -> dict[int, list[str]]:
        """Rows as they stood in the file."""
        with connection.cursor() as cursor:
            cursor.execute(_SQL["cells"], {"numbers": list(numbers)})
            return {number: msgspec.json.decode(cells) for number, cells in cursor.fetchall()}


def known_messages(source: str, ids: Sequence[str]) -> set[str]:
    """Those of these message ids that the log has from this source."""
    keys: dict[UUID, str] = {key_of(source, each): each for each in ids}
    return {keys[key] for key in events.known(keys)}


def _execute(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name])
