"""Moves between stages as a picture: where customers came from on the left, where they went on the right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tactful.segments.services import Flow

Name = str | None  # a stage by its slug; None is no stage

WIDTH = 720
_BAR, _SIDE = 10, 190
_GAP, _LEAST = 12.0, 3.0
_ROOM = 300.0  # the height that all customers of a month share
_TONES = "abcdefgh"


@dataclass(frozen=True, slots=True)
class End:
    """A stage on one side: its bar, and the middle of the line on which its words stand."""

    slug: Name
    name: str
    customers: int
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


def picture(flows: Sequence[Flow], stages: Mapping[str, str]) -> Picture | None:
    """The moves of one month; None where there are none. `stages` are names by slug, in their order."""
    if not flows:
        return None
    order: list[Name] = [None, *stages]
    tones: dict[Name, str] = {slug: _TONES[place % len(_TONES)] for place, slug in enumerate(stages)}
    scale = _ROOM / sum(flow.customers for flow in flows)
    heights = {(flow.source, flow.target): max(_LEAST, flow.customers * scale) for flow in flows}

    def names(slug: Name) -> str:
        return stages.get(slug, slug) if slug else "No stage"

    def side(place: int, x: int) -> tuple[End, ...]:
        ends, y = [], 4.0
        for slug in order:
            here = [flow for flow in flows if (flow.source, flow.target)[place] == slug]
            if not here:
                continue
            height = sum(heights[flow.source, flow.target] for flow in here)
            count = sum(flow.customers for flow in here)
            ends.append(End(slug, names(slug), count, tones.get(slug, "e"), x, round(y, 1), round(height, 1)))
            y += max(height, 14.0) + _GAP
        return tuple(ends)

    sources, targets = side(0, _SIDE), side(1, WIDTH - _SIDE - _BAR)
    left, right = {end.slug: end.y for end in sources}, {end.slug: end.y for end in targets}
    ribbons = []
    for flow in sorted(flows, key=lambda flow: (order.index(flow.source), order.index(flow.target))):
        thick = heights[flow.source, flow.target]
        path = _path(left[flow.source], right[flow.target], thick)
        left[flow.source] += thick
        right[flow.target] += thick
        said = f"{names(flow.source)} to {names(flow.target)}: {flow.customers}"
        ribbons.append(Ribbon(flow, tones.get(flow.target, "e"), path, said))
    height = max(end.y + max(end.height, 14.0) for end in (*sources, *targets)) + 6
    return Picture(sources, targets, tuple(ribbons), round(height))


def _path(left: float, right: float, thick: float) -> str:
    start, end = _SIDE + _BAR, WIDTH - _SIDE - _BAR
    bend = (start + end) / 2
    down_left, down_right = left + thick, right + thick
    return (
        f"M{start:g} {left:.1f}C{bend:g} {left:.1f} {bend:g} {right:.1f} {end:g} {right:.1f}"
        f"V{down_right:.1f}C{bend:g} {down_right:.1f} {bend:g} {down_left:.1f} {start:g} {down_left:.1f}Z"
    )
