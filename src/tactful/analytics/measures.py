"""The eight measures over any period, their trend, and the customers behind each number. Reads the lake."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import pyarrow as pa

from tactful.analytics.definitions import (
    ASLEEP_DAYS,
    CLICK_DAYS,
    DEFINITIONS,
    FATIGUE,
    FATIGUE_SENTENCE,
    OPEN_DAYS,
    SILENT_AFTER,
    Definition,
    Unit,
)
from tactful.catalog.domain.orders import PURCHASE_RULE
from tactful.catalog.lake import ORDERS
from tactful.customers.lake import CUSTOMERS
from tactful.decisions.lake import DECISIONS
from tactful.delivery.lake import DELIVERIES
from tactful.journeys.lake import RUNS
from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import statements
from tactful.lake.engine import Reader
from tactful.sales.lake import TASKS
from tactful.segments.lake import MEMBER_CHANGES

TABLES = (CUSTOMERS, ORDERS, RUNS, DELIVERIES, TASKS, MEMBER_CHANGES, DECISIONS)
_SQL = Path(__file__).with_name("measures.sql")
_PARAMETER = re.compile(r"\$(\w+)")
_WEEK = timedelta(weeks=1)


class Side(Enum):
    """The two sides of a measure: what it counts, and what it is counted of."""

    NUMERATOR = "part"
    DENOMINATOR = "whole"


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. A share has its numerator and denominator; `value` is None where there is nothing to count.

    Money (`value`, and `of`: the same of all purchases) is in minor units of `currency`. `parts` opens the number
    by segment (repeat revenue) or journey (conversion), by our own ids of these.
    """

    definition: Definition
    value: float | int | None
    numerator: int | None = None
    denominator: int | None = None
    mean: float | None = None
    of: int | None = None
    currency: str | None = None
    parts: Mapping[int, "Measure"] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.definition.name


@dataclass(frozen=True, slots=True)
class Measures:
    """All measures of one period, start inclusive, end exclusive. `left_out` purchases were in other currencies."""

    start: datetime
    end: datetime
    currency: str
    by_name: Mapping[str, Measure]
    left_out: int
    purchase_rule: str = PURCHASE_RULE

    def __getitem__(self, name: str) -> Measure:
        return self.by_name[name]

    def as_json(self, *, segments: Mapping[int, str], journeys: Mapping[int, str]) -> dict[str, Any]:
        """The names that scripts use. Segments and journeys go by the names given for their ids."""
        said: dict[str, Any] = {
            "period": {"start": self.start.isoformat(), "end": self.end.isoformat()},
            "currency": self.currency,
            "purchase": self.purchase_rule,
            "purchases_in_other_currencies": self.left_out,
            "definitions": {name: measure.definition.sentence for name, measure in self.by_name.items()}
            | {"fatigue": FATIGUE_SENTENCE},
        }
        plain = {name: _as_json(measure) for name, measure in self.by_name.items()}
        said |= {name: words for name, words in plain.items() if name not in FATIGUE}
        said["fatigue"] = {name: plain[name] for name in FATIGUE}
        said["repeat_revenue"]["by_segment"] = _parts(self["repeat_revenue"], segments)
        said["journey_conversion"]["by_journey"] = _parts(self["journey_conversion"], journeys)
        return said


@dataclass(frozen=True, slots=True)
class Point:
    """A measure in one week."""

    start: datetime
    end: datetime
    value: float | int | None
    numerator: int | None
    denominator: int | None


@dataclass(frozen=True, slots=True)
class Reach:
    """Of those who had a reason to hear from the company: who did, and why the others did not.

    Every customer stands in one place: contacted when any decision was to send, else under his last reason.
    """

    had_reason: int
    contacted: int
    not_contacted: Mapping[str, int]


def compute(reader: Reader, *, start: datetime, end: datetime, currency: str) -> Measures:
    """All measures from a reader of TABLES. Raises InvalidInput when the period has no length."""
    _prepare(reader, [(start, end)])
    found = {name: _add_up(reader, name, currency).get(0, _NOTHING) for name in DEFINITIONS}
    measures = {name: _measure(DEFINITIONS[name], sums, currency) for name, sums in found.items()}
    for name, statement in (("repeat_revenue", "add_up_by_segment"), ("journey_conversion", "add_up_by_journey")):
        measures[name] = _opened(reader, measures[name], statement, currency)
    left_out = int(_rows(reader, "left_out", currency)[0][0])
    return Measures(start=start, end=end, currency=currency, by_name=measures, left_out=left_out)


def trend(reader: Reader, *, end: datetime, weeks: int, currency: str) -> dict[str, list[Point]]:
    """Each measure in each of the weeks up to `end`, oldest first. One question per measure for all weeks."""
    periods = [(end - _WEEK * back, end - _WEEK * (back - 1)) for back in range(weeks, 0, -1)]
    _prepare(reader, periods)
    points = {}
    for name, definition in DEFINITIONS.items():
        sums = _add_up(reader, name, currency)
        weekly = [_measure(definition, sums.get(week, _NOTHING), currency) for week in range(weeks)]
        points[name] = [
            Point(start, until, measure.value, measure.numerator, measure.denominator)
            for (start, until), measure in zip(periods, weekly, strict=True)
        ]
    return points


