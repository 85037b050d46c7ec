"""Runs, events and time in; moved runs and wishes out. Pure: whatever it needs to know is an argument.

How an engine uses it, once per batch:

1. `possible_entries` says which past runs matter for the re-entry rules; `needs` which conditions, for whom, at
   which moments, and what else of whom. Each is answered by one query or evaluation.
2. `advance` hears the stimuli in order, then lets time pass for the runs that are due.
3. While an outcome has a `want`, decide, and give the verdict to `after_decision`.
4. Store the outcomes. Tasks and messages are theirs to create in the same transaction.

The order in which events arrived is the order that counts. A batch may be cut anywhere between two
stimuli with the same result, except that what an exit rule forbids is not done if the batch has not done it yet.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from tactful.journeys.domain.definition import PLANNED, Definition
from tactful.journeys.domain.matching import key_in
from tactful.journeys.domain.runs import (
    Batch,
    Known,
    Needs,
    Outcome,
    Past,
    PastRun,
    Phase,
    Plan,
    Plans,
    RunFacts,
    StepLeft,
    Stimulus,
)
from tactful.journeys.domain.walk import Walk
from tactful.kernel.randomness import share_of


def possible_entries(batch: Batch) -> set[tuple[int, int]]:
    """(journey_id, customer_id) pairs whose past runs decide whether a run may start."""
    doors = _doors(batch.plans)
    return {
        (plan.journey_id, stimulus.customer_id)
        for stimulus in batch.stimuli
        for plan in doors.get(stimulus.name, ())
        if _knocks(plan, stimulus)
    }


def needs(batch: Batch) -> Needs:
    """Whatever the batch may ask for; a little more than it will."""
    asked = _Asked()
    for run in batch.runs:
        plan = batch.plans.get((run.journey_id, run.version))
        if plan and not run.in_holdout:
            asked.by_run(run, plan, batch)
    doors = _doors(batch.plans)
    for stimulus in batch.stimuli:
        for plan in doors.get(stimulus.name, ()):
            if _knocks(plan, stimulus):
                asked.at_the_door(plan, stimulus)
        asked.on_hearing(stimulus)
    return asked.needs()


class _Asked:
    """Collects what the runs of a batch may ask for."""

    def __init__(self) -> None:
        self._conditions: set[tuple[str, int, datetime]] = set()
        self._events: set[int] = set()
        self._inside: dict[int, dict[tuple[int, int], Plan]] = defaultdict(dict)

    def by_run(self, run: RunFacts, plan: Plan, batch: Batch) -> None:
        self._inside[run.customer_id][run.journey_id, run.version] = plan
        if plan.definition.looks_at_events:
            self._events |= {event_id for event_id in (run.event_id, run.heard_id) if event_id is not None}
        if run.id in batch.due:
            self._conditions |= _on_the_way(plan, run.customer_id, batch.now)

    def at_the_door(self, plan: Plan, stimulus: Stimulus) -> None:
        if plan.definition.entry.condition:
            self._conditions.add((plan.definition.entry.condition.key, stimulus.customer_id, stimulus.moment))
        self._inside[stimulus.customer_id][plan.journey_id, plan.version] = plan

    def on_hearing(self, stimulus: Stimulus) -> None:
        for plan in self._inside.get(stimulus.customer_id, {}).values():
            if stimulus.name in plan.definition.event_names:
                self._conditions |= _on_the_way(plan, stimulus.customer_id, stimulus.moment)
                if plan.definition.looks_at_events and stimulus.event_id is not None:
                    self._events.add(stimulus.event_id)

    def needs(self) -> Needs:
        people = {
            customer_id
            for customer_id, plans in self._inside.items()
            if any(plan.definition.looks_at_people for plan in plans.values())
        }
        return Needs(self._conditions, people, self._events)


def advance(batch: Batch, *, past: Past, known: Known, ids: Iterator[int]) -> list[Outcome]:
    """Every run that started or changed; `ids` gives ids for new runs.

    A run whose definition cannot be read any more ends as failed. One whose version is not among the plans
    (somebody has saved it this moment) is left to the next batch.
    """
    table = _Table(batch.plans, past=past, known=known, ids=ids)
    lost = [run for run in batch.runs if not table.take(run)]
    for stimulus in batch.stimuli:
        table.hear(stimulus)
    table.tick(batch.due, batch.now)
    return [*table.outcomes(), *(_failed(run, batch.now) for run in lost)]


def after_decision(outcome: Outcome, *, verdict: str, known: Known, hold_until: datetime | None = None) -> Outcome:
    """The run after its message was decided: `send`, `hold` (with its end) or `drop`. It may want the next."""
    if outcome.plan is None or outcome.want is None:
        raise ValueError(f"run {outcome.run.id} waits for no decision")
    walk = Walk(outcome, outcome.plan, known)
    walk.decided(verdict, hold_until, outcome.want)
    return walk.outcome()


class _Table:
    """The runs of a batch by customer, and the rules of who may enter."""

    def __init__(self, plans: Plans, *, past: Past, known: Known, ids: Iterator[int]) -> None:
        self._plans = plans
        self._doors = _doors(plans)
        self._past = dict(past)
        self._known = known
        self._ids = ids
        self._walks: dict[int, Walk] = {}
        self._of_customer: dict[int, list[Walk]] = defaultdict(list)

    def take(self, run: RunFacts) -> bool:
        """False when the definition of the run is lost."""
        place = (run.journey_id, run.version)
        plan = self._plans.get(place)
        if plan and run.id not in self._walks:
            self._add(Walk(Outcome(plan=plan, run=run), plan, self._known))
        return plan is not None or place not in self._plans

    def hear(self, stimulus: Stimulus) -> None:
        for walk in self._of_customer.get(stimulus.customer_id, ()):
            if walk.open and walk.listens_to(stimulus.name):
                walk.hear(stimulus)
                self._remember(walk)
        for plan in self._doors.get(stimulus.name, ()):
            if _knocks(plan, stimulus) and self._may_enter(plan, stimulus):
                walk = Walk.begin(_new_run(plan, stimulus, next(self._ids)), plan, self._known)
                self._add(walk)
                self._remember(walk)

    def tick(self, due: Collection[int], now: datetime) -> None:
        for run_id in due:
            if run_id in self._walks and self._walks[run_id].open:
                self._walks[run_id].tick(now)

    def outcomes(self) -> list[Outcome]:
        return [walk.outcome() for walk in self._walks.values() if walk.changed]

    def _add(self, walk: Walk) -> None:
        self._walks[walk.run.id] = walk
        self._of_customer[walk.run.customer_id].append(walk)

    def _remember(self, walk: Walk) -> None:
        if walk.run.ended_at is not None:
            self._past[_place(walk.run)] = PastRun(walk.run.ended_at)

    def _may_enter(self, plan: Plan, stimulus: Stimulus) -> bool:
        definition = plan.definition
        place = (plan.journey_id, stimulus.customer_id, _key_of(definition, stimulus))
        walks = self._of_customer.get(stimulus.customer_id, ())
        if definition.reentry.rule != "any_time" and any(walk.open and _place(walk.run) == place for walk in walks):
            return False
        if not _may_return(definition, self._past.get(place), stimulus.moment):
            return False
        condition = definition.entry.condition
        return condition is None or self._known.answers[condition.key, stimulus.customer_id, stimulus.moment]


def _doors(plans: Plans) -> dict[str, list[Plan]]:
    doors: dict[str, list[Plan]] = defaultdict(list)
    for plan in plans.values():
        if plan and plan.enters:
            doors[plan.definition.entry.event.name].append(plan)
    return doors


def _knocks(plan: Plan, stimulus: Stimulus) -> bool:
    """The event itself would start a run; conditions and the re-entry rule are not asked yet."""
    definition = plan.definition
    if not stimulus.may_start or not definition.entry.event.fits(stimulus.name, stimulus.properties):
        return False
    return definition.key == "customer" or key_in(stimulus.properties, definition.key) != ""


def _may_return(definition: Definition, last: PastRun | None, moment: datetime) -> bool:
    if last is None:
        return True
    match definition.reentry.rule:
        case "never":
            return False
        case "after_days":
            return last.ended_at + timedelta(days=definition.reentry.days) <= moment
        case _:
            return True


def _new_run(plan: Plan, stimulus: Stimulus, run_id: int) -> RunFacts:
    definition, moment = plan.definition, stimulus.moment
    held_out = definition.holdout > 0 and (
        share_of(f"journey:{definition.slug}", stimulus.customer_id) < definition.holdout
    )
    until = moment + definition.goal.within if held_out and definition.goal else None
    return RunFacts(
        id=run_id,
        journey_id=plan.journey_id,
        version=plan.version,
        customer_id=stimulus.customer_id,
        key=_key_of(definition, stimulus),
        step=definition.start,
        phase=Phase.HOLDOUT if held_out else Phase.WAITING,
        came_at=moment,
        arrivals=1,
        started_at=moment,
        event_id=stimulus.event_id,
        due_at=until,
        in_holdout=held_out,
        lap=_lap(definition, stimulus),
    )


def _lap(definition: Definition, stimulus: Stimulus) -> int:
    """Nothing but 0 where a second run has to wait for the first to end."""
    if definition.reentry.rule != "any_time":
        return 0
    # One order may begin a run every year: those are told apart by their moments.
    by_event = stimulus.event_id if stimulus.name != PLANNED else None
    return by_event or int(stimulus.moment.timestamp())


def _key_of(definition: Definition, stimulus: Stimulus) -> str:
    return key_in(stimulus.properties, definition.key)


def _place(run: RunFacts) -> tuple[int, int, str]:
    return (run.journey_id, run.customer_id, run.key)


def _on_the_way(plan: Plan, customer_id: int, moment: datetime) -> set[tuple[str, int, datetime]]:
    return {(condition.key, customer_id, moment) for condition in plan.definition.conditions_on_the_way}


def _failed(run: RunFacts, now: datetime) -> Outcome:
    ended = replace(run, phase=Phase.ENDED, ended_at=now, outcome="failed:definition", due_at=None, waits_for=None)
    return Outcome(plan=None, run=ended, left=None if run.in_holdout else StepLeft(now, "failed"))
