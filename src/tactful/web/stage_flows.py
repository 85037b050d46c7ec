"""Moves between stages: as a picture, where customers came from on the left and where they went on the right, and
as rows, for the table beside it and for small screens."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tactful.segments.services import Flow

Name = str | None  # a stage by its slug; None is no stage

WIDTH = 860
NOWHERE = "No stage"
_BAR, _SIDE = 10, 170
_GAP, _LEAST = 12.0, 3.0
_ROOM = 300.0  # the height that all customers of a month share
_WORDS = 14.0  # the height of a line of words
_TONES = "abcdefgh"
_NO_TONE = "previous"


@dataclass(frozen=True, slots=True)
class End:
    """A stage on one side: its bar, and the middle of the line on which its words stand.

    `customers` went out of it (on the left) or came into it (on the right), each counted once; None of no stage.
    """

    slug: Name
    name: str
    customers: int | None
    tone: str
    x: int
    y: float
    height: float

    @property
    def middle(self) -> float:
        return round(self.y + self.height / 2 + 4, 1)


@dataclass(frozen=True, slots=True)
class Ribbon:
    flow: Flow
    tone: str
    path: str
    said: str


@dataclass(frozen=True, slots=True)
class Picture:
    sources: tuple[End, ...]
    targets: tuple[End, ...]
    ribbons: tuple[Ribbon, ...]
    height: int
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class Cell:
    """Customers who went to a stage. `share` is of the largest number, to draw it."""

    target: Name
    name: str
    customers: int
    share: float
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """Where customers of a stage went."""

    source: Name
    name: str
    cells: tuple[Cell, ...]

    @property
    def moves(self) -> Iterator[Cell]:
        """The cells in which there is somebody."""
        return (cell for cell in self.cells if cell.customers)


def picture(
    flows: Sequence[Flow], stages: Mapping[str, str], passed: Mapping[str, tuple[int, int]]
) -> Picture | None:
    """The moves of one month; None where there are none.

    `stages` are names by slug, in their order; `passed` how many entered and left each of them.
    """
    if not flows:
        return None
    sources = _side(flows, stages, {slug: left for slug, (_, left) in passed.items()}, x=_SIDE, end="source")
    entered = {slug: came for slug, (came, _) in passed.items()}
    targets = _side(flows, stages, entered, x=WIDTH - _SIDE - _BAR, end="target")
    lowest = max(end.y + max(end.height, _WORDS) for end in (*sources, *targets))
    return Picture(sources, targets, tuple(_ribbons(flows, stages, sources, targets)), round(lowest + 6))


def rows(flows: Sequence[Flow], stages: Mapping[str, str]) -> list[Row]:
    """The same moves, stage by stage; stages that nobody left are left out."""
    counts = {(flow.source, flow.target): flow.customers for flow in flows}
    most = max(counts.values(), default=1)

    def cell(source: Name, target: Name) -> Cell:
        count = counts.get((source, target), 0)
        return Cell(target, _name(target, stages), count, count / most, _tone(target, stages))

    found = [
        Row(source, _name(source, stages), tuple(cell(source, target) for target in (*stages, None)))
        for source in (None, *stages)
    ]
    return [row for row in found if any(row.moves)]


def _side(
    flows: Sequence[Flow], stages: Mapping[str, str], customers: Mapping[str, int], *, x: int, end: str
) -> tuple[End, ...]:
    heights = _heights(flows)
    ends, y = [], 4.0
    for slug in (None, *stages):
        height = sum(thick for flow, thick in zip(flows, heights, strict=True) if getattr(flow, end) == slug)
        if not height:
            continue
        count = customers.get(slug) if slug else None
        ends.append(End(slug, _name(slug, stages), count, _tone(slug, stages), x, round(y, 1), round(height, 1)))
        y += max(height, _WORDS) + _GAP
    return tuple(ends)


def _ribbons(
    flows: Sequence[Flow], stages: Mapping[str, str], sources: Sequence[End], targets: Sequence[End]
) -> Iterator[Ribbon]:
    order: list[Name] = [None, *stages]
    left, right = {end.slug: end.y for end in sources}, {end.slug: end.y for end in targets}
    thicks = zip(flows, _heights(flows), strict=True)
    for flow, thick in sorted(thicks, key=lambda each: (order.index(each[0].source), order.index(each[0].target))):
        path = _path(left[flow.source], right[flow.target], thick)
        left[flow.source] += thick
        right[flow.target] += thick
        said = f"{_name(flow.source, stages)} to {_name(flow.target, stages)}: {flow.customers}"
        yield Ribbon(flow, _tone(flow.target, stages), path, said)


def _heights(flows: Sequence[Flow]) -> list[float]:
    scale = _ROOM / sum(flow.customers for flow in flows)
    return [max(_LEAST, flow.customers * scale) for flow in flows]


def _name(slug: Name, stages: Mapping[str, str]) -> str:
    return stages.get(slug, slug) if slug else NOWHERE


def _tone(slug: Name, stages: Mapping[str, str]) -> str:
    places = {stage: place for place, stage in enumerate(stages)}
    return _TONES[places[slug] % len(_TONES)] if slug in places else _NO_TONE


def _path(left: float, right: float, thick: float) -> str:
    start, end = _SIDE + _BAR, WIDTH - _SIDE - _BAR
    bend = (start + end) / 2
    down_left, down_right = left + thick, right + thick
    return (
        f"M{start:g} {left:.1f}C{bend:g} {left:.1f} {bend:g} {right:.1f} {end:g} {right:.1f}"
        f"V{down_right:.1f}C{bend:g} {down_right:.1f} {bend:g} {down_left:.1f} {start:g} {down_left:.1f}Z"
    )
