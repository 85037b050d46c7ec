"""Reading segments: what they say, who is in them, how that changed."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection
from pyroaring import BitMap64

from tactful.kernel.sql import statements
from tactful.segments.domain.conditions import Stage
from tactful.segments.domain.cuts import Cut
from tactful.segments.domain.dependencies import dependencies
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.reading import read
from tactful.segments.domain.spelling import Lexicon, refers_to, spelled
from tactful.segments.domain.terms import Terms
from tactful.segments.domain.tree import parse
from tactful.segments.errors import SegmentUnknown
from tactful.segments.models import Member, MemberChange
from tactful.team.queries import workspace

SQL = statements(Path(__file__).parent / "segments.sql")
WEEK = timedelta(days=7)
_TREND_DAYS = 90


@dataclass(frozen=True, slots=True)
class Rule:
    """A segment's rule, read, with its short words spelled out.

    `tree` is what it means. `own` is what is written: of a stage, without leaving out who is in an earlier one.
    """

    tree: Node
    own: Node
    reading: str
    depends_on: frozenset[str]
    refers_to: frozenset[str]


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment as written. `counted_at` is None until everyone has been held against this version."""

    id: int
    slug: str
    name: str
    goal: str
    action: str
    definition: Mapping[str, Any]
    rule: Rule
    status: str
    version: int
    created_at: datetime
    updated_at: datetime
    counted_at: datetime | None
    position: int | None = None

    @property
    def tree(self) -> Node:
        return self.rule.tree

    @property
    def own(self) -> Node:
        """The rule as written. Of stages asked together, whoever meets several is in the first."""
        return self.rule.own

    @property
    def reading(self) -> str:
        """The rule in plain English; of a stage, that those of the stages before it are there."""
        later = self.position is not None and self.position > 1
        return f"{self.rule.reading} Only who is in none of the stages before." if later else self.rule.reading

    @property
    def called(self) -> str:
        """The name where segments and stages stand side by side: both have an “Active”."""
        return self.name if self.position is None else f"{self.name} (stage)"

    @property
    def depends_on(self) -> frozenset[str]:
        """What can change who is in: names of events, `attributes`, `consent`, `orders`."""
        return self.rule.depends_on


@dataclass(frozen=True, slots=True)
class Summary:
    """A segment with how it stands. `trend` is (day, size at its end), the oldest first, at most 90 days."""

    segment: SegmentRow
    size: int
    trend: tuple[tuple[date, int], ...]
    entered_this_week: int
    left_this_week: int


@dataclass(frozen=True, slots=True)
class Membership:
    slug: str
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """One entering or leaving of a customer."""

    customer_id: int
    at: datetime
    entered: bool


def segments(*, status: str = "active") -> list[SegmentRow]:
    """Segments as written, by name; the stages of the lifecycle are among them."""
    written = _run("segments", {"status": status, "slug": None})
    known = _known(written) if status == "active" else _known_now()
    return [_row(row, known) for row in written]


def segment(slug: str) -> SegmentRow:
    """One segment, archived or not. Raises SegmentUnknown."""
    rows = _run("segments", {"status": None, "slug": slug})
    if not rows:
        raise SegmentUnknown(f"there is no segment {slug!r}")
    return _row(rows[0], _known_now())


def stages() -> list[SegmentRow]:
    """The stages of the lifecycle, in their order."""
    rows = [row for row in segments() if row.position is not None]
    return sorted(rows, key=lambda row: row.position or 0)


def lexicon() -> Lexicon:
    """The rules that others may refer to: of all segments in use, and of the stages in their order."""
    return _lexicon(_known_now())


def terms() -> Terms:
    """What the company settles for all its rules."""
    company = workspace()
    return Terms(company.currency, company.zone)


def summaries(*, now: datetime, status: str = "active") -> list[Summary]:
    """All segments of a status with size, trend and the week's changes: four queries, whatever their number."""
    return _summaries(segments(status=status), now)


def summary(slug: str, *, now: datetime) -> Summary:
    """One segment with size, trend and the week's changes. Raises SegmentUnknown."""
    return _summaries([segment(slug)], now)[0]


def trends(rows: Sequence[SegmentRow], *, now: datetime) -> dict[int, dict[date, int]]:
    """The size of each segment at the end of the last 90 days, where it was noted."""
    since = (now - timedelta(days=_TREND_DAYS)).date()
    found: dict[int, dict[date, int]] = defaultdict(dict)
    for segment_id, day, size in _run("trends", {"segments": [row.id for row in rows], "since": since}):
        found[segment_id][day] = size
    return dict(found)


def member_ids(slug: str) -> list[int]:
    """Everyone in the segment, by id. Raises SegmentUnknown."""
    rows = Member.objects.filter(segment_id=segment(slug).id).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True))


def member_page(slug: str, *, after: int = 0, limit: int = 100) -> list[int]:
    """The next members whose ids are greater than `after`, by id. Raises SegmentUnknown."""
    rows = Member.objects.filter(segment_id=segment(slug).id, customer_id__gt=after).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True)[:limit])


def members_of(segment_ids: Sequence[int]) -> dict[int, BitMap64]:
    """Everyone in each of these segments as a set; those without anybody are left out."""
    found = _run("everyone_in", {"segments": list(segment_ids)})
    return {segment_id: BitMap64(map(int, listed.split(","))) for segment_id, listed in found}


def sizes(segment_ids: Sequence[int]) -> dict[int, int]:
    """How many are in each of these segments; those without anybody are left out."""
    return dict(_run("sizes_now", {"segments": list(segment_ids)}))


