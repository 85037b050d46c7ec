"""Who is in which segment, kept live: for customers to whom something happened, and those whose time has come."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection

from tactful.jobs.services import lock_number
from tactful.kernel.sql import statements
from tactful.lake.tables import LakeTable
from tactful.segments import live, queries
from tactful.segments.compiler import Watched, watched
from tactful.segments.queries import SegmentRow

SQL = statements(Path(__file__).parent.parent / "segments.sql")
LOCK = lock_number("segments.members")


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
    others for whom everything may have changed (merged into, taken apart, erased, due by time): they need every
    segment.
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
    return _look(segments, sorted(concerned.union(created)), tables=tables, now=now)


def take_due(*, now: datetime, limit: int) -> list[int]:
    """Customers for whom a window closes or an age is reached: for `refresh`, as created, in the same transaction.

    Each customer's next such moment was noted when he was last looked at, so nobody else is read.
    """
    return sorted(row[0] for row in run("take_due", {"now": now, "limit": limit}))


def look_again(customer_ids: Collection[int], *, now: datetime) -> None:
    """Something changed for these customers behind the refresh: they are due at once."""
    note_due(dict.fromkeys(customer_ids, now))


def move_customers(pairs: Sequence[tuple[int, int]]) -> None:
    """Memberships and their history follow merged customers, (from, into).

    What the joined record is really in is settled by the `refresh` that follows, in which it counts as created.
    """
    for from_id, into_id in pairs:
        run("move_members", {"from_id": from_id, "into_id": into_id})
        run("drop_members", {"from_id": from_id})
        run("move_changes", {"from_id": from_id, "into_id": into_id})
        run("move_due", {"from_id": from_id, "into_id": into_id})
        run("drop_due", {"from_id": from_id})


def forget(customer_ids: Sequence[int], *, tables: Sequence[LakeTable], now: datetime) -> None:
    """Erased customers leave everything; their number stays in the history of sizes."""
    refresh({}, created=customer_ids, tables=tables, now=now)
    for customer_id in customer_ids:
        run("drop_due", {"from_id": customer_id})


def write_sizes(now: datetime) -> None:
    """Note how large each segment is today; the last note of a day (UTC) stays."""
    run("write_sizes", {"day": now.date()})


def watch(segments: Sequence[SegmentRow]) -> Watched:
    """Everyone against these segments, with the moments to look again."""
    return watched(tuple(segment.own for segment in segments), terms=queries.terms())


def note_due(again: Mapping[int, datetime]) -> None:
    """Remember when customers have to be looked at again."""
    if again:
        customer_ids = sorted(again)  # one order for all, so that two who note at a time do not block each other
        run("note_due", {"customers": customer_ids, "moments": [again[each] for each in customer_ids]})


def settle(
    segments: Sequence[SegmentRow], customer_ids: Sequence[int], met: Sequence[set[int]], *, now: datetime
) -> list[Change]:
    """Write the difference between who meets each segment's rule and who is written, for these customers."""
    slugs = {segment.id: segment.slug for segment in segments}
    met = in_one_stage(segments, met)
    concerned = set(customer_ids)
    was: dict[int, set[int]] = {segment.id: set() for segment in segments}
    for segment_id, customer_id in run("members_of", {"customers": list(concerned), "segments": list(was)}):
        was[segment_id].add(customer_id)
    wanted: list[tuple[int, int, bool]] = []
    for segment, found in zip(segments, met, strict=True):
        inside = found & concerned
        wanted.extend((segment.id, customer_id, customer_id in inside) for customer_id in inside ^ was[segment.id])
    if not wanted:
        return []
    segment_ids, ids, entered = (list(column) for column in zip(*wanted, strict=True))
    written = run("change_members", {"segments": segment_ids, "customers": ids, "entered": entered, "at": now})
    return [Change(segment, slugs[segment], customer, into, now) for segment, customer, into in written]


def in_one_stage(segments: Sequence[SegmentRow], met: Sequence[set[int]]) -> list[set[int]]:
    """Who is in each segment: of the stages whose rules he meets, a customer is in the first only."""
    inside = list(met)
    staged = sorted(
        (segment.position, number) for number, segment in enumerate(segments) if segment.position is not None
    )
    taken: set[int] = set()
    for _, number in staged:
        inside[number] = inside[number] - taken
        taken |= inside[number]
    return inside


def run(name: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """One of the statements of `segments.sql`."""
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], params)
        return list(cursor.fetchall()) if cursor.description else []


def _look(
    segments: Sequence[SegmentRow], customer_ids: Sequence[int], *, tables: Sequence[LakeTable], now: datetime
) -> list[Change]:
    if not segments or not customer_ids:
        return []
    run("hold_shared", {"lock": LOCK})
    watched = watch(segments)
    rows = live.load(watched.plan, [(customer_id, now) for customer_id in customer_ids], tables)
    met, again = live.watched_at(watched, rows, now)
    note_due(again)
    return settle(segments, customer_ids, met, now=now)
