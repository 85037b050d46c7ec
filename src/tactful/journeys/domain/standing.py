"""Whether what a queued message was meant for still stands, as of the moment before it is handed over. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from tactful.journeys.domain.definition import Definition, ExitOnEvent
from tactful.journeys.domain.runs import LATE, RunFacts, Stimulus
from tactful.journeys.domain.steps import Message

OVER = "archived"
RESTS = "paused"
UNMET = "the condition of the message no longer holds"


@dataclass(frozen=True, slots=True)
class Errand:
    """The run behind a queued message, with what its journey says and does now.

    `came_at`: when the run came to the message's step.
    """

    run: RunFacts
    definition: Definition
    status: str
    step: str
    came_at: datetime

    @property
    def expires_at(self) -> datetime | None:
        """Until when the message is worth sending; None where the step is no message any more."""
        return self.came_at + self._message.expires_after if self._message else None

    @property
    def conditions(self) -> Iterator[str]:
        """The keys of the conditions that must be known to say whether it still stands."""
        yield from (rule.condition.key for rule in self.definition.exit_conditions)
        if self._message and self._message.condition:
            yield self._message.condition.key

    @property
    def _message(self) -> Message | None:
        step = self.definition.steps.get(self.step)
        return step if isinstance(step, Message) else None

    def fallen(self, heard: Iterable[Stimulus], met: Mapping[str, bool]) -> str:
        """What is no longer true; empty where all of it is. `met` may lack conditions: those are not asked."""
        if self.status == OVER:
            return "its journey has ended"
        if self.run.outcome and self.run.outcome.startswith("exited:"):
            return self.run.outcome.removeprefix("exited:")
        for stimulus in heard:
            # What came before the run was known when it began: the grace of a running one is no reason here.
            if stimulus.at > self.run.started_at and (rule := exit_by(self.run, self.definition, stimulus)):
                return rule.reason
        for when in self.definition.exit_conditions:
            if met.get(when.condition.key):
                return when.reason
        wanted = self._message.condition if self._message else None
        return UNMET if wanted and not met.get(wanted.key, True) else ""


def exit_by(run: RunFacts, definition: Definition, stimulus: Stimulus) -> ExitOnEvent | None:
    """The exit rule that an event of the customer meets.

    The event that began the run does not end it. An hour of grace for clocks that disagree: when in doubt, the
    customer is left in peace.
    """
    began = stimulus.event_id is not None and stimulus.event_id == run.event_id
    if began or stimulus.at < run.started_at - LATE:
        return None
    for rule in definition.exit_events:
        fits = rule.event.fits(stimulus.name, stimulus.properties)
        if fits and rule.event.concerns(stimulus.properties, kind=definition.key, key=run.key):
            return rule
    return None


def exit_names(behind: Collection[Errand]) -> set[str]:
    """The names of the events that could end what these messages were meant for."""
    return {rule.event.name for each in behind for rule in each.definition.exit_events}
