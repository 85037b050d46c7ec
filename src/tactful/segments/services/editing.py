"""A rule while somebody writes it: whom it meets, what saving it would change, and which words there are."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pyroaring import BitMap64

from tactful.events import queries as events
from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import statements
from tactful.lake.engine import reading
from tactful.lake.tables import LakeTable
from tactful.segments import queries
from tactful.segments.domain.catalogue import COMPANY, CUSTOM, OPEN
from tactful.segments.domain.nodes import All, Node, Not
from tactful.segments.domain.reading import read
from tactful.segments.domain.tree import parse
from tactful.segments.errors import SegmentUnknown
from tactful.segments.models import Segment, SegmentVersion
from tactful.segments.queries import SegmentRow
from tactful.segments.services.asking import ids

_SQL = statements(Path(__file__).parent.parent / "suggesting.sql")
_PATH = re.compile(r"((?:[a-z_]+(?:\[\d+\])*)(?:\.[a-z_]+(?:\[\d+\])*)*): (.+)", re.DOTALL)
_LIST_JOINED = "List Joined"
_YEAR = timedelta(days=365)
_MOVED = 50
# Fields whose values many customers share. Names and addresses are nobody's choice from a list.
SHARED = frozenset({"language", "zone", "country", "region", "city", "source"})


@dataclass(frozen=True, slots=True)
class Moved:
    """Customers who would enter or leave: how many, and the first of them by id."""

    count: int
    first: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule says and whom it meets. The two moves are against the saved version, where there is one."""

    reading: str
    count: int
    sample: tuple[int, ...]
    entering: Moved | None
    leaving: Moved | None


