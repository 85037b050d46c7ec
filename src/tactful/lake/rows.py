"""Rows of a few customers, straight from PostgreSQL, as the running transaction has them."""

import io
from collections.abc import Sequence
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pc
from django.db import connection
from psycopg import pq

from tactful.lake.arrow import no_rows, schema_of
from tactful.lake.tables import LakeTable

_BLOCK = 1 << 24  # bytes parsed at a time, and so the longest row that is understood


def of_customers(
    table: LakeTable, customer_ids: Sequence[int], *, where: str = "", params: Sequence[Any] = ()
) -> pa.Table:
    """The rows of these customers, typed as declared; `where` is a further PostgreSQL condition on the source.

    They are read through Django's own connection, so what the running transaction wrote is seen.
    """
    if not customer_ids:
        return no_rows(table)
    condition = f" AND ({where})" if where else ""
    # The text of an array: the driver would take each number to pieces.
    ids = f"{{{','.join(map(str, customer_ids))}}}"
    sql = f"COPY ({table.select()} WHERE {table.customer} = ANY(%s::bigint[]){condition}) TO STDOUT (FORMAT csv)"
    with connection.wrap_database_errors:
        data = _copied(sql, [ids, *params])
    return _parsed(table, data) if data else no_rows(table)


def _copied(sql: str, params: list[Any]) -> bytes:
    """What COPY says. Read from libpq itself: psycopg's own loop takes three times as long per row."""
    connection.ensure_connection()
    link: psycopg.Connection[Any] = connection.connection
    with psycopg.ClientCursor(link) as cursor:
        cursor.execute("SELECT")  # begins the transaction where Django has put one off
        bound = cursor.mogrify(sql, params)
    result = link.pgconn.exec_(bound.encode())
    if result.status != pq.ExecStatus.COPY_OUT:
        raise psycopg.errors.error_from_result(result)
    pieces = []
    while True:
        length, piece = link.pgconn.get_copy_data(0)
        if length < 0:
            break
        pieces.append(bytes(piece))
    while (ended := link.pgconn.get_result()) is not None:
        if ended.status == pq.ExecStatus.FATAL_ERROR:
            raise psycopg.errors.error_from_result(ended)
    return b"".join(pieces)


def _parsed(table: LakeTable, data: bytes) -> pa.Table:
    schema = schema_of(table)
    return pc.read_csv(
        io.BytesIO(data),
        read_options=pc.ReadOptions(column_names=schema.names, block_size=_BLOCK, use_threads=len(data) > _BLOCK),
        parse_options=pc.ParseOptions(newlines_in_values=True),
        convert_options=pc.ConvertOptions(
            column_types=schema,
            true_values=["t"],
            false_values=["f"],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,  # NULL comes bare, the empty string quoted
        ),
    )
