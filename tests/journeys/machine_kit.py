"""A small engine around the pure machine: it answers every condition, decides every message, keeps the runs."""

import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tactful.journeys.domain import machine
from tactful.journeys.domain.parsing import parse
from tactful.journeys.domain.runs import (
    Act,
    Batch,
    Known,
    Outcome,
    PastRun,
    Person,
    Plan,
    RunFacts,
    StepSeen,
    Stimulus,
    WantMessage,
    WantTask,
)
from tactful.kernel.time import zone as zone_of

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ANNA = 1

LETTER = {"type": "message", "template": "letter", "next": "done"}
DONE = {"type": "exit"}


def hours(count: float) -> datetime:
    """So many hours after the start of the story."""
    return START + timedelta(hours=count)


def definition(**changes: object) -> dict[str, Any]:
    """A journey that sends one letter an hour after a cart was viewed, unless the order is completed."""
    plain: dict[str, Any] = {
        "slug": "cart",
        "name": "Cart",
        "owner": "Marketing",
        "failure_path": "Call them",
        "category": "activation",
        "topic": "offers",
        "entry": {"event": "Cart Viewed"},
        "exit": [{"event": "Order Completed", "reason": "bought"}],
        "goal": {"event": "Order Completed", "within_days": 7},
        "start": "pause",
        "steps": {"pause": {"type": "wait", "hours": 1, "next": "letter"}, "letter": LETTER, "done": DONE},
    }
    return plain | changes


def steps(start: str, **named: dict[str, Any]) -> dict[str, Any]:
    """The part of a definition that has the steps; `done` is always there."""
    return {"start": start, "steps": named | {"done": DONE}}


def plan(data: dict[str, Any], *, journey_id: int = 7, version: int = 1, active: bool = True) -> Plan:
    return Plan(journey_id, version, parse(data), enters=active, acts=active)


_numbers = itertools.count(1)


def event(name: str, at: datetime, *, customer: int = ANNA, **more: Any) -> Stimulus:
    """Something that happened; every event has its own id."""
    properties = more.pop("properties", {})
    return Stimulus(customer, at, name, properties, more.pop("event_id", next(_numbers)), **more)


Holds = Callable[[str, int, datetime], bool]
Judge = Callable[[WantMessage], tuple[str, datetime | None]]


def never(_key: str, _customer: int, _at: datetime) -> bool:
    return False


def send(want: WantMessage) -> tuple[str, datetime | None]:
    return ("drop" if want.status else "send"), None


@dataclass
class Engine:
    """What flows do, without a database. `hear` is one batch of events, `tick` lets time pass."""

    plans: Sequence[Plan]
    holds: Holds = never
    judge: Judge = send
    runs: dict[int, RunFacts] = field(default_factory=dict)
    wants: list[WantMessage] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    zone: str = "UTC"
    attributes: dict[str, object] = field(default_factory=dict)
    heard: dict[int, Any] = field(default_factory=dict)
    history: dict[int, list[StepSeen]] = field(default_factory=dict)

    def hear(self, *stimuli: Stimulus) -> list[Outcome]:
        return self._batch(stimuli, (), stimuli[-1].moment)

    def tick(self, now: datetime) -> list[Outcome]:
        due = {run.id for run in self.runs.values() if run.ended_at is None and run.due_at and run.due_at <= now}
        return self._batch((), due, now)

    @property
    def tasks(self) -> list[WantTask]:
        return [act for act in self.acts if isinstance(act, WantTask)]

    def run(self) -> RunFacts:
        """The only run there is."""
        (only,) = self.runs.values()
        return only

    def sent(self) -> list[str]:
        return [want.template for want in self.wants if not want.status]

    def _batch(self, stimuli: Sequence[Stimulus], due: Collection[int], now: datetime) -> list[Outcome]:
        customers = {stimulus.customer_id for stimulus in stimuli}
        runs = [
            run
            for run in self.runs.values()
            if run.ended_at is None and (run.customer_id in customers or run.id in due)
        ]
        plans = {(plan.journey_id, plan.version): plan for plan in self.plans}
        batch = Batch(plans, runs, stimuli, due, now)
        self.heard |= {stimulus.event_id: stimulus.properties for stimulus in stimuli if stimulus.event_id}
        needs = machine.needs(batch)
        known = Known(
            answers={need: self.holds(*need) for need in needs.conditions},
            people={number: Person(zone_of(self.zone), self.attributes) for number in needs.people},
            events={number: self.heard[number] for number in needs.events},
        )
        possible = machine.possible_entries(batch)
        past = {
            (run.journey_id, run.customer_id, run.key): PastRun(run.ended_at)
            for run in self.runs.values()
            if run.ended_at and (run.journey_id, run.customer_id) in possible
        }
        ids = itertools.count(len(self.runs) + 1)
        outcomes = machine.advance(batch, past=past, known=known, ids=ids)
        settled = [self._decide(outcome, known) for outcome in outcomes]
        for outcome in settled:
            self._keep(outcome)
        return settled

    def _decide(self, outcome: Outcome, known: Known) -> Outcome:
        while outcome.want:
            self.wants.append(outcome.want)
            verdict, until = self.judge(outcome.want)
            outcome = machine.after_decision(outcome, verdict=verdict, hold_until=until, known=known)
        return outcome

    def _keep(self, outcome: Outcome) -> None:
        self.runs[outcome.run.id] = outcome.run
        self.acts.extend(outcome.acts)
        seen = self.history.setdefault(outcome.run.id, [])
        if outcome.left:
            seen[-1] = StepSeen(seen[-1].step, seen[-1].came_at, outcome.left.left_at, outcome.left.edge)
        seen.extend(outcome.steps)

    def way(self, run_id: int = 1) -> list[tuple[str, str | None]]:
        """(step, edge) in order."""
        return [(seen.step, seen.edge) for seen in self.history[run_id]]
