"""One customer's way through the journey under test, on the virtual clock. Pure: what it must know, it asks.

The machine and the policy are those of the engine. A life is a generator: where the machine needs the answer to a
condition, the life gives the moment and waits, so that thousands of lives are answered by one question.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from tactful.content.domain.render import lacking
from tactful.content.domain.values import Version
from tactful.decisions.domain.expected import Lifts, expected
from tactful.decisions.domain.facts import Candidate, Decided, FactsOf, OpenMatter, Policy, TouchSeen, Verdict
from tactful.decisions.domain.policy import decide_batch
from tactful.decisions.domain.pressure import fullness
from tactful.flows import choosing
from tactful.flows.backtest.facts import Timeline
from tactful.flows.backtest.tally import Happening, Tally
from tactful.flows.beginnings import Told
from tactful.flows.spoken import is_of_product, told_of
from tactful.journeys.domain import machine
from tactful.journeys.domain.definition import BEST
from tactful.journeys.domain.runs import (
    Batch,
    Known,
    Outcome,
    PastRun,
    Plan,
    RunFacts,
    Stimulus,
    WantMessage,
    WantTask,
)
from tactful.sales.domain.matters import KIND_OF

Subject = tuple[int, datetime]
_FEW = 1  # free slots under a cap at which a customer counts as busy
_ROUNDS = 20  # messages without a wait between them; the engine stops there too


class NotYetKnown(LookupError):
    """The machine needs the answer for a subject that nobody has asked about yet."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self.subject = subject


