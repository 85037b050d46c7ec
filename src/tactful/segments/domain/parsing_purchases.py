"""Conditions on purchases and on ranks among all customers, from JSON."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from tactful.segments.domain.catalogue import ATTRIBUTES, COMPANY, CUSTOM
from tactful.segments.domain.comparisons import Bound
from tactful.segments.domain.conditions import Measure, Numeric, Orders, Percentile, Rfm
from tactful.segments.domain.parsing_customers import attribute_of
from tactful.segments.domain.parsing_events import NUMBERS, event_of, records_of
from tactful.segments.domain.places import MAX_NUMBER, Place, shown
from tactful.segments.domain.values import WINDOW, window_of

FIFTHS = ("recency", "frequency", "money")


def orders_of(place: Place) -> Orders:
    measure = place.at("orders").word(Measure)
    bound = Bound(place.one_of(tuple(Bound)))
    place.only("orders", bound, *WINDOW, "category", "months")
    number, window = _limit(place.at(bound), measure), window_of(place)
    category = place.at("category").name() if place.has("category") else None
    months = _months(place.at("months")) if place.has("months") else ()
    said = Orders(measure, bound, number, window, category, months)
    if fault := nonsense(said):
        raise place.wrong(fault)
    return said


def percentile_of(place: Place) -> Percentile:
    bounds = tuple(bound for bound in Bound if bound is not Bound.EXACTLY)
    bound = Bound(place.one_of(bounds))
    place.only("percentile", bound)
    percent = place.at(bound).between(0, 100)
    return Percentile(_ranked(place.at("percentile")), bound, percent)


def _limit(place: Place, measure: Measure) -> int | float:
    """What a measure is compared with: a share, money of any sign, or else no less than nothing."""
    if measure.share:
        return place.share()
    return place.number() if measure.money else place.limited(0, MAX_NUMBER)


def _ranked(place: Place) -> Numeric:
    """The number that is ranked: its condition, without what it is compared with."""
    kind = place.one_of(tuple(_RANKED))
    if said := [key for key in _COMPARED if place.has(key)]:
        raise place.wrong(f"says {said[0]}; a percentile ranks the number itself, so leave the comparison out")
    if kind == "attribute":
        place.only("attribute")
        if (field := place.at("attribute").name()) in ATTRIBUTES:
            raise place.at("attribute").wrong(
                f"{shown(field)} is no number; name one of your own, {CUSTOM}… or {COMPANY}…"
            )
    return _RANKED[kind](replace(place, given={**place.fields(), **_anything(place, kind)}))


def _anything(place: Place, kind: str) -> Mapping[str, object]:
    """A comparison that completes the condition, and is never asked."""
    if kind == "attribute":
        return {"greater": 0}
    counted = kind == "record" or (kind == "event" and not any(place.has(str(key)) for key in NUMBERS))
    return {"count": {"at_least": 0}} if counted else {"at_least": 0}


_COMPARED = ("count", "never", "last", "first", *map(str, Bound))
_RANKED: Mapping[str, Callable[[Place], Numeric]] = {
    "orders": lambda place: orders_of(place),
    "event": lambda place: cast("Numeric", event_of(place)),
    "record": lambda place: records_of(place),
    "attribute": lambda place: attribute_of(place),
}


def rfm_of(place: Place) -> Rfm:
    place.only("rfm")
    asked = place.at("rfm")
    asked.only(*FIFTHS)
    fifths = [_fifths(asked.at(name)) if asked.has(name) else () for name in FIFTHS]
    if not any(fifths):
        raise asked.wrong("names none of recency, frequency, money")
    return Rfm(*fifths)


def _fifths(place: Place) -> tuple[int, ...]:
    return tuple(sorted({item.whole(least=1, most=5) for item in place.items()}))


def _months(place: Place) -> tuple[int, ...]:
    return tuple(sorted({item.whole(least=1, most=12) for item in place.items()}))


def nonsense(said: Orders) -> str:
    """Why a measure cannot be asked for so, or nothing."""
    measure, by_category = said.measure, said.category is not None
    if said.window is not None and (measure.age or measure.rhythm):
        return f"{measure} looks at all purchases; leave the period out"
    if said.months and (measure.rhythm or measure is Measure.RETURNED_SHARE):
        return f"{measure} cannot be asked for by month; leave the months out"
    if measure is Measure.CATEGORY_SHARE and not by_category:
        return "category_share needs the category whose share it is"
    if by_category and measure is Measure.RETURNED_SHARE:
        return "returns are not known by category; leave the category out"
    if by_category and (measure.rhythm or measure in {Measure.SMALLEST, Measure.LARGEST, Measure.CATEGORIES}):
        return f"{measure} is not known by category; leave the category out"
    return ""
