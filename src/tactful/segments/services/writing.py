"""Segments as people write them: saved with versions, archived, or taken ready-made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.db import transaction

from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import Conflict, InvalidInput
from tactful.kernel.naming import check_new
from tactful.segments import queries
from tactful.segments.domain.conditions import InSegment
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.reading import read
from tactful.segments.domain.spelling import Lexicon, spelled
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import Json, to_json
from tactful.segments.errors import SegmentChanged, SegmentUnknown
from tactful.segments.models import Segment, SegmentVersion
from tactful.segments.services.editing import named_in, naming
from tactful.segments.services.membership import run

_READY = Path(__file__).parent.parent / "ready"


@dataclass(frozen=True, slots=True)
class Ready:
    """A segment that comes with Tactful."""

    slug: str
    name: str
    goal: str
    action: str
    tree: Node

    @property
    def reading(self) -> str:
        return read(self.tree)


@transaction.atomic
def save(  # noqa: PLR0913 -- what a segment is, each part by its name
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
    """Write a segment, new or changed, and return its version. A changed rule waits for `recount`.

    `definition` is the rule as JSON values. `version` is the one that was changed, where somebody looked at it
    before; SegmentChanged is raised when it is not the newest any more, InvalidInput for what cannot be.
    Whatever is changed makes a version, which is kept with who saved it (`by`) and when.
    """
    if not name.strip():
        raise InvalidInput("the segment needs a name")
    rule = _meaning_something(slug, definition)
    said = {"name": name.strip(), "goal": goal, "action": action, "definition": rule}
    row, created = Segment.objects.select_for_update().get_or_create(
        slug=slug, defaults={**said, "created_at": now, "updated_at": now}
    )
    if created:
        check_new(slug, name, kind="segment")
        _keep(row, now=now, by=by)
        return 1
    if version is not None and row.version != version:
        raise SegmentChanged
    _keep(row, now=row.updated_at, by="")  # one from before versions were kept
    again = row.definition != rule or row.status != "active"
    if again or any(getattr(row, field) != value for field, value in said.items()):
        row.version += 1
    if again:
        row.counted_at = None
    for field, value in {**said, "status": "active", "updated_at": now}.items():
        setattr(row, field, value)
    row.save()
    _keep(row, now=now, by=by)
    if again:
        _count_those_that_name(slug)
    return row.version


def _meaning_something(slug: str, definition: object) -> Json:
    """The rule in its one spelling. Raises InvalidInput where it, or one that names it, would mean nothing.

    A rule without a meaning would stop the engine for everybody.
    """
    tree = parse(definition)
    known = queries.lexicon()
    stages = tuple((name, tree if name == slug else rule) for name, rule in known.stages)
    lexicon = Lexicon({**known.segments, slug: tree}, stages)
    for name in (slug, *known.segments):
        spelled(InSegment(name), lexicon)
    return to_json(tree)


def _count_those_that_name(slug: str) -> None:
    """Whoever is in a segment that names this one is counted anew with it, and so on."""
    reached, found = {slug}, {slug}
    while found:
        found = {row.slug for row in queries.segments() if named_in(row.definition) & found} - reached
        reached |= found
    Segment.objects.filter(slug__in=reached).update(counted_at=None)


def _keep(row: Segment, *, now: datetime, by: str) -> None:
    """Keep what the segment says at its version, unless that is kept already."""
    said = {"name": row.name, "goal": row.goal, "action": row.action, "definition": row.definition}
    SegmentVersion.objects.get_or_create(
        segment_id=row.pk, version=row.version, defaults={**said, "saved_at": now, "saved_by": by}
    )


@transaction.atomic
def archive(slug: str, *, now: datetime) -> None:
    """Take a segment out of use: it has no members any more, its history stays.

    Raises SegmentUnknown, and Conflict while the rule of another segment names it.
    """
    row = Segment.objects.select_for_update().filter(slug=slug).first()
    if row is None:
        raise SegmentUnknown(f"there is no segment {slug!r}")
    if others := [other.name for other in naming(slug)]:
        raise Conflict(f"the rule of {', '.join(others)} names this segment; change that first")
    row.status = "archived"
    row.counted_at = None
    row.updated_at = now
    row.save()
    run("leave_all", {"segment": row.pk, "now": now})


@cache
def ready() -> tuple[Ready, ...]:
    """The segments that come with Tactful, in the order of their files."""
    return tuple(_ready(path) for path in sorted(_READY.glob("*.yaml")))


def install_ready(slugs: Sequence[str] | None = None, *, now: datetime) -> list[str]:
    """Save ready segments, all or those named, where there is none of that name yet; returns the new ones.

    Raises SegmentUnknown for a name that none of them has.
    """
    known = {each.slug: each for each in ready()}
    wanted = list(known) if slugs is None else list(slugs)
    if missing := [slug for slug in wanted if slug not in known]:
        raise SegmentUnknown(f"there is no ready segment {missing[0]!r}; there are {', '.join(known)}")
    there = set(Segment.objects.filter(slug__in=wanted).values_list("slug", flat=True))
    fresh = [known[slug] for slug in wanted if slug not in there]
    for each in fresh:
        save(
            slug=each.slug,
            name=each.name,
            definition=to_json(each.tree),
            goal=each.goal,
            action=each.action,
            now=now,
        )
    return [each.slug for each in fresh]


def _ready(path: Path) -> Ready:
    said = read_yaml(path.read_text(encoding="utf-8"))
    return Ready(path.stem, said["name"], said["goal"], said["action"], parse(said["rule"]))
