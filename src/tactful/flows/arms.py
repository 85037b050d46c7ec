"""Texts under test: which one a wanted message carries, and what became of those that were sent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from tactful.analytics import trials
from tactful.experiments import assigning as experiments
from tactful.experiments import queries, services
from tactful.experiments.domain.evidence import evidence
from tactful.experiments.domain.values import Arm, Ask, Design, Metric, Status
from tactful.experiments.domain.verdicts import judge
from tactful.journeys.domain.runs import Outcome, WantMessage
from tactful.journeys.domain.steps import Message, Winner
from tactful.lake.engine import reading
from tactful.team.queries import workspace

_FOLDER = settings.DATA / "lake"


def wanted(outcomes: Sequence[Outcome], *, now: datetime) -> list[WantMessage]:
    """The messages that these runs want, each with the text of its customer's arm. Needs a transaction.

    What must be dropped anyway draws no lot.
    """
    asks = [ask for outcome in outcomes if (ask := _ask(outcome))]
    templates = experiments.assign(asks, now=now)
    wants = [outcome.want for outcome in outcomes if outcome.want]
    return [
        replace(want, template=templates[want.message_key]) if want.message_key in templates else want
        for want in wants
    ]


def _ask(outcome: Outcome) -> Ask | None:
    want, plan = outcome.want, outcome.plan
    if want is None or plan is None or want.status:
        return None
    step = plan.definition.steps.get(want.step)
    if not isinstance(step, Message) or not step.arms or step.winner is None:
        return None
    return Ask(
        journey_id=want.journey_id,
        step=want.step,
        version=plan.version,
        customer_id=want.customer_id,
        message_key=want.message_key,
        design=Design(tuple(Arm(arm.name, arm.template, arm.share) for arm in step.arms), _metric(step.winner)),
    )


def _metric(winner: Winner) -> Metric:
    if winner.event is None:
        return Metric(winner.by, winner.within)
    where = tuple(
        {
            "property": test.property,
            "operator": test.operator,
            # As JSON gives it back, so that a design read again is the same.
            "operand": list(test.operand) if isinstance(test.operand, tuple) else test.operand,
        }
        for test in winner.event.where
    )
    return Metric(winner.by, winner.within, winner.event.name, where)


def evaluate(now: datetime) -> int:
    """Look at every running experiment, and end those of which something may be said; returns how many ran."""
    running = queries.experiments([Status.RUNNING])
    if not running:
        return 0
    currency = workspace().currency
    with reading(trials.TABLES, folder=_FOLDER) as lake:
        for one in running:
            facts = trials.facts(lake, one, now=now, currency=currency)
            judged = judge(facts, alpha=one.alpha)
            services.record_look(one.id, judged, evidence(facts, judged), now=now)
    return len(running)
