"""Journeys saved and switched, runs taken and stored. Set-based: a batch is a handful of statements."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from tactful.journeys import table
from tactful.journeys.domain.arranging import arranged
from tactful.journeys.domain.definition import ARRIVES, Definition, Goal
from tactful.journeys.domain.matching import key_in
from tactful.journeys.domain.parsing import parse
from tactful.journeys.domain.runs import Outcome, Plans, RunFacts, Stimulus
from tactful.journeys.models import Journey, JourneyVersion, Run
from tactful.journeys.rows import state_of, to_facts
from tactful.journeys.scenarios import STARTERS, scenario
from tactful.kernel.errors import Conflict, InvalidInput, NotFound
from tactful.kernel.naming import check_new
from tactful.kernel.sql import grouped, statements
from tactful.kernel.texts import counted, noun

_SQL = statements(Path(__file__).with_suffix(".sql"))
_BLOCK = 200
ERASED = "exited:erased"


@dataclass(frozen=True, slots=True)
class Saved:
    """A journey after saving; `changed` is False when it was the same as before."""

    journey_id: int
    slug: str
    version: int
    changed: bool


@transaction.atomic
def save(data: object, *, now: datetime) -> Saved:
    """Keeps a definition (JSON or YAML data) as the next version of the journey with its slug.

    A new journey is a draft. Runs under way finish on their version. Raises InvalidInput with the path.
    """
    definition = parse(data)
    # Dates that a YAML reader made become text, as the definition had them.
    source = json.loads(json.dumps(data, default=str))
    journey = Journey.objects.select_for_update().filter(slug=definition.slug).first()
    if journey is None:
        check_new(definition.slug, definition.name, kind="journey")
        journey = Journey.objects.create(slug=definition.slug, name=definition.name, created_at=now, updated_at=now)
    else:
        current = JourneyVersion.objects.get(journey=journey, number=journey.version)
        if current.definition == source:
            return Saved(journey.pk, journey.slug, journey.version, changed=False)
        if journey.status == "active":
            refuse_unsendable(definition)
        journey.version += 1
        journey.name, journey.updated_at = definition.name, now
        journey.save(update_fields=["name", "version", "updated_at"])
    JourneyVersion.objects.create(journey=journey, number=journey.version, definition=source, created_at=now)
    return Saved(journey.pk, journey.slug, journey.version, changed=True)


def arrange(slug: str, places: object) -> None:
    """Keeps where the steps of a journey stand on the canvas, whatever its version; `{}`: as they are laid out.

    Raises InvalidInput for what is no place, NotFound for an unknown journey.
    """
    if not Journey.objects.filter(slug=slug).update(places=arranged(places)):
        raise NotFound(f"There is no journey {slug!r}")


def install_ready(slugs: Sequence[str] = STARTERS, *, now: datetime) -> list[str]:
    """Saves those ready journeys that are not here yet, as drafts; gives their slugs. What was edited stays.

    Raises NotFound for a name that none of them has.
    """
    wanted = [scenario(slug) for slug in slugs]
    present = set(Journey.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    return [save(one.data, now=now).slug for one in wanted if one.slug not in present]


@transaction.atomic
def bring_back(slug: str, *, now: datetime) -> None:
    """Makes an archived journey a draft again. Raises NotFound, and Conflict when it is not archived."""
    journey = _switch(slug, "draft", now=now, allowed={"archived"})
    journey.planned_until = journey.paused_at = journey.met = None
    journey.save(update_fields=["planned_until", "paused_at", "met"])


@transaction.atomic
def remove(slug: str, *, now: datetime) -> bool:
    """Takes a journey away: deletes it where nobody ever entered (True), else archives it (False).

    Raises NotFound, and Conflict with their number while customers are on the way.
    """
    journey = Journey.objects.select_for_update().filter(slug=slug).first()
    if journey is None:
        raise NotFound(f"There is no journey {slug!r}")
    runs = Run.objects.filter(journey_id=journey.pk)
    still_open = runs.filter(ended_at__isnull=True)
    if still_open.exists():
        underway = still_open.filter(in_holdout=False).count()
        watched = _left_alone(still_open.count() - underway)
        raise Conflict(
            f"{counted(underway, 'customer')} {noun(underway, 'is', 'are')} on the way in {slug!r}{watched}:"
            " pause it and wait until nobody is, "
            "or archive it, which ends their way"
        )
    if runs.exists():
        archive(slug, now=now)
        return False
    table.run(_SQL["forget_entries"], journey=journey.pk)
    journey.versions.all().delete()
    journey.delete()
    return True


def _left_alone(count: int) -> str:
    return f", and {count} left alone for comparison are watched" if count else ""


@transaction.atomic
def activate(slug: str, *, now: datetime) -> None:
    """Lets customers in, and lets due runs act. Raises NotFound, Conflict when it is archived, InvalidInput when it
    sends by a channel that is not here yet.

    The calendar counts from now on; what it had planned before a pause is put off by as long as that took.
    """
    journey = _switch(slug, "active", now=now, allowed={"draft", "paused", "active"})
    refuse_unsendable(parse(journey.versions.get(number=journey.version).definition))
    if journey.paused_at:
        table.run(_SQL["put_off_entries"], journey=journey.pk, by=now - journey.paused_at)
    journey.planned_until = journey.planned_until or now
    journey.paused_at = None
    journey.save(update_fields=["planned_until", "paused_at"])


def refuse_unsendable(definition: Definition) -> None:
    """Raises InvalidInput where a message is to go by a channel that nothing can be sent by yet."""
    for name, channel in definition.not_sendable.items():
        raise InvalidInput(f"steps.{name}: {channel.upper()} {ARRIVES}")


@transaction.atomic
def pause(slug: str, *, now: datetime) -> None:
    """Nobody enters and nothing acts until it is activated again; exit rules still let customers go."""
    journey = _switch(slug, "paused", now=now, allowed={"active", "paused"})
    if journey.paused_at is None:
        journey.paused_at = now
        journey.save(update_fields=["paused_at"])


@transaction.atomic
def archive(slug: str, *, now: datetime) -> int:
    """Ends the journey for good, and its open runs with it. Raises NotFound.

    Gives the number of those who were on the way: who is left alone for comparison waited for nothing.
    """
    journey = _switch(slug, "archived", now=now, allowed={"draft", "active", "paused", "archived"})
    table.run(_SQL["forget_entries"], journey=journey.pk)
    ended = table.rows(_SQL["end_open_runs"], journey=journey.pk, now=now)
    table.run(_SQL["leave_by_exit"], runs=[run_id for run_id, _ in ended])
    return sum(not in_holdout for _, in_holdout in ended)


@transaction.atomic
def forget(customer_ids: Collection[int], *, now: datetime) -> int:
    """Ends the runs of erased customers and forgets what was planned for them; gives how many ended."""
    ended = [
        row[0] for row in table.rows(_SQL["end_runs_of"], customers=list(customer_ids), now=now, outcome=ERASED)
    ]
    table.run(_SQL["leave_by_exit"], runs=ended)
    table.run(_SQL["forget_plans"], customers=list(customer_ids))
    return len(ended)


def take_due(now: datetime, *, limit: int = 1000) -> list[RunFacts]:
    """Runs of active journeys whose moment has come, locked until the transaction ends; earliest first."""
    return [to_facts(row) for row in table.rows(_SQL["take_due"], now=now, limit=limit)]


@transaction.atomic
def fail_next(*, reason: str, now: datetime) -> int | None:
    """Ends the run that is due first, which could not be moved; gives its id."""
    due = take_due(now, limit=1)
    if not due:
        return None
    ended = [row[0] for row in table.rows(_SQL["fail_run"], run=due[0].id, now=now, outcome=f"failed:{reason}")]
    table.run(_SQL["leave_by_exit"], runs=ended)
    return due[0].id


def take_open(customer_ids: Collection[int]) -> list[RunFacts]:
    """The open runs of these customers, locked until the transaction ends."""
    if not customer_ids:
        return []
    return [to_facts(row) for row in table.rows(_SQL["take_open"], customers=sorted(customer_ids))]


def fresh_ids() -> Iterator[int]:
    """Ids for new runs, fetched as they are needed; those not used are gaps."""
    while True:
        yield from [row[0] for row in table.rows(_SQL["fresh_ids"], count=_BLOCK)]


@transaction.atomic
def store(outcomes: Sequence[Outcome]) -> None:
    """Keeps what the machine gave. Raises ValueError when a run still stands before a decision.

    Endings are written before beginnings, so that one batch may end a run and begin the next in its place.
    """
    before = [outcome for outcome in outcomes if not outcome.started]
    if before:
        _update([outcome.run for outcome in before])
        _leave([outcome for outcome in before if outcome.left])
    table.copy(_SQL["insert_runs"], (_as_row(outcome.run) for outcome in outcomes if outcome.started))
    table.copy(
        _SQL["insert_steps"],
        (
            (outcome.run.id, outcome.run.journey_id, seen.step, seen.came_at, seen.left_at, seen.edge)
            for outcome in outcomes
            for seen in outcome.steps
        ),
    )


def reach_goals(plans: Plans, stimuli: Iterable[Stimulus]) -> int:
    """Marks the runs whose goal these events are, ended ones too; gives their number. Call it after `store`."""
    hits = [
        (plan.journey_id, plan.version, stimulus, goal.within, _whose(goal, plan.definition.key, stimulus))
        for stimulus in stimuli
        for plan in plans.values()
        if plan and (goal := plan.definition.goal) and goal.event.fits(stimulus.name, stimulus.properties)
    ]
    if not hits:
        return 0
    return table.run(
        _SQL["reach_goals"],
        journey_id=[journey_id for journey_id, *_ in hits],
        version=[version for _, version, *_ in hits],
        customer_id=[stimulus.customer_id for _, _, stimulus, *_ in hits],
        at=[stimulus.at for _, _, stimulus, *_ in hits],
        within=[within for *_, within, _ in hits],
        key=[key for *_, key in hits],
    )


@transaction.atomic
def move_customers(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Runs follow merged customers (from, into). Of two open runs in one place the later one ends.

    Returns the moved runs' ids by the customer they came from, for `give_back`.
    """
    if not pairs:
        return {}
    old, new = [list(ids) for ids in zip(*pairs, strict=True)]
    table.run(_SQL["move_entries"], old=old, new=new)
    ended = [row[0] for row in table.rows(_SQL["end_twins"], old=old, new=new, both=old + new)]
    table.run(_SQL["leave_by_exit"], runs=ended)
    return grouped(table.rows(_SQL["move_runs"], old=old, new=new))


