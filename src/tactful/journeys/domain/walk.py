"""One run on its way through one batch: the mutable inside of the pure machine."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from tactful.journeys.domain.definition import Branch, Exit, ExitOnEvent, Message, Task, Wait, WaitForEvent
from tactful.journeys.domain.runs import (
    LATE,
    Answers,
    Outcome,
    Phase,
    Plan,
    RunFacts,
    StepLeft,
    StepSeen,
    Stimulus,
    WantMessage,
    WantTask,
)
from tactful.kernel.ids import key_of


class Walk:
    """Moves a run and notes what that means. Nothing leaves it but `outcome()`."""

    def __init__(self, outcome: Outcome, plan: Plan, answers: Answers) -> None:
        self._plan = plan
        self._answers = answers
        self._was = outcome.run
        self.run = outcome.run
        self._started = outcome.started
        self._left = outcome.left
        self._steps = list(outcome.steps)
        self._tasks = list(outcome.tasks)
        self._want: WantMessage | None = None
        self._later = list(outcome.later)

    @classmethod
    def begin(cls, run: RunFacts, plan: Plan, answers: Answers) -> "Walk":
        """A new run takes its first steps; one in the holdout stands still until the goal's window is over."""
        walk = cls(Outcome(plan=plan, run=run, started=True), plan, answers)
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
            tasks=tuple(self._tasks),
            want=self._want,
            later=tuple(self._later),
        )

    def listens_to(self, name: str) -> bool:
        return name in self._plan.definition.event_names

    def hear(self, stimulus: Stimulus) -> None:
        """Something happened to the customer: the run ends, goes on, or takes no notice."""
        if self.run.phase is Phase.HOLDOUT:
            self._hear_in_holdout(stimulus)
        elif rule := self._exit_by(stimulus):
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
        if step.event.fits(stimulus.name, stimulus.properties, key=self.run.key):
            self._go("event", stimulus.moment)

    def _exit_by(self, stimulus: Stimulus) -> ExitOnEvent | None:
        # The event that began the run does not end it. An hour of grace for clocks that disagree: when in
        # doubt, the customer is left in peace.
        if stimulus.event_id == self.run.event_id or stimulus.at < self.run.started_at - LATE:
            return None
        for rule in self._plan.definition.exit_events:
            if rule.event.fits(stimulus.name, stimulus.properties, key=self.run.key):
                return rule
        return None

    def _exit_on(self, rule: ExitOnEvent, stimulus: Stimulus) -> None:
        # What has not been done yet is not done any more; the message that stood here leaves a decision behind.
        if self.run.phase in {Phase.DECIDING, Phase.HELD}:
            step = self._plan.definition.steps[self.run.step]
            if isinstance(step, Message):
                self._want = self._message(step, stimulus.moment, status=rule.reason)
        self._tasks.clear()
        self._later.clear()
        outcome = "goal" if self._is_goal(stimulus) else f"exited:{rule.reason}"
        self._end(outcome, stimulus.moment)

    def _hear_in_holdout(self, stimulus: Stimulus) -> None:
        if self._is_goal(stimulus):
            self._end("goal", stimulus.moment)

    def _is_goal(self, stimulus: Stimulus) -> bool:
        goal = self._plan.definition.goal
        if goal is None or stimulus.event_id == self.run.event_id:
            return False
        in_time = self.run.started_at < stimulus.at <= self.run.started_at + goal.within
        return in_time and goal.event.fits(stimulus.name, stimulus.properties, key=self.run.key)

    def _go(self, edge: str, at: datetime) -> None:
        self._follow(edge, at)
        self._settle(at)

    def _settle(self, at: datetime) -> None:
        """Walks on until the run has to stop. Ends, because every loop has a wait in it."""
        while (edge := self._act(at)) is not None:
            self._follow(edge, at)

    def _follow(self, edge: str, at: datetime) -> None:
        step = self._plan.definition.steps[self.run.step]
        target = next(one.target for one in step.edges if one.name == edge)
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
                self.run = replace(self.run, due_at=at + step.span)
            case WaitForEvent() as step:
                self.run = replace(self.run, due_at=at + step.timeout, waits_for=step.event.name)
            case Branch() as step:
                return "yes" if self._holds(step.condition.key, at) else "no"
            case Task() as step:
                return self._give(step, at)
            case Exit():
                self._end("finished", at, edge="end")
        return None

    def _consider(self, step: Message, at: datetime) -> None:
        if reason := self._exit_now(at):
            self._want = self._message(step, at, status=reason)
            self._end(f"exited:{reason}", at)
            return
        unmet = step.condition is not None and not self._holds(step.condition.key, at)
        self._want = self._message(step, at, status="the condition of the message no longer holds" if unmet else "")
        self.run = replace(self.run, phase=Phase.DECIDING, due_at=None)

    def _give(self, step: Task, at: datetime) -> str | None:
        if reason := self._exit_now(at):
            self._end(f"exited:{reason}", at)
            return None
        self._tasks.append(
            WantTask(
                key=self._key("task"),
                journey_id=self.run.journey_id,
                run_id=self.run.id,
                customer_id=self.run.customer_id,
                step=self.run.step,
                title=step.title,
                note=step.note,
                assignee=step.assignee,
                created_at=at,
                due_at=at + step.due_after,
            )
        )
        return "next"

    def _message(self, step: Message, at: datetime, *, status: str) -> WantMessage:
        definition = self._plan.definition
        return WantMessage(
            message_key=self._key("message"),
            journey_id=self.run.journey_id,
            run_id=self.run.id,
            customer_id=self.run.customer_id,
            step=self.run.step,
            channel=definition.channel,
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
        return self._answers[condition, self.run.customer_id, at]

    def _end(self, outcome: str, at: datetime, *, edge: str = "exit") -> None:
        self._leave(edge, at)
        self.run = replace(self.run, phase=Phase.ENDED, ended_at=at, outcome=outcome, due_at=None, waits_for=None)