def shared_with(segment_id: int, among: Collection[int], *, most: int) -> list[tuple[int, int]]:
    """Which of these segments share most customers with one: (segment, customers in both), the largest first."""
    rows = _run("shared_with", {"segment": segment_id, "segments": list(among), "most": most})
    return [(number, both) for number, both in rows]


def nobody() -> BitMap64:
    """The empty set."""
    return BitMap64()


def cuts(wanted: Collection[Cut]) -> list[tuple[str, float, datetime, float]]:
    """The cuts that were made of these measures at these percents: measure, percent, moment, value."""
    if not wanted:
        return []
    measures, percents = zip(*((cut.measure, float(cut.percent)) for cut in wanted), strict=True)
    return [tuple(row) for row in _run("cuts", {"measures": list(measures), "percents": list(percents)})]


def of_customer(customer_id: int) -> list[Membership]:
    """The segments a customer is in, the newest first."""
    return of_customers([customer_id]).get(customer_id, [])


def of_customers(customer_ids: Collection[int]) -> dict[int, list[Membership]]:
    """The segments each customer is in, the newest first; those in none are left out."""
    named = {row.id: row for row in segments()}
    found: dict[int, list[Membership]] = defaultdict(list)
    rows = Member.objects.filter(customer_id__in=customer_ids, segment_id__in=named).order_by("-since", "id")
    for row in rows:
        known = named[row.segment_id]
        found[row.customer_id].append(Membership(known.slug, known.called, row.since))
    return dict(found)


def stages_of(customer_ids: Collection[int]) -> dict[int, Membership]:
    """The stage of the lifecycle in which each customer is; those in none are left out."""
    named = {row.id: row for row in stages()}
    rows = Member.objects.filter(customer_id__in=customer_ids, segment_id__in=named)
    return {
        row.customer_id: Membership(named[row.segment_id].slug, named[row.segment_id].name, row.since)
        for row in rows
    }


def moves(slug: str, *, since: datetime, limit: int = 100) -> list[Move]:
    """Who entered and left after a moment, the latest first. Raises SegmentUnknown."""
    rows = MemberChange.objects.filter(segment_id=segment(slug).id, at__gt=since).order_by("-at", "-id")[:limit]
    return [Move(row.customer_id, row.at, row.entered) for row in rows]


def stays(slug: str, customer_id: int) -> list[Move]:
    """When a customer entered and left the segment, the earliest first. Raises SegmentUnknown."""
    rows = MemberChange.objects.filter(segment_id=segment(slug).id, customer_id=customer_id).order_by("at", "id")
    return [Move(row.customer_id, row.at, row.entered) for row in rows]


def was_member(slug: str, customer_id: int, *, at: datetime) -> bool:
    """Whether a customer was in the segment at a moment, as it was then seen. Raises SegmentUnknown."""
    changes = MemberChange.objects.filter(segment_id=segment(slug).id, customer_id=customer_id, at__lte=at)
    last = changes.order_by("-at", "-id").first()
    return last is not None and last.entered


def _summaries(rows: Sequence[SegmentRow], now: datetime) -> list[Summary]:
    ids = {"segments": [row.id for row in rows]}
    now_in = sizes([row.id for row in rows])
    courses = trends(rows, now=now)
    moved = {row[0]: row[1:] for row in _run("moves", {**ids, "since": now - WEEK, "until": now})}
    return [
        Summary(row, now_in.get(row.id, 0), tuple(courses.get(row.id, {}).items()), *moved.get(row.id, (0, 0)))
        for row in rows
    ]


def _run(name: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SQL[name], params)
        return list(cursor.fetchall())


# The definitions in use that decide what a short word means: (slug, definition, position), by slug.
_Known = tuple[tuple[str, str, int | None], ...]


def _known_now() -> _Known:
    return _known(_run("segments", {"status": "active", "slug": None}))


def _known(written: Iterable[tuple[Any, ...]]) -> _Known:
    return tuple(sorted((row[1], row[5], row[11]) for row in written))


def _row(row: tuple[Any, ...], known: _Known) -> SegmentRow:
    number, slug, name, goal, action, definition, status, version, created_at, updated_at, counted_at, position = (
        row
    )
    return SegmentRow(
        id=number,
        slug=slug,
        name=name,
        goal=goal,
        action=action,
        definition=json.loads(definition),
        rule=_rule(slug if position is not None else None, definition, known),
        status=status,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
        counted_at=counted_at,
        position=position,
    )


@lru_cache(maxsize=1_000)
def _rule(stage: str | None, definition: str, known: _Known) -> Rule:
    """Read once per spelling: every batch asks for every segment's rule."""
    written = parse(json.loads(definition))
    lexicon = _lexicon(known)
    own = spelled(written, lexicon)
    tree = own if stage is None else spelled(Stage(stage), lexicon)
    moved_by = dependencies(tree) if stage is None else _moving_stages(known)
    return Rule(tree, own, read(written), moved_by, refers_to(written))


@lru_cache(maxsize=8)
def _moving_stages(known: _Known) -> frozenset[str]:
    """What can move a customer from any stage to any other: all stages are asked together."""
    lexicon = _lexicon(known)
    return frozenset().union(*(dependencies(spelled(tree, lexicon)) for _, tree in lexicon.stages))


@lru_cache(maxsize=8)
def _lexicon(known: _Known) -> Lexicon:
    trees = {slug: _tree(definition) for slug, definition, _ in known}
    staged = sorted((position, slug) for slug, _, position in known if position is not None)
    return Lexicon(trees, tuple((slug, trees[slug]) for _, slug in staged))


@lru_cache(maxsize=1024)  # when one rule changes, the others are those of before
def _tree(definition: str) -> Node:
    return parse(json.loads(definition))
