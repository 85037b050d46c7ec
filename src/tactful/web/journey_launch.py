"""What would happen if a journey were activated now, in one sentence and a number."""

from datetime import datetime

from tactful.customers import queries as customers
from tactful.decisions.domain.facts import SERVICE
from tactful.events import queries as events
from tactful.experiments import queries as experiments
from tactful.flows import calendar
from tactful.journeys.domain.calendar import OnDate
from tactful.journeys.domain.definition import Definition, Entry
from tactful.kernel.errors import NotFound
from tactful.kernel.time import DAY
from tactful.segments import queries as segments
from tactful.web import words

_AHEAD = 7  # days


def expected(definition: Definition, *, now: datetime) -> str:
    """Whom it would meet: the audience of the calendar, or how often its event comes."""
    entry = definition.entry
    if isinstance(entry.rule, OnDate):
        coming = calendar.ahead(entry.rule, now=now, span=_AHEAD * DAY)
        also = " Only those in the segment are met." if entry.segment else ""
        return (
            f"The day comes for {words.count_of(coming, entry.about)} in the next {_AHEAD} days. "
            f"Where it was before now, nobody is let in.{also}"
        )
    if entry.rule is not None:
        size = audience(entry.segment)
        return f"The calendar would consider {words.count_of(size, 'customer')} today{_pace(entry)}."
    if entry.segment is not None:
        size = audience(entry.segment)
        return (
            f"{words.count_of(size, 'customer')} in the segment now stay untouched: "
            "only those who enter or leave it from now on are met."
        )
    count = next((row.count for row in events.catalogue(now=now) if row.name == entry.event.name), 0)
    often = words.count_of(count, "time")
    return f"“{entry.event.name}” came {often} in the last 30 days, of anybody and with any properties."


def audience(segment: str | None) -> int:
    """How many are in a segment now, or in all; nobody where the segment is not there any more."""
    if segment is None:
        return customers.total()
    try:
        found = segments.segment(segment)
    except NotFound:
        return 0
    return segments.sizes([found.id]).get(found.id, 0)


def _pace(entry: Entry) -> str:
    return f", at most {words.number(entry.per_hour)} an hour" if entry.per_hour else ""


def left_alone(definition: Definition) -> str:
    """Who gets nothing by lot: the share of this one, and that of the whole house."""
    house = experiments.holdout()
    of_house = house.share if house and definition.category != SERVICE else 0.0
    told = []
    if definition.holdout:
        told.append(f"{words.share(definition.holdout)} of those who enter are left alone by its own holdout")
    if of_house:
        told.append(f"{words.share(of_house)} of all customers get nothing by the holdout of the whole house")
    return f"For comparison, {' and '.join(told)}." if told else ""
