"""Journeys and their runs, read as plain values."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from tactful.journeys import table
from tactful.journeys.domain import moving
from tactful.journeys.domain.arranging import Spot
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.moving import Landing
from tactful.journeys.domain.parsing import parse
from tactful.journeys.domain.runs import Past, PastRun, Plan, Plans
from tactful.journeys.domain.standing import Errand
from tactful.journeys.models import Journey
from tactful.journeys.rows import to_facts
from tactful.kernel.errors import InvalidInput, NotFound
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_suffix(".sql"))
# Definitions by the digest of their text, read once per process. None: it cannot be read any more.
_definitions: dict[str, Definition | None] = {}

GROUPS = frozenset({"entered", "active", "goal", "ended", "left_early", "in_holdout"})


@dataclass(frozen=True, slots=True)
class Listening:
    """What can move a run: `events` by name, and the `segments` whose changes start one."""

    events: frozenset[str]
    segments: frozenset[str]


@dataclass(frozen=True, slots=True)
class Counts:
    """Runs of a journey. The holdout is counted by itself: all others are without it."""

    entered: int
    active: int
    goal: int
    ended: int
    in_holdout: int
    left_early: int
    goal_in_holdout: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A journey in its current version; `definition` is None when it cannot be read any more.

    `read_until`: up to when its calendar has been read. `met`: how many the moment of a broadcast has met.
    """

    id: int
    slug: str
    name: str
    status: str
    version: int
    created_at: datetime
    updated_at: datetime
    source: dict[str, Any]
    definition: Definition | None
    counts: Counts
    read_until: datetime | None = None
    met: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A journey by name, without the counting of its runs."""

    id: int
    slug: str
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class StepCount:
    """Runs that came to a step, that stand there, and that left it by each edge."""

    came: int
    here: int
    edges: dict[str, int]


@dataclass(frozen=True, slots=True)
class Detail:
    """A journey with the counts of each step, over all versions."""

    summary: Summary
    steps: dict[str, StepCount]
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True)
class CustomerRun:
    """One run as the customer's card shows it."""

    id: int
    journey_id: int
    journey: str
    journey_name: str
    version: int
    key: str
    step: str
    phase: str
    started_at: datetime
    due_at: datetime | None
    waits_for: str | None
    ended_at: datetime | None
    outcome: str | None
    goal_at: datetime | None
    in_holdout: bool


@dataclass(frozen=True, slots=True)
class Behind:
    """One customer behind a count. `cursor` of the last row is the `before` of the next page."""

    cursor: int
    customer_id: int
    run_id: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version with its runs, the holdout not counted; `definition` is None when it cannot be read any more.

    `entered`: by this version; `moved_on` of them went to a later one. `moved_here` entered by an earlier one.
    """

    number: int
    saved_at: datetime
    definition: Definition | None
    entered: int
    moved_on: int
    moved_here: int
    active: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Customers whom the calendar will let in, and when the first and the last of them."""

    count: int
    first: datetime
    last: datetime


def places(slug: str) -> dict[str, Spot]:
    """Where somebody put steps on the canvas, by step; those of other versions among them."""
    found: dict[str, Spot] | None = Journey.objects.filter(slug=slug).values_list("places", flat=True).first()
    return found or {}


def plans() -> Plans:
    """Every version of every journey, with what it may do now. One small query once the definitions are known."""
    versions = table.rows(_SQL["versions"])
    unknown = {digest for *_, digest in versions} - _definitions.keys()
    if unknown:
        for digest, text in table.rows(_SQL["definitions"], digests=list(unknown)):
            _definitions[digest] = _read(text)
    found: dict[tuple[int, int], Plan | None] = {}
    for journey_id, number, status, is_current, digest in versions:
        definition, active = _definitions[digest], status == "active"
        found[journey_id, number] = (
            Plan(journey_id, number, definition, enters=active and is_current, acts=active) if definition else None
        )
    return found


def behind_messages(asked: Collection[tuple[int, str]]) -> dict[tuple[int, str], Errand]:
    """What stands behind messages, by run and step; those whose definition cannot be read any more are absent."""
    if not asked:
        return {}
    runs, steps = zip(*sorted(set(asked)), strict=True)
    known = plans()
    found: dict[tuple[int, str], Errand] = {}
    for *row, status, step, came_at in table.rows(_SQL["behind_messages"], runs=list(runs), steps=list(steps)):
        run = to_facts(tuple(row))
        if plan := known.get((run.journey_id, run.version)):
            found[run.id, step] = Errand(run, plan.definition, status, step, came_at)
    return found


def listening_of(known: Plans) -> Listening:
    """Names of events and slugs of segments that matter to a journey, or to an unfinished run of an old version."""
    some = [plan for plan in known.values() if plan]
    return Listening(
        events=frozenset().union(*(plan.definition.event_names for plan in some)),
        segments=frozenset(plan.definition.entry.segment for plan in some if plan.definition.entry.segment),
    )


def past_runs(pairs: Iterable[tuple[int, int]]) -> Past:
    """The last ended run of each (journey_id, customer_id) and key."""
    listed = sorted(set(pairs))
    if not listed:
        return {}
    journeys, customers = zip(*listed, strict=True)
    rows = table.rows(_SQL["past_runs"], journeys=list(journeys), customers=list(customers))
    return {(journey, customer, key): PastRun(ended_at) for journey, customer, key, ended_at in rows}


