"""How the lake stands, for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tactful.lake.manifest import live
from tactful.lake.models import LakeTable as Row
from tactful.lake.tables import LakeTable


@dataclass(frozen=True, slots=True)
class TableStatus:
    """A table's live files: how many, with how many rows and bytes; when they were last brought up to date."""

    name: str
    files: int
    rows: int
    bytes: int
    flushed_at: datetime | None


def status(tables: Sequence[LakeTable]) -> list[TableStatus]:
    """The state of each table's files."""
    files, flushed = live(tables), flushed_at()
    return [
        TableStatus(
            name=table.name,
            files=len(files[table.name]),
            rows=sum(file.rows for file in files[table.name]),
            bytes=sum(file.bytes for file in files[table.name]),
            flushed_at=flushed.get(table.name),
        )
        for table in tables
    ]


def flushed_at() -> dict[str, datetime | None]:
    """When each table was last flushed."""
    return dict(Row.objects.values_list("name", "flushed_at"))
