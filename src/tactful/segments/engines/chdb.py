"""ClickHouse in process, by chdb: over the lake's Parquet files, and what is not in them as files of a moment."""

# ruff: noqa: S608 -- files and columns of our own

import importlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlglot import exp

from tactful.segments.engines.clickhouse_words import CLICKHOUSE, SETTINGS
from tactful.segments.engines.errors import EngineCannot, EngineMissing
from tactful.segments.engines.shown import Shown, shown
from tactful.segments.engines.source import Source
from tactful.segments.engines.translating import Dialect


class Chdb:
    """ClickHouse's engine within this process."""

    @property
    def dialect(self) -> Dialect:
        return CLICKHOUSE

    def numbers(self, sql: str, source: Source) -> list[int]:
        chdb = _module()
        with tempfile.TemporaryDirectory(prefix="tactful-chdb-") as folder:
            relations = ", ".join(_relation(each, Path(folder)) for each in shown(source))
            try:
                found = chdb.query(f"WITH {relations} {sql} SETTINGS {SETTINGS}", "TSV")
            except RuntimeError as fault:
                raise EngineCannot(f"ClickHouse cannot answer that: {_first_line(fault)}") from fault
            return [int(line) for line in found.bytes().decode().split()]


def _relation(each: Shown, folder: Path) -> str:
    """A table as a common table expression over files."""
    columns = ", ".join(f'"{name}"' for name in each.columns)
    parts = []
    if each.paths:
        missing = ""
        if each.masked is not None:
            masked = folder / f"{each.name}.masked.parquet"
            pq.write_table(each.masked, masked)
            missing = f' WHERE "{each.key}" NOT IN (SELECT key FROM {_file([masked])})'
        parts.append(f"SELECT {columns} FROM {_file(each.paths)}{missing}")
    if each.rows is not None:
        path = folder / f"{each.name}.parquet"
        pq.write_table(each.rows, path)
        parts.append(f"SELECT {columns} FROM {_file([path])}")
    return f'"{each.name}" AS ({" UNION ALL ".join(parts)})'


def _file(paths: Sequence[Path]) -> str:
    """One path, or a folder with several names; ours have nothing in them that would mean more."""
    [*parents] = {path.parent for path in paths}
    if len(parents) > 1:
        raise EngineCannot("ClickHouse reads the files of a table from one folder only")
    named = "{" + ",".join(path.name for path in paths) + "}" if len(paths) > 1 else paths[0].name
    literal = exp.Literal.string(f"{parents[0].as_posix()}/{named}").sql(dialect="clickhouse")
    return f"file({literal}, 'Parquet')"


def _first_line(fault: Exception) -> str:
    return str(fault).strip().splitlines()[0][:300]


def _module() -> Any:
    try:
        return importlib.import_module("chdb")
    except ImportError as missing:
        raise EngineMissing("chdb is not installed: `uv sync --group engines`") from missing
