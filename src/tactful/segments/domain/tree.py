"""From JSON (or YAML) to the tree. Strict: what is not understood is refused, with the place where it stands."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import parse_moment
from tactful.segments.domain.catalogue import ALLOWED, ATTRIBUTES, CUSTOM, Kind, kind_of
from tactful.segments.domain.nodes import (
    Ago,
    All,
    Any,
    Attribute,
    Between,
    Bound,
    Comparison,
    Consent,
    EventCount,
    EventMoment,
    Everyone,
    Holds,
    LastDays,
    Measure,
    Node,
    Not,
    Op,
    Orders,
    Property,
    Value,
    Which,
    Window,
    Word,
)

MAX_DEPTH = 25
MAX_NODES = 500
MAX_TEXT = 1_000
MAX_LIST = 1_000
MAX_DAYS = 36_500
MAX_NUMBER = 10**15
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_W = TypeVar("_W", bound=StrEnum)
_D = TypeVar("_D", bound=date)
_COUNTS = (Bound.AT_LEAST, Bound.AT_MOST, Bound.EXACTLY)


@dataclass(slots=True)
class _Budget:
    """How many more conditions the tree may have."""

    left: int


@dataclass(frozen=True, slots=True)
class _Place:
    """One JSON value and the path to it."""

    given: object
    path: str
    depth: int
    budget: _Budget

    def wrong(self, reason: str) -> InvalidInput:
        return InvalidInput(f"{self.path or 'the rule'}: {reason}")

    def at(self, key: str) -> "_Place":
        return replace(self, given=self.fields()[key], path=f"{self.path}.{key}" if self.path else key)

    def item(self, index: int, given: object) -> "_Place":
        return replace(self, given=given, path=f"{self.path}[{index}]")

    def fields(self) -> Mapping[str, object]:
        if not isinstance(self.given, Mapping):
            raise self.wrong(f"must be an object with fields, not {_shown(self.given)}")
        return self.given

    def only(self, *allowed: str) -> None:
        for key in self.fields():
            if key not in allowed:
                raise self.wrong(f"does not know {_shown(key)}; known here: {', '.join(allowed)}")

    def one_of(self, names: tuple[str, ...]) -> str:
        """The single one of these fields that is there."""
        present = [name for name in names if name in self.fields()]
        if len(present) != 1:
            raise self.wrong(f"needs exactly one of {', '.join(names)}")
        return present[0]

    def items(self) -> "list[_Place]":
        if not isinstance(self.given, list | tuple):
            raise self.wrong(f"must be a list, not {_shown(self.given)}")
        if not self.given:
            raise self.wrong("is an empty list, which says nothing; name at least one")
        if len(self.given) > MAX_LIST:
            raise self.wrong(f"has more than {MAX_LIST} entries")
        return [self.item(index, given) for index, given in enumerate(self.given)]

    def text(self) -> str:
        if not isinstance(self.given, str):
            raise self.wrong(f"must be a text, not {_shown(self.given)}")
        if len(self.given) > MAX_TEXT:
            raise self.wrong(f"is longer than {MAX_TEXT} characters")
        if "\x00" in self.given or not _encodable(self.given):
            raise self.wrong("has characters that no text can hold")
        return self.given

    def name(self) -> str:
        if not self.text():
            raise self.wrong("is empty")
        return self.text()

    def number(self) -> int | float:
        given = self.given
        if isinstance(given, bool) or not isinstance(given, int | float):
            raise self.wrong(f"must be a number, not {_shown(given)}")
        if not math.isfinite(given) or abs(given) > MAX_NUMBER:
            raise self.wrong("is beyond any number counted here")
        return given

    def whole(self, *, least: int, most: int) -> int:
        number = self.number()
        if number != int(number) or not least <= number <= most:
            raise self.wrong(f"must be a whole number from {least} to {most}")
        return int(number)

    def true(self) -> None:
        if self.given is not True:
            raise self.wrong("can only be true; leave it out otherwise")

    def word(self, words: type[_W]) -> _W:
        known = [str(word) for word in words]
        text = self.text()
        if text not in known:
            raise self.wrong(f"must be one of {', '.join(known)}, not {_shown(text)}")
        return words(text)


def parse(given: object) -> Node:
    """The tree of a rule given as JSON values (dates that YAML made are taken too).

    Raises InvalidInput that begins with the path to what is wrong: `all[1].count.at_least: must be …`.
    """
    return _node(_Place(given, "", 0, _Budget(MAX_NODES)))


def _node(place: _Place) -> Node:
    place.budget.left -= 1
    if place.depth > MAX_DEPTH:
        raise InvalidInput(f"the rule is nested deeper than {MAX_DEPTH} levels")
    if place.budget.left < 0:
        raise InvalidInput(f"the rule has more than {MAX_NODES} conditions")
    kinds = tuple(_KINDS)
    present = [kind for kind in kinds if kind in place.fields()]
    if len(present) != 1:
        raise place.wrong(f"needs exactly one of {', '.join(kinds)}")
    return _KINDS[present[0]](replace(place, depth=place.depth + 1))


def _all(place: _Place) -> All:
    place.only("all")
    return All(tuple(_node(child) for child in place.at("all").items()))


def _any(place: _Place) -> Any:
    place.only("any")
    return Any(tuple(_node(child) for child in place.at("any").items()))


def _not(place: _Place) -> Not:
    place.only("not")
    return Not(_node(place.at("not")))


def _everyone(place: _Place) -> Everyone:
    place.only("everyone")
    place.at("everyone").true()
    return Everyone()


def _attribute(place: _Place) -> Attribute:
    field = place.at("attribute").name()
    if field not in ATTRIBUTES and not (field.startswith(CUSTOM) and field != CUSTOM):
        known = ", ".join(ATTRIBUTES)
        raise place.at("attribute").wrong(f"there is no field {_shown(field)}; known are {known} and {CUSTOM}…")
    return Attribute(field, _comparison(place, "attribute", kind_of(field)))


def _consent(place: _Place) -> Consent:
    place.only("consent", "is")
    about = place.at("consent")
    about.only("channel", "topic")
    _need(about, "channel", "topic")
    _need(place, "is")
    return Consent(about.at("channel").name(), about.at("topic").name(), place.at("is").word(Word))


def _event(place: _Place) -> EventCount | EventMoment:
    event = place.at("event").name()
    said = [key for key in ("count", "never", "last", "first") if key in place.fields()]
    if len(said) > 1:
        raise place.wrong(f"says both {said[0]} and {said[1]}; choose one")
    if said and said[0] in {"last", "first"}:
        place.only("event", "where", said[0])
        return _event_moment(place, event, Which(said[0]))
    place.only("event", "where", "in_last_days", "within", *said)
    bound, times = Bound.AT_LEAST, 1
    if said == ["never"]:
        place.at("never").true()
        bound, times = Bound.EXACTLY, 0
    elif said:
        bound, times = _count(place.at("count"))
    return EventCount(event, bound, times, _window(place), _where(place))


def _count(place: _Place) -> tuple[Bound, int]:
    place.only(*_COUNTS)
    bound = Bound(place.one_of(tuple(_COUNTS)))
    return bound, place.at(bound).whole(least=0, most=10**9)


def _event_moment(place: _Place, event: str, which: Which) -> EventMoment:
    asked = place.at(which)
    asked.only(*Ago)
    ago = Ago(asked.one_of(tuple(Ago)))
    return EventMoment(event, which, ago, asked.at(ago).whole(least=1, most=MAX_DAYS), _where(place))


def _where(place: _Place) -> tuple[Property, ...]:
    if "where" not in place.fields():
        return ()
    return tuple(_property(condition) for condition in place.at("where").items())


def _property(place: _Place) -> Property:
    _need(place, "property")
    place.budget.left -= 1
    return Property(place.at("property").name(), _comparison(place, "property", Kind.JSON))


def _orders(place: _Place) -> Orders:
    measure = place.at("orders").word(Measure)
    bound = Bound(place.one_of(tuple(Bound)))
    place.only("orders", bound, "in_last_days", "within", "category")
    number = place.at(bound).number()
    window = _window(place)
    category = place.at("category").name() if "category" in place.fields() else None
    if window is not None and measure.age:
        raise place.wrong(f"{measure} looks at all purchases; leave the period out")
    if category is not None and measure is Measure.RETURNED_SHARE:
        raise place.wrong("returns are not known by category; leave the category out")
    return Orders(measure, bound, number, window, category)


def _window(place: _Place) -> Window | None:
    if "in_last_days" in place.fields():
        if "within" in place.fields():
            raise place.wrong("says both in_last_days and within; choose one")
        return LastDays(place.at("in_last_days").whole(least=1, most=MAX_DAYS))
    if "within" not in place.fields():
        return None
    within = place.at("within")
    within.only("from", "to")
    _need(within, "from", "to")
    span = Between(_moment(within.at("from")), _moment(within.at("to")))
    if span.end.over <= span.start.begins:
        raise within.wrong("ends before it begins")
    return span


def _comparison(place: _Place, subject: str, kind: Kind) -> Comparison:
    op = Op(place.one_of(tuple(Op)))
    place.only(subject, op)
    if op not in ALLOWED[kind]:
        known = ", ".join(known for known in Op if known in ALLOWED[kind])
        raise place.wrong(f"{_shown(place.fields()[subject])} is {kind.value}; ask by {known}")
    literal = place.at(op)
    if op is Op.IN:
        return Comparison(op, tuple(_literal(item, kind) for item in literal.items()))
    return Comparison(op, (_LITERALS[op](literal, kind),))


def _literal(place: _Place, kind: Kind) -> Value:
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


def _text(place: _Place, _: Kind) -> Value:
    return Value(Holds.TEXT, place.name())


def _number(place: _Place, _: Kind) -> Value:
    return Value(Holds.NUMBER, place.number())


def _truth(place: _Place, _: Kind) -> Value:
    if not isinstance(place.given, bool):
        raise place.wrong(f"must be true or false, not {_shown(place.given)}")
    return Value(Holds.TRUTH, place.given)


def _edge(place: _Place, _: Kind) -> Value:
    return _moment(place)


def _days(place: _Place, _: Kind) -> Value:
    return Value(Holds.NUMBER, place.whole(least=1, most=MAX_DAYS))


def _moment(place: _Place) -> Value:
    if isinstance(place.given, datetime):
        return _moment(replace(place, given=place.given.isoformat()))
    if isinstance(place.given, date) or (isinstance(place.given, str) and _DAY.fullmatch(place.given)):
        return _day(place)
    try:
        return Value(Holds.MOMENT, _real(parse_moment(place.text())))
    except InvalidInput as fault:
        raise place.wrong(fault.message.removeprefix(f"{place.path}: ")) from None


def _day(place: _Place) -> Value:
    if isinstance(place.given, datetime) or not isinstance(place.given, str | date):
        raise place.wrong(f"must be a date like 2026-03-01, not {_shown(place.given)}")
    try:
        day = place.given if isinstance(place.given, date) else _exact_day(place.text())
        return Value(Holds.DAY, _real(day))
    except (ValueError, InvalidInput):
        raise place.wrong(f"{_shown(place.given)} is not a date like 2026-03-01") from None


def _exact_day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _real(day: _D) -> _D:
    """Only years that every engine can count with."""
    if not 1800 <= day.year <= 2500:
        raise InvalidInput("must lie between the years 1800 and 2500")
    return day


def _need(place: _Place, *names: str) -> None:
    for name in names:
        if name not in place.fields():
            raise place.wrong(f"needs {name}")


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_KINDS: dict[str, Callable[[_Place], Node]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "everyone": _everyone,
    "attribute": _attribute,
    "consent": _consent,
    "event": _event,
    "orders": _orders,
}
_LITERALS: dict[Op, Callable[[_Place, Kind], Value]] = {
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
}
