"""One run on its way through one batch: the mutable inside of the pure machine."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from msgspec.structs import replace

from tactful.journeys.domain import calendar
from tactful.journeys.domain.definition import ExitOnEvent
from tactful.journeys.domain.matching import EventMatch, all_fit, dig
from tactful.journeys.domain.runs import (
    Act,
    Known,
    Outcome,
    Person,
    Phase,
    Plan,
    RunFacts,
    StepLeft,
    StepSeen,
    Stimulus,
    WantCall,
    WantMessage,
    WantNotice,
    WantTask,
    WantUpdate,
)
from tactful.journeys.domain.standing import exit_by
from tactful.journeys.domain.steps import (
    Branch,
    Exit,
    Message,
    Notify,
    Split,
    Task,
    Update,
    Wait,
    WaitForEvent,
    WaitUntil,
    Webhook,
)
from tactful.kernel.ids import key_of
from tactful.kernel.randomness import share_of
from tactful.kernel.time import day_of


class Walk:
    """Moves a run and notes what that means. Nothing leaves it but `outcome()`."""

    def __init__(self, outcome: Outcome, plan: Plan, known: Known) -> None:
        self._plan = plan
        self._known = known
        self._was = outcome.run
        self.run = outcome.run
        self._started = outcome.started
        self._left = outcome.left
        self._steps = list(outcome.steps)
        self._acts: list[Act] = list(outcome.acts)
        self._want: WantMessage | None = None
        self._later = list(outcome.later)

    @classmethod
    def begin(cls, run: RunFacts, plan: Plan, known: Known) -> "Walk":
        """A new run takes its first steps; one in the holdout stands still until the goal's window is over."""
        walk = cls(Outcome(plan=plan, run=run, started=True), plan, known)
        if run.in_holdout:
            return walk
        walk._steps.append(StepSeen(run.step, run.started_at))
        walk._settle(run.started_at)
        return walk

    @property
    def open(self) -> bool:
        return self.run.ended_at is None

    @property
    def changed(self) -> bool:
        return self._started or self._want is not None or self.run != self._was

    def outcome(self) -> Outcome:
        return Outcome(
            plan=self._plan,
            run=self.run,
            started=self._started,
            left=self._left,
            steps=tuple(self._steps),
            acts=tuple(self._acts),
            want=self._want,
            later=tuple(self._later),
        )

    def listens_to(self, name: str) -> bool:
        return name in self._plan.definition.event_names

    def hear(self, stimulus: Stimulus) -> None:
        """Something happened to the customer: the run ends, goes on, or takes no notice."""
        if self.run.phase is Phase.HOLDOUT:
            self._hear_in_holdout(stimulus)
        elif rule := exit_by(self.run, self._plan.definition, stimulus):
            self._exit_on(rule, stimulus)
        elif not self._plan.acts or stimulus.historical:
            return
        elif self.run.phase is Phase.DECIDING:
            self._later.append(stimulus)
        elif self.run.due_at is not None and self.run.due_at < stimulus.moment:
            # The clock has not come by yet, although it should have: time passes first, then the event is heard.
            self.tick(stimulus.moment)
            if self.open:
                self.hear(stimulus)
        else:
            self._resume(stimulus)

    def tick(self, at: datetime) -> None:
        """The moment the run waited for has come. A moment too early changes nothing."""
        if self.run.due_at is None or self.run.due_at > at or not self._plan.acts:
            return
        if self.run.phase is Phase.HOLDOUT:
            self._end("holdout", at)
        elif self.run.phase is Phase.HELD:
            self._settle(at)
        elif self.run.phase is Phase.WAITING:
            self._go("timeout" if self.run.waits_for else "next", at)

    def decided(self, verdict: str, hold_until: datetime | None, want: WantMessage) -> None:
        """The decision is taken: the run stays with a held message, otherwise goes on by its edge."""
        if self.run.phase is not Phase.DECIDING:
            return
        later, self._later = self._later, []
        if verdict == "hold":
            if hold_until is None:
                raise ValueError(f"{want.message_key} is held without an end")
            self.run = replace(self.run, phase=Phase.HELD, due_at=hold_until)
        else:
            passed = "sent" if verdict == "send" else "dropped"
            self._go("skipped" if want.status else passed, want.at)
        for stimulus in later:
            if self.open:
                self.hear(stimulus)

    def _resume(self, stimulus: Stimulus) -> None:
        step = self._plan.definition.steps[self.run.step]
        if not isinstance(step, WaitForEvent):
            return
        if self._fits(step.event, stimulus):
            self.run = replace(self.run, heard_id=stimulus.event_id)
            self._go("event", stimulus.moment)

    def _fits(self, event: EventMatch, stimulus: Stimulus) -> bool:
        return event.fits(stimulus.name, stimulus.properties) and event.concerns(
            stimulus.properties, kind=self._plan.definition.key, key=self.run.key
        )

    def _exit_on(self, rule: ExitOnEvent, stimulus: Stimulus) -> None:
        # What has not been done yet is not done any more; the message that stood here leaves a decision behind.
        if self.run.phase in {Phase.DECIDING, Phase.HELD}:
            step = self._plan.definition.steps[self.run.step]
            if isinstance(step, Message):
                self._want = self._message(step, stimulus.moment, status=rule.reason)
        self._acts.clear()
        self._later.clear()
        outcome = "goal" if self._is_goal(stimulus) else f"exited:{rule.reason}"
        self._end(outcome, stimulus.moment)

    def _hear_in_holdout(self, stimulus: Stimulus) -> None:
        if self._is_goal(stimulus):
            self._end("goal", stimulus.moment)

    def _is_goal(self, stimulus: Stimulus) -> bool:
        goal = self._plan.definition.goal
        if goal is None or self._began_with(stimulus):
            return False
        in_time = self.run.started_at < stimulus.at <= self.run.started_at + goal.within
        return in_time and self._fits(goal.event, stimulus)

    def _began_with(self, stimulus: Stimulus) -> bool:
        return stimulus.event_id is not None and stimulus.event_id == self.run.event_id

    def _go(self, edge: str, at: datetime) -> None:
        self._follow(edge, at)
        self._settle(at)

    def _settle(self, at: datetime) -> None:
        """Walks on until the run has to stop. Ends, because every loop has a wait in it."""
        while (edge := self._act(at)) is not None:
            self._follow(edge, at)

    def _follow(self, edge: str, at: datetime) -> None:
        target = self._plan.definition.targets[self.run.step, edge]
        if target is None:
            raise ValueError(f"{self.run.step} ends by {edge} and leads nowhere")
        self._leave(edge, at)
        self._steps.append(StepSeen(target, at))
        self.run = replace(
            self.run,
            step=target,
            phase=Phase.WAITING,
            came_at=at,
            arrivals=self.run.arrivals + 1,
            due_at=None,
            waits_for=None,
        )

    def _leave(self, edge: str, at: datetime) -> None:
        if self._steps:
            self._steps[-1] = replace(self._steps[-1], left_at=at, edge=edge)
        elif not self.run.in_holdout:
            self._left = StepLeft(at, edge)

    def _act(self, at: datetime) -> str | None:
        """Does what the step asks for; the edge by which the run goes on, or None where it stops."""
        match self._plan.definition.steps[self.run.step]:
            case Message() as step:
                self._consider(step, at)
            case Wait() as step:
                return self._wait(self._over_at(step, at), at)
            case WaitUntil() as step:
                day = day_of(self._date_of(step))
                return self._wait(self._on_day(step, day), at) if day else "missing"
            case WaitForEvent() as step:
                self.run = replace(self.run, due_at=at + step.timeout, waits_for=step.event.name)
            case Branch() as step:
                return "yes" if self._takes_yes(step, at) else "no"
            case Split() as step:
                return self._lot(step)
            case Task() | Notify() | Update() | Webhook() as step:
                return self._give(step, at)
            case Exit():
                self._end("finished", at, edge="end")
        return None

    def _wait(self, until: datetime, at: datetime) -> str | None:
        if until <= at:
            return "next"
        self.run = replace(self.run, due_at=until)
        return None

    def _over_at(self, step: Wait, at: datetime) -> datetime:
        until = at + step.span
        if step.at is None:
            return until
        return calendar.next_at(until, step.at, self._person.zone, weekdays=step.weekdays)

    def _date_of(self, step: WaitUntil) -> object:
        if step.attribute:
            return self._person.attributes.get(step.attribute)
        return dig(self._event(self.run.event_id), step.of_event)

    def _on_day(self, step: WaitUntil, day: date) -> datetime:
        return calendar.by_wall(calendar.days_after(day, step.days), step.at, self._person.zone)

    @property
    def _person(self) -> Person:
        return self._known.people[self.run.customer_id]

    def _event(self, event_id: int | None) -> Mapping[str, object]:
        return self._known.events.get(event_id, {}) if event_id is not None else {}

    def _takes_yes(self, step: Branch, at: datetime) -> bool:
        if step.condition:
            return self._holds(step.condition.key, at)
        return all_fit(step.where, self._event(self.run.heard_id if step.heard else self.run.event_id))

    def _lot(self, step: Split) -> str:
        drawn = share_of(f"split:{self._plan.definition.slug}:{self.run.step}", self.run.customer_id)
        for way in step.ways:
            drawn -= way.share
            if drawn < 0:
                return way.name
        return step.ways[-1].name

    def _consider(self, step: Message, at: datetime) -> None:
        if reason := self._exit_now(at):
            self._want = self._message(step, at, status=reason)
            self._end(f"exited:{reason}", at)
            return
        unmet = step.condition is not None and not self._holds(step.condition.key, at)
        self._want = self._message(step, at, status="the condition of the message no longer holds" if unmet else "")
        self.run = replace(self.run, phase=Phase.DECIDING, due_at=None)

    def _give(self, step: Task | Notify | Update | Webhook, at: datetime) -> str | None:
        if reason := self._exit_now(at):
            self._end(f"exited:{reason}", at)
            return None
        self._acts.append(self._act_of(step, at))
        return "next"

    def _act_of(self, step: Task | Notify | Update | Webhook, at: datetime) -> Act:
        run = self.run
        match step:
            case Task():
                return WantTask(
                    key=self._key("task"),
                    journey_id=run.journey_id,
                    run_id=run.id,
                    customer_id=run.customer_id,
                    step=run.step,
                    title=step.title,
                    note=step.note,
                    assignee=step.assignee,
                    created_at=at,
                    due_at=at + step.due_after,
                )
            case Notify():
                key = self._key("notice")
                return WantNotice(key, run.journey_id, run.id, run.customer_id, step.to, step.text, at)
            case Update():
                return WantUpdate(self._key("update"), run.customer_id, step.set, step.join, step.leave, at)
            case Webhook():
                return WantCall(
                    key=self._key("call"),
                    journey_id=run.journey_id,
                    run_id=run.id,
                    customer_id=run.customer_id,
                    step=run.step,
                    url=step.url,
                    body=step.body,
                    event_id=run.event_id,
                    at=at,
                )

    def _message(self, step: Message, at: datetime, *, status: str) -> WantMessage:
        definition = self._plan.definition
        return WantMessage(
            message_key=self._key("message"),
            journey_id=self.run.journey_id,
            run_id=self.run.id,
            customer_id=self.run.customer_id,
            step=self.run.step,
            channel=step.channel or definition.channel,
            topic=step.topic,
            template=step.template,
            category=definition.category,
            priority=definition.priority,
            at=at,
            expires_at=self.run.came_at + step.expires_after,
            event_id=self.run.event_id,
            status=status,
        )

    def _key(self, kind: str) -> UUID:
        # The visit is part of the key: a loop may ask again, a held message asks for the same.
        return key_of(kind, self.run.journey_id, self.run.id, self.run.step, self.run.arrivals)

    def _exit_now(self, at: datetime) -> str | None:
        for rule in self._plan.definition.exit_conditions:
            if self._holds(rule.condition.key, at):
                return rule.reason
        return None

    def _holds(self, condition: str, at: datetime) -> bool:
        return self._known.answers[condition, self.run.customer_id, at]

    def _end(self, outcome: str, at: datetime, *, edge: str = "exit") -> None:
        self._leave(edge, at)
        self.run = replace(self.run, phase=Phase.ENDED, ended_at=at, outcome=outcome, due_at=None, waits_for=None)
