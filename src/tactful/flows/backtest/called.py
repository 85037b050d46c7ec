"""Who was called in by something that the log does not have: the calendar, and segments before they were kept."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from tactful.flows.backtest import dated
from tactful.flows.backtest.question import Asked, segments_heard
from tactful.flows.tables import TABLES
from tactful.journeys.domain import calendar
from tactful.journeys.domain.calendar import Once, OnDate, Recurring, Rule
from tactful.journeys.domain.definition import PLANNED, SEGMENT_EVENTS
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import DAY, day_of, start_of_day, zone, zone_or
from tactful.lake.engine import Reader, reading
from tactful.segments import queries as segments_now
from tactful.segments import services as segments

MOST = 20_000_000
"""Entries by the calendar that a backtest takes on: a hundred bytes each."""


@dataclass(frozen=True, slots=True)
class Called:
    """A customer hears a name at a moment; of segments which one; of the calendar by which order or deal."""

    customer_id: int
    at: datetime
    name: str
    segment: str = ""
    key: str = ""


_Due = tuple[int, datetime, str]
"""Customer, moment, and key of the order or deal: tuples, for there may be millions."""


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
    found = sorted(_due(asked, entry.rule, company, folder), key=lambda one: (one[1], one[0], one[2]))
    if entry.segment:
        found = list(_in_audience(found, entry.segment, folder))
    if entry.per_hour:
        found = list(_apart(found, timedelta(hours=1) / entry.per_hour))
    return [Called(customer_id, at, PLANNED, key=key) for customer_id, at, key in found if at < asked.until]


def _midnights(since: datetime, until: datetime, company: str) -> Iterator[datetime]:
    where = zone(company)
    at = start_of_day(since, where)
    while (at := start_of_day(at + DAY + timedelta(hours=6), where)) < until:
        if at > since:
            yield at


def _due(asked: Asked, rule: Rule, company: str, folder: Path) -> list[_Due]:
    after, until = asked.since - timedelta(microseconds=1), asked.until
    named = {"customers", *(dated.TABLES_OF.get(rule.of, ()) if isinstance(rule, OnDate) else ())}
    found: list[_Due] = []
    with reading([table for table in TABLES if table.name in named], folder=folder) as reader:
        cache: dict[tuple[str | None, object], list[datetime]] = {}
        for one in _candidates(reader, rule, company, after=after, until=until):
            key = (one.zone, one.value)
            if key not in cache:
                cache[key] = _moments(rule, one.value, one.zone, company, after=after, until=until)
            found += [(one.customer_id, at, one.key) for at in cache[key] if one.stood(at)]
            if len(found) > MOST:
                raise InvalidInput(f"the calendar lets customers in more than {MOST:,} times: choose fewer days")
    return found


def _candidates(
    reader: Reader, rule: Rule, company: str, *, after: datetime, until: datetime
) -> Iterable[dated.Candidate]:
    match rule:
        case OnDate(of="customer"):
            return _dated(reader, rule)
        case OnDate():
            return dated.things(reader, rule, company, after=after, until=until)
        case _:
            return _zoned(reader)


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


def _zoned(reader: Reader) -> Iterable[dated.Candidate]:
    rows = reader.rows('SELECT id, zone FROM "customers" WHERE active')
    return (dated.Candidate(customer_id, where, None) for customer_id, where in rows)


def _dated(reader: Reader, rule: OnDate) -> Iterator[dated.Candidate]:
    asked = 'SELECT id, zone, attributes, birth_date FROM "customers" WHERE active'
    for customer_id, where, attributes, born in reader.rows(asked):
        value = born if rule.attribute in {"birth_date", "birthday"} else None
        value = value or msgspec.json.decode(attributes or "{}").get(rule.attribute)
        if value is not None and day_of(value) is not None:
            yield dated.Candidate(customer_id, where, str(value)[:10])


def _in_audience(found: Sequence[_Due], slug: str, folder: Path) -> Iterator[_Due]:
    """Those who were in the segment at their moment."""
    rules = segments.past_rules([slug])
    if rules is None or not found:
        return
    names = {read.table for read in rules.reads}
    rules = segments.with_cuts(rules, [found[0][1]], tables=TABLES, folder=folder)
    with reading([table for table in TABLES if table.name in names], folder=folder) as reader:
        # Two orders may be due at one moment: it is asked about once.
        subjects = list(dict.fromkeys(one[:2] for one in found))
        met = segments.asked_of_past(rules, reader, subjects)
        inside = {subject for subject, (answer,) in zip(subjects, met, strict=True) if answer}
        yield from (one for one in found if one[:2] in inside)


def _apart(found: Iterable[_Due], apart: timedelta) -> Iterator[_Due]:
    """One after the other, behind those who wait already."""
    free = datetime.min.replace(tzinfo=UTC)
    for customer_id, at, key in found:
        free = max(at, free)
        yield customer_id, free, key
        free += apart
