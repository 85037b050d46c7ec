"""Running customers moved to the current version of their journey, by an explicit choice."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.db import transaction

from tactful.journeys import queries, services, table
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.moving import Landing, moved
from tactful.journeys.domain.runs import Outcome, RunFacts, StepLeft, StepSeen
from tactful.journeys.models import Journey
from tactful.journeys.rows import to_facts
from tactful.kernel.errors import Conflict, NotFound
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("services.sql"))
_EDGE = "moved"


@transaction.atomic
def move_runs(slug: str, chosen: Mapping[str, str], *, now: datetime) -> int:
    """Puts every open run on the current version, as `queries.landings` shows it; gives how many.

    `chosen` says for steps by name where those who stand there go on (`moving.LEAVE`: nowhere).
    Raises NotFound, InvalidInput for a step that is not there, and Conflict where a step has no place yet.
    """
    journey = Journey.objects.select_for_update().filter(slug=slug).first()
    if journey is None:
        raise NotFound(f"There is no journey {slug!r}")
    shown = queries.landings(slug, chosen)
    homeless = sorted({one.step for found in shown.values() for one in found if one.target is None and one.runs})
    if homeless:
        raise Conflict(
            f"The new version has no step {', '.join(homeless)}: choose where those who stand there go on"
        )
    new = queries.version(slug, journey.version)
    places = {(number, one.step): one for number, found in shown.items() for one in found}
    runs = [to_facts(row) for row in table.rows(_SQL["take_behind"], journey=journey.pk, version=journey.version)]
    going = [run for run in runs if (run.version, run.step) in places]
    changed = [
        outcome
        for run in going
        if (outcome := _moved(run, places[run.version, run.step], new, version=journey.version, now=now))
    ]
    services.store(changed)
    table.run(_SQL["to_version"], runs=[run.id for run in going], version=journey.version)
    return len(going)


def _moved(run: RunFacts, landing: Landing, new: Definition, *, version: int, now: datetime) -> Outcome | None:
    """None where nothing but the version changes."""
    there = moved(run, landing, new, version=version, now=now)
    if landing.same or run.in_holdout:
        return None
    steps = () if there.ended_at else (StepSeen(there.step, now),)
    return Outcome(plan=None, run=there, left=StepLeft(now, _EDGE), steps=steps)
