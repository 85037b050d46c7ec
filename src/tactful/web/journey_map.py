"""A journey as boxes and ways with their counts, ready to be drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tactful.journeys.domain.definition import Definition, Entry
from tactful.journeys.domain.steps import Edge, Step
from tactful.journeys.queries import Detail, StepCount
from tactful.web import flow, journey_words, lines, words

ENTRY = "(entry)"
_EDGE_WORDS = {
    "sent": "sent",
    "dropped": "not sent",
    "skipped": "not needed",
    "next": "",
    "event": "it happened",
    "missing": "no such date",
    "timeout": "time is up",
    "yes": "yes",
    "no": "no",
    "exit": "left early",
    "end": "ended",
}
_LEFT = "exit"  # an exit rule let the run go from this step
_NO_COUNT = StepCount(came=0, here=0, edges={})


@dataclass(frozen=True, slots=True)
class Box:
    """A step as drawn. `title` and `detail` fit the box; `said` is the whole, for the list and the hover."""

    name: str
    kind: str
    icon: str
    title: str
    detail: str
    said: str
    came: int
    here: int
    left: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Way:
    """An edge as drawn, with how many went along it, by name of edge."""

    source: str
    path: str
    label: str
    x: float
    y: float
    edge: str


@dataclass(frozen=True, slots=True)
class Map:
    width: float
    height: float
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]


def draw(found: Detail, *, templates: Mapping[str, str]) -> Map | None:
    """The current version with the counts of all versions; None when its definition cannot be read any more.

    `templates` are the names of message texts by their slugs.
    """
    definition = found.summary.definition
    if definition is None:
        return None
    names = [ENTRY, *_in_order(definition)]
    ways = [flow.Way(ENTRY, definition.start)]
    for name in names[1:]:
        ways += _ways(name, definition.steps[name], found.steps.get(name, _NO_COUNT))
    drawing = flow.draw(names, ways)
    entered = found.summary.counts.entered
    boxes = tuple(
        _entry_box(definition.entry, entered, place)
        if place.name == ENTRY
        else _box(definition.steps[place.name], found.steps.get(place.name, _NO_COUNT), place, templates)
        for place in drawing.boxes
    )
    curves = tuple(
        Way(
            source=curve.way.source,
            path=curve.path,
            label=curve.way.label,
            x=curve.label_x,
            y=curve.label_y,
            edge=curve.way.name,
        )
        for curve in drawing.curves
    )
    return Map(drawing.width, drawing.height, boxes, curves)


def _in_order(definition: Definition) -> list[str]:
    """Steps as one would read them: from the start along the ways."""
    seen: list[str] = []
    ahead = [definition.start]
    while ahead:
        name = ahead.pop(0)
        if name not in seen:
            seen.append(name)
            ahead += [edge.target for edge in definition.steps[name].edges if edge.target is not None]
    return seen


def _ways(name: str, step: Step, count: StepCount) -> list[flow.Way]:
    """One way for each target: a message goes on whether it was sent or not, and the label says how often."""
    by_target: dict[str, list[Edge]] = {}
    for edge in step.edges:
        if edge.target is not None:
            by_target.setdefault(edge.target, []).append(edge)
    return [
        flow.Way(name, target, label=_label(edges, count), name=edges[0].name if len(edges) == 1 else "")
        for target, edges in by_target.items()
    ]


def _label(edges: Sequence[Edge], count: StepCount) -> str:
    parts = []
    for edge in edges:
        taken = count.edges.get(edge.name, 0)
        if taken or len(edges) == 1:
            parts.append(f"{_EDGE_WORDS.get(edge.name, edge.name)} {words.number(taken)}".strip())
    return " · ".join(parts)


def _entry_box(entry: Entry, entered: int, place: flow.Placed) -> Box:
    said = journey_words.entry_sentence(entry)
    event = (
        f"{'left' if entry.event.name == 'Segment Left' else 'enters'} “{entry.segment}”" if entry.segment else ""
    )
    return Box(
        name=ENTRY,
        kind="entry",
        icon="door-enter",
        title=lines.clipped(event.capitalize() or entry.event.name, 170),
        detail=lines.clipped(said, 205, 11),
        said=said,
        came=entered,
        here=0,
        left=0,
        x=place.x,
        y=place.y,
    )


def _box(step: Step, count: StepCount, place: flow.Placed, templates: Mapping[str, str]) -> Box:
    kind, icon, title, detail, said = journey_words.look(place.name, step, templates)
    return Box(
        name=place.name,
        kind=kind,
        icon=icon,
        title=lines.clipped(title, 170),
        detail=lines.clipped(detail, 205, 11),
        said=said,
        came=count.came,
        here=count.here,
        left=count.edges.get(_LEFT, 0),
        x=place.x,
        y=place.y,
    )


def table(found: Detail, drawn: Map) -> list[tuple[Box, Mapping[str, int]]]:
    """The same as rows: each step with how many left it by each way."""
    return [
        (box, {_EDGE_WORDS.get(edge, edge) or "went on": count for edge, count in _edges(found, box.name).items()})
        for box in drawn.boxes
    ]


def _edges(found: Detail, name: str) -> Mapping[str, int]:
    return found.steps.get(name, _NO_COUNT).edges
