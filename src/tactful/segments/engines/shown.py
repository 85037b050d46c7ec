"""The lake's tables for engines that read its files themselves: paths, the hot tail, and what no longer holds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from tactful.lake.manifest import states
from tactful.lake.source import snapshot
from tactful.lake.tail import tails
from tactful.segments.engines.source import Source


@dataclass(frozen=True, slots=True)
class Shown:
    """A relation: the rows of the files without those whose key is `masked` (column `key`), and `rows`.

    `rows` is None only where the files have everything.
    """

    name: str
    columns: Sequence[str]
    key: str = ""
    paths: Sequence[Path] = ()
    masked: pa.Table | None = None
    rows: pa.Table | None = None


def shown(source: Source) -> Iterator[Shown]:
    """Each relation of a source. Manifest and tail come from one snapshot."""
    for name, rows in source.given.items():
        yield Shown(name, rows.column_names, rows=rows)
    if not source.tables:
        return
    with snapshot() as now:
        known = states(now, source.tables, folder=source.folder)
        hot = tails(now, known)
    for table in source.tables:
        paths = [source.folder.absolute() / file.path for file in known[table.name].files]
        tail = hot[table.name]
        masked = tail.masked if paths and tail.masked.num_rows else None
        young = tail.rows if tail.rows.num_rows or not paths else None
        yield Shown(table.name, list(table.types()), table.key, paths, masked, young)