def give_back(run_ids: Sequence[int], *, from_id: int, into_id: int) -> None:
    """Return runs to the customer they had before a merge that is undone. What the merge ended stays ended."""
    table.run(_SQL["return_runs"], runs=list(run_ids), from_id=from_id, into_id=into_id)


def _whose(goal: Goal, kind: str, stimulus: Stimulus) -> str | None:
    """The thing of which the run must be where the goal is about its own thing; None where any run will do."""
    return key_in(stimulus.properties, kind) if goal.event.same_key else None


def _switch(slug: str, status: str, *, now: datetime, allowed: Collection[str]) -> Journey:
    journey = Journey.objects.select_for_update().filter(slug=slug).first()
    if journey is None:
        raise NotFound(f"There is no journey {slug!r}")
    if journey.status not in allowed:
        raise Conflict(f"The journey {slug!r} is {journey.status} and cannot become {status}")
    if journey.status != status:
        journey.status, journey.updated_at = status, now
        journey.save(update_fields=["status", "updated_at"])
    return journey


def _update(runs: Sequence[RunFacts]) -> None:
    table.run(
        _SQL["update_runs"],
        id=[run.id for run in runs],
        step=[run.step for run in runs],
        state=[state_of(run) for run in runs],
        due_at=[run.due_at for run in runs],
        waits_for=[run.waits_for for run in runs],
        ended_at=[run.ended_at for run in runs],
        outcome=[run.outcome for run in runs],
    )


def _leave(outcomes: Sequence[Outcome]) -> None:
    left = [(outcome.run.id, outcome.left) for outcome in outcomes if outcome.left]
    if left:
        table.run(
            _SQL["leave_steps"],
            run_id=[run_id for run_id, _ in left],
            left_at=[step.left_at for _, step in left],
            edge=[step.edge for _, step in left],
        )


def _as_row(run: RunFacts) -> tuple[object, ...]:
    return (
        run.id,
        run.journey_id,
        run.version,
        run.customer_id,
        run.key,
        run.step,
        state_of(run),
        run.started_at,
        run.due_at,
        run.waits_for,
        run.ended_at,
        run.outcome,
        run.in_holdout,
        run.lap,
    )


def wake(customer_ids: Collection[int], *, now: datetime) -> int:
    """Runs of these customers whose message is held are decided again now; gives how many."""
    return table.run(_SQL["wake"], customers=list(customer_ids), now=now)
