"""The lifecycle: its stages as they come and as they are changed, and how customers flow between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction
from django.db.models import Count, QuerySet
from pyroaring import BitMap64

from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import Conflict
from tactful.lake.tables import LakeTable
from tactful.segments import queries
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import to_json
from tactful.segments.errors import SegmentUnknown
from tactful.segments.models import MemberChange, Segment
from tactful.segments.queries import SegmentRow
from tactful.segments.services.asking import ids
from tactful.segments.services.editing import named_in
from tactful.segments.services.membership import run
from tactful.segments.services.writing import archive, save

_READY = Path(__file__).parent.parent / "lifecycle.yaml"


@dataclass(frozen=True, slots=True)
class Flow:
    """How many customers went from one stage to another in a month; None is no stage."""

    month: date
    source: str | None
    target: str | None
    customers: int


@dataclass(frozen=True, slots=True)
class Removal:
    """What becomes of a stage's customers without it: who goes to which stage, who is left in none."""

    stage: SegmentRow
    customers: int
    goes: tuple[tuple[SegmentRow, BitMap64], ...]
    nowhere: BitMap64


@transaction.atomic
def install_stages(*, now: datetime) -> list[str]:
    """Save the stages that come with Tactful where there are none yet; the new ones by slug."""
    if Segment.objects.filter(position__isnull=False).exists():
        return []
    for position, said in enumerate(read_yaml(_READY.read_text(encoding="utf-8")), start=1):
        save(
            slug=said["slug"],
            name=said["name"],
            definition=to_json(parse(said["rule"])),
            goal=said["goal"],
            action=said["action"],
            now=now,
        )
        Segment.objects.filter(slug=said["slug"]).update(position=position)
    return [stage.slug for stage in queries.stages()]


@transaction.atomic
def save_stage(  # noqa: PLR0913 -- what a segment is, each part by its name
    *,
    slug: str,
    name: str,
    definition: object,
    goal: str,
    action: str,
    now: datetime,
    version: int | None = None,
    by: str = "",
) -> int:
    """Write a stage, new (then the last) or changed, and return its version. A changed rule recounts all stages.

    Raises what `save` raises, and Conflict where a segment that is no stage has this short name.
    """
    known = _locked()
    if slug not in {row.slug for row in known} and Segment.objects.filter(slug=slug, status="active").exists():
        raise Conflict(f"{slug} is a segment already; choose another name for the stage")
    saved = save(
        slug=slug, name=name, definition=definition, goal=goal, action=action, now=now, version=version, by=by
    )
    row = Segment.objects.get(slug=slug)
    if row.position is None:
        Segment.objects.filter(pk=row.pk).update(
            position=1 + max((each.position or 0 for each in known), default=0)
        )
    if row.counted_at is None:
        _count_again()
    return saved


@transaction.atomic
def move_stage(slug: str, *, up: bool) -> None:
    """Change places with the stage before or after; all are counted again. The first stays first, the last last.

    Raises SegmentUnknown.
    """
    rows = _locked()
    place = _place(rows, slug)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        return
    one, two = rows[place], rows[other]
    one.position, two.position = two.position, one.position
    Segment.objects.bulk_update([one, two], ["position"])
    _count_again()


@transaction.atomic
def arrange_stages(slugs: Sequence[str]) -> None:
    """Put the stages into this order; all are counted again if it is another. Raises SegmentUnknown.

    Those not named keep their order behind those that are.
    """
    rows = _locked()
    chosen = [rows[_place(rows, slug)] for slug in slugs]
    wanted = [*chosen, *(row for row in rows if row not in chosen)]
    if wanted == rows:
        return
    for position, row in enumerate(wanted, start=1):
        row.position = position
    Segment.objects.bulk_update(wanted, ["position"])
    _count_again()


@transaction.atomic
def remove_stage(slug: str, *, now: datetime) -> None:
    """Take a stage out of use; its customers are counted into those that remain.

    Raises SegmentUnknown, and Conflict for the last one and while the rule of another segment names it.
    """
    rows = _locked()
    _place(rows, slug)
    if len(rows) == 1:
        raise Conflict("this is the only stage; a lifecycle needs at least one")
    archive(slug, now=now)
    Segment.objects.filter(slug=slug).update(position=None)
    _count_again()


