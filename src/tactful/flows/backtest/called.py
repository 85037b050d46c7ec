"""Who was called in by something that the log does not have: the calendar, and segments before they were kept."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tactful.flows.backtest.question import Asked, segments_heard
from tactful.flows.tables import TABLES
from tactful.journeys.domain import calendar
from tactful.journeys.domain.calendar import Once, OnDate, Recurring, Rule
from tactful.journeys.domain.definition import PLANNED, SEGMENT_EVENTS
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import DAY, start_of_day, zone, zone_or
from tactful.lake.engine import Reader, reading
from tactful.segments import queries as segments_now
from tactful.segments import services as segments

MOST = 20_000_000
"""Entries by the calendar that a backtest takes on: a hundred bytes each."""


@dataclass(frozen=True, slots=True)
class Called:
    """A customer hears a name at a moment; of segments, which one."""

    customer_id: int
    at: datetime
    name: str
    segment: str = ""


def by_segments(asked: Asked, *, imported_until: datetime | None, company: str, folder: Path) -> Iterator[Called]:
    """Entering and leaving the segments that the journey hears, up to when the log tells of it itself.

    Told to the day: at which midnight of the company a customer was in, having been out at the one before.
    """
    for slug in sorted(segments_heard(asked.definition)):
        until = told_since(slug, imported_until)
        moments = [asked.since, *_midnights(asked.since, min(until, asked.until), company)]
        if until <= asked.since:
            continue
        before = None
        for at, inside in segments.members_by_moment(slug, moments, tables=TABLES, folder=folder):
            if before is not None:
                for name, changed in (("entered", inside - before), ("left", before - inside)):
                    yield from (Called(each, at, SEGMENT_EVENTS[name], slug) for each in changed)
            before = inside


def told_since(slug: str, imported_until: datetime | None) -> datetime:
    """From when on the log has who entered and left a segment: its last change or the last import, the later."""
    saved = segments_now.segment(slug).updated_at
    return max(saved, imported_until) if imported_until else saved


def by_calendar(asked: Asked, *, company: str, folder: Path) -> list[Called]:
    """Whom the calendar lets in. Raises InvalidInput where that is more than can be lived through."""
    entry = asked.definition.entry
    if entry.rule is None:
        return []
    found = sorted(_due(asked, entry.rule, company, folder), key=lambda pair: (pair[1], pair[0]))
    if entry.segment:
        found = list(_in_audience(found, entry.segment, folder))
    if entry.per_hour:
        found = list(_apart(found, timedelta(hours=1) / entry.per_hour))
    return [Called(customer_id, at, PLANNED) for customer_id, at in found if at < asked.until]


def _midnights(since: datetime, until: datetime, company: str) -> Iterator[datetime]:
    where = zone(company)
    at = start_of_day(since, where)
    while (at := start_of_day(at + DAY + timedelta(hours=6), where)) < until:
        if at > since:
            yield at


def _due(asked: Asked, rule: Rule, company: str, folder: Path) -> list[tuple[int, datetime]]:
    tables = [table for table in TABLES if table.name == "customers"]
    after, until = asked.since - timedelta(microseconds=1), asked.until
    found: list[tuple[int, datetime]] = []
    with reading(tables, folder=folder) as reader:
        people = _dated(reader, rule) if isinstance(rule, OnDate) else _zoned(reader)
        cache: dict[tuple[str | None, object], list[datetime]] = {}
        for customer_id, where, value in people:
            key = (where, value)
            if key not in cache:
                cache[key] = _moments(rule, value, where, company, after=after, until=until)
            found += [(customer_id, at) for at in cache[key]]
            if len(found) > MOST:
                raise InvalidInput(f"the calendar lets customers in more than {MOST:,} times: choose fewer days")
    return found


def _moments(
    rule: Rule, value: object, where: str | None, company: str, *, after: datetime, until: datetime
) -> list[datetime]:
    match rule:
        case OnDate():
            found: list[datetime] = []
            while at := calendar.date_moment(rule, value, zone_or(where, company), after=after, until=until):
                found.append(at)
                after = at
            return found
        case Recurring() | Once():
            own = zone_or(where if rule.own_zone else None, company)
            return calendar.occurrences(rule, own, after=after, until=until)


def _zoned(reader: Reader) -> Iterable[tuple[int, str | None, object]]:
    return reader.rows('SELECT id, zone, NULL FROM "customers" WHERE active')


def _dated(reader: Reader, rule: OnDate) -> Iterator[tuple[int, str | None, object]]:
    asked = 'SELECT id, zone, attributes, birth_date FROM "customers" WHERE active'
    for customer_id, where, attributes, born in reader.rows(asked):
        value = born if rule.attribute in {"birth_date", "birthday"} else None
        value = value or msgspec.json.decode(attributes or "{}").get(rule.attribute)
        if value is not None and calendar.day_of(value) is not None:
            yield customer_id, where, str(value)[:10]


def _in_audience(found: list[tuple[int, datetime]], slug: str, folder: Path) -> Iterator[tuple[int, datetime]]:
    """Those who were in the segment at their moment."""
    rules = segments.past_rules([slug])
    if rules is None or not found:
        return
    names = {read.table for read in rules.reads}
    rules = segments.with_cuts(rules, [found[0][1]], tables=TABLES, folder=folder)
    with reading([table for table in TABLES if table.name in names], folder=folder) as reader:
        met = segments.asked_of_past(rules, reader, found)
        yield from (one for one, (inside,) in zip(found, met, strict=True) if inside)


def _apart(found: Iterable[tuple[int, datetime]], apart: timedelta) -> Iterator[tuple[int, datetime]]:
    """One after the other, behind those who wait already."""
    free = datetime.min.replace(tzinfo=UTC)
    for customer_id, at in found:
        free = max(at, free)
        yield customer_id, free
        free += apart
