"""Which files make up each table, and the switch from one set of files to the next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from tactful.kernel.errors import Conflict
from tactful.kernel.sql import statements
from tactful.lake.models import LakeFile
from tactful.lake.models import LakeTable as Row
from tactful.lake.source import Snapshot
from tactful.lake.tables import LakeTable, Order

SQL = statements(Path(__file__).parent / "postgres.sql")
_FORMAT = 1  # raise it when files of older versions must not be read any more


class Overtaken(Conflict):
    """Another process has changed the lake's manifest meanwhile; nothing was switched. Flush again."""


@dataclass(frozen=True, slots=True)
class File:
    """A live file. `first` to `last` are keys in a TIME table, customers in a CUSTOMER table."""

    path: str
    rows: int
    bytes: int
    first: int | None
    last: int | None


@dataclass(frozen=True, slots=True)
class State:
    """A table as its files have it: complete for all transactions below `flushed_to`, 0 when there are none."""

    table: LakeTable
    shape: str
    flushed_to: int = 0
    files: tuple[File, ...] = ()
    unusable: tuple[str, ...] = ()  # files of another shape, or of which some were lost

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    @property
    def last_key(self) -> int | None:
        """The highest key in the files of a TIME table; a CUSTOMER table does not know it."""
        if self.table.order is Order.CUSTOMER:
            return None
        return max((file.last for file in self.files if file.last is not None), default=-1)


@dataclass(frozen=True, slots=True)
class Change:
    """The next set of files of a table."""

    state: State
    flushed_to: int
    added: tuple[File, ...] = ()
    superseded: tuple[str, ...] = ()
    rows: int = field(default=0)  # changed rows taken from PostgreSQL


def shape_of(table: LakeTable, cluster: int) -> str:
    """What files must agree on to be read together.

    The database cluster is part of it: transaction ids of another cluster (a restored dump) mean nothing here.
    """
    parts = (_FORMAT, cluster, table.name, table.order.value, *table.sorted_by, table.select())
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=12).hexdigest()


def states(snapshot: Snapshot, tables: Sequence[LakeTable], *, folder: Path) -> dict[str, State]:
    """The manifest of these tables in this snapshot. Files that cannot serve leave the table unflushed."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in snapshot.read(SQL["manifest"]).to_pylist():
        found.setdefault(row["name"], []).append(row)
    return {table.name: _state(table, found.get(table.name, []), snapshot.cluster, folder) for table in tables}


def _state(table: LakeTable, rows: list[dict[str, Any]], cluster: int, folder: Path) -> State:
    shape = shape_of(table, cluster)
    files = tuple(
        File(path=row["path"], rows=row["rows"], bytes=row["bytes"], first=row["first_id"], last=row["last_id"])
        for row in rows
        if row["path"]
    )
    if not rows or rows[0]["shape"] != shape or not all((folder / file.path).exists() for file in files):
        return State(table=table, shape=shape, unusable=tuple(file.path for file in files))
    return State(table=table, shape=shape, flushed_to=rows[0]["flushed_to"], files=files)


def switch(change: Change, *, now: datetime) -> None:
    """Put a table's next set of files in force, in a transaction of its own. Raises Overtaken."""
    state, table = change.state, change.state.table
    gone = [*change.superseded, *state.unusable]
    with transaction.atomic(durable=True):
        before, _ = Row.objects.select_for_update().get_or_create(name=table.name)
        expected = state.flushed_to if before.shape == state.shape and not state.unusable else before.flushed_to
        superseded = LakeFile.objects.filter(path__in=gone, superseded_at=None).update(superseded_at=now)
        if before.flushed_to != expected or superseded != len(gone):
            raise Overtaken
        LakeFile.objects.bulk_create(_file_row(table, file, now) for file in change.added)
        Row.objects.filter(name=table.name).update(flushed_to=change.flushed_to, flushed_at=now, shape=state.shape)
        with connection.cursor() as cursor:
            cursor.execute(SQL["forget_gone"], {"source": table.source, "below": str(change.flushed_to)})


def _file_row(table: LakeTable, file: File, now: datetime) -> LakeFile:
    return LakeFile(
        table=table.name,
        path=file.path,
        rows=file.rows,
        bytes=file.bytes,
        first_id=file.first,
        last_id=file.last,
        written_at=now,
    )


def kept_paths(*, superseded_since: datetime) -> set[str]:
    """Paths that must stay: live ones, and those superseded so recently that a reader may hold them."""
    LakeFile.objects.filter(superseded_at__lt=superseded_since).delete()
    return set(LakeFile.objects.values_list("path", flat=True))


def live(tables: Iterable[LakeTable]) -> dict[str, list[LakeFile]]:
    """Live files by table, for people to see."""
    found: dict[str, list[LakeFile]] = {table.name: [] for table in tables}
    for file in LakeFile.objects.filter(superseded_at=None, table__in=found).order_by("id"):
        found[file.table].append(file)
    return found
