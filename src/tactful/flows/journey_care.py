"""Journeys as people keep them: what lint says of each, with all that the house knows."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.utils.html import strip_tags

from tactful.consent import queries as consent
from tactful.content import queries as content
from tactful.content.domain.values import Version
from tactful.decisions import queries as decisions
from tactful.events import queries as events
from tactful.flows import things
from tactful.journeys import queries as journeys
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.findings import Facts, Finding, Standing, Text
from tactful.journeys.domain.lint import lint, unreadable
from tactful.journeys.domain.lint_ways import segments_named
from tactful.journeys.domain.parsing import parse
from tactful.journeys.queries import Summary
from tactful.kernel.errors import InvalidInput
from tactful.segments import queries as segments
from tactful.team import queries as team

_AT_WORK = frozenset({"active", "paused"})
_ARCHIVED = "archived"
_LATELY = timedelta(days=30)


def findings(rows: Sequence[Summary] | None = None, *, now: datetime) -> dict[str, list[Finding]]:
    """What lint says of each journey that is not archived, by slug. `rows`: all journeys, where they are known."""
    kept = [row for row in (journeys.journeys() if rows is None else rows) if row.status != _ARCHIVED]
    house = _House([row.definition for row in kept if row.definition], kept, now=now)
    return {row.slug: _of(row, house) for row in kept}


def of_journey(slug: str, *, now: datetime) -> list[Finding]:
    """What lint says of one journey. Raises NotFound."""
    wanted = journeys.journey(slug).summary
    kept = [row for row in journeys.journeys() if row.status != _ARCHIVED]
    return _of(wanted, _House([wanted.definition] if wanted.definition else [], kept, now=now))


def of_definition(data: object, *, now: datetime) -> list[Finding]:
    """What lint says of a definition that is not kept, or not kept so."""
    try:
        return of_parsed(parse(data), now=now)
    except InvalidInput as fault:
        return [unreadable(fault.message)]


def of_parsed(definition: Definition, *, now: datetime) -> list[Finding]:
    """What lint says of a definition, whether it is kept so or not."""
    kept = [row for row in journeys.journeys() if row.status != _ARCHIVED]
    house = _House([definition], kept, now=now)
    return lint(definition, house.facts(definition, standing=None))


def _of(row: Summary, house: "_House") -> list[Finding]:
    if row.definition is None:
        return [unreadable(f"{row.slug} cannot be read any more")]
    return lint(row.definition, house.facts(row.definition, standing=house.standing(row)))


class _House:
    """What is asked once for all journeys that are judged together."""

    def __init__(self, judged: Sequence[Definition], kept: Sequence[Summary], *, now: datetime) -> None:
        self._now = now
        self._at_work = [row.definition for row in kept if row.status in _AT_WORK and row.definition]
        self._segments = _segments({slug for each in judged for _, slug in segments_named(each)}, now)
        self._events = frozenset(row.name for row in events.catalogue(now=now))
        self._topics = frozenset(row.slug for row in consent.topics())
        self._retired = consent.retired_topics()
        self._texts = _texts({slug for each in judged for slug in each.templates})
        self._colleagues = frozenset(user.email for user in team.users() if user.is_active)
        self._dates = things.told({each.entry.told for each in judged} - {""})
        self._last = journeys.last_entries()

    def facts(self, definition: Definition, *, standing: Standing | None) -> Facts:
        at_work = [other for other in self._at_work if other.slug != definition.slug]
        return Facts(
            now=self._now,
            segments=self._segments,
            events=self._events,
            topics=self._topics,
            retired=self._retired,
            texts=self._texts,
            colleagues=self._colleagues,
            dates=self._dates,
            others=at_work,
            activation=sum(other.category == "activation" for other in [*at_work, definition]),
            standing=standing,
        )

    def standing(self, row: Summary) -> Standing:
        if row.status != "active":
            return Standing(active=False, since=row.updated_at)
        people = decisions.people(since=self._now - _LATELY, until=self._now, journey_id=row.id)
        dropped: Counter[str] = Counter()
        for (verdict, reason), count in people.items():
            dropped.update({reason: count} if verdict == "drop" else {})
        return Standing(
            active=True,
            since=row.updated_at,
            last_entry=self._last.get(row.id),
            judged=sum(people.values()),
            dropped=dropped,
        )


def _segments(named: set[str], now: datetime) -> dict[str, bool]:
    """All segments in use; whether anybody was ever in them matters only for those that are named. One that has
    not been counted yet is given the benefit of the doubt."""
    rows = segments.segments()
    asked = [row for row in rows if row.slug in named]
    sizes = segments.sizes([row.id for row in asked])
    courses = segments.trends([row for row in asked if not sizes.get(row.id)], now=now)
    filled = {row.slug: _filled(sizes.get(row.id, 0), courses.get(row.id, {}).values()) for row in asked}
    return {row.slug: filled.get(row.slug, True) or row.counted_at is None for row in rows}


def _filled(size: int, course: Iterable[int]) -> bool:
    return size > 0 or any(course)


def _texts(slugs: set[str]) -> dict[str, Text]:
    going = content.latest_numbers(slugs)
    versions = {slug: found for (slug, _), found in content.versions(list(going.items())).items()}
    # One that nobody has read yet does not go out, but it is there.
    versions |= {slug: content.latest(slug) for slug in content.unapproved(slugs - going.keys())}
    gone = {row.slug for row in content.templates(archived=True)}
    return {slug: Text(_words(found), archived=slug in gone) for slug, found in versions.items()}


def _words(version: Version) -> str:
    """All that a customer may read in it."""
    return f"{version.subject} {version.preheader} {version.text or strip_tags(version.html)}"
