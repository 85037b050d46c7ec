"""Making the cuts that percentiles are held against: every night, and before a new rule is first counted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from tactful.lake.engine import reading
from tactful.lake.tables import LakeTable
from tactful.segments import cuts, queries
from tactful.segments.domain.cuts import Cut, cuts_of
from tactful.segments.domain.nodes import Node
from tactful.segments.services.asking import tree_of
from tactful.segments.services.membership import run


def make_cuts(
    others: Sequence[Node] = (), *, now: datetime, tables: Sequence[LakeTable], folder: Path
) -> list[str]:
    """Make all cuts that segments in use and other rules ask for; the slugs of those segments."""
    asking = {segment.slug: cuts_of([segment.own]) for segment in queries.segments()}
    wanted = frozenset().union(cuts_of(map(tree_of, others)), *asking.values())
    _make(wanted, now=now, tables=tables, folder=folder)
    return [slug for slug, own in asking.items() if own]


def make_missing_cuts(
    others: Sequence[Node] = (), *, now: datetime, tables: Sequence[LakeTable], folder: Path
) -> None:
    """Make the cuts that segments in use and other rules ask for and nobody has made yet."""
    wanted = cuts_of((*(segment.own for segment in queries.segments()), *map(tree_of, others)))
    there = {(measure, percent) for measure, percent, _, _ in queries.cuts(wanted)}
    missing = {cut for cut in wanted if (cut.measure, cut.percent) not in there}
    _make(missing, now=now, tables=tables, folder=folder)


def _make(wanted: Collection[Cut], *, now: datetime, tables: Sequence[LakeTable], folder: Path) -> None:
    if not wanted:
        return
    with reading(tables, folder=folder) as reader:
        rows = cuts.made(reader, wanted, at=now, terms=queries.terms())
    for measure, percent, at, value in rows:
        run("keep_cut", {"measure": measure, "percent": percent, "at": at, "value": value})
