"""Second half of a batch: segments that follow, journeys that move, and what they want of us."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime

from tactful.customers import queries as customers
from tactful.events import services as events
from tactful.events.domain.parse import Located, to_stored
from tactful.flows import acts, arms, beginnings, contact, things
from tactful.flows.settling import Settled
from tactful.flows.tables import TABLES
from tactful.flows.things import Standing
from tactful.journeys import planning
from tactful.journeys import queries as journeys_now
from tactful.journeys import services as journeys
from tactful.journeys.domain import machine
from tactful.journeys.domain.definition import PLANNED, SEGMENT_EVENTS, Definition
from tactful.journeys.domain.definition import planned as planned_by
from tactful.journeys.domain.runs import (
    Answers,
    Batch,
    Known,
    Needs,
    Outcome,
    Person,
    Plans,
    RunFacts,
    Stimulus,
)
from tactful.journeys.planning import Planned
from tactful.kernel.errors import TactfulError
from tactful.kernel.ids import key_of
from tactful.kernel.time import zone_or
from tactful.segments import services as segments
from tactful.segments.domain.tree import parse
from tactful.segments.services import Change
from tactful.team.queries import workspace

_ROUNDS = 20  # messages one run may want in one batch; a definition without waits cannot go on for ever


class EndlessJourney(TactfulError):
    """A journey wants message after message without a wait between them: put waits between its messages."""


def steer(settled: Settled, *, now: datetime, due: int) -> None:
    """Segments of the touched customers, then their journeys; with up to `due` customers and as many runs besides
    for which the time has come. Needs the transaction of the batch.
    """
    overdue = frozenset(segments.take_due(now=now, limit=due))
    changes = segments.refresh(settled.touched, created=settled.created | overdue, tables=TABLES, now=now)
    alive = settled.alive | (overdue - settled.touched.keys())
    entered = _record_changes(changes, alive=alive, now=now)
    _go_on((*settled.events, *entered), journeys.take_due(now, limit=due), planning.take(now, limit=due), now=now)


def steer_due(*, now: datetime, limit: int) -> int:
    """Enter and let leave segments those for whom only time has passed, and move the runs for which it has come.

    Returns how many customers and runs that were.
    """
    overdue = segments.take_due(now=now, limit=limit)
    changes = segments.refresh({}, created=overdue, tables=TABLES, now=now)
    entered = _record_changes(changes, alive=frozenset(overdue), now=now)
    runs = journeys.take_due(now, limit=limit)
    planned = planning.take(now, limit=limit)
    _go_on(entered, runs, planned, now=now)
    return len(overdue) + len(runs) + len(planned)


def move_due(*, now: datetime, limit: int) -> int:
    """Move the runs alone for which the time has come, the earliest first; returns how many."""
    runs = journeys.take_due(now, limit=limit)
    _go_on((), runs, (), now=now)
    return len(runs)


def _go_on(
    happened: Sequence[Located], due: Sequence[RunFacts], planned: Sequence[Planned], *, now: datetime
) -> None:
    """Let journeys hear what happened and whom the calendar lets in, then let time pass for the due runs."""
    plans = journeys_now.plans()
    listening = journeys_now.listening_of(plans)
    stimuli = [
        _stimulus(event) for event in happened if event.name in listening.events and event.customer_id is not None
    ]
    stimuli += _by_calendar(planned, plans, now=now)
    if not stimuli and not due:
        return
    hearing = journeys.take_open({stimulus.customer_id for stimulus in stimuli})
    ids = frozenset(run.id for run in due)
    _move(Batch(plans=plans, runs=[*hearing, *due], stimuli=stimuli, due=ids, now=now))
    journeys.reach_goals(plans, stimuli)


def _record_changes(changes: Sequence[Change], *, alive: frozenset[int], now: datetime) -> list[Located]:
    """Entering and leaving a segment are events as any other.

    Changes of customers who are not `alive` in this batch follow from imported history: they start nothing.
    """
    ids = events.new_ids(len(changes)) if changes else []
    found = [
        _change_event(change, event_id, historical=change.customer_id not in alive, now=now)
        for change, event_id in zip(changes, ids, strict=True)
    ]
    events.store([to_stored(event) for event in found])
    return found


def _move(batch: Batch) -> None:
    """Ask at once for all the machine may need, let it move the runs, decide what they want, keep the result."""
    past = journeys_now.past_runs(machine.possible_entries(batch))
    known = _known(machine.needs(batch))
    outcomes = machine.advance(batch, past=past, known=known, ids=journeys.fresh_ids())
    settled = _decide(outcomes, known, now=batch.now)
    journeys.store(settled)
    acts.perform([act for outcome in settled for act in outcome.acts], now=batch.now)


def _known(needs: Needs) -> Known:
    fallback = workspace().zone
    asked = customers.zones_and_attributes(needs.people) if needs.people else {}
    people = {
        customer_id: Person(zone_or(zone, fallback), attributes)
        for customer_id, (zone, attributes) in asked.items()
    }
    found = beginnings.of_events(needs.events)
    return Known(answers(needs.conditions), people, {number: said for number, (_, said) in found.items()})


def answers(needed: AbstractSet[tuple[str, int, datetime]]) -> Answers:
    """Every condition as of its own moment, all in one evaluation."""
    if not needed:
        return {}
    keys = sorted({key for key, _, _ in needed})
    subjects = sorted({(customer_id, moment) for _, customer_id, moment in needed})
    trees = [parse(json.loads(key)) for key in keys]
    held = segments.evaluate(trees, subjects, tables=TABLES)
    return {
        (key, *subject): answer
        for key, column in zip(keys, held, strict=True)
        for subject, answer in zip(subjects, column, strict=True)
    }


def _decide(outcomes: Sequence[Outcome], known: Known, *, now: datetime) -> list[Outcome]:
    """Until no run stands before a message: consider what they want, and let them go on."""
    done = list(outcomes)
    for _ in range(_ROUNDS):
        waiting = [index for index, outcome in enumerate(done) if outcome.want]
        if not waiting:
            return done
        verdicts = contact.consider(arms.wanted([done[index] for index in waiting], now=now), now=now)
        for index in waiting:
            want = done[index].want
            if want:
                said = verdicts[want.message_key]
                done[index] = machine.after_decision(
                    done[index], verdict=said.verdict, known=known, hold_until=said.hold_until
                )
    raise EndlessJourney


def _by_calendar(planned: Sequence[Planned], plans: Plans, *, now: datetime) -> list[Stimulus]:
    definitions = {plan.journey_id: plan.definition for plan in plans.values() if plan and plan.enters}
    return [
        Stimulus(
            each.customer_id, now, PLANNED, planned_by(definition.slug, definition.key, each.key), each.event_id
        )
        for definition, each in _still_due(planned, definitions, now=now)
    ]


def _still_due(
    planned: Sequence[Planned], definitions: Mapping[int, Definition], *, now: datetime
) -> Iterator[tuple[Definition, Standing]]:
    """Journey, and customer with his order or deal. A pause may lie between the plan and its moment: what was
    cancelled or answered since lets nobody in, and a merge may have given it to somebody else."""
    here = [each for each in planned if each.journey_id in definitions]
    numbers: defaultdict[str, set[str]] = defaultdict(set)
    for each in here:
        if each.thing:
            numbers[definitions[each.journey_id].entry.about].add(each.thing)
    standing = {of: things.standing(of, some, now=now) for of, some in numbers.items()}
    for each in here:
        definition = definitions[each.journey_id]
        if not each.thing:
            yield definition, Standing(each.customer_id, "")
        elif found := standing[definition.entry.about].get(each.thing):
            yield definition, found


def _stimulus(event: Located) -> Stimulus:
    return Stimulus(
        customer_id=event.customer_id or 0,
        at=event.occurred_at,
        name=event.name,
        properties=event.properties,
        event_id=event.id,
        received_at=event.received_at,
        historical=event.historical,
    )


def _change_event(change: Change, event_id: int, *, historical: bool, now: datetime) -> Located:
    name = SEGMENT_EVENTS["entered" if change.entered else "left"]
    return Located(
        key=key_of("segments", change.segment_id, change.customer_id, change.at.isoformat(), change.entered),
        kind="track",
        name=name,
        occurred_at=change.at,
        received_at=now,
        source="segments",
        historical=historical,
        user_id=None,
        anonymous_id=None,
        customer_id=change.customer_id,
        previous_id=None,
        group_id=None,
        properties={"segment": change.slug},
        traits={},
        context=None,
        id=event_id,
    )
