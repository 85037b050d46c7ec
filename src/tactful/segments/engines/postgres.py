"""PostgreSQL over the tables that the lake is a copy of: a check of the copy, and of the live scope."""

import json
from collections.abc import Mapping

import pyarrow as pa
from django.db import DataError, connection, transaction
from sqlglot import exp

from tactful.segments.engines.errors import EngineCannot
from tactful.segments.engines.postgres_words import POSTGRES
from tactful.segments.engines.source import Source
from tactful.segments.engines.translating import Dialect

_TYPES: Mapping[pa.DataType, str] = {
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.float64(): "float8",
    pa.bool_(): "boolean",
    pa.string(): "text",
    pa.timestamp("us"): "timestamp",
    pa.date32(): "date",
}


class Postgres:
    """The database of Django's own connection, as the running transaction sees it."""

    @property
    def dialect(self) -> Dialect:
        return POSTGRES

    def numbers(self, sql: str, source: Source) -> list[int]:
        relations = {table.name: table.select() for table in source.tables}
        relations |= {name: _rows(rows) for name, rows in source.given.items()}
        shown = ", ".join(f'"{name}" AS NOT MATERIALIZED ({body})' for name, body in relations.items())
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"WITH {shown} {sql}")
                return [int(row[0]) for row in cursor.fetchall()]
        except DataError as fault:
            raise EngineCannot(f"PostgreSQL cannot answer that: {str(fault).splitlines()[0]}") from fault


def _rows(rows: pa.Table) -> str:
    """A relation of these rows, typed."""
    given = json.dumps(rows.to_pylist(), default=lambda value: value.isoformat())
    typed = ", ".join(f'"{column.name}" {_TYPES[column.type]}' for column in rows.schema)
    literal = exp.Literal.string(given).sql(dialect="postgres")
    return f"SELECT * FROM json_to_recordset({literal}) AS given({typed})"  # noqa: S608 -- a quoted literal