@dataclass(frozen=True, slots=True)
class Tried:
    """Whom a rule that is not saved meets now, and the moves against the saved version, where there is one."""

    met: BitMap64
    entering: BitMap64 | None
    leaving: BitMap64 | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word to choose. `count`: how often it came lately, where all of it was counted and not a part."""

    value: str
    label: str = ""
    count: int | None = None


_SAMPLE = 8
_DOCUMENTS = {CUSTOM: "attributes", COMPANY: "company"}  # where in the lake
_OF_A_NAME = frozenset({"property_values", "attribute_values"})


@dataclass(frozen=True, slots=True)
class About:
    """What words are wanted for: a property of an event or an attribute, and what was typed of it."""

    event: str = ""
    property: str = ""
    attribute: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """What a segment said at a version. `saved_by` is empty where it is not known."""

    number: int
    name: str
    goal: str
    action: str
    definition: Mapping[str, Any]
    saved_at: datetime
    saved_by: str

    @property
    def reading(self) -> str:
        """The rule in plain English; what is wrong with it where it cannot be read any more."""
        try:
            return read(parse(self.definition))
        except InvalidInput as fault:
            return f"This rule cannot be read any more: {fault.message}."


def preview(
    definition: object,
    *,
    slug: str | None,
    at: datetime,
    tables: Sequence[LakeTable],
    folder: Path,
    after: Sequence[Node] = (),
) -> Preview:
    """What a rule that is not saved says; how many it meets and moves, and some of them. Raises as `tried`."""
    said = read(parse(definition))
    found = tried(definition, slug=slug, at=at, tables=tables, folder=folder, after=after)
    met = found.met
    apart = max(1, len(met) // _SAMPLE)
    sample = tuple(met[place] for place in range(0, len(met), apart))[:_SAMPLE]
    return Preview(said, len(met), sample, _moved(found.entering), _moved(found.leaving))


def tried(
    definition: object,
    *,
    slug: str | None,
    at: datetime,
    tables: Sequence[LakeTable],
    folder: Path,
    after: Sequence[Node] = (),
) -> Tried:
    """Whom a rule that is not saved meets now, and how that differs from the segment's saved rule.

    Of a stage, `after` are the rules of those before it: whoever meets one of them is there. Raises InvalidInput
    with the place of what is wrong.
    """
    tree = parse(definition)
    wanted = All((tree, *(Not(before) for before in after))) if after else tree
    met = BitMap64(ids(wanted, at=at, tables=tables, folder=folder))
    if slug is None:
        return Tried(met, None, None)
    was = _members(queries.segment(slug), at, tables, folder)
    return Tried(met, met - was, was - met)


def located(message: str) -> tuple[str, str]:
    """The path that a message about a rule begins with, and what it says of it. No path: of the whole rule."""
    found = _PATH.fullmatch(message)
    return (found[1], found[2]) if found else ("", message.removeprefix("the rule: "))


def suggest(
    kind: str, about: About, *, now: datetime, tables: Sequence[LakeTable], folder: Path
) -> list[Suggestion]:
    """Words that really occur, the most frequent first; none for a kind that is not known."""
    if kind == "events":
        rows = sorted(events.catalogue(now=now), key=lambda row: (-row.count, row.name))
        return [Suggestion(row.name, count=row.count) for row in rows if about.text.lower() in row.name.lower()]
    if kind == "segments":
        return [Suggestion(row.slug, row.called) for row in queries.segments()]
    if kind == "stages":
        stages = Segment.objects.filter(position__isnull=False, status="active").order_by("position")
        return [Suggestion(*row) for row in stages.values_list("slug", "name")]
    asked = _asked(kind, about, now)
    if asked is None:
        return []
    table, sql, params = asked
    with reading([one for one in tables if one.name == table], folder=folder) as reader:
        return [Suggestion(str(value)) for value, _ in reader.rows(sql, params)]


def versions(slug: str) -> list[VersionRow]:
    """What the segment said at each version, the newest first. Raises SegmentUnknown."""
    rows = SegmentVersion.objects.filter(segment_id=queries.segment(slug).id).order_by("-version")
    return [_version(row) for row in rows]


def version(slug: str, number: int) -> VersionRow:
    """One version of a segment. Raises SegmentUnknown."""
    row = SegmentVersion.objects.filter(segment_id=queries.segment(slug).id, version=number).first()
    if row is None:
        raise SegmentUnknown(f"the segment {slug!r} has no version {number}")
    return _version(row)


def named_in(definition: object) -> frozenset[str]:
    """The segments that a rule names, given as JSON values: as `segment` or as `stage`."""
    if isinstance(definition, Mapping):
        here = {definition[key] for key in ("segment", "stage") if isinstance(definition.get(key), str)}
        return frozenset(here).union(*(named_in(inner) for inner in definition.values()))
    if isinstance(definition, list | tuple):
        return frozenset().union(*(named_in(inner) for inner in definition))
    return frozenset()


def naming(slug: str) -> list[SegmentRow]:
    """The other segments in use whose rule names this one."""
    return [row for row in queries.segments() if row.slug != slug and slug in named_in(row.definition)]


def _members(saved: SegmentRow, at: datetime, tables: Sequence[LakeTable], folder: Path) -> BitMap64:
    """Who is in, or would be if the counting of the saved version were done. Nobody is in an archived one."""
    if saved.status != "active":
        return BitMap64()
    if saved.counted_at is None:
        return BitMap64(ids(saved.tree, at=at, tables=tables, folder=folder))
    return queries.members_of([saved.id]).get(saved.id, BitMap64())


def _moved(customers: BitMap64 | None) -> Moved | None:
    return Moved(len(customers), tuple(customers[:_MOVED])) if customers is not None else None


def _asked(kind: str, about: About, now: datetime) -> tuple[str, str, dict[str, object]] | None:
    """The table, the question and its parameters. Names that no path can hold are not asked for."""
    since = (now - _YEAR).replace(tzinfo=None)
    whose = next((each for each in OPEN if about.attribute.startswith(each)), "")
    named = about.attribute.removeprefix(whose)
    if '"' in f"{about.property}{named}" or "\\" in f"{about.property}{named}":
        return None
    if kind in _OF_A_NAME and not (about.property or named):
        return None
    path = f'$."{about.property or named}"'
    of_event = {"event": about.event, "since": since}
    match kind:
        case "properties":
            return "events", _SQL["property_names"], of_event
        case "property_values":
            return "events", _SQL["property_values"], {**of_event, "path": path, "text": about.text}
        case "lists":
            listed = {"event": _LIST_JOINED, "since": since, "path": '$."list"', "text": about.text}
            return "events", _SQL["property_values"], listed
        case "custom" | "company":
            return "customers", _SQL["own_names"].format(document=_DOCUMENTS[f"{kind}."]), {}
        case "attribute_values" if whose:
            asked = _SQL["own_values"].format(document=_DOCUMENTS[whose])
            return "customers", asked, {"path": path, "text": about.text}
        case "attribute_values" if named in SHARED:
            return "customers", _SQL["field_values"].format(field=named), {"text": about.text}
        case "categories":
            return "order_lines", _SQL["categories"], {"since": since, "text": about.text}
    return None


def _version(row: SegmentVersion) -> VersionRow:
    return VersionRow(
        number=row.version,
        name=row.name,
        goal=row.goal,
        action=row.action,
        definition=row.definition,
        saved_at=row.saved_at,
        saved_by=row.saved_by,
    )
