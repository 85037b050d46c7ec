"""Customers whom the calendar lets into journeys: dates of theirs, schedules, broadcasts.

Read from the moment up to which it was read last, in one transaction with what comes of it: nobody is let in
twice, and nobody between two pages is lost. What was missed by more than a day is not made up for, except a
broadcast, which somebody waits for.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db import transaction
from pyroaring import BitMap64

from tactful.customers import queries as customers
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
            count += len(entries)
    planning.read_until([one.journey_id for one in found], now)
    return count


def _entries(one: Calendar, entry: Entry, now: datetime) -> Iterator[tuple[int, int, datetime]]:
    """In the order of their moments; with a limit per hour one after the other, behind those who wait already."""
    due = sorted(_due(entry, one.read_until, now), key=lambda pair: (pair[1], pair[0]))
    if not entry.per_hour:
        yield from ((one.journey_id, customer_id, moment) for customer_id, moment in due)
        return
    apart = timedelta(hours=1) / entry.per_hour
    free = max(now, one.last_due + apart if one.last_due else now)
    for customer_id, _moment in due:
        yield one.journey_id, customer_id, free
        free += apart


def _due(entry: Entry, after: datetime, until: datetime) -> Iterable[tuple[int, datetime]]:
    found = list(_called(entry.rule, after, until))
    if not found or entry.segment is None:
        return found
    audience = _members(entry.segment)
    return [(customer_id, moment) for customer_id, moment in found if customer_id in audience]


def _called(rule: Rule | None, after: datetime, until: datetime) -> Iterator[tuple[int, datetime]]:
    match rule:
        case OnDate():
            yield from _on_date(rule, max(after, until - _MADE_UP_FOR), until)
        case Recurring():
            yield from _by_clocks(rule, max(after, until - _MADE_UP_FOR), until)
        case Once():
            yield from _by_clocks(rule, after, until)


def _members(slug: str) -> BitMap64:
    segment = segments.segment(slug)
    return segments.members_of([segment.id]).get(segment.id, segments.nobody())


def _on_date(rule: OnDate, after: datetime, until: datetime) -> Iterator[tuple[int, datetime]]:
    fallback = workspace().zone
    texts = calendar.dates_in_question(rule, after=after, until=until)
    for customer_id, value, zone in customers.dated(rule.attribute, texts, yearly=rule.yearly):
        moment = calendar.date_moment(rule, value, zone_or(zone, fallback), after=after, until=until)
        if moment:
            yield customer_id, moment


def _by_clocks(rule: Recurring | Once, after: datetime, until: datetime) -> Iterator[tuple[int, datetime]]:
    if not _somewhere(rule, after, until):
        return
    fallback = workspace().zone
    for zone, ids in customers.by_zone().items():
        where = zone_or(zone if rule.own_zone else None, fallback)
        for moment in calendar.occurrences(rule, where, after=after, until=until):
            yield from ((customer_id, moment) for customer_id in ids)


def _somewhere(rule: Recurring | Once, after: datetime, until: datetime) -> bool:
    """Whether the moment may come anywhere on earth: most looks end here, before anybody is asked for."""
    return any(
        calendar.occurrences(rule, zone_or(name, "UTC"), after=after - DAY / 24, until=until + DAY / 24)
        for name in calendar.ANYWHERE
    )
