"""Charts as data: what the browser draws, and the table that stands beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tactful.kernel.money import exponent
from tactful.web import words

Values = Sequence[float | None]
_WIDTH, _HEIGHT, _PAD = 96.0, 24.0, 2.0


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars. `tone` is a colour of the design; `previous` draws it thin and grey."""

    name: str
    values: Values
    tone: str = "a"
    previous: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind` is line, bar or stack; `unit` is count, number, share, money (minor units) or days.

    `limit` is what the values are held against: the axis reaches to it.
    """

    name: str
    title: str
    kind: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = "count"
    currency: str = ""
    heading: str = "Day"
    limit: float | None = None

    def spec(self) -> dict[str, Any]:
        """What the script beside the chart reads. Money goes out in major units, as axes show it."""
        scale = 10 ** exponent(self.currency) if self.unit == "money" else 1
        return {
            "kind": self.kind,
            "title": self.title,
            "labels": list(self.labels),
            "unit": self.unit,
            "currency": self.currency,
            "limit": self.limit,
            "series": [
                {
                    "name": one.name,
                    "tone": "previous" if one.previous else one.tone,
                    "previous": one.previous,
                    "values": [None if value is None else value / scale for value in one.values],
                }
                for one in self.series
            ],
        }

    def rows(self) -> list[tuple[str, list[str]]]:
        """The same numbers as a table, latest first where the chart is a course of time."""
        rows = [
            (label, [self._said(one.values[place]) for one in self.series])
            for place, label in enumerate(self.labels)
        ]
        return rows[::-1] if self.kind != "bar" else rows

    def _said(self, value: float | None) -> str:
        if self.unit == "money":
            return words.money(value, self.currency)
        if self.unit == "share":
            return words.share(value)
        return words.number(value, 1 if self.unit == "number" else 0)


@dataclass(frozen=True, slots=True)
class SparkLine:
    line: str
    under: str
    before: str


def spark_path(values: Values, before: Values = ()) -> SparkLine:
    """SVG paths of a trend 96 by 24; both periods on one scale that begins at zero or below."""
    known = [value for value in (*values, *before) if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    line = _path(values, low, high)
    under = f"{line}L{_WIDTH:g} {_HEIGHT:g}L0 {_HEIGHT:g}Z" if line and None not in values else ""
    return SparkLine(line, under, _path(before, low, high))


def _path(values: Values, low: float, high: float) -> str:
    room = _HEIGHT - 2 * _PAD
    step = _WIDTH / max(1, len(values) - 1)
    path, drawing = "", False
    for place, value in enumerate(values):
        if value is None:
            drawing = False
            continue
        y = _HEIGHT - _PAD - room * ((value - low) / (high - low) if high > low else 0)
        path += f"{'L' if drawing else 'M'}{place * step:.1f} {y:.1f}"
        drawing = True
    return path