def removal(slug: str, *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> Removal:
    """Where the customers of a stage would go without it. Raises SegmentUnknown."""
    stages = queries.stages()
    place = next((number for number, row in enumerate(stages) if row.slug == slug), None)
    if place is None:
        raise SegmentUnknown(f"there is no stage {slug!r}")
    left = queries.members_of([stages[place].id]).get(stages[place].id, queries.nobody())
    customers, goes = len(left), []
    for stage in stages[place + 1 :] if left else ():
        met = BitMap64(ids(stage.own, at=at, tables=tables, folder=folder)) & left
        left = left - met
        goes.append((stage, met))
    return Removal(stages[place], customers, tuple(each for each in goes if each[1]), left)


@dataclass(frozen=True, slots=True)
class Shift:
    """Whom it would move, from where to where, if two neighbouring stages changed places."""

    source: SegmentRow
    target: SegmentRow
    customers: BitMap64


def shift(slug: str, *, up: bool, at: datetime, tables: Sequence[LakeTable], folder: Path) -> Shift | None:
    """What `move_stage` would do; None where the stage is the first (or last) already. Raises SegmentUnknown."""
    stages = queries.stages()
    place = next((number for number, row in enumerate(stages) if row.slug == slug), None)
    if place is None:
        raise SegmentUnknown(f"there is no stage {slug!r}")
    if not 0 <= (place - 1 if up else place + 1) < len(stages):
        return None
    # Those who are in the earlier one, and meet the rule of the later one, too.
    first, then = (stages[place - 1], stages[place]) if up else (stages[place], stages[place + 1])
    inside = queries.members_of([first.id]).get(first.id, queries.nobody())
    both = BitMap64(ids(then.own, at=at, tables=tables, folder=folder)) & inside if inside else inside
    return Shift(first, then, both)


def flows(*, since: datetime, until: datetime, zone: str) -> list[Flow]:
    """Moves between stages by month of the company's calendar, the latest first."""
    rows = run("stage_flows", {"since": since, "until": until, "zone": zone})
    return [Flow(*row) for row in rows]


def flowed(*, source: str | None, target: str | None, since: datetime, until: datetime) -> list[int]:
    """The customers behind such a number, by id."""
    return [
        row[0] for row in run("stage_flowed", {"source": source, "target": target, "since": since, "until": until})
    ]


def passed(*, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    """How many customers entered and left each stage, wherever from and to; each counts once."""
    named = {row.id: row.slug for row in queries.stages()}
    rows = _changes(named, since, until).values_list("segment_id", "entered")
    counted = {
        (number, entered): count for number, entered, count in rows.annotate(Count("customer_id", distinct=True))
    }
    return {
        slug: (counted.get((number, True), 0), counted.get((number, False), 0)) for number, slug in named.items()
    }


def passed_ids(slug: str, *, entered: bool, since: datetime, until: datetime) -> list[int]:
    """The customers behind such a number, by id. Raises SegmentUnknown."""
    rows = _changes([queries.segment(slug).id], since, until).filter(entered=entered)
    return sorted(rows.values_list("customer_id", flat=True).distinct())


def _changes(segment_ids: Iterable[int], since: datetime, until: datetime) -> QuerySet[MemberChange]:
    return MemberChange.objects.filter(segment_id__in=list(segment_ids), at__gte=since, at__lt=until)


def _locked() -> list[Segment]:
    """The stages in their order, so that two people do not rearrange them at a time."""
    rows = Segment.objects.select_for_update().filter(position__isnull=False, status="active")
    return list(rows.order_by("position", "pk"))


def _place(rows: Sequence[Segment], slug: str) -> int:
    for place, row in enumerate(rows):
        if row.slug == slug:
            return place
    raise SegmentUnknown(f"there is no stage {slug!r}")


def _count_again() -> None:
    """Where one stage begins, another ends: all stages wait for `fill`, and whatever rule names one."""
    rows = queries.segments()
    stages = {row.slug for row in rows if row.position is not None}
    moved = [row.id for row in rows if row.slug in stages or named_in(row.definition) & stages]
    Segment.objects.filter(pk__in=moved).update(counted_at=None)
