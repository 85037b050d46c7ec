"""Literals, comparisons and periods, from JSON."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import parse_moment
from tactful.segments.domain.catalogue import ALLOWED, Kind
from tactful.segments.domain.comparisons import (
    Between,
    CalendarDays,
    Comparison,
    Holds,
    LastDays,
    Op,
    Value,
    Whose,
    Window,
)
from tactful.segments.domain.places import Place, shown

MAX_DAYS = 36_500
MAX_AHEAD = 366
WINDOW = ("in_last_days", "in_last_calendar_days", "clock", "within")
PERIODS = ("in_last_days", "in_last_calendar_days", "within")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_D = TypeVar("_D", bound=date)


def window_of(place: Place) -> Window | None:
    """The period that a condition names, if any."""
    said = [name for name in PERIODS if place.has(name)]
    if len(said) > 1:
        raise place.wrong(f"says both {said[0]} and {said[1]}; choose one")
    if place.has("clock") and said != ["in_last_calendar_days"]:
        raise place.wrong("clock says where calendar days begin; it goes with in_last_calendar_days")
    return _WINDOWS[said[0]](place) if said else None


def _last_days(place: Place) -> LastDays:
    return LastDays(place.at("in_last_days").whole(least=1, most=MAX_DAYS))


def _calendar_days(place: Place) -> CalendarDays:
    whose = place.at("clock").word(Whose) if place.has("clock") else Whose.COMPANY
    return CalendarDays(place.at("in_last_calendar_days").whole(least=1, most=MAX_DAYS), whose)


def _within(place: Place) -> Between:
    within = place.at("within")
    within.only("from", "to")
    within.need("from", "to")
    span = Between(_moment(within.at("from")), _moment(within.at("to")))
    if span.end.over <= span.start.begins:
        raise within.wrong("ends before it begins")
    return span


_WINDOWS: Mapping[str, Callable[[Place], Window]] = {
    "in_last_days": _last_days,
    "in_last_calendar_days": _calendar_days,
    "within": _within,
}


def comparison_of(place: Place, subject: str, kind: Kind) -> Comparison:
    """How the value named under `subject`, of this kind, is compared."""
    op = Op(place.one_of(tuple(Op)))
    place.only(subject, op)
    if op not in ALLOWED[kind]:
        known = ", ".join(known for known in Op if known in ALLOWED[kind])
        raise place.wrong(f"{shown(place.fields()[subject])} is {kind.value}; ask by {known}")
    literal = place.at(op)
    if op is Op.IN:
        return Comparison(op, tuple(_literal(item, kind) for item in literal.items()))
    if op is Op.BETWEEN:
        return Comparison(op, _ends(literal, kind))
    return Comparison(op, (_LITERALS[op](literal, kind),))


def _ends(place: Place, kind: Kind) -> tuple[Value, Value]:
    """The least and the greatest of what is meant, both included: two numbers, or two dates."""
    items = place.items()
    if len(items) != 2:
        raise place.wrong("needs two values: the least and the greatest")
    dated = kind is not Kind.JSON or isinstance(items[0].given, str | date)
    low, high = (_moment(item) if dated else _number(item, kind) for item in items)
    if _backwards(low, high):
        raise place.wrong("ends before it begins")
    return low, high


def _backwards(low: Value, high: Value) -> bool:
    """Whether nothing lies between two ends; one moment lies between itself and itself."""
    if low.holds is Holds.NUMBER:
        return float(str(high.raw)) < float(str(low.raw))
    return high.over <= low.begins if high.holds is Holds.DAY else high.begins < low.begins


def _literal(place: Place, kind: Kind) -> Value:
    """A value to be equal to: of the kind that the field holds."""
    if kind is Kind.DAY:
        return _day(place)
    if kind is Kind.TRUTH:
        return _truth(place, kind)
    if kind is Kind.JSON and isinstance(place.given, bool):
        return Value(Holds.TRUTH, place.given)
    if kind is Kind.JSON and isinstance(place.given, int | float):
        return Value(Holds.NUMBER, place.number())
    return Value(Holds.TEXT, place.text())


def _text(place: Place, _: Kind) -> Value:
    return Value(Holds.TEXT, place.name())


def _number(place: Place, _: Kind) -> Value:
    return Value(Holds.NUMBER, place.number())


def _truth(place: Place, _: Kind) -> Value:
    if not isinstance(place.given, bool):
        raise place.wrong(f"must be true or false, not {shown(place.given)}")
    return Value(Holds.TRUTH, place.given)


def _edge(place: Place, _: Kind) -> Value:
    return _moment(place)


def _days(place: Place, _: Kind) -> Value:
    return Value(Holds.NUMBER, place.whole(least=1, most=MAX_DAYS))


def _days_ahead(place: Place, _: Kind) -> Value:
    return Value(Holds.NUMBER, place.whole(least=0, most=MAX_AHEAD))


def _moment(place: Place) -> Value:
    if isinstance(place.given, datetime):
        return _moment(replace(place, given=place.given.isoformat()))
    if isinstance(place.given, date) or (isinstance(place.given, str) and _DAY.fullmatch(place.given)):
        return _day(place)
    try:
        return Value(Holds.MOMENT, _real(parse_moment(place.text())))
    except InvalidInput as fault:
        raise place.wrong(fault.message.removeprefix(f"{place.path}: ")) from None


def _day(place: Place) -> Value:
    if isinstance(place.given, datetime) or not isinstance(place.given, str | date):
        raise place.wrong(f"must be a date like 2026-03-01, not {shown(place.given)}")
    try:
        day = place.given if isinstance(place.given, date) else _exact_day(place.text())
        return Value(Holds.DAY, _real(day))
    except (ValueError, InvalidInput):
        raise place.wrong(f"{shown(place.given)} is not a date like 2026-03-01") from None


def _exact_day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _real(day: _D) -> _D:
    """Only years that every engine can count with."""
    if not 1800 <= day.year <= 2500:
        raise InvalidInput("must lie between the years 1800 and 2500")
    return day


_LITERALS: Mapping[Op, Callable[[Place, Kind], Value]] = {
    Op.IS: _literal,
    Op.IS_NOT: _literal,
    Op.CONTAINS: _text,
    Op.STARTS: _text,
    Op.GREATER: _number,
    Op.LESS: _number,
    Op.SET: _truth,
    Op.BEFORE: _edge,
    Op.AFTER: _edge,
    Op.IN_LAST_DAYS: _days,
    Op.IN_NEXT_DAYS: _days,
    Op.ANNIVERSARY_IN_DAYS: _days_ahead,
}
