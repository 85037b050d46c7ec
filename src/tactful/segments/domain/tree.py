"""From JSON (or YAML) to the tree. Strict: what is not understood is refused, with the place where it stands."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.catalogue import (
    ATTRIBUTES,
    COMPANY,
    CUSTOM,
    MESSAGES,
    OPEN,
    RECORDS,
    TECHNOLOGY,
    Kind,
    kind_of,
)
from tactful.segments.domain.nodes import (
    Ago,
    All,
    Any,
    Attribute,
    Bound,
    Comparison,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    Everyone,
    How,
    InList,
    InSegment,
    Measure,
    Message,
    Near,
    Node,
    Not,
    Numeric,
    Op,
    Orders,
    Percentile,
    Property,
    Reachable,
    Records,
    Rfm,
    Sample,
    Sequence,
    Stage,
    Step,
    Technology,
    Which,
    Word,
)
from tactful.segments.domain.places import MAX_NUMBER, Budget, Place, shown
from tactful.segments.domain.values import MAX_DAYS, WINDOW, comparison_of, window_of

MAX_DEPTH = 25
MAX_NODES = 500
MAX_STEPS = 5
MAX_TIMES = 10**9
FIFTHS = ("recency", "frequency", "money")
COUNTS = (Bound.AT_LEAST, Bound.AT_MOST, Bound.EXACTLY)
_NUMBERS = (*How, "share_where")


def parse(given: object) -> Node:
    """The tree of a rule given as JSON values (dates that YAML made are taken too).

    Raises InvalidInput that begins with the path to what is wrong: `all[1].count.at_least: must be …`.
    """
    return _node(Place(given, "", 0, Budget(MAX_NODES)))


def _node(place: Place) -> Node:
    place.budget.left -= 1
    if place.depth > MAX_DEPTH:
        raise InvalidInput(f"the rule is nested deeper than {MAX_DEPTH} levels")
    if place.budget.left < 0:
        raise InvalidInput(f"the rule has more than {MAX_NODES} conditions")
    present = [kind for kind in KINDS if place.has(kind)]
    if len(present) != 1:
        raise place.wrong(f"needs exactly one of {', '.join(KINDS)}")
    return _KINDS[present[0]](replace(place, depth=place.depth + 1))


def _all(place: Place) -> All:
    place.only("all")
    return All(tuple(_node(child) for child in place.at("all").items()))


def _any(place: Place) -> Any:
    place.only("any")
    return Any(tuple(_node(child) for child in place.at("any").items()))


def _not(place: Place) -> Not:
    place.only("not")
    return Not(_node(place.at("not")))


def _everyone(place: Place) -> Everyone:
    place.only("everyone")
    place.at("everyone").true()
    return Everyone()


def _attribute(place: Place) -> Attribute:
    field = place.at("attribute").name()
    if field not in ATTRIBUTES and not (field.startswith(OPEN) and field not in OPEN):
        known = ", ".join(ATTRIBUTES)
        raise place.at("attribute").wrong(
            f"there is no field {shown(field)}; known are {known}, {CUSTOM}… and {COMPANY}…"
        )
    comparison = comparison_of(place, "attribute", kind_of(field))
    return Attribute(field, _small(comparison) if field == "email" else comparison)


def _small(comparison: Comparison) -> Comparison:
    """Addresses are kept in small letters, however somebody wrote his."""
    values = tuple(
        replace(each, raw=each.raw.lower()) if isinstance(each.raw, str) else each for each in comparison.values
    )
    return replace(comparison, values=values)


def _consent(place: Place) -> Consent:
    place.only("consent", "is")
    about = place.at("consent")
    about.only("channel", "topic")
    about.need("channel", "topic")
    place.need("is")
    return Consent(about.at("channel").name(), about.at("topic").name(), place.at("is").word(Word))


def _event(place: Place) -> EventCount | EventMoment | EventAmount | EventShare:
    event = place.at("event").name()
    said = [str(key) for key in ("count", "never", "last", "first", *_NUMBERS) if place.has(str(key))]
    if len(said) > 1:
        raise place.wrong(f"says both {said[0]} and {said[1]}; choose one")
    if said and said[0] in {"last", "first"}:
        place.only("event", "where", said[0])
        return _event_moment(place, event, Which(said[0]))
    if said and said[0] in _NUMBERS:
        return _event_number(place, event, said[0])
    place.only("event", "where", *WINDOW, *said)
    bound, times = _times(place)
    return EventCount(event, bound, times, window_of(place), _where(place, "where"))


def _times(place: Place) -> tuple[Bound, int]:
    """How often: `never`, a `count`, or else at least once."""
    if place.has("never"):
        if place.has("count"):
            raise place.wrong("says both count and never; choose one")
        place.at("never").true()
        return Bound.EXACTLY, 0
    return _count(place.at("count")) if place.has("count") else (Bound.AT_LEAST, 1)


def _count(place: Place) -> tuple[Bound, int]:
    place.only(*COUNTS)
    bound = Bound(place.one_of(tuple(COUNTS)))
    return bound, place.at(bound).whole(least=0, most=MAX_TIMES)


def _event_moment(place: Place, event: str, which: Which) -> EventMoment:
    asked = place.at(which)
    asked.only(*Ago)
    ago = Ago(asked.one_of(tuple(Ago)))
    return EventMoment(event, which, ago, asked.at(ago).whole(least=1, most=MAX_DAYS), _where(place, "where"))


def _event_number(place: Place, event: str, said: str) -> EventAmount | EventShare:
    bound = Bound(place.one_of(tuple(Bound)))
    place.only("event", "where", said, bound, *WINDOW)
    window, where = window_of(place), _where(place, "where")
    if said == "share_where":
        return EventShare(event, _where(place, said), bound, place.at(bound).share(), window, where)
    how, limit = How(said), place.at(bound)
    number = limit.limited(0, MAX_NUMBER) if how is How.DISTINCT else limit.number()
    return EventAmount(event, how, place.at(said).name(), bound, number, window, where)


def _where(place: Place, key: str) -> tuple[Property, ...]:
    if not place.has(key):
        return ()
    return tuple(_property(condition) for condition in place.at(key).items())


def _property(place: Place) -> Property:
    place.need("property")
    place.budget.left -= 1
    if place.has(Op.ANNIVERSARY_IN_DAYS):
        raise place.wrong("anniversaries are asked of the customer's attributes")
    return Property(place.at("property").name(), comparison_of(place, "property", Kind.JSON))


def _sequence(place: Place) -> Sequence:
    place.only("sequence", "then_not", "in_last_days")
    items = place.at("sequence").items()
    if not 1 <= len(items) <= MAX_STEPS:
        raise place.at("sequence").wrong(f"has more than {MAX_STEPS} steps")
    steps = tuple(_step(item) for item in items)
    if steps[0].within_days is not None:
        raise items[0].wrong("is the first: there is nothing that it could follow within days")
    absent = _step(place.at("then_not")) if place.has("then_not") else None
    if absent is not None and absent.within_days is None:
        raise place.at("then_not").wrong("needs within_days: until then nobody knows whether it still comes")
    if absent is None and len(steps) == 1:
        raise place.wrong("is one event only; ask for it by event")
    days = place.at("in_last_days").whole(least=1, most=MAX_DAYS) if place.has("in_last_days") else None
    return Sequence(steps, absent, days)


def _step(place: Place) -> Step:
    place.only("event", "where", "within_days")
    place.need("event")
    place.budget.left -= 1
    within = place.at("within_days").whole(least=1, most=MAX_DAYS) if place.has("within_days") else None
    return Step(place.at("event").name(), _where(place, "where"), within)


def _orders(place: Place) -> Orders:
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


def _percentile(place: Place) -> Percentile:
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
    counted = kind == "record" or (kind == "event" and not any(place.has(str(key)) for key in _NUMBERS))
    return {"count": {"at_least": 0}} if counted else {"at_least": 0}


_COMPARED = ("count", "never", "last", "first", *map(str, Bound))
_RANKED: Mapping[str, Callable[[Place], Numeric]] = {
    "orders": lambda place: _orders(place),
    "event": lambda place: cast("Numeric", _event(place)),
    "record": lambda place: _records(place),
    "attribute": lambda place: _attribute(place),
}


def _rfm(place: Place) -> Rfm:
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


def _records(place: Place) -> Records:
    place.only("record", "state", "count", "never", *WINDOW)
    place.need("state")
    kind, state = place.at("record").name(), place.at("state").name()
    if kind not in RECORDS:
        raise place.at("record").wrong(f"there are no records {shown(kind)}; known are {', '.join(RECORDS)}")
    if state not in RECORDS[kind].states:
        known = ", ".join(RECORDS[kind].states)
        raise place.at("state").wrong(f"a {kind} is never {shown(state)}; known are {known}")
    bound, times = _times(place)
    return Records(kind, state, bound, times, window_of(place))


def _near(place: Place) -> Near:
    place.only("near", "within_km")
    place.need("within_km")
    where = place.at("near")
    where.only("latitude", "longitude")
    where.need("latitude", "longitude")
    return Near(
        where.at("latitude").between(-90, 90),
        where.at("longitude").between(-180, 180),
        place.at("within_km").between(0.001, 20_040),
    )


def _sample(place: Place) -> Sample:
    place.only("sample", "seed")
    place.need("seed")
    return Sample(place.at("sample").between(0, 1), place.at("seed").name())


def _list(place: Place) -> InList:
    place.only("list")
    return InList(place.at("list").name())


def _message(place: Place) -> Message:
    did = place.at("message").text()
    if did not in MESSAGES:
        raise place.at("message").wrong(f"must be one of {', '.join(MESSAGES)}, not {shown(did)}")
    place.only("message", "journey", "topic", "count", "never", *WINDOW)
    journey, topic = (place.at(key).name() if place.has(key) else None for key in ("journey", "topic"))
    bound, times = _times(place)
    return Message(did, journey, topic, bound, times, window_of(place))


def _technology(place: Place) -> Technology:
    aspect = place.at("technology").text()
    if aspect not in TECHNOLOGY:
        raise place.at("technology").wrong(f"must be one of {', '.join(TECHNOLOGY)}, not {shown(aspect)}")
    place.only("technology", "is", "in", *WINDOW)
    if place.has("is") == place.has("in"):
        raise place.wrong("needs either is, with one name, or in, with several")
    names = (place.at("is").name(),) if place.has("is") else tuple(item.name() for item in place.at("in").items())
    return Technology(aspect, names, window_of(place))


def _reachable(place: Place) -> Reachable:
    place.only("reachable", "topic")
    place.need("topic")
    channel = place.at("reachable").name()
    if channel != "email":
        raise place.at("reachable").wrong(f"only email is known so far, not {shown(channel)}")
    return Reachable(channel, place.at("topic").name())


def _segment(place: Place) -> InSegment:
    place.only("segment")
    return InSegment(place.at("segment").name())


def _stage(place: Place) -> Stage:
    place.only("stage")
    return Stage(place.at("stage").name())


_KINDS: Mapping[str, Callable[[Place], Node]] = {
    "all": _all,
    "any": _any,
    "not": _not,
    "everyone": _everyone,
    "attribute": _attribute,
    "consent": _consent,
    "event": _event,
    "sequence": _sequence,
    "orders": _orders,
    "percentile": _percentile,
    "rfm": _rfm,
    "record": _records,
    "message": _message,
    "technology": _technology,
    "reachable": _reachable,
    "near": _near,
    "list": _list,
    "segment": _segment,
    "stage": _stage,
    "sample": _sample,
}
KINDS = tuple(_KINDS)