def names() -> list[Named]:
    """All journeys by name: cheap, for links and filters."""
    rows = Journey.objects.order_by("name", "id").values_list("id", "slug", "name", "status")
    return [Named(*row) for row in rows]


def journeys() -> list[Summary]:
    """All journeys by name, with the counts of their runs."""
    return [_summary(row) for row in table.rows(_SQL["summaries"], slug=None)]


def journey(slug: str) -> Detail:
    """One journey with the counts per step and edge. Raises NotFound."""
    rows = table.rows(_SQL["summaries"], slug=slug)
    if not rows:
        raise NotFound(f"There is no journey {slug!r}")
    summary = _summary(rows[0])
    edges: dict[str, dict[str | None, int]] = {}
    for step, edge, count in table.rows(_SQL["step_counts"], journey=summary.id):
        edges.setdefault(step, {})[edge] = count
    steps = {
        step: StepCount(
            came=sum(by_edge.values()),
            here=by_edge.get(None, 0),
            edges={edge: count for edge, count in by_edge.items() if edge is not None},
        )
        for step, by_edge in edges.items()
    }
    return Detail(summary, steps, dict(table.rows(_SQL["outcomes"], journey=summary.id)))


def version(slug: str, number: int) -> Definition:
    """A journey as it was saved at that number. Raises NotFound."""
    rows = table.rows(_SQL["one_version"], slug=slug, number=number)
    definition = _read(rows[0][0]) if rows else None
    if definition is None:
        raise NotFound(f"There is no readable version {number} of the journey {slug!r}")
    return definition


def entered_by(run_id: int) -> Definition | None:
    """The version of a journey by which a run entered; None where it is unknown or cannot be read any more."""
    rows = table.rows(_SQL["entered_by"], run=run_id)
    return _read(rows[0][0]) if rows else None


def versions(slug: str) -> list[VersionRow]:
    """Every version of a journey, the newest first; empty where there is no such journey."""
    return [
        VersionRow(number, saved_at, _read(text), *counts)
        for number, saved_at, text, *counts in table.rows(_SQL["version_list"], slug=slug)
    ]


def waiting(journey_ids: Collection[int]) -> dict[int, Waiting]:
    """Who waits to be let in, by journey; those for whom nobody waits are left out."""
    rows = table.rows(_SQL["waiting"], journeys=list(journey_ids))
    return {journey_id: Waiting(*rest) for journey_id, *rest in rows}


def landings(slug: str, chosen: Mapping[str, str]) -> dict[int, list[Landing]]:
    """Where the open runs of older versions would land on the current one, by version; empty where there are none.

    Versions that cannot be read any more are left out: their runs end by themselves. Raises NotFound, InvalidInput.
    """
    current = journey(slug).summary
    if current.definition is None:
        raise NotFound(f"The current version of the journey {slug!r} cannot be read")
    counts: dict[int, dict[str, int]] = {}
    for number, step, count in table.rows(_SQL["behind_versions"], slug=slug):
        counts.setdefault(number, {})[step] = count
    return {
        number: moving.landings(old, current.definition, by_step, chosen)
        for number, by_step in counts.items()
        if (old := _read(table.rows(_SQL["one_version"], slug=slug, number=number)[0][0]))
    }


def runs_of_customer(customer_id: int, *, limit: int = 50) -> list[CustomerRun]:
    """The latest runs of a customer."""
    return [CustomerRun(*row) for row in table.rows(_SQL["runs_of_customer"], customer=customer_id, limit=limit)]


CAME = "*"
"""Instead of an edge: whoever came to the step, wherever he is now."""


def customers_at(
    journey_id: int, step: str, *, edge: str | None = None, before: int | None = None, limit: int = 50
) -> list[Behind]:
    """Who stands at a step, or (with `edge`) who left it that way, or (`CAME`) whoever came to it; latest first.

    `before` is a cursor.
    """
    return [
        Behind(*row)
        for row in table.rows(
            _SQL["customers_at"], journey=journey_id, step=step, edge=edge, before=before, limit=limit
        )
    ]


def customers_in(journey_id: int, group: str, *, before: int | None = None, limit: int = 50) -> list[Behind]:
    """Who is behind a count of a journey (one of `GROUPS`); latest first. Raises InvalidInput."""
    if group not in GROUPS:
        raise InvalidInput(f"{group!r} is none of {', '.join(sorted(GROUPS))}")
    rows = table.rows(_SQL["customers_in"], journey=journey_id, group=group, before=before, limit=limit)
    return [Behind(*row) for row in rows]


def last_entries() -> dict[int, datetime]:
    """When somebody last entered each journey; those without any are left out."""
    return dict(table.rows(_SQL["last_entries"]))


def planned(until: datetime) -> list[tuple[date, str, int]]:
    """(UTC day, phase, runs): open runs by when the clock looks at them next. `held` ones are messages."""
    return [(day, phase, count) for day, phase, count in table.rows(_SQL["planned"], until=until)]


def _summary(row: tuple[Any, ...]) -> Summary:
    journey_id, slug, name, status, version, created_at, updated_at, read_until, met, source, *counts = row
    return Summary(
        id=journey_id,
        slug=slug,
        name=name,
        status=status,
        version=version,
        created_at=created_at,
        updated_at=updated_at,
        source=json.loads(source),
        definition=_read(source),
        counts=Counts(*counts),
        read_until=read_until,
        met=met,
    )


@lru_cache(maxsize=1024)
def _read(definition: str) -> Definition | None:
    try:
        return parse(json.loads(definition))
    except InvalidInput:
        return None
