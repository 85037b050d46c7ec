"""How changed rows come into files: appended in time order, or merged into the customers' ranges."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil

from tactful.lake.engine import SQL, listed
from tactful.lake.files import Writer
from tactful.lake.manifest import SQL as POSTGRES
from tactful.lake.manifest import Change, File, State
from tactful.lake.source import Snapshot
from tactful.lake.tables import Order
from tactful.lake.tail import changed, slots, stale_keys, tail_of

TARGET = 1_000_000  # rows of a file: about what one process sorts without spilling
_LARGE_TAIL = 3 * TARGET  # beyond it a CUSTOMER table is written anew, in bounded memory
_TIERS = 4  # so many files of one size become one of the next


def write_all(state: State, snapshot: Snapshot, writer: Writer) -> Change:
    """The whole table anew, chunk by chunk, in place of whatever files there were."""
    bare = State(table=state.table, shape=state.shape)
    table = state.table
    by = table.key if table.order is Order.TIME else table.customer
    added = tuple(_streamed(bare, snapshot, writer, by=by))
    return Change(
        state=state,
        flushed_to=snapshot.horizon,
        added=added,
        superseded=tuple(file.path for file in state.files),
        rows=sum(file.rows for file in added),
    )


def append(state: State, snapshot: Snapshot, writer: Writer) -> Change:
    """New files at the end of a TIME table. Files with rows that no longer hold are written without them."""
    stale = stale_keys(snapshot, state)
    kept: list[File] = []
    superseded: list[str] = []
    if stale.num_rows:
        with writer.named("masked", stale) as masked:
            for file in _holding(state, writer, masked):
                rows = _filled("files_unmasked", state, files=writer.relation(file), masked=masked)
                kept += _written(writer.write(state.table, rows))
                superseded.append(file.path)
    new = list(_streamed(state, snapshot, writer, by=state.table.key))
    return Change(
        state=state,
        flushed_to=snapshot.horizon,
        added=(*kept, *new),
        superseded=tuple(superseded),
        rows=sum(file.rows for file in new),
    )


def rewrite(state: State, snapshot: Snapshot, writer: Writer) -> Change:
    """Merge changed rows into the files of a CUSTOMER table; files that they do not concern stay."""
    if not state.files or _extent(state, snapshot, state.table.key)[0] > _LARGE_TAIL:
        return write_all(state, snapshot, writer)
    tail = tail_of(snapshot, state)
    added: list[File] = []
    superseded: list[str] = []
    if tail.masked.num_rows:
        with writer.named("masked", tail.masked), writer.named("tail", tail.rows):
            held = {file.path for file in _holding(state, writer, "masked")}
            for file, range_ in _ranges(state.files):
                if file.path not in held and not _arriving(writer, range_):
                    continue
                rows = _filled(
                    "merged", state, files=writer.relation(file), masked="masked", tail="tail", range=range_
                )
                added += _split(writer, state, rows)
                superseded.append(file.path)
    return Change(
        state=state,
        flushed_to=snapshot.horizon,
        added=tuple(added),
        superseded=tuple(superseded),
        rows=tail.rows.num_rows,
    )


def compacted(state: State, writer: Writer) -> list[Change]:
    """Merge the files of a TIME table that are alike small, four at least; a row is rewritten some four times."""
    tiers: dict[int, list[File]] = {}
    for file in state.files:
        if file.rows < TARGET:
            tiers.setdefault(_tier(file.rows), []).append(file)
    changes = []
    for files in tiers.values():
        if len(files) < _TIERS:
            continue
        rows = f"FROM {writer.relation(*files)}"
        changes.append(
            Change(
                state=state,
                flushed_to=state.flushed_to,
                added=tuple(_written(writer.write(state.table, rows))),
                superseded=tuple(file.path for file in files),
            )
        )
    return changes


def _tier(rows: int) -> int:
    """0 for files below 1/64 of the target, then one more for each factor of four."""
    tier = 0
    while rows >= TARGET / 64:
        rows //= _TIERS
        tier += 1
    return tier


def _streamed(state: State, snapshot: Snapshot, writer: Writer, *, by: str) -> Iterator[File]:
    """Changed rows into files of about the target's size, divided by a PostgreSQL column."""
    count, first, last = _extent(state, snapshot, by)
    for range_ in _chunks(count, first, last, by=by):
        sql = f"{state.table.select()} WHERE {changed(state)} AND {range_}"
        with snapshot.stream(sql) as batches, writer.named("stream", batches) as stream:
            yield from _written(writer.write(state.table, f"FROM {stream}"))


