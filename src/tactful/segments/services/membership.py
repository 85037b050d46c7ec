"""Who is in which segment: kept live for touched customers, and recounted for everyone as time passes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from pyroaring import BitMap64

from tactful.jobs.services import lock_number
from tactful.kernel.sql import statements
from tactful.lake.engine import reading
from tactful.lake.tables import LakeTable
from tactful.segments import live, queries
from tactful.segments.compiler import RowsPlan, members
from tactful.segments.models import Segment
from tactful.segments.queries import SegmentRow
from tactful.team.queries import workspace

SQL = statements(Path(__file__).parent.parent / "segments.sql")
_LOCK = lock_number("segments.members")
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Change:
    """One entering or leaving."""

    segment_id: int
    slug: str
    customer_id: int
    entered: bool
    at: datetime


def refresh(
    touched: Mapping[int, Collection[str]],
    *,
    created: Collection[int] = (),
    tables: Sequence[LakeTable],
    now: datetime,
) -> list[Change]:
    """Work what has just changed for customers into their memberships; returns who entered and left what.

    `touched` says what changed for whom: names of events, and `attributes`, `consent`, `orders`; they are held
    against the segments that look at what changed. `created` are those of whom nothing was known before, and all
    others for whom everything may have changed (merged into, taken apart, erased): they need every segment.
    Sees what the running transaction wrote, and needs one.
    """
    if not touched and not created:
        return []
    segments = queries.segments()
    if not created:
        happened = set().union(*touched.values())
        segments = [segment for segment in segments if segment.depends_on & happened]
    matters = frozenset().union(*(segment.depends_on for segment in segments))
    concerned = {customer_id for customer_id, happened in touched.items() if not matters.isdisjoint(happened)}
    customer_ids = sorted(concerned.union(created))
    if not segments or not customer_ids:
        return []
    _run("hold_shared", {"lock": _LOCK})
    plan = _plan(segments)
    rows = live.load(plan, [(customer_id, now) for customer_id in customer_ids], tables)
    met = live.members_at(plan, rows, now, count=len(segments))
    return _settle(segments, customer_ids, met, now=now)


def _nobody(changes: Sequence[Change]) -> None:
    """Tell nobody."""


def recount(
    *,
    now: datetime,
    tables: Sequence[LakeTable],
    folder: Path,
    slugs: Collection[str] | None = None,
    tell: Callable[[Sequence[Change]], object] = _nobody,
) -> list[Change]:
    """Hold everyone against all segments (or those named); returns who entered and left because time passed.

    The lake tells for whom memberships seem to differ; these are then decided by the live rows, chunk by chunk
    in short transactions, so that a customer who is busy meanwhile is not overruled by an older picture. The first
    count of a new or changed rule fills the segment without telling: nobody did anything to enter it.
    `tell` hears the changes of a chunk in the transaction that wrote them: do not put a transaction around the
    whole, for batches would wait for its end. Sizes of the day are written.
    """
    segments = [segment for segment in queries.segments() if slugs is None or segment.slug in slugs]
    if not segments:
        return []
    differing = _differing(segments, now=now, tables=tables, folder=folder)
    silent = {segment.id for segment in segments if segment.counted_at is None}
    changes: list[Change] = []
    for chunk in _chunks(sorted(differing), _CHUNK):
        with transaction.atomic():
            found = _decide(segments, chunk, tables=tables, now=now)
            loud = [change for change in found if change.segment_id not in silent]
            tell(loud)
        changes.extend(loud)
    for segment in segments:
        # A rule that was saved meanwhile waits for its own count.
        Segment.objects.filter(pk=segment.id, version=segment.version).update(counted_at=now)
    _run("write_sizes", {"segments": [segment.id for segment in segments], "day": now.date()})
    return changes


def move_customers(pairs: Sequence[tuple[int, int]]) -> None:
    """Memberships and their history follow merged customers, (from, into).

    What the joined record is really in is settled by the `refresh` that follows, in which it counts as created.
    """
    for from_id, into_id in pairs:
        _run("move_members", {"from_id": from_id, "into_id": into_id})
        _run("drop_members", {"from_id": from_id})
        _run("move_changes", {"from_id": from_id, "into_id": into_id})


def _differing(
    segments: Sequence[SegmentRow], *, now: datetime, tables: Sequence[LakeTable], folder: Path
) -> BitMap64:
    """Customers whose memberships in the lake's picture are not those that are written."""
    plan = _plan(segments)
    read = {each.table for each in plan.reads}
    with reading([table for table in tables if table.name in read], folder=folder) as reader:
        met = reader.arrow(plan.sql, plan.parameters(now))
    written = queries.members_of([segment.id for segment in segments])
    differing = BitMap64()
    for number, segment in enumerate(segments):
        differing |= _ids(met, f"m{number}") ^ written.get(segment.id, BitMap64())
    return differing


def _ids(met: pa.Table, column: str) -> BitMap64:
    ids = met.filter(met[column])["customer_id"].to_pylist()
    return BitMap64(each for each in ids if each is not None)


def _decide(
    segments: Sequence[SegmentRow], customer_ids: Sequence[int], *, tables: Sequence[LakeTable], now: datetime
) -> list[Change]:
    """Settle the memberships of a chunk by its live rows, while no batch is at work on any."""
    plan = _plan(segments)
    _run("hold_alone", {"lock": _LOCK})
    rows = live.load(plan, [(customer_id, now) for customer_id in customer_ids], tables)
    # To whom something happened after `now` was looked at later than this, when it happened.
    newer = rows.later_than(now)
    settled = [customer_id for customer_id in customer_ids if customer_id not in newer]
    met = live.members_at(plan, rows, now, count=len(segments))
    return _settle(segments, settled, met, now=now)


def _plan(segments: Sequence[SegmentRow]) -> RowsPlan:
    return members(tuple(segment.tree for segment in segments), currency=workspace().currency)


def _settle(
    segments: Sequence[SegmentRow], customer_ids: Sequence[int], met: Sequence[set[int]], *, now: datetime
) -> list[Change]:
    """Write the difference between who meets each segment's rule and who is written, for these customers."""
    slugs = {segment.id: segment.slug for segment in segments}
    concerned = set(customer_ids)
    was: dict[int, set[int]] = {segment.id: set() for segment in segments}
    for segment_id, customer_id in _run("members_of", {"customers": list(concerned), "segments": list(was)}):
        was[segment_id].add(customer_id)
    wanted: list[tuple[int, int, bool]] = []
    for segment, found in zip(segments, met, strict=True):
        inside = found & concerned
        wanted.extend((segment.id, customer_id, customer_id in inside) for customer_id in inside ^ was[segment.id])
    if not wanted:
        return []
    segment_ids, ids, entered = (list(column) for column in zip(*wanted, strict=True))
    written = _run("change_members", {"segments": segment_ids, "customers": ids, "entered": entered, "at": now})
    return [Change(segment, slugs[segment], customer, into, now) for segment, customer, into in written]


def _run(name: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], params)
        return list(cursor.fetchall()) if cursor.description else []


def _chunks(ids: Iterable[int], size: int) -> Iterator[list[int]]:
    chunk: list[int] = []
    for each in ids:
        chunk.append(each)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
