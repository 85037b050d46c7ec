"""A journey as a drawing: steps in layers from top to bottom, ways between them as curves.

The layered method of Sugiyama, Tagawa and Toda (1981) in its small form: break circles, layer by longest path, put
stand-ins where a way crosses a layer, order by the mean of the neighbours, spread so that nothing overlaps.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 232, 74
GAP_X, GAP_Y = 36, 46
MARGIN = 16
_SWEEPS = 8


@dataclass(frozen=True, slots=True)
class Way:
    """From one box to another; `label` says how often, `name` which way out it is."""

    source: str
    target: str
    label: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a box stands: its upper left corner, in pixels."""

    name: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Curve:
    way: Way
    path: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    boxes: tuple[Placed, ...]
    curves: tuple[Curve, ...]


def draw(names: Sequence[str], ways: Sequence[Way]) -> Drawing:
    """Positions for boxes and ways. `names` are in reading order, the first is where all begins."""
    layer = _layers(names, ways)
    chains = {way: _chain(way, layer) for way in ways if layer[way.source] < layer[way.target]}
    rows, above, below = _rows(names, layer, chains)
    centre = _spread(rows, above, below)
    left = min(x - _half(name) for name, x in centre.items()) - MARGIN
    depth = {name: place for place, row in enumerate(rows) for name in row}
    boxes = tuple(
        Placed(name, centre[name] - WIDTH / 2 - left, MARGIN + layer[name] * (HEIGHT + GAP_Y)) for name in names
    )
    points = {name: (x - left, MARGIN + depth[name] * (HEIGHT + GAP_Y)) for name, x in centre.items()}
    curves = tuple(
        _curve(way, [points[name] for name in chains[way]]) if way in chains else _back(way, points) for way in ways
    )
    width = max(points[name][0] + _half(name) for name in centre) + MARGIN
    height = max(box.y for box in boxes) + HEIGHT + MARGIN
    return Drawing(width, height, boxes, curves)


def _layers(names: Sequence[str], ways: Iterable[Way]) -> dict[str, int]:
    """The longest way from the beginning; ways that lead back into a circle do not count."""
    ahead: dict[str, list[str]] = defaultdict(list)
    for way in ways:
        ahead[way.source].append(way.target)
    done, back = _walked(names, ahead)
    layer = dict.fromkeys(names, 0)
    for name in reversed(done):
        for target in ahead[name]:
            if (name, target) not in back:
                layer[target] = max(layer[target], layer[name] + 1)
    return layer


def _walked(names: Sequence[str], ahead: Mapping[str, list[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Boxes in the order in which a depth-first walk is done with them, and the ways that lead back."""
    done: list[str] = []
    open_: set[str] = set()
    back: set[tuple[str, str]] = set()

    def visit(name: str) -> None:
        open_.add(name)
        for target in ahead.get(name, ()):
            if target in open_:
                back.add((name, target))
            elif target not in done:
                visit(target)
        open_.discard(name)
        done.append(name)

    for name in names:
        if name not in done:
            visit(name)
    return done, back


def _chain(way: Way, layer: Mapping[str, int]) -> list[str]:
    """The way with a stand-in on every layer it crosses."""
    between = range(layer[way.source] + 1, layer[way.target])
    return [way.source, *(f"{way.source}>{way.target}@{level}" for level in between), way.target]


def _rows(
    names: Sequence[str], layer: Mapping[str, int], chains: Mapping[Way, list[str]]
) -> tuple[list[list[str]], dict[str, list[str]], dict[str, list[str]]]:
    """The layers with their stand-ins, and who stands above and below each."""
    rows: list[list[str]] = [[] for _ in range(max(layer.values()) + 1)]
    for name in names:
        rows[layer[name]].append(name)
    above: dict[str, list[str]] = defaultdict(list)
    below: dict[str, list[str]] = defaultdict(list)
    for chain in chains.values():
        first = layer[chain[0]]
        for place, name in enumerate(chain[1:-1], start=1):
            if name not in rows[first + place]:
                rows[first + place].append(name)
        for upper, lower in pairwise(chain):
            above[lower].append(upper)
            below[upper].append(lower)
    return rows, above, below


def _spread(
    rows: Sequence[list[str]], above: Mapping[str, Sequence[str]], below: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """The middle of each box: up and down in turns to the mean of those it hangs on, downwards last."""
    centre = {name: float(place * (WIDTH + GAP_X)) for row in rows for place, name in enumerate(row)}
    for sweep in range(_SWEEPS):
        upwards = sweep % 2 == 0
        hangs_on = below if upwards else above
        for row in rows[::-1] if upwards else rows:
            wanted = {
                name: _mean([centre[other] for other in hangs_on.get(name, ())], centre[name]) for name in row
            }
            row.sort(key=wanted.__getitem__)
            _place(row, wanted, centre)
    return centre


def _wanted(name: str, hangs_on: Mapping[str, Sequence[str]], centre: Mapping[str, float]) -> float:
    return _mean([centre[other] for other in hangs_on.get(name, ())], centre[name])


def _place(row: Sequence[str], wanted: Mapping[str, float], centre: dict[str, float]) -> None:
    """From left to right as wanted, pushed apart; then the whole row back by what it was pushed on average."""
    edge = float("-inf")
    for name in row:
        half = _half(name)
        centre[name] = max(wanted[name], edge + half)
        edge = centre[name] + half + GAP_X
    drift = _mean([centre[name] - wanted[name] for name in row], 0.0)
    for name in row:
        centre[name] -= drift


def _half(name: str) -> float:
    return 8.0 if "@" in name else WIDTH / 2


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _curve(way: Way, points: Sequence[tuple[float, float]]) -> Curve:
    x, y = points[0][0], points[0][1] + HEIGHT
    path = f"M{x:.1f} {y:.1f}"
    label_x = x + (points[1][0] - x) * 0.5
    label_y = y + GAP_Y / 2
    for place, (next_x, top) in enumerate(points[1:], start=1):
        bend = (top - y) / 2
        path += f"C{x:.1f} {y + bend:.1f} {next_x:.1f} {top - bend:.1f} {next_x:.1f} {top:.1f}"
        x, y = next_x, top
        if place < len(points) - 1:
            y = top + HEIGHT
            path += f"L{x:.1f} {y:.1f}"
    return Curve(way, path, label_x, label_y)


def _back(way: Way, points: Mapping[str, tuple[float, float]]) -> Curve:
    """A way back up, around the right side."""
    x, y = points[way.source][0] + WIDTH / 2, points[way.source][1] + HEIGHT / 2
    to_x, to_y = points[way.target][0] + WIDTH / 2, points[way.target][1] + HEIGHT / 2
    out = max(x, to_x) + GAP_X / 2 + 14
    path = f"M{x:.1f} {y:.1f}C{out:.1f} {y:.1f} {out:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    return Curve(way, path, out - 24, (y + to_y) / 2)
