"""Everyone held against segments over the lake: the first fill of a new rule, and the repair of memberships."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from django.db import transaction
from pyroaring import BitMap64

from tactful.lake.engine import Reader
from tactful.lake.tables import LakeTable
from tactful.segments import live, queries
from tactful.segments.compiler import RowsPlan
from tactful.segments.domain.folds import HAPPENED, Table
from tactful.segments.models import Segment
from tactful.segments.queries import SegmentRow
from tactful.segments.services.asking import over_lake
from tactful.segments.services.cutting import make_missing_cuts
from tactful.segments.services.membership import (
    LOCK,
    Change,
    in_one_stage,
    note_due,
    run,
    settle,
    watch,
    write_sizes,
)
from tactful.segments.waiting import looked_again

_CHUNK = 5_000
_PART = 1_000_000  # customers: fits into 4 GB with 50 events each; more parts would read the files more often
_FIRSTS = f"""
    SELECT min(id) FROM (
        SELECT customer_id AS id, (row_number() OVER (ORDER BY customer_id) - 1) // $part AS part
        FROM {Table.CUSTOMERS}
    ) GROUP BY part ORDER BY part OFFSET 1"""  # noqa: S608 -- a name of our own
_T = TypeVar("_T")


def _nobody(changes: Sequence[Change]) -> None:
    """Tell nobody."""


def fill(*, now: datetime, tables: Sequence[LakeTable], folder: Path) -> list[str]:
    """Count the new and changed rules for the first time; their slugs."""
    waiting = [segment for segment in queries.segments() if segment.counted_at is None]
    slugs = [segment.slug for segment in waiting]
    if any(segment.position is not None for segment in waiting):
        # Where one stage begins, another ends: they are counted together.
        slugs = list(dict.fromkeys([*slugs, *(stage.slug for stage in queries.stages())]))
    if slugs:
        make_missing_cuts(now=now, tables=tables, folder=folder)
        recount(now=now, tables=tables, folder=folder, slugs=slugs)
    return slugs


def recount(
    *,
    now: datetime,
    tables: Sequence[LakeTable],
    folder: Path,
    slugs: Collection[str] | None = None,
    tell: Callable[[Sequence[Change]], object] = _nobody,
) -> list[Change]:
    """Hold everyone against all segments (or those named); returns who entered and left.

    The lake tells for whom memberships seem to differ; these are then decided by the live rows, chunk by chunk
    in short transactions, so that a customer who is busy meanwhile is not overruled by an older picture. The first
    count of a new or changed rule fills the segment without telling: nobody did anything to enter it.
    `tell` hears the changes of a chunk in the transaction that wrote them: do not put a transaction around the
    whole, for batches would wait for its end. When each customer has to be looked at again is noted.
    """
    segments = [segment for segment in queries.segments() if slugs is None or segment.slug in slugs]
    if not segments:
        return []
    seen = [BitMap64() for _ in segments]
    for inside, again in _pictures(segments, now=now, tables=tables, folder=folder):
        seen = [before | BitMap64(part) for before, part in zip(seen, inside, strict=True)]
        for due in _chunks(sorted(again), _CHUNK):
            note_due(dict(due))
    differing = _differing(segments, seen)
    silent = {segment.id for segment in segments if segment.counted_at is None}
    changes: list[Change] = []
    for chunk in _chunks(sorted(differing), _CHUNK):
        with transaction.atomic():
            found = _decide(segments, chunk, tables=tables, now=now)
            loud = [change for change in found if change.segment_id not in silent]
            tell(loud)
        changes.extend(loud)
    for segment in segments:
        # A rule that was saved meanwhile waits for its own count, and so does a stage that was moved.
        same = Segment.objects.filter(pk=segment.id, version=segment.version, position=segment.position)
        same.update(counted_at=now)
    write_sizes(now)
    return changes


def _pictures(
    segments: Sequence[SegmentRow], *, now: datetime, tables: Sequence[LakeTable], folder: Path
) -> Iterator[tuple[list[set[int]], list[tuple[int, datetime]]]]:
    """Who is in each segment by the lake, and when to look again, part by part of the base.

    What the engine groups, and what it answers, has to fit into memory.
    """
    watched = watch(segments)
    plan = watched.plan
    with over_lake([each.table for each in plan.reads], plan, [now], tables=tables, folder=folder) as reader:
        for first, last in parts(reader):
            reader.narrow(first, last)
            met = reader.arrow(plan.sql, plan.parameters(now))
            inside = in_one_stage(segments, [live.members_in(met, number) for number in range(len(segments))])
            yield inside, [*looked_again(watched, met, now), *_ahead(reader, plan, now)]


def _differing(segments: Sequence[SegmentRow], seen: Sequence[BitMap64]) -> BitMap64:
    """Customers whose memberships in the lake's picture are not those that are written."""
    written = queries.members_of([segment.id for segment in segments])
    differing = BitMap64()
    for segment, inside in zip(segments, seen, strict=True):
        differing |= inside ^ written.get(segment.id, BitMap64())
    return differing


def parts(reader: Reader) -> list[tuple[int, int]]:
    """The base in parts of customers who follow each other, together all numbers there can be."""
    firsts = reader.rows(_FIRSTS, {"part": _PART})
    bounds = [0, *(first for (first,) in firsts), 2**63 - 1]
    return [(first, after - 1) for first, after in pairwise(bounds)]


def _ahead(reader: Reader, plan: RowsPlan, now: datetime) -> Iterator[tuple[int, datetime]]:
    """What is known to happen only later: a sender's clock may be a day ahead of ours."""
    limit = now.astimezone(UTC).replace(tzinfo=None)
    for read in plan.reads:
        if read.table != Table.CUSTOMERS:
            yield from _first_after(reader, read.table, HAPPENED[read.table], limit)


def _first_after(reader: Reader, table: str, column: str, limit: datetime) -> Iterator[tuple[int, datetime]]:
    asked = 'SELECT customer_id, min("{0}") FROM "{1}" WHERE "{0}" > $at AND customer_id IS NOT NULL GROUP BY 1'
    for customer_id, when in reader.rows(asked.format(column, table), {"at": limit}):
        yield customer_id, when.replace(tzinfo=UTC)


def _decide(
    segments: Sequence[SegmentRow], customer_ids: Sequence[int], *, tables: Sequence[LakeTable], now: datetime
) -> list[Change]:
    """Settle the memberships of a chunk by its live rows, while no batch is at work on any."""
    watched = watch(segments)
    run("hold_alone", {"lock": LOCK})
    rows = live.load(watched.plan, [(customer_id, now) for customer_id in customer_ids], tables)
    met, again = live.watched_at(watched, rows, now)
    # To whom something happened after `now` was looked at later than this, when it happened. Or it is only dated
    # so, by a sender's clock that is ahead: the engine, which knows the time, looks at once.
    newer = rows.first_after(now)
    note_due({**again, **dict.fromkeys(newer, now)})
    settled = [customer_id for customer_id in customer_ids if customer_id not in newer]
    return settle(segments, settled, met, now=now)


def _chunks(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    chunk: list[_T] = []
    for each in items:
        chunk.append(each)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
