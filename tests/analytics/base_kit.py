"""A company as rows: what the analyses read, without a database."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pyarrow as pa

from tactful.lake.arrow import schema_of
from tactful.lake.engine import Reader, over
from tactful.lake.tables import LakeTable


def at(day: str) -> datetime:
    return datetime.fromisoformat(f"2026-{day}")


@contextmanager
def base_of(declared: Iterable[LakeTable], **rows: Sequence[dict[str, Any]]) -> Iterator[Reader]:
    """A reader over these rows of these tables; what a row leaves out is null, ids are counted."""
    tables = {}
    for table in {table.name: table for table in declared}.values():
        numbered = [{"id": number, **row} for number, row in enumerate(rows.get(table.name, ()), start=1)]
        tables[table.name] = pa.Table.from_pylist(numbered, schema=schema_of(table))
    with over(tables) as reader:
        yield reader
