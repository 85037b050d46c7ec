"""The hot tail: what PostgreSQL has and the files do not have yet."""

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from tactful.lake.arrow import no_rows, schema_of
from tactful.lake.manifest import SQL, State
from tactful.lake.source import Snapshot

_NO_KEYS = pa.schema([pa.field("key", pa.int64())]).empty_table()


@dataclass(frozen=True, slots=True)
class Tail:
    """Rows to add to the files, and the keys (column `key`) of rows in the files that no longer hold."""

    rows: pa.Table
    masked: pa.Table


def tails(snapshot: Snapshot, known: Mapping[str, State]) -> dict[str, Tail]:
    """The tail of each table. Only those of tables that have any are read."""
    hot = hot_tables(snapshot, known)
    return {name: tail_of(snapshot, state) if name in hot else _idle(state) for name, state in known.items()}


def hot_tables(snapshot: Snapshot, known: Mapping[str, State]) -> set[str]:
    """The tables with something that their files do not have, by one question, and those never flushed."""
    flushed = [state for state in known.values() if state.flushed_to]
    fresh = set(known) - {state.table.name for state in flushed}
    if not flushed:
        return fresh
    asked = " UNION ALL ".join(SQL["hot"].format(**slots(state)) for state in flushed)
    return fresh | {row["name"] for row in snapshot.read(asked).to_pylist() if row["hot"]}


def tail_of(snapshot: Snapshot, state: State) -> Tail:
    """A table's tail, read whole into memory."""
    rows = snapshot.read(f"{state.table.select()} WHERE {changed(state)}").cast(schema_of(state.table))
    if not state.files:
        return Tail(rows=rows, masked=_NO_KEYS)
    keys = rows.select([state.table.key]).rename_columns(["key"])
    if state.last_key is not None:
        keys = keys.filter(pc.field("key") <= state.last_key)
    return Tail(rows=rows, masked=_with_gone(snapshot, state, keys))


def stale_keys(snapshot: Snapshot, state: State) -> pa.Table:
    """Keys (column `key`) of rows in the files of a TIME table that no longer hold."""
    keys = snapshot.read(SQL["changed_keys"].format(**slots(state), last=state.last_key))
    return _with_gone(snapshot, state, keys)


def changed(state: State) -> str:
    """The PostgreSQL condition for rows that the files may not have."""
    return f"changed_in >= '{state.flushed_to}'::xid8" if state.flushed_to else "true"


def slots(state: State) -> dict[str, object]:
    table = state.table
    return {
        "name": table.name,
        "source": table.source,
        "key": table.key,
        "customer": table.customer,
        "changed": changed(state),
        "since": state.flushed_to,
    }


def _with_gone(snapshot: Snapshot, state: State, keys: pa.Table) -> pa.Table:
    gone = snapshot.read(SQL["gone_keys"].format(**slots(state)))
    return pa.concat_tables([keys, gone.cast(keys.schema)])


def _idle(state: State) -> Tail:
    return Tail(rows=no_rows(state.table), masked=_NO_KEYS)