class Answers(Mapping[tuple[str, int, datetime], bool]):
    """Conditions at moments: at the door by `entries`, on the way by `way`, each answer a row of its `keys`."""

    def __init__(self, entry: str, keys: Sequence[str]) -> None:
        self._entry = entry
        self._number = {key: number for number, key in enumerate(keys)}
        self.entries: dict[Subject, bool] = {}
        self.way: dict[Subject, tuple[bool, ...]] = {}

    def __getitem__(self, asked: tuple[str, int, datetime]) -> bool:
        key, customer_id, moment = asked
        subject = (customer_id, moment)
        if key == self._entry and subject in self.entries:
            return self.entries[subject]
        if subject not in self.way:
            raise NotYetKnown(subject)
        return self.way[subject][self._number[key]]

    def __iter__(self) -> Iterator[tuple[str, int, datetime]]:
        return iter(())

    def __len__(self) -> int:
        return len(self.entries) + len(self.way)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is the same for all lives. The period is [since, until); days are those of `zone`."""

    plan: Plan
    policy: Policy
    since: datetime
    until: datetime
    zone: ZoneInfo
    lifts: Lifts
    texts: Mapping[str, Version]  # those that print something with no default
    keep: int = 0  # customers whose whole story a tally keeps


class Life:
    """A customer from the first moment at which he may enter to the end of the period."""

    def __init__(
        self,
        heard: Sequence[Stimulus],
        *,
        rules: Rules,
        known: Known,
        began: Mapping[int, Told],
        timeline: Timeline,
        tally: Tally,
        asking: set[tuple[str, str]],
    ) -> None:
        self._id = timeline.customer_id
        self._heard = heard
        self._next = 0
        self._rules = rules
        self._plans = {(rules.plan.journey_id, rules.plan.version): rules.plan}
        self._known = known
        self._began = began  # what a run may have begun with, by the id of the event
        self._facts = timeline
        self._tally = tally
        self._asking = asking  # where runs have stood that asked something: asking first saves a try
        self._open: dict[int, RunFacts] = {}
        self._past: dict[tuple[int, int, str], PastRun] = {}
        self._last_id = 0
        self._was_busy = self._entered = False
        self._story: list[Happening] = []
        self._waiting: dict[int, tuple[str, str, str]] = {}  # by run: the message that is held

    def go(self) -> Iterator[Subject]:
        """Live; gives each (customer, moment) about which the conditions on the way must be known to go on."""
        while (moment := self._moment()) is not None:
            stimuli = self._take(moment)
            due = {run.id for run in self._open.values() if run.due_at is not None and run.due_at <= moment}
            batch = Batch(self._plans, list(self._open.values()), stimuli, due, moment)
            if any((self._open[each].step, self._open[each].phase) in self._asking for each in due):
                yield self._id, moment
            while True:
                try:
                    outcomes = machine.advance(batch, past=self._past, known=self._known, ids=self._ids())
                    break
                except NotYetKnown as question:
                    self._asking.update((self._open[each].step, self._open[each].phase) for each in due)
                    yield question.subject
            yield from self._settle(outcomes, moment)
        self._close()

    def _moment(self) -> datetime | None:
        """When something happens next: a wait is over, or what the journey listens to."""
        due = min((run.due_at for run in self._open.values() if run.due_at is not None), default=None)
        if not self._open:
            self._skip()
        heard = self._heard[self._next].moment if self._next < len(self._heard) else None
        moment = min((each for each in (due, heard) if each is not None), default=None)
        return moment if moment is not None and moment < self._rules.until else None

    def _skip(self) -> None:
        """With nobody on the way, only what lets him in matters."""
        definition = self._rules.plan.definition
        entry = definition.entry.event
        if self._past and definition.reentry.rule == "never" and definition.key == "customer":
            self._next = len(self._heard)
        while self._next < len(self._heard):
            stimulus = self._heard[self._next]
            if entry.fits(stimulus.name, stimulus.properties):
                return
            self._next += 1

    def _take(self, moment: datetime) -> list[Stimulus]:
        first = self._next
        while self._next < len(self._heard) and self._heard[self._next].moment <= moment:
            self._next += 1
        return list(self._heard[first : self._next])

    def _ids(self) -> Iterator[int]:
        return count(self._last_id + 1)

    def _settle(self, outcomes: Sequence[Outcome], moment: datetime) -> Iterator[Subject]:
        """Decide until no run stands before a message, then keep what became of each."""
        done = list(outcomes)
        for _ in range(_ROUNDS):
            waiting = [number for number, outcome in enumerate(done) if outcome.want]
            if not waiting:
                break
            wants = [want for number in waiting if (want := done[number].want)]
            for number, decided in zip(waiting, self._decide(wants, moment), strict=True):
                while True:
                    try:
                        done[number] = machine.after_decision(
                            done[number],
                            verdict=decided.verdict,
                            known=self._known,
                            hold_until=decided.hold_until,
                        )
                        break
                    except NotYetKnown as question:
                        yield question.subject
        for outcome in done:
            self._keep(outcome)

    def _decide(self, wants: Sequence[WantMessage], now: datetime) -> list[Decided]:
        rivals = self._facts.rivals(now, self._rules.lifts)
        channels = {one.channel for one in rivals} | {channel for _, channel in choosing.pairs(wants)}
        facts = {(self._id, channel): self._facts.at(now, channel) for channel in channels}
        candidates = [*rivals, *(self._candidate(_by_channel(want, facts), now) for want in wants)]
        decided = decide_batch(candidates, facts, self._rules.policy, now)[-len(wants) :]
        for one in decided:
            self._count(one, facts[self._id, one.candidate.channel].touches, now)
            if one.verdict is Verdict.SEND:
                self._facts.added.append(_touch(one.candidate, now))
        return decided

    def _candidate(self, want: WantMessage, now: datetime) -> Candidate:
        began = self._began.get(want.event_id or 0)
        event = (began.name, began.properties) if began else None
        expected_minor, expected_by = expected(want.journey_id, self._facts.spending(now), self._rules.lifts)
        return Candidate(
            key=want.message_key,
            customer_id=want.customer_id,
            channel=want.channel,
            topic=want.topic,
            category=want.category,
            expires_at=want.expires_at,
            priority=want.priority,
            journey_id=want.journey_id,
            run_id=want.run_id,
            step=want.step,
            status=want.status,
            about=str(KIND_OF.get(began.name, "")) if began else "",
            product_at=began.at if began and is_of_product(began.name) else None,
            lacking=self._lacking(want.template, event),
            expected_minor=expected_minor,
            expected_by=expected_by,
        )

    def _lacking(self, template: str, began: tuple[str, Mapping[str, object]] | None) -> tuple[str, ...]:
        text = self._rules.texts.get(template)
        return lacking(text, {**told_of(began), "customer": self._facts.spoken}) if text else ()

    def _count(self, one: Decided, touches: Sequence[TouchSeen], now: datetime) -> None:
        tally, candidate = self._tally, one.candidate
        said = (candidate.step, str(one.verdict), one.reason)
        run = candidate.run_id or 0
        tally.decisions[said] += 1
        if one.verdict is Verdict.HOLD:
            tally.waited += run not in self._waiting
            self._waiting[run] = said
        else:
            self._waiting.pop(run, None)
            tally.settled[said] += 1
        if one.verdict is Verdict.SEND:
            tally.messages[self._day(now)] += 1
        if not candidate.is_service and self._is_busy(candidate.channel, touches, now):
            tally.busy[str(one.verdict)] += 1
            self._was_busy = True
        self._note(now, "decided", candidate.step, str(one.verdict), one.reason)

    def _is_busy(self, channel: str, touches: Sequence[TouchSeen], now: datetime) -> bool:
        caps = [cap for cap in self._rules.policy.caps if cap.channel in {"", channel}]
        return any(fullness(cap, touches, now).counted >= max(cap.count - _FEW, 1) for cap in caps)

    def _keep(self, outcome: Outcome) -> None:
        run = outcome.run
        before = self._open.pop(run.id, None)
        self._last_id = max(self._last_id, run.id)
        if run.ended_at is None:
            self._open[run.id] = run
        else:
            self._past[run.journey_id, run.customer_id, run.key] = PastRun(run.ended_at)
        if not run.in_holdout:
            self._tell(outcome, before)
        elif outcome.started:
            self._tally.held_out += 1  # all that is counted of him: every other number is of those who entered

    def _tell(self, outcome: Outcome, before: RunFacts | None) -> None:
        tally, run = self._tally, outcome.run
        if outcome.started:
            self._start(run)
        for seen in outcome.steps:
            tally.came[seen.step] += 1
            if seen.edge:
                tally.left[seen.step, seen.edge] += 1
        if outcome.left and before:
            tally.left[before.step, outcome.left.edge] += 1
        for act in outcome.acts:
            tally.acts[type(act).__name__] += 1
            if isinstance(act, WantTask):
                tally.tasks[act.assignee, self._day(act.created_at)] += 1
                self._facts.tasks.append(OpenMatter("task", act.created_at))
                self._note(act.created_at, "task", act.step, act.assignee)
        if run.ended_at is not None:
            tally.outcomes[run.outcome or ""] += 1
            self._note(run.ended_at, "ended", run.step, run.outcome or "")

    def _start(self, run: RunFacts) -> None:
        self._entered = True
        self._tally.entered += 1
        self._tally.entries[self._day(run.started_at)] += 1
        self._note(run.started_at, "entered", run.step)

    def _note(self, at: datetime, what: str, step: str, *said: str) -> None:
        if len(self._tally.stories) < self._rules.keep:
            self._story.append(Happening(at, what, step, said))

    def _close(self) -> None:
        self._tally.open += sum(not run.in_holdout for run in self._open.values())
        for said in self._waiting.values():
            self._tally.settled[said] += 1
        self._tally.busy_customers += self._was_busy
        if self._story:
            self._tally.stories[self._id] = self._story
        if self._entered:
            pressure = self._facts.pressure_in(self._rules.since, self._rules.until)
            self._tally.customers += 1
            self._tally.touches[pressure.before, pressure.after] += 1
            self._tally.crowded_out += pressure.crowded_out

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self._rules.zone).date()


def _by_channel(want: WantMessage, known: FactsOf) -> WantMessage:
    """What he answered is not in the base's past: a free channel is chosen by where he could be reached."""
    return replace(want, channel=choosing.best(want, known).channel) if want.channel == BEST else want


def _touch(sent: Candidate, now: datetime) -> TouchSeen:
    return TouchSeen(now, sent.channel, sent.category, sent.topic)