def customers_behind(  # noqa: PLR0913 -- a measure's question and a page of its answer
    reader: Reader,
    name: str,
    side: Side,
    *,
    start: datetime,
    end: datetime,
    currency: str,
    after: int = 0,
    limit: int = 1000,
) -> list[int]:
    """Ids, ascending from above `after`, of the customers whom one side of the number counts.

    Behind money stand those whose purchases make it up. Raises InvalidInput for a name that is no measure.
    """
    if name not in DEFINITIONS:
        raise InvalidInput(f"there is no measure {name}; there are {', '.join(DEFINITIONS)}")
    _prepare(reader, [(start, end)])
    sql = _statement("behind").format(rows=_statement(name), side=side.value)
    return [row[0] for row in reader.rows(sql, _parameters(sql, currency, after=after, limit=limit))]


def currency_of(reader: Reader, *, start: datetime, end: datetime, preferred: str) -> str:
    """The currency to count a period in: the company's own where anything was bought in it, else the most frequent.

    A company that has imported its orders before it set its currency sees its money and not a zero.
    """
    _prepare(reader, [(start, end)])
    found = [row[0] for row in reader.rows(_statement("currencies"))]
    return preferred if preferred in found or not found else str(found[0])


def reach(reader: Reader, *, start: datetime, end: datetime) -> Reach:
    """Who had a reason to hear from the company in the period, who did, and why the others did not."""
    rows = reader.rows(_statement("reach"), {"start": _naive(start), "end": _naive(end)})
    contacted = sum(count for sent, _, count in rows if sent)
    silent = {reason: count for sent, reason, count in rows if not sent}
    return Reach(had_reason=contacted + sum(silent.values()), contacted=contacted, not_contacted=silent)


@dataclass(frozen=True, slots=True)
class _Sums:
    part: int
    whole: int
    median: float | None


_NOTHING = _Sums(0, 0, None)


def _prepare(reader: Reader, periods: Sequence[tuple[datetime, datetime]]) -> None:
    """Make the periods and the purchases known to the reader's other questions."""
    if any(start >= end for start, end in periods):
        raise InvalidInput("a period begins before it ends")
    moment = pa.timestamp("us")
    reader.register(
        "periods",
        pa.table(
            {
                "period": pa.array(range(len(periods)), pa.int32()),
                "since": pa.array([_naive(start) for start, _ in periods], moment),
                "until": pa.array([_naive(end) for _, end in periods], moment),
            }
        ),
    )
    reader.run(_statement("purchases"))
    reader.run(_statement("people"))


def _add_up(reader: Reader, name: str, currency: str) -> dict[int, _Sums]:
    sql = _statement("add_up").format(rows=_statement(name))
    rows = reader.rows(sql, _parameters(sql, currency))
    return {period: _Sums(int(part), int(whole), median) for period, part, whole, median in rows}


def _opened(reader: Reader, measure: Measure, statement: str, currency: str) -> Measure:
    sql = _statement(statement).format(rows=_statement(measure.name))
    rows = reader.rows(sql, _parameters(sql, currency))
    parts = {
        key: _measure(measure.definition, _Sums(int(part), int(whole), None), currency)
        for key, part, whole in rows
        if key is not None
    }
    return Measure(
        definition=measure.definition,
        value=measure.value,
        numerator=measure.numerator,
        denominator=measure.denominator,
        of=measure.of,
        currency=measure.currency,
        parts=parts,
    )


def _measure(definition: Definition, sums: _Sums, currency: str) -> Measure:
    if definition.unit is Unit.SHARE:
        share = sums.part / sums.whole if sums.whole else None
        return Measure(definition, share, numerator=sums.part, denominator=sums.whole)
    if definition.unit is Unit.MONEY:
        return Measure(definition, sums.part, of=sums.whole, currency=currency)
    if definition.unit is Unit.DAYS:
        mean = sums.part / sums.whole if sums.whole else None
        return Measure(definition, sums.median, mean=mean, of=sums.whole)
    return Measure(definition, sums.part, of=sums.whole)


def _as_json(measure: Measure) -> dict[str, Any]:
    said: dict[str, Any] = {"value": measure.value, "unit": measure.definition.unit.value}
    unit = measure.definition.unit
    if unit is Unit.SHARE:
        return said | {"numerator": measure.numerator, "denominator": measure.denominator}
    if unit is Unit.MONEY:
        share = measure.value / measure.of if measure.of and measure.value is not None else None
        return said | {"currency": measure.currency, "of": measure.of, "share": share}
    if unit is Unit.DAYS:
        return said | {"median": measure.value, "mean": measure.mean, "gaps": measure.of}
    return said | {"of_asleep": measure.of}


def _parts(measure: Measure, names: Mapping[int, str]) -> dict[str, dict[str, Any]]:
    return {names.get(key, str(key)): _as_json(part) for key, part in measure.parts.items()}


def _statement(name: str) -> str:
    return statements(_SQL)[name]


def _rows(reader: Reader, name: str, currency: str) -> list[tuple[Any, ...]]:
    sql = _statement(name)
    return reader.rows(sql, _parameters(sql, currency))


def _parameters(sql: str, currency: str, **others: int) -> dict[str, Any]:
    """The values that the statement asks for: DuckDB refuses those that it does not."""
    known = {
        "currency": currency,
        "asleep_days": ASLEEP_DAYS,
        "click_days": CLICK_DAYS,
        "open_days": OPEN_DAYS,
        "silent_after": SILENT_AFTER,
        **others,
    }
    return {name: known[name] for name in _PARAMETER.findall(sql)}


def _naive(moment: datetime) -> datetime:
    """UTC without zone, as the lake keeps moments."""
    return moment.astimezone(UTC).replace(tzinfo=None)
