"""A journey as boxes and ways with their counts, ready to be drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from tactful.journeys.domain.definition import (
    Branch,
    Condition,
    Definition,
    Edge,
    Entry,
    Exit,
    Message,
    Step,
    Task,
    Wait,
    WaitForEvent,
)
from tactful.journeys.domain.matching import EventMatch, PropertyTest
from tactful.journeys.queries import Detail, StepCount
from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.reading import read
from tactful.segments.domain.tree import parse
from tactful.web import flow, lines, words

ENTRY = "(entry)"
_EDGE_WORDS = {
    "sent": "sent",
    "dropped": "not sent",
    "skipped": "not needed",
    "next": "",
    "event": "it happened",
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
    said = entry_sentence(entry)
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


def entry_sentence(entry: Entry) -> str:
    """What starts a run."""
    if entry.segment:
        verb = "leaves" if entry.event.name == "Segment Left" else "enters"
        begin = f"When somebody {verb} the segment “{entry.segment}”"
    else:
        begin = f"When “{event_words(entry.event)}” happens"
    return f"{begin}, if: {condition_words(entry.condition)}" if entry.condition else begin


def _box(step: Step, count: StepCount, place: flow.Placed, templates: Mapping[str, str]) -> Box:
    kind, icon, title, detail, said = _look(place.name, step, templates)
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


def _look(name: str, step: Step, templates: Mapping[str, str]) -> tuple[str, str, str, str, str]:
    """Kind, icon, title, detail, and the whole in one sentence."""
    match step:
        case Message():
            title = templates.get(step.template, step.template)
            rule = f", if: {condition_words(step.condition)}" if step.condition else ""
            said = f"Message “{title}” about {step.topic}{rule}"
            return "message", "mail", title, f"about {step.topic}{rule}", said
        case Wait():
            span = words.span(step.span.total_seconds())
            return "wait", "hourglass", f"Wait {span}", _plain(name), f"Wait {span}"
        case WaitForEvent():
            event, limit = event_words(step.event), words.span(step.timeout.total_seconds())
            return (
                "wait",
                "hourglass",
                f"Wait for {event}",
                f"at most {limit}",
                f"Wait for {event}, at most {limit}",
            )
        case Branch():
            rule = condition_words(step.condition)
            return "branch", "git-branch", _plain(name).capitalize(), rule, f"Is it so: {rule}?"
        case Task():
            whom = step.assignee or "anyone"
            said = f"Task for {whom}: {step.title}, within {words.span(_seconds(step.due_after))}"
            return "task", "checklist", step.title, f"task for {whom}", said
        case Exit():
            return "exit", "flag", "The end", "", "The journey ends"


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _seconds(span: timedelta) -> float:
    return span.total_seconds()


def event_words(event: EventMatch) -> str:
    """An event with what must hold of its properties."""
    tests = " and ".join(_test(test) for test in event.where)
    return f"{event.name} with {tests}" if tests else event.name


def _test(test: PropertyTest) -> str:
    if test.operator == "set":
        return f"{test.property} {'set' if test.operand else 'unset'}"
    return f"{test.property} {test.operator.replace('_', ' ')} {test.operand}"


def condition_words(condition: Condition) -> str:
    """A condition as a sentence; its code where it cannot be read any more."""
    try:
        said = words.first_sentence(read(parse(condition.tree)))
        return said[:1].lower() + said[1:]
    except InvalidInput:
        return condition.key


def table(found: Detail, drawn: Map) -> list[tuple[Box, Mapping[str, int]]]:
    """The same as rows: each step with how many left it by each way."""
    return [
        (box, {_EDGE_WORDS.get(edge, edge) or "went on": count for edge, count in _edges(found, box.name).items()})
        for box in drawn.boxes
    ]


def _edges(found: Detail, name: str) -> Mapping[str, int]:
    return found.steps.get(name, _NO_COUNT).edges
