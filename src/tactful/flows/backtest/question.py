"""What a backtest is asked, and the journey that it is asked about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path

from tactful.catalog.domain.orders import STATING
from tactful.flows.beginnings import TELLING
from tactful.journeys import queries as journeys
from tactful.journeys.domain.calendar import by_wall
from tactful.journeys.domain.definition import SEGMENT_EVENTS, Definition
from tactful.journeys.domain.matching import EventMatch
from tactful.journeys.domain.parsing import parse
from tactful.journeys.domain.steps import WaitForEvent
from tactful.journeys.scenarios import ready
from tactful.kernel.documents import read_file, read_yaml
from tactful.kernel.errors import InvalidInput, NotFound
from tactful.kernel.time import FIRST_YEAR, LAST_YEAR, parse_moment, zone

LONGEST = timedelta(days=3653)
_FILES = {".yaml", ".yml", ".json"}


class Standing(StrEnum):
    """How the journey under test stands to what it really sent in the past, if it ran."""

    INSTEAD = "instead"  # its own messages are left out of the past
    BESIDE = "beside"  # they count as pressure, as if this were another journey


@dataclass(frozen=True, slots=True)
class Asked:
    """A journey and a period; `until` is not part of it. `journey_id` is that of the saved journey of this slug."""

    definition: Definition
    since: datetime
    until: datetime
    journey_id: int | None = None
    standing: Standing = Standing.INSTEAD

    def check(self) -> None:
        """Raises InvalidInput for a period that cannot be."""
        if self.since.year < FIRST_YEAR or self.until.year > LAST_YEAR:
            raise InvalidInput(f"the period must lie between {FIRST_YEAR} and {LAST_YEAR}")
        if self.since >= self.until:
            raise InvalidInput("the period ends before it begins: give --from a day before --to")
        if self.until - self.since > LONGEST:
            raise InvalidInput("the period is longer than ten years: give a later --from")


def definition_of(named: str) -> tuple[Definition, int | None]:
    """The journey in a YAML or JSON file, or the saved one of this slug (`slug@3`: its version 3), and its id.

    A ready scenario that is not here yet is found by its slug too, without an id.

    Raises InvalidInput, NotFound.
    """
    path = Path(named)
    if path.suffix in _FILES:
        return _of_file(path)
    slug, _, number = named.partition("@")
    if not number and (found := _ready(slug)):
        return found, None
    summary = journeys.journey(slug).summary
    if number:
        if not number.isdecimal():
            raise InvalidInput(f"{number!r} is no number of a version: write {slug}@2")
        return journeys.version(slug, int(number)), summary.id
    if summary.definition is None:
        raise InvalidInput(f"the definition of {slug!r} cannot be read any more: save it anew")
    return summary.definition, summary.id


def moment_of(text: str, company: str) -> datetime:
    """A day (its first moment by the company's clock) or an ISO 8601 moment. Raises InvalidInput."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return parse_moment(text.strip())
    return by_wall(day, time(), zone(company))


def segments_heard(definition: Definition) -> set[str]:
    """Slugs of the segments whose entering and leaving the journey hears."""
    return {
        str(test.operand)
        for match in _matches(definition)
        if match.name in SEGMENT_EVENTS.values()
        for test in match.where
        if test.property == "segment" and test.operator == "is"
    }


def telling(definition: Definition) -> frozenset[str]:
    """The events that tell of the order or deal with which its runs begin, if they begin with one."""
    entry = definition.entry
    return TELLING.get("order" if entry.event.name in STATING else entry.about, frozenset())


def _ready(slug: str) -> Definition | None:
    if any(row.slug == slug for row in journeys.journeys()):
        return None
    return next((one.definition for one in ready() if one.slug == slug), None)


def _of_file(path: Path) -> tuple[Definition, int | None]:
    definition = parse(read_yaml(read_file(path)))
    try:
        return definition, journeys.journey(definition.slug).summary.id
    except NotFound:
        return definition, None


def _matches(definition: Definition) -> Iterator[EventMatch]:
    yield definition.entry.event
    yield from (rule.event for rule in definition.exit_events)
    yield from (step.event for step in definition.steps.values() if isinstance(step, WaitForEvent))
    if definition.goal:
        yield definition.goal.event
