"""Customers whom the calendar lets into journeys: their dates, those of orders and deals, schedules, broadcasts.

Read from the moment up to which it was read last, in one transaction with what comes of it: nobody is let in
twice, and nobody between two pages is lost. What was missed by more than a day is not made up for, except a
broadcast, which somebody waits for.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from pyroaring import BitMap64

from tactful.customers import queries as customers
from tactful.flows import things
from tactful.journeys import planning
from tactful.journeys import queries as journeys
from tactful.journeys.domain import calendar
from tactful.journeys.domain.calendar import Once, OnDate, Recurring, Rule
from tactful.journeys.domain.definition import Entry
from tactful.journeys.planning import Calendar
from tactful.kernel.time import DAY, zone_or
from tactful.segments import queries as segments
from tactful.team.queries import workspace

_MADE_UP_FOR = DAY


class _Due(NamedTuple):
    """In the order in which they are let in; `thing` is the number of the order or proposal, if there is one."""

    moment: datetime
    customer_id: int
    thing: str = ""


@transaction.atomic
def read(now: datetime) -> int:
    """Plan the entry of everybody whom the calendar lets in up to now; returns how many."""
    plans = journeys.plans()
    found = planning.calendars(now=now)
    count = 0
    for one in found:
        plan = plans.get((one.journey_id, one.version))
        if plan and plan.definition.entry.rule:
            entries = list(_entries(one, plan.definition.entry, now))
            planning.plan(entries)
            if entries and isinstance(plan.definition.entry.rule, Once):
                planning.met(one.journey_id, len(entries))
            count += len(entries)
    planning.read_until([one.journey_id for one in found], now)
    return count


def _entries(one: Calendar, entry: Entry, now: datetime) -> Iterator[tuple[int, int, datetime, str]]:
    """In the order of their moments; with a limit per hour one after the other, behind those who wait already."""
    due = sorted(_due(entry, one.read_until, now))
    if not entry.per_hour:
        yield from ((one.journey_id, each.customer_id, each.moment, each.thing) for each in due)
        return
    apart = timedelta(hours=1) / entry.per_hour
    free = max(now, one.last_due + apart if one.last_due else now)
    for each in due:
        yield one.journey_id, each.customer_id, free, each.thing
        free += apart


def _due(entry: Entry, after: datetime, until: datetime) -> Sequence[_Due]:
    found = list(_called(entry.rule, after, until))
    if not found or entry.segment is None:
        return found
    audience = _members(entry.segment)
    return [each for each in found if each.customer_id in audience]


def _called(rule: Rule | None, after: datetime, until: datetime) -> Iterator[_Due]:
    match rule:
        case OnDate(of="customer"):
            yield from _on_date(rule, max(after, until - _MADE_UP_FOR), until)
        case OnDate():
            yield from _on_date_of_thing(rule, max(after, until - _MADE_UP_FOR), until)
        case Recurring():
            yield from _by_clocks(rule, max(after, until - _MADE_UP_FOR), until)
        case Once():
            yield from _by_clocks(rule, after, until)


def _members(slug: str) -> BitMap64:
    segment = segments.segment(slug)
    return segments.members_of([segment.id]).get(segment.id, segments.nobody())


def ahead(rule: OnDate, *, now: datetime, span: timedelta) -> int:
    """How many the date would let in within that time if nothing changes; nobody is planned for it."""
    look = _on_date if rule.of == "customer" else _on_date_of_thing
    return sum(1 for _ in look(rule, now, now + span))


def _on_date(rule: OnDate, after: datetime, until: datetime) -> Iterator[_Due]:
    fallback = workspace().zone
    texts = calendar.dates_in_question(rule, after=after, until=until)
    for customer_id, value, zone in customers.dated(rule.attribute, texts, yearly=rule.yearly):
        moment = calendar.date_moment(rule, value, zone_or(zone, fallback), after=after, until=until)
        if moment:
            yield _Due(moment, customer_id)


def _on_date_of_thing(rule: OnDate, after: datetime, until: datetime) -> Iterator[_Due]:
    found = things.dated(rule, after=after, until=until)
    zones = customers.zones({customer_id for _, customer_id, _ in found})
    fallback = workspace().zone
    for number, customer_id, value in found:
        if customer_id not in zones:
            continue  # erased, or gone into another record: that one has the order now
        where = zone_or(zones[customer_id], fallback)
        moment = calendar.date_moment(rule, value, where, after=after, until=until)
        if moment:
            yield _Due(moment, customer_id, number)


def _by_clocks(rule: Recurring | Once, after: datetime, until: datetime) -> Iterator[_Due]:
    if not _somewhere(rule, after, until):
        return
    fallback = workspace().zone
    for zone, ids in customers.by_zone().items():
        where = zone_or(zone if rule.own_zone else None, fallback)
        for moment in calendar.occurrences(rule, where, after=after, until=until):
            yield from (_Due(moment, customer_id) for customer_id in ids)


def _somewhere(rule: Recurring | Once, after: datetime, until: datetime) -> bool:
    """Whether the moment may come anywhere on earth: most looks end here, before anybody is asked for."""
    return any(
        calendar.occurrences(rule, zone_or(name, "UTC"), after=after - DAY / 24, until=until + DAY / 24)
        for name in calendar.ANYWHERE
    )
