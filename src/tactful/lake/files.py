"""Parquet files: written whole under another name, then renamed, never changed after."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from tactful.kernel.ids import secret
from tactful.lake.engine import SQL, Reader, files_sql, listed, quoted
from tactful.lake.manifest import File
from tactful.lake.tables import LakeTable, Order


class Writer:
    """Writes the files of one folder with one reader's engine."""

    def __init__(self, folder: Path, reader: Reader, now: datetime) -> None:
        self.reader = reader
        self._folder = folder
        self._now = now

    def write(self, table: LakeTable, rows: str) -> File | None:
        """A sorted file of the rows that a DuckDB query gives; None where there are none."""
        path = f"{table.name}/{self._now:%Y%m%dT%H%M%S}-{secret(9)}.parquet"
        final = self._folder / path
        final.parent.mkdir(parents=True, exist_ok=True)
        unfinished = final.with_suffix(".parquet.unfinished")
        order = ", ".join(f'"{column}"' for column in table.sorted_by)
        filled = {
            "columns": listed(table),
            "rows": rows,
            "order": order,
            "path": quoted(str(unfinished.absolute())),
        }
        self.reader.run(SQL["write"].format(**filled))
        file = self._measured(table, unfinished, path)
        if not file.rows:
            unfinished.unlink()
            return None
        _settle(unfinished, final)
        return file

    def relation(self, *files: File) -> str:
        """The DuckDB expression that reads these files."""
        return files_sql(self._folder, [file.path for file in files])

    @contextmanager
    def named(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> Iterator[str]:
        """Rows under a name that queries may use, for a while."""
        self.reader.register(name, rows)
        try:
            yield name
        finally:
            self.reader.unregister(name)

    def _measured(self, table: LakeTable, written: Path, path: str) -> File:
        extent = table.key if table.order is Order.TIME else "customer_id"
        sql = SQL["measure"].format(extent=extent, files=files_sql(self._folder, [str(written.absolute())]))
        rows, first, last = self.reader.rows(sql)[0]
        return File(path=path, rows=rows, bytes=written.stat().st_size, first=first, last=last)


def _settle(unfinished: Path, final: Path) -> None:
    """Make sure of the bytes, then of the name: the manifest must never name a file that a power cut undoes."""
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
