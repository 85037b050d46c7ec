"""Rows out of PostgreSQL in Arrow, all from one snapshot: the one door to ADBC."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import adbc_driver_manager as adbc
import adbc_driver_postgresql
import pyarrow as pa
from django.db import connection
from psycopg.conninfo import make_conninfo

from tactful.kernel.errors import TactfulError
from tactful.kernel.sql import statements

SQL = statements(Path(__file__).parent / "postgres.sql")
# What libpq understands of Django's connection parameters; the rest speaks to psycopg.
_NOT_FOR_LIBPQ = {
    "context",
    "cursor_factory",
    "prepare_threshold",
    "row_factory",
    "autocommit",
    "server_side_binding",
}


class SourceFailed(TactfulError):
    """The lake could not read from PostgreSQL."""


class Snapshot:
    """One repeatable-read view of PostgreSQL, on a connection of its own.

    `horizon` is the oldest transaction of this database still running when the view was taken, or the next to
    come: whatever transactions below it did is in the view, and nothing that they do can come later.
    """

    def __init__(self, link: adbc.AdbcConnection) -> None:
        self._link = link
        # Sequential scans would look cheaper than the index on changed_in while statistics are missing.
        self._run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL enable_seqscan = off")
        facts = self.read(SQL["facts"]).to_pylist()[0]
        self.horizon: int = facts["horizon"]
        self.cluster: int = facts["cluster"]

    def read(self, sql: str) -> pa.Table:
        """The rows of a query."""
        with self.stream(sql) as batches:
            return batches.read_all()

    @contextmanager
    def stream(self, sql: str) -> Iterator[pa.RecordBatchReader]:
        """The rows of a query batch by batch, never all of them in memory."""
        statement = adbc.AdbcStatement(self._link)
        try:
            statement.set_sql_query(sql)
            handle, _ = statement.execute_query()
            with pa.RecordBatchReader._import_from_c(handle.address) as batches:
                yield batches
        except adbc.Error as fault:
            raise SourceFailed(f"The lake could not read from PostgreSQL: {fault}") from fault
        finally:
            statement.close()

    def _run(self, sql: str) -> None:
        statement = adbc.AdbcStatement(self._link)
        try:
            statement.set_sql_query(sql)
            statement.execute_update()
        finally:
            statement.close()


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """A snapshot of what is committed now. It does not see the running transaction of Django's connection."""
    link = adbc.AdbcConnection(_database(_conninfo()))
    try:
        link.set_autocommit(False)
        yield Snapshot(link)
    finally:
        link.close()


@lru_cache(maxsize=4)
def _database(conninfo: str) -> adbc.AdbcDatabase:
    """The driver reads PostgreSQL's types once per database (60 ms); a connection then takes 4 ms."""
    database: adbc.AdbcDatabase = adbc_driver_postgresql.connect(conninfo)
    return database


def _conninfo() -> str:
    given: dict[str, Any] = connection.get_connection_params()
    return make_conninfo(**{name: value for name, value in given.items() if name not in _NOT_FOR_LIBPQ})
