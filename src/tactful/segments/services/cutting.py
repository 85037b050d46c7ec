"""Making the cuts that percentiles are held against: every night, and before a new rule is first counted."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from tactful.lake.engine import reading
from tactful.lake.tables import LakeTable
from tactful.segments import cuts, queries
from tactful.segments.domain.cuts import Cut, cuts_of
from tactful.segments.services.membership import run


def make_cuts(*, now: datetime, tables: Sequence[LakeTable], folder: Path) -> list[str]:
    """Make all cuts that segments in use ask for; the slugs of those segments."""
    asking = {segment.slug: cuts_of([segment.own]) for segment in queries.segments()}
    _make(frozenset().union(*asking.values()), now=now, tables=tables, folder=folder)
    return [slug for slug, wanted in asking.items() if wanted]


def make_missing_cuts(*, now: datetime, tables: Sequence[LakeTable], folder: Path) -> None:
    """Make the cuts that segments in use ask for and nobody has made yet."""
    wanted = cuts_of(segment.own for segment in queries.segments())
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
