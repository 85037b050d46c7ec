"""Conditions on what happened and how often, from JSON."""

from tactful.segments.domain.catalogue import MESSAGES, RECORDS, TECHNOLOGY, Kind
from tactful.segments.domain.comparisons import Bound, Op
from tactful.segments.domain.conditions import (
    Ago,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    How,
    Message,
    Property,
    Records,
    Sequence,
    Step,
    Technology,
    Which,
)
from tactful.segments.domain.places import MAX_NUMBER, Place, shown
from tactful.segments.domain.values import MAX_DAYS, WINDOW, comparison_of, window_of

MAX_STEPS = 5
MAX_TIMES = 10**9
COUNTS = (Bound.AT_LEAST, Bound.AT_MOST, Bound.EXACTLY)
NUMBERS = (*How, "share_where")


def event_of(place: Place) -> EventCount | EventMoment | EventAmount | EventShare:
    event = place.at("event").name()
    said = [str(key) for key in ("count", "never", "last", "first", *NUMBERS) if place.has(str(key))]
    if len(said) > 1:
        raise place.wrong(f"says both {said[0]} and {said[1]}; choose one")
    if said and said[0] in {"last", "first"}:
        place.only("event", "where", said[0])
        return _event_moment(place, event, Which(said[0]))
    if said and said[0] in NUMBERS:
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


def sequence_of(place: Place) -> Sequence:
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


def records_of(place: Place) -> Records:
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


def message_of(place: Place) -> Message:
    did = place.at("message").text()
    if did not in MESSAGES:
        raise place.at("message").wrong(f"must be one of {', '.join(MESSAGES)}, not {shown(did)}")
    place.only("message", "journey", "topic", "count", "never", *WINDOW)
    journey, topic = (place.at(key).name() if place.has(key) else None for key in ("journey", "topic"))
    bound, times = _times(place)
    return Message(did, journey, topic, bound, times, window_of(place))


def technology_of(place: Place) -> Technology:
    aspect = place.at("technology").text()
    if aspect not in TECHNOLOGY:
        raise place.at("technology").wrong(f"must be one of {', '.join(TECHNOLOGY)}, not {shown(aspect)}")
    place.only("technology", "is", "in", *WINDOW)
    if place.has("is") == place.has("in"):
        raise place.wrong("needs either is, with one name, or in, with several")
    names = (place.at("is").name(),) if place.has("is") else tuple(item.name() for item in place.at("in").items())
    return Technology(aspect, names, window_of(place))
