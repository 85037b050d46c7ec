"""Segments side by side: money, rhythm, what they answer to, the hour that suits them, whom they share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyroaring import BitMap64

from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import statements
from tactful.kernel.time import zone_or
from tactful.lake.engine import Reader, reading
from tactful.lake.tables import LakeTable
from tactful.segments import queries
from tactful.segments.queries import SegmentRow

MOST = 8
FEW_ACTS = 30  # below this many opens, clicks and purchases an hour is chance
_EVERYBODY = 0
_MOST_SHARED = 3
_BOUGHT = frozenset({"customers", "orders"})
_TABLES = _BOUGHT | {"deliveries"}
_SQL = statements(Path(__file__).parent.parent / "comparing.sql")


@dataclass(frozen=True, slots=True)
class Answered:
    """Messages of a channel that were sent and did not bounce, and how many were opened and clicked by people."""

    channel: str
    messages: int
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class Hour:
    """The hour of the company's day with most opens, clicks and purchases; None where there are too few to say."""

    hour: int | None
    acts: int
    of: int


@dataclass(frozen=True, slots=True)
class Column:
    """A group of customers in figures. Money is in minor units of the company's currency, less what came back.

    `buyers` have completed purchases, `repeaters` at least two, `gaps` lie between them, in `days` together.
    `elsewhere` are purchases in other currencies, whose money is not added.
    """

    size: int
    buyers: int = 0
    repeaters: int = 0
    revenue: int = 0
    margin: int = 0
    elsewhere: int = 0
    gaps: int = 0
    days: float = 0.0
    answered: Mapping[str, Answered] = field(default_factory=dict)
    best: Hour = Hour(None, 0, 0)

    @property
    def average_gap(self) -> float | None:
        """Days from one purchase to the next, each gap weighing the same."""
        return self.days / self.gaps if self.gaps else None

    @property
    def revenue_each(self) -> float | None:
        return self.revenue / self.size if self.size else None

    @property
    def margin_each(self) -> float | None:
        return self.margin / self.size if self.size else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Columns in the order of `segments`. `overlap[a][b]`: how many customers of a are in b as well."""

    segments: tuple[SegmentRow, ...]
    columns: tuple[Column, ...]
    everybody: Column
    overlap: tuple[tuple[int, ...], ...]
    channels: tuple[str, ...]


def compare(slugs: Sequence[str], *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> Comparison:
    """Two to eight segments and everybody, in one pass over each table of the lake.

    Raises InvalidInput for another number of them, SegmentUnknown.
    """
    chosen = tuple(queries.segment(slug) for slug in dict.fromkeys(slugs))
    if not 2 <= len(chosen) <= MOST:
        raise InvalidInput(f"choose two to {MOST} segments")
    written = queries.members_of([row.id for row in chosen])
    members = {row.id: written.get(row.id, queries.nobody()) for row in chosen}
    with reading([table for table in tables if table.name in _TABLES], folder=folder) as reader:
        found = _columns(reader, members, at)
    channels = sorted({channel for column in found.values() for channel in column.answered})
    return Comparison(
        segments=chosen,
        columns=tuple(found[row.id] for row in chosen),
        everybody=found[_EVERYBODY],
        overlap=tuple(
            tuple(members[one.id].intersection_cardinality(members[other.id]) for other in chosen) for one in chosen
        ),
        channels=tuple(channels),
    )


@dataclass(frozen=True, slots=True)
class Beside:
    """A segment's money and rhythm beside everybody's, and those in use that share most customers with it.

    `shared` are the other segments and stages with the number of customers in both, the largest first. Messages
    and hours are not looked at: their columns are empty.
    """

    column: Column
    everybody: Column
    shared: tuple[tuple[SegmentRow, int], ...]


def beside(slug: str, *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> Beside:
    """One segment against everybody, in one pass over the orders. Raises SegmentUnknown."""
    row = queries.segment(slug)
    members = {row.id: queries.members_of([row.id]).get(row.id, queries.nobody())}
    with reading([table for table in tables if table.name in _BOUGHT], folder=folder) as reader:
        found = _bought(reader, members, at)
    return Beside(found[row.id], found[_EVERYBODY], _shared(row))


def _shared(row: SegmentRow) -> tuple[tuple[SegmentRow, int], ...]:
    known = {other.id: other for other in queries.segments()}
    rows = queries.shared_with(row.id, list(known), most=_MOST_SHARED)
    return tuple((known[number], both) for number, both in rows)


def common(slugs: Iterable[str]) -> BitMap64:
    """Who is in all of these segments; nobody where one of them is unknown."""
    named = {row.slug: row.id for row in queries.segments()}
    wanted = [named.get(slug, 0) for slug in slugs]
    found = queries.members_of(wanted)
    sets = sorted((found.get(number, queries.nobody()) for number in wanted), key=len)
    return sets[0].intersection(*sets[1:]) if sets else queries.nobody()


def _columns(reader: Reader, members: Mapping[int, BitMap64], at: datetime) -> dict[int, Column]:
    found = _bought(reader, members, at)
    reader.run(_SQL["heard"], _moment(at))
    answered = _grouped(reader.rows(_SQL["messages"]))
    hours = _grouped(reader.rows(_SQL["hours"]))
    return {
        number: replace(
            column,
            answered={row[0]: Answered(*row) for row in answered.get(number, ())},
            best=best_hour(dict(hours.get(number, ()))),
        )
        for number, column in found.items()
    }


def _bought(reader: Reader, members: Mapping[int, BitMap64], at: datetime) -> dict[int, Column]:
    """Size, money and rhythm of these groups and of everybody."""
    reader.register("chosen", _relation(members))
    reader.run(_SQL["groups"])
    reader.run(_SQL["bought"], {**_moment(at), "currency": queries.terms().currency})
    sizes = {number: len(found) for number, found in members.items()}
    sizes[_EVERYBODY] = reader.rows(_SQL["everybody"])[0][0]
    money = {row[0]: row[1:] for row in reader.rows(_SQL["purchases"])}
    return {number: Column(size, *money.get(number, ())) for number, size in sizes.items()}


def _moment(at: datetime) -> dict[str, Any]:
    return {"at": at.astimezone(UTC).replace(tzinfo=None), "zone": zone_or(queries.terms().zone, "UTC").key}


def best_hour(acts: Mapping[int, int]) -> Hour:
    """The hour with most acts, the earliest of several; none below FEW_ACTS in all."""
    together = sum(acts.values())
    if together < FEW_ACTS:
        return Hour(None, 0, together)
    hour = min(acts, key=lambda each: (-acts[each], each))
    return Hour(hour, acts[hour], together)


def _relation(members: Mapping[int, BitMap64]) -> pa.Table:
    """Rows (segment_id, customer_id), straight from the sets."""
    parts = [_rows(number, found) for number, found in members.items()]
    return pa.concat_tables(parts)


def _rows(number: int, found: BitMap64) -> pa.Table:
    listed = pa.Array.from_buffers(pa.int64(), len(found), [None, pa.py_buffer(found.to_array())])
    return pa.table({"segment_id": pa.repeat(number, len(found)), "customer_id": listed})


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for number, *rest in rows:
        found.setdefault(number, []).append(tuple(rest))
    return found
