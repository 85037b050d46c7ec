"""Arms given: in the transaction of the batch that wants the messages."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from tactful.experiments.domain.values import Ask, Status, draw
from tactful.experiments.models import Assignment, Experiment
from tactful.experiments.records import ExperimentFacts, arms_of, facts_of, metric_of

Given = dict[tuple[int, int], tuple[str, UUID]]  # (experiment, customer) → arm, message key
Place = tuple[int, str, int]  # journey, step, version


def assign(asks: Sequence[Ask], *, now: datetime) -> dict[UUID, str]:
    """The template of each wanted message, by its key. Whoever comes for the first time draws his lot.

    A message that was held asks again and gets the same; after the decision everybody new gets the winner.
    """
    if not asks:
        return {}
    found = _experiments(asks, now=now)
    wanted = [(found[ask.journey_id, ask.step, ask.version], ask) for ask in asks]
    given = _given({one.id for one, _ in wanted if one}, {ask.customer_id for ask in asks})
    fresh: dict[tuple[int, int], Assignment] = {}
    templates: dict[UUID, str] = {}
    for one, ask in wanted:
        if one is None:  # a run of an older version, whose arms are not under test any more
            seed = f"{ask.journey_id} {ask.step}"
            templates[ask.message_key] = ask.design.template(draw(seed, ask.customer_id, ask.design.shares))
            continue
        arm = _arm(one, ask, given)
        templates[ask.message_key] = one.design.template(arm)
        if one.status is Status.RUNNING and (one.id, ask.customer_id) not in given:
            given[one.id, ask.customer_id] = (arm, ask.message_key)
            fresh[one.id, ask.customer_id] = _assignment(one, ask, arm, now)
    Assignment.objects.bulk_create(fresh.values(), ignore_conflicts=True)
    return templates


def _arm(one: ExperimentFacts, ask: Ask, given: Given) -> str:
    own, key = given.get((one.id, ask.customer_id), ("", None))
    if one.status in (Status.RUNNING, Status.REPLACED):
        return own if own in one.shares else draw(one.seed, ask.customer_id, one.shares)
    return own if key == ask.message_key and own not in one.stopped else one.winner


def _assignment(one: ExperimentFacts, ask: Ask, arm: str, now: datetime) -> Assignment:
    return Assignment(
        experiment_id=one.id,
        customer_id=ask.customer_id,
        arm=arm,
        epoch=len(one.stopped),
        message_key=ask.message_key,
        at=now,
    )


def _given(experiments: set[int], customers: set[int]) -> Given:
    rows = Assignment.objects.filter(experiment_id__in=experiments, customer_id__in=customers)
    found = rows.values_list("experiment_id", "customer_id", "arm", "message_key")
    return {(experiment, customer): (arm, key) for experiment, customer, arm, key in found}


def _experiments(asks: Sequence[Ask], *, now: datetime) -> dict[Place, ExperimentFacts | None]:
    """The phase that each step and version belongs to; new ones begin here."""
    kinds = {(ask.journey_id, ask.step, ask.version): ask for ask in asks}
    known = _phases({ask.journey_id for ask in asks})
    found: dict[Place, ExperimentFacts | None] = {}
    for place in sorted(kinds):
        ask = kinds[place]
        phases = known.setdefault(place[:2], [])
        one = _phase(phases, ask)
        if one is None and (not phases or ask.version > phases[0].version):
            one = _begin(ask, phases, now=now)
            phases.insert(0, one)
        found[place] = one
    return found


def _phases(journeys: set[int]) -> dict[tuple[int, str], list[ExperimentFacts]]:
    """By step, the latest first."""
    found: dict[tuple[int, str], list[ExperimentFacts]] = {}
    for row in Experiment.objects.filter(journey_id__in=journeys).order_by("-phase"):
        found.setdefault((row.journey_id, row.step), []).append(facts_of(row))
    return found


def _phase(phases: Sequence[ExperimentFacts], ask: Ask) -> ExperimentFacts | None:
    """The latest, or for runs of an older version the one that it began."""
    may = phases[:1] if phases and ask.version > phases[0].version else phases
    return next((one for one in may if one.design == ask.design), None)


@transaction.atomic
def _begin(ask: Ask, phases: Sequence[ExperimentFacts], *, now: datetime) -> ExperimentFacts:
    place = {"journey_id": ask.journey_id, "step": ask.step}
    Experiment.objects.filter(**place, status=Status.RUNNING).update(status=Status.REPLACED, decided_at=now)
    begun = {
        "version": ask.version,
        "arms": arms_of(ask.design),
        "metric": metric_of(ask.design.metric),
        "started_at": now,
    }
    phase = phases[0].phase + 1 if phases else 1
    # Another process may have begun it a moment ago: then it is that one.
    row, _ = Experiment.objects.get_or_create(**place, phase=phase, defaults=begun)
    return facts_of(row)
