"""DuckDB: its one door. Readers over the lake or over given rows, and the writing of files."""

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tactful.kernel.sql import statements
from tactful.lake import source
from tactful.lake.manifest import State, states
from tactful.lake.tables import LakeTable, Type
from tactful.lake.tail import Tail, tails

SQL = statements(Path(__file__).parent / "duckdb.sql")
_SHARE_OF_MEMORY = 0.3  # several processes of one installation question the lake at a time

_SPILL = f".spill-{platform.node()}-"

Params = Sequence[Any] | Mapping[str, Any]


class Reader:
    """Questions to a set of named rows. Not for use by two threads at once."""

    def __init__(self, duck: duckdb.DuckDBPyConnection) -> None:
        self._duck = duck
        self._bare: dict[str, str] = {}
        self._bodies: dict[str, str] = {}

    def rows(self, sql: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """The rows as tuples; moments come as naive UTC. Parameters are written ? or $name."""
        return self._duck.execute(_parsed(sql), params).fetchall()

    def arrow(self, sql: str, params: Params = ()) -> pa.Table:
        return self._duck.execute(_parsed(sql), params).to_arrow_table()

    def run(self, sql: str, params: Params = ()) -> None:
        """A statement without an answer."""
        self._duck.execute(sql, params)

    def register(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> None:
        """Make rows known under a name, in place of what had the name before. A stream can be read once."""
        self._duck.register(name, rows)

    def relation(self, name: str) -> str:
        """What to write after FROM for a table: its bare files while they hold everything, else its name.

        The name always answers the same. But DuckDB takes no condition that might fail, and asking JSON is one,
        through the projection of a view into the files: where values repeat, it is 20 times slower there.
        """
        return self._bare.get(name, f'"{name}"')

    def show(self, name: str, body: str, *, bare: str = "") -> None:
        """Make a query known under a name; `bare` is a table function that gives the same rows."""
        self._duck.execute(f'CREATE TEMP VIEW "{name}" AS {body}')
        self._bodies[name] = body
        if bare:
            self._bare[name] = bare

    def narrow(self, first: int, last: int) -> None:
        """From now on the names shown give the rows of the customers first to last only, of all those shown."""
        self._bare.clear()
        for name, body in self._bodies.items():
            theirs = f"SELECT * FROM ({body}) WHERE customer_id BETWEEN {int(first)} AND {int(last)}"  # noqa: S608 -- ours
            self._duck.execute(f'CREATE OR REPLACE TEMP VIEW "{name}" AS {theirs}')

    def unregister(self, name: str) -> None:
        self._duck.unregister(name)


@contextmanager
def reading(tables: Sequence[LakeTable], *, folder: Path) -> Iterator[Reader]:
    """Read the given tables as PostgreSQL has them now: a view per table, of its files and the hot tail.

    Manifest and tail come from one snapshot, so that all tables show the same moment. Uncommitted rows of the
    caller are not seen. A reader may be kept for minutes, not hours: superseded files are removed in the end.
    """
    with source.snapshot() as snapshot:
        known = states(snapshot, tables, folder=folder)
        hot = tails(snapshot, known)
    with opened(folder) as reader:
        for table in tables:
            _show(reader, known[table.name], hot[table.name], folder)
        yield reader


@contextmanager
def over(tables: Mapping[str, pa.Table]) -> Iterator[Reader]:
    """Read given rows under the names of their tables: the live scope."""
    with opened(None) as reader:
        for name, rows in tables.items():
            reader.register(name, rows)
        yield reader


@contextmanager
def opened(folder: Path | None) -> Iterator[Reader]:
    """A reader that knows no names yet and may touch files below the folder only."""
    duck = _instance(os.getpid(), str(folder.absolute()) if folder else "").cursor()
    try:
        yield Reader(duck)
    finally:
        duck.close()


@contextmanager
def scratch(folder: Path) -> Iterator[Path]:
    """A place for files of this process alone; gone at the end, or with a later flush if the process is killed."""
    spill = folder / f"{_SPILL}{os.getpid()}"
    spill.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=spill) as place:
        yield Path(place)


def files_sql(folder: Path, paths: Sequence[str]) -> str:
    """The DuckDB expression that reads these files as one relation."""
    listed = ", ".join(quoted(str(folder.absolute() / path)) for path in paths)
    return f"read_parquet([{listed}])"


def quoted(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def listed(table: LakeTable) -> str:
    return ", ".join(f'"{column.name}"' for column in table.columns)


def remove_spills(folder: Path) -> None:
    """Delete what killed processes of this machine had moved out of memory."""
    for path in folder.glob(f"{_SPILL}*"):
        try:
            os.kill(int(path.name.removeprefix(_SPILL)), 0)
        except ProcessLookupError:
            shutil.rmtree(path, ignore_errors=True)


def _show(reader: Reader, state: State, tail: Tail, folder: Path) -> None:
    """Make a table's view. Whatever is not needed is not in it: an idle lake reads like bare files."""
    table = state.table
    files = files_sql(folder, [file.path for file in state.files])
    filled = {"columns": listed(table), "key": table.key, "files": files}
    parts = []
    if state.files:
        parts.append("files")
    if state.files and tail.masked.num_rows:
        filled["masked"] = f"{table.name}__masked"
        reader.register(filled["masked"], tail.masked)
        parts = ["files_unmasked"]
    if tail.rows.num_rows:
        filled["tail"] = f"{table.name}__tail"
        reader.register(filled["tail"], tail.rows)
        parts.append("tail")
    if not parts:
        filled["nulls"] = ", ".join(f'NULL::{_stored(type_)} AS "{name}"' for name, type_ in table.types().items())
        parts.append("nothing")
    body = "\nUNION ALL\n".join(SQL[part].format(**filled) for part in parts)
    reader.show(table.name, body, bare=files if parts == ["files"] else "")


def _stored(type_: Type) -> str:
    return Type.TEXT.value if type_ is Type.JSON else type_.value


@lru_cache(maxsize=256)
def _parsed(sql: str) -> duckdb.Statement:
    """The one statement of a text. For a few rows, reading the text takes as long as answering it."""
    (statement,) = duckdb.default_connection().extract_statements(sql)
    return statement


@lru_cache(maxsize=4)
def _instance(process: int, folder: str) -> duckdb.DuckDBPyConnection:
    """One engine per process and folder: readers share its memory. Asked by process id, for forks."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * _SHARE_OF_MEMORY
    duck = duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "preserve_insertion_order": "false",
            "memory_limit": f"{int(memory / 2**20)}MiB",
            "temp_directory": f"{folder}/{_SPILL}{process}" if folder else "",
        },
    )
    duck.execute("SET GLOBAL TimeZone = 'UTC'")
    duck.execute("SET GLOBAL parquet_metadata_cache = true")  # files never change
    # Filters that a join sends into its other side fail over rows from Arrow (duckdb-python issue 463), and lose
    # rows of joins that are moved out of memory (duckdb issue 25702). Without them nothing here is slower.
    duck.execute("SET disabled_optimizers = 'join_filter_pushdown'")
    if not folder:
        duck.execute("SET threads = 1")  # a few rows of a few customers: handing them around costs more
    if folder:
        duck.execute(f"SET allowed_directories = [{quoted(folder)}]")
    duck.execute("SET enable_external_access = false")
    duck.execute("SET lock_configuration = true")
    return duck
