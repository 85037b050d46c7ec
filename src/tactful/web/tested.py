"""Texts under test on the page of a journey or broadcast: what they are, and the experiment that judges them."""

from collections.abc import Mapping
from dataclasses import dataclass

from tactful.experiments import queries
from tactful.experiments.records import ExperimentFacts
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Message, Winner
from tactful.journeys.queries import Summary
from tactful.web import journey_words, trial_words, words


@dataclass(frozen=True, slots=True)
class Tested:
    """A step whose texts are tested. `experiment` is None until the first customer comes to it."""

    step: str
    arms: tuple[tuple[str, str, str, float], ...]  # name, template, the template's name, share
    judged: str
    experiment: ExperimentFacts | None
    verdict: str


def tested(row: Summary, *, templates: Mapping[str, str]) -> list[Tested]:
    """The steps of a journey that test texts. `templates` are names of texts by their slugs."""
    steps = _steps(row.definition) if row.definition else {}
    experiments = queries.latest(row.id) if steps else {}
    return [
        Tested(
            step=name,
            arms=tuple((arm.name, arm.template, templates.get(arm.template, ""), arm.share) for arm in step.arms),
            judged=_judged(step.winner) if step.winner else "",
            experiment=experiments.get(name),
            verdict=trial_words.verdict(experiments[name]) if name in experiments else "",
        )
        for name, step in steps.items()
    ]


def _steps(definition: Definition) -> dict[str, Message]:
    return {name: step for name, step in definition.steps.items() if isinstance(step, Message) and step.arms}


def _judged(winner: Winner) -> str:
    within = f"within {words.span(winner.within.total_seconds())} after sending"
    if winner.event is None:
        return f"margin per customer {within}"
    return f"customers with {journey_words.event_words(winner.event)} {within}"
