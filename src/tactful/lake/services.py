"""Keeping the copy: flush, rebuild, compact, and the removal of what nobody reads any more."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection, transaction

from tactful.jobs.services import only_one
from tactful.kernel.errors import Conflict
from tactful.kernel.sql import statements
from tactful.lake import source
from tactful.lake.engine import opened, remove_spills
from tactful.lake.files import Writer
from tactful.lake.layout import append, compacted, rewrite, write_all
from tactful.lake.manifest import Change, State, kept_paths, states, switch
from tactful.lake.queries import flushed_at
from tactful.lake.tables import LakeTable, Order
from tactful.lake.tail import hot_tables, slots

SQL = statements(Path(__file__).parent / "postgres.sql")
GRACE = timedelta(hours=1)  # how long a reader may hold a superseded set of files
_LOCK = "lake"

# A rewrite costs as much as the table is large, a tail as much as it is long: when to trade one for the other.
_PATIENCE = timedelta(hours=1)
_WORTH_APPENDING = 10_000  # rows of a TIME table
_WORTH_REWRITING = 0.02  # share of a CUSTOMER table


class LakeBusy(Conflict):
    """Another process is writing the lake. Try again in a minute."""


def prepare(tables: Sequence[LakeTable]) -> None:
    """Install the triggers that keep `changed_in` true. Idempotent; run after migrations."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SQL["install"])
        cursor.execute(SQL["tracked"])
        tracked = {row[0] for row in cursor.fetchall()}
        for table in tables:
            if table.source not in tracked:
                cursor.execute(SQL["track"].format(source=table.source, key=table.key))


def flush(tables: Sequence[LakeTable], *, folder: Path, now: datetime) -> dict[str, int]:
    """Bring what changed in PostgreSQL into the files; changed rows per table.

    Commits table by table, so it must not be called in a transaction. Where another process is at it
    already, nothing is done and nothing returned.
    """
    with only_one(_LOCK) as got:
        return _flush(tables, folder=folder, now=now) if got else {}


def flush_due(tables: Sequence[LakeTable], *, folder: Path, now: datetime) -> dict[str, int]:
    """Flush the tables whose tail has grown long enough, or has waited an hour. For every minute."""
    with only_one(_LOCK) as got:
        return _flush(_due(tables, folder=folder, now=now), folder=folder, now=now) if got else {}


def rebuild(tables: Sequence[LakeTable], *, folder: Path, now: datetime) -> dict[str, int]:
    """Write all files anew from PostgreSQL; rows per table. Raises LakeBusy."""
    with only_one(_LOCK) as got:
        if not got:
            raise LakeBusy
        for table in tables:
            with connection.cursor() as cursor:
                cursor.execute(SQL["restamp"].format(source=table.source, key=table.key))
        return {table.name: _apply(table, write_all, folder=folder, now=now) for table in tables}


def compact(tables: Sequence[LakeTable], *, folder: Path, now: datetime) -> dict[str, int]:
    """Merge small files of TIME tables: 200 of them cost 20 times one. Files merged per table."""
    with only_one(_LOCK) as got:
        return _compact(tables, folder=folder, now=now) if got else {}


def remove_old(folder: Path, now: datetime) -> int:
    """Delete files superseded more than an hour ago and what crashed writers left; files deleted."""
    with only_one(_LOCK) as got:
        return _remove_old(folder, now) if got else 0


def _flush(tables: Sequence[LakeTable], *, folder: Path, now: datetime) -> dict[str, int]:
    _remove_old(folder, now)
    with source.snapshot() as snapshot:
        hot = hot_tables(snapshot, states(snapshot, tables, folder=folder))
    changed = [table for table in tables if table.name in hot]
    flushed = {table.name: _apply(table, _next, folder=folder, now=now) for table in changed}
    _compact(changed, folder=folder, now=now)
    return {table.name: flushed.get(table.name, 0) for table in tables}


def _next(state: State, snapshot: source.Snapshot, writer: Writer) -> Change:
    if not state.flushed_to:
        return write_all(state, snapshot, writer)
    step = append if state.table.order is Order.TIME else rewrite
    return step(state, snapshot, writer)


def _apply(
    table: LakeTable,
    step: Callable[[State, source.Snapshot, Writer], Change],
    *,
    folder: Path,
    now: datetime,
) -> int:
    """Write a table's next files from a snapshot of its own, then put them in force."""
    with source.snapshot() as snapshot, opened(folder) as reader:
        state = states(snapshot, [table], folder=folder)[table.name]
        change = step(state, snapshot, Writer(folder, reader, now))
    switch(change, now=now)
    return change.rows


def _compact(tables: Sequence[LakeTable], *, folder: Path, now: datetime) -> dict[str, int]:
    merged = {}
    for table in tables:
        if table.order is not Order.TIME:
            continue
        with source.snapshot() as snapshot:
            state = states(snapshot, [table], folder=folder)[table.name]
        with opened(folder) as reader:
            changes = compacted(state, Writer(folder, reader, now))
        for change in changes:
            switch(change, now=now)
        merged[table.name] = sum(len(change.superseded) for change in changes)
    return merged


def _due(tables: Sequence[LakeTable], *, folder: Path, now: datetime) -> list[LakeTable]:
    waited = flushed_at()
    with source.snapshot() as snapshot:
        known = states(snapshot, tables, folder=folder)
        return [table for table in tables if _is_due(snapshot, known[table.name], waited.get(table.name), now)]


def _is_due(snapshot: source.Snapshot, state: State, waited: datetime | None, now: datetime) -> bool:
    if not state.flushed_to or waited is None or now - waited >= _PATIENCE:
        return True
    tail = snapshot.read(SQL["extent"].format(**slots(state), by=state.table.key)).column("rows")[0].as_py()
    if state.table.order is Order.TIME:
        return bool(tail >= _WORTH_APPENDING)
    return bool(tail > state.rows * _WORTH_REWRITING)


def _remove_old(folder: Path, now: datetime) -> int:
    """Only the holder of the lock writes files, so a file that the manifest does not name is nobody's."""
    kept = kept_paths(superseded_since=now - GRACE)
    unknown = [path for path in folder.glob("*/*.parquet*") if path.relative_to(folder).as_posix() not in kept]
    for path in unknown:
        path.unlink(missing_ok=True)
    remove_spills(folder)
    return len(unknown)
