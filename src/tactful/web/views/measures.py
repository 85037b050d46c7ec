"""The eight measures: all at a glance, and one with its definition, its course and the customers behind it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from tactful.analytics import measures as analytics
from tactful.analytics.definitions import DEFINITIONS, FATIGUE, FATIGUE_SENTENCE, Definition, Unit
from tactful.analytics.measures import Measure, Measures, Point, Side
from tactful.catalog.domain.orders import PURCHASE_RULE
from tactful.customers import queries as customers
from tactful.flows.nightly import FOLDER
from tactful.journeys import queries as journeys
from tactful.kernel.time import start_of_day, zone_or
from tactful.lake.engine import Reader, reading
from tactful.segments import queries as segments
from tactful.web import words
from tactful.web.access import staff
from tactful.web.charts import Chart, Series
from tactful.web.pages import page, reader
from tactful.web.paging import id_asked
from tactful.web.shell import Reader as For

PERIODS = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days", "365": "Last year"}
_WEEKS = 26
_BEHIND = 50
_FEW = 40
_UNITS = {Unit.SHARE: "share", Unit.MONEY: "money", Unit.DAYS: "days", Unit.CUSTOMERS: "count"}


@dataclass(frozen=True, slots=True)
class Card:
    """A measure at a glance. `change` compares with the period before; `better` is None where neither is."""

    definition: Definition
    said: str
    of: str
    change: str
    better: bool | None
    trend: list[float | None]


@contextmanager
def lake() -> Iterator[Reader]:
    with reading(analytics.TABLES, folder=FOLDER) as found:
        yield found


@dataclass(frozen=True, slots=True)
class Cards:
    """Measures by themselves, and those of fatigue, which belong together.

    `left_out` purchases of the period were in other currencies than the company's: no money here includes them.
    """

    alone: list[Card]
    fatigue: list[Card]
    left_out: int


def cards(who: For, *, days: int, weeks: int = 13) -> Cards:
    """All measures at a glance."""
    end, start = who.now, _start(who, days)
    with lake() as found:
        now = analytics.compute(found, start=start, end=end, currency=who.currency)
        before = analytics.compute(found, start=start - (end - start), end=start, currency=who.currency)
        trends = analytics.trend(found, end=end, weeks=weeks, currency=who.currency)
    made = {name: _card(now[name], before[name], trends[name]) for name in DEFINITIONS}
    alone = [card for name, card in made.items() if name not in FATIGUE]
    return Cards(alone, [made[name] for name in FATIGUE], now.left_out)


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    days = _days(request)
    found = cards(reader(), days=days, weeks=_WEEKS)
    context = {
        "cards": found.alone,
        "fatigue": found.fatigue,
        "left_out": found.left_out,
        "fatigue_sentence": FATIGUE_SENTENCE,
        "periods": PERIODS,
        "days": str(days),
        "purchase_rule": PURCHASE_RULE,
    }
    return page(request, "web/measures.html", context, title="Measures")


@staff()
def one(request: HttpRequest, name: str) -> HttpResponse:
    if name not in DEFINITIONS:
        raise Http404
    who, days = reader(), _days(request)
    start, end = _start(who, days), who.now
    side = Side.DENOMINATOR if request.GET.get("side") == "whole" else Side.NUMERATOR
    with lake() as found:
        now = analytics.compute(found, start=start, end=end, currency=who.currency)
        before = analytics.compute(found, start=start - (end - start), end=start, currency=who.currency)
        points = analytics.trend(found, end=end, weeks=_WEEKS, currency=who.currency)[name]
        ids = analytics.customers_behind(
            found,
            name,
            side,
            start=start,
            end=end,
            currency=who.currency,
            after=id_asked(request, "after") or 0,
            limit=_BEHIND + 1,
        )
    people = customers.cards(ids[:_BEHIND])
    context = {
        "definition": DEFINITIONS[name],
        "measure": now[name],
        "card": _card(now[name], before[name], points),
        "chart": _chart(DEFINITIONS[name], points, who),
        "parts": _parts(now[name], now),
        "parts_of": "Segment" if name == "repeat_revenue" else "Journey",
        "behind": [people[number] for number in ids[:_BEHIND] if number in people],
        "next": ids[_BEHIND - 1] if len(ids) > _BEHIND else None,
        "side": side.value,
        "sides": _sides(now[name]),
        "periods": PERIODS,
        "days": str(days),
        "left_out": now.left_out,
        "purchase_rule": PURCHASE_RULE,
    }
    return page(request, "web/measure.html", context, title=DEFINITIONS[name].title)


def _days(request: HttpRequest) -> int:
    asked = request.GET.get("days", "30")
    return int(asked) if asked in PERIODS else 30


def _start(who: For, days: int) -> datetime:
    return start_of_day(who.now - timedelta(days=days - 1), zone_or(None, who.zone))


def said(measure: Measure) -> str:
    """The value as people read it."""
    unit, value = measure.definition.unit, measure.value
    if value is None:
        return words.NOTHING
    if unit is Unit.SHARE:
        return words.share(value)
    if unit is Unit.MONEY:
        return words.money(value, measure.currency or "")
    if unit is Unit.DAYS:
        return f"{words.number(value)} days"
    return words.number(value)


def _of(measure: Measure) -> str:
    """Of what the value is a part."""
    if measure.definition.unit is Unit.SHARE:
        return f"{words.number(measure.numerator)} of {words.number(measure.denominator)}"
    if measure.definition.unit is Unit.MONEY:
        return f"of {words.money(measure.of, measure.currency or '')} in all" if measure.of else ""
    if measure.definition.unit is Unit.DAYS:
        return f"median of {words.count_of(measure.of or 0, 'gap')}" if measure.of else "no gaps in this period"
    return f"of {words.number(measure.of)} asleep" if measure.of else ""


def _card(now: Measure, before: Measure, points: list[Point]) -> Card:
    definition = now.definition
    change, better = "", None
    if _too_few(now) or _too_few(before):
        change = "too few to compare"
    elif now.value is not None and before.value is not None:
        difference = now.value - before.value
        change = _difference(definition, difference, before)
        if definition.good and difference:
            better = (difference > 0) == (definition.good == "up")
    return Card(definition, said(now), _of(now), change, better, [point.value for point in points])


def _too_few(measure: Measure) -> bool:
    """A share of so few that one more or less changes it by points."""
    return measure.denominator is not None and measure.denominator < _FEW


def _difference(definition: Definition, difference: float, before: Measure) -> str:
    """Up or down against the period before; shares in points, the rest in percent of what it was."""
    if not difference:
        return "as before"
    sign = "+" if difference > 0 else words.MINUS
    if definition.unit is Unit.SHARE:
        return f"{sign}{words.number(abs(difference) * 100, 1)}{words.GAP}points"
    if definition.unit is Unit.DAYS:
        return f"{sign}{words.number(abs(difference))} days"
    if not before.value:
        return f"{sign}{said(before)}" if before.value else ""
    return f"{sign}{words.share(abs(difference) / abs(before.value))}"


def _chart(definition: Definition, points: list[Point], who: For) -> Chart:
    return Chart(
        "course",
        definition.title,
        "line",
        [words.short_day(point.end.astimezone(zone_or(None, who.zone)).date()) for point in points],
        [Series(definition.title, [point.value for point in points])],
        unit=_UNITS[definition.unit],
        currency=who.currency,
        heading="Week up to",
    )


def _sides(measure: Measure) -> Mapping[str, str]:
    """The two lists of customers that a share has."""
    if measure.definition.unit is not Unit.SHARE:
        return {}
    return {"part": f"The {words.number(measure.numerator)} counted", "whole": "All it is counted of"}


def _parts(measure: Measure, found: Measures) -> list[tuple[str, str, str, str]]:
    """The number opened by segment or journey: name, address, value, of what."""
    if measure.name == "repeat_revenue":
        named: dict[int, Any] = {row.id: row for row in segments.segments()}
        where = "segments"
    else:
        named = {row.id: row for row in journeys.names()}
        where = "journeys"
    rows = [
        (named[key].name, f"/{where}/{named[key].slug}/", said(part), _of(part), part.value or 0)
        for key, part in found[measure.name].parts.items()
        if key in named
    ]
    return [row[:4] for row in sorted(rows, key=lambda row: -row[4])]