def _chunks(count: int, first: int | None, last: int | None, *, by: str) -> Iterator[str]:
    """Conditions that divide the values of a column evenly; rows without a value come with the first."""
    parts = ceil(count / TARGET)
    if not count:
        return
    if first is None or last is None:
        yield "true"
        return
    yield from _between([first + (last + 1 - first) * part // parts for part in range(1, parts)], by=by)


def _between(cuts: Sequence[int], *, by: str) -> Iterator[str]:
    """Conditions for the values below, between and from these cuts on, in either engine's SQL."""
    if not cuts:
        yield "true"
        return
    yield f"({by} < {cuts[0]} OR {by} IS NULL)"
    for low, high in pairwise(cuts):
        yield f"{by} >= {low} AND {by} < {high}"
    yield f"{by} >= {cuts[-1]}"


def _ranges(files: tuple[File, ...]) -> Iterator[tuple[File, str]]:
    """Each file of a CUSTOMER table with the DuckDB condition for rows that belong to it."""
    # Files of rows without customer sort first and take what lies below everybody.
    ordered = sorted(files, key=lambda file: (file.first is not None, file.first or 0, file.path))
    starts = [file.first or 0 for file in ordered]
    for place, file in enumerate(ordered):
        low = f"coalesce(customer_id, 0) >= {starts[place]}" if place else "true"
        high = f"coalesce(customer_id, 0) < {starts[place + 1]}" if place + 1 < len(ordered) else "true"
        yield file, f"{low} AND {high}"


def _split(writer: Writer, state: State, rows: str) -> list[File]:
    """One file of these rows, or several where they have outgrown one."""
    (count,) = writer.reader.rows(f"SELECT count(*) FROM ({rows})")[0]  # noqa: S608 -- composed here
    parts = round(count / TARGET)
    if parts < 2:
        return _written(writer.write(state.table, rows))
    shares = [part / parts for part in range(1, parts)]
    found = {cut for (cut,) in writer.reader.rows(SQL["split"].format(shares=shares, rows=rows))}
    ranges = _between(sorted(found - {None}), by="customer_id")
    return [
        file for range_ in ranges for file in _written(writer.write(state.table, f"FROM ({rows}) WHERE {range_}"))
    ]


def _holding(state: State, writer: Writer, masked: str) -> list[File]:
    """The files that have rows which no longer hold."""
    asked = ((file, _filled("holds", state, files=writer.relation(file), masked=masked)) for file in state.files)
    return [file for file, sql in asked if writer.reader.rows(sql)[0][0]]


def _arriving(writer: Writer, range_: str) -> bool:
    return bool(writer.reader.rows(f"SELECT 1 FROM tail WHERE {range_} LIMIT 1"))  # noqa: S608 -- composed here


def _extent(state: State, snapshot: Snapshot, by: str) -> tuple[int, int | None, int | None]:
    row = snapshot.read(POSTGRES["extent"].format(**slots(state), by=by)).to_pylist()[0]
    return row["rows"], row["first"], row["last"]


def _filled(name: str, state: State, **values: str) -> str:
    return SQL[name].format(columns=listed(state.table), key=state.table.key, **values)


def _written(file: File | None) -> list[File]:
    return [file] if file else []
