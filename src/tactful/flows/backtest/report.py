"""What a backtest says: how much would have gone to whom, what would have been held back, what it cannot say."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from tactful.flows.backtest.question import Asked, Standing, segments_heard
from tactful.flows.backtest.tally import Happening, Tally
from tactful.flows.backtest.world import World
from tactful.journeys.domain.steps import Message, Update, WaitForEvent

PREDICTS = (
    "This predicts volume and restraint, not response: how many messages and tasks there would have been, and what "
    "the guards would have held back. What customers would have done about them is not guessed."
)


@dataclass(frozen=True, slots=True)
class StepCount:
    """Runs that came to a step, and that left it by each way."""

    step: str
    kind: str
    came: int
    left: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class MessageCount:
    """Messages of a step by how they ended: `send`, `drop`, or `hold` (waiting when the period ended)."""

    step: str
    template: str
    verdict: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Pressure:
    """Marketing touches of those who entered, in the period: before, and with the journey's.

    `histogram`: touches -> (customers before, customers with the journey). `crowded_out`: real messages that would
    have found their slot under a cap taken. `busy`: verdicts on messages to customers with one free slot or none.
    """

    customers: int
    before: int
    after: int
    histogram: Mapping[int, tuple[int, int]]
    crowded_out: int
    busy_customers: int
    busy: Mapping[str, int]

    @property
    def each_before(self) -> float:
        return self.before / self.customers if self.customers else 0.0

    @property
    def each_after(self) -> float:
        return self.after / self.customers if self.customers else 0.0


@dataclass(frozen=True, slots=True)
class Work:
    """Tasks that one of the staff (empty: nobody named) would have got: how many a day, and on the worst day."""

    assignee: str
    tasks: int
    each_day: float
    most: int
    most_on: date


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a backtest found. Days are those of the company's calendar.

    `cost_minor`: what its messages would have cost at today's price, in minor units of `currency`, rounded up; None
    where no price is set.
    """

    journey: str
    name: str
    since: datetime
    until: datetime
    standing: str
    entered: int
    customers: int
    left_alone: int
    still_inside: int
    sent: int
    waited: int
    dropped: int
    still_held: int
    cost_minor: int | None
    currency: str
    steps: tuple[StepCount, ...]
    messages: tuple[MessageCount, ...]
    decisions: Mapping[str, int]
    outcomes: Mapping[str, int]
    by_day: tuple[tuple[date, int, int], ...]
    pressure: Pressure
    work: tuple[Work, ...]
    other: Mapping[str, int]
    notes: tuple[str, ...]
    stories: Mapping[int, tuple[Happening, ...]]

    def as_json(self) -> dict[str, Any]:
        """Plain values, moments and days as ISO 8601."""
        found = asdict(self)
        found["by_day"] = [{"day": day, "entered": came, "sent": sent} for day, came, sent in self.by_day]
        found["pressure"]["histogram"] = [
            {"touches": touches, "before": before, "after": after}
            for touches, (before, after) in self.pressure.histogram.items()
        ]
        plain: dict[str, Any] = _plain(found)
        return plain


def report_of(asked: Asked, tally: Tally, world: World, *, missing: Iterable[str]) -> Report:
    """The counts in the order in which people read them."""
    ended = Counter(dict.fromkeys(("send", "hold", "drop"), 0))
    for (_, verdict, _), count in tally.settled.items():
        ended[verdict] += count
    decided: Counter[str] = Counter()
    for (_, verdict, reason), count in tally.decisions.items():
        decided[f"{verdict}: {reason}"] += count
    days = sorted(tally.entries.keys() | tally.messages.keys())
    return Report(
        journey=asked.definition.slug,
        name=asked.definition.name,
        since=asked.since,
        until=asked.until,
        standing=str(asked.standing),
        entered=tally.entered,
        customers=tally.customers,
        left_alone=tally.held_out,
        still_inside=tally.open,
        sent=ended["send"],
        waited=tally.waited,
        dropped=ended["drop"],
        still_held=ended["hold"],
        cost_minor=_cost(ended["send"], world.policy.guards.thousand_cost_minor),
        currency=world.currency,
        steps=tuple(_steps(asked, tally)),
        messages=tuple(_messages(asked, tally)),
        decisions=dict(decided.most_common()),
        outcomes=dict(tally.outcomes.most_common()),
        by_day=tuple((day, tally.entries[day], tally.messages[day]) for day in days),
        pressure=_pressure(tally),
        work=tuple(_work(asked, tally)),
        other=_other(tally),
        notes=tuple(_notes(asked, world, missing)),
        stories={customer_id: tuple(story) for customer_id, story in tally.stories.items()},
    )


def _cost(sent: int, thousand_minor: int) -> int | None:
    return -(-sent * thousand_minor // 1000) if thousand_minor else None


def _steps(asked: Asked, tally: Tally) -> Iterable[StepCount]:
    for name, step in asked.definition.steps.items():
        left = {edge.name: count for edge in step.edges if (count := tally.left[name, edge.name])}
        if away := tally.left[name, "exit"]:
            left["exit"] = away
        yield StepCount(name, type(step).__name__, tally.came[name], left)


def _messages(asked: Asked, tally: Tally) -> Iterable[MessageCount]:
    for (name, verdict, reason), count in sorted(tally.settled.items(), key=lambda pair: (pair[0][0], -pair[1])):
        step = asked.definition.steps[name]
        template = step.template if isinstance(step, Message) else ""
        yield MessageCount(name, template, verdict, reason, count)


def _pressure(tally: Tally) -> Pressure:
    before: Counter[int] = Counter()
    after: Counter[int] = Counter()
    for (was, becomes), count in tally.touches.items():
        before[was] += count
        after[becomes] += count
    return Pressure(
        customers=tally.customers,
        before=sum(touches * count for touches, count in before.items()),
        after=sum(touches * count for touches, count in after.items()),
        histogram={touches: (before[touches], after[touches]) for touches in sorted(before.keys() | after.keys())},
        crowded_out=tally.crowded_out,
        busy_customers=tally.busy_customers,
        busy=dict(tally.busy),
    )


def _work(asked: Asked, tally: Tally) -> list[Work]:
    days = max(1, (asked.until - asked.since).days)
    by_assignee: dict[str, Counter[date]] = {}
    for (assignee, day), count in tally.tasks.items():
        by_assignee.setdefault(assignee, Counter())[day] += count
    found = []
    for assignee, counts in by_assignee.items():
        worst = min(counts, key=lambda day: (-counts[day], day))
        found.append(Work(assignee, counts.total(), counts.total() / days, counts[worst], worst))
    return sorted(found, key=lambda work: -work.tasks)


def _other(tally: Tally) -> dict[str, int]:
    words = {"WantNotice": "notices", "WantUpdate": "updates", "WantCall": "webhooks"}
    return {word: tally.acts[name] for name, word in words.items() if tally.acts[name]}


def _notes(asked: Asked, world: World, missing: Iterable[str]) -> Iterable[str]:
    """What it stands on, and what it leaves out."""
    definition = asked.definition
    steps = definition.steps.values()
    yield PREDICTS
    yield (
        "Frequency caps, quiet hours, the holdout, profiles and texts are those of today; events, consent, pauses "
        "and real messages are those of each moment."
    )
    yield "The period begins with nobody inside the journey. Imported events count from when they happened."
    if asked.journey_id is not None:
        yield (
            "What this journey really sent is left out of the past."
            if asked.standing is Standing.INSTEAD
            else "What this journey really sent counts as pressure, as if this were another journey beside it."
        )
    yield "No step of a journey gives a discount, so none is counted; what a text promises is not read."
    if definition.entry.about != "customer":
        yield (
            f"The {definition.entry.about}s are those known today, each until it was cancelled or answered; a date "
            "that was told anew counts as it was told last."
        )
    if any(isinstance(step, WaitForEvent) for step in steps):
        yield "A wait for an event hears only what really happened: nobody answers messages that were never sent."
    if any(isinstance(step, Update) for step in steps):
        yield "What the journey would have noted about customers changes no later condition here."
    if segments_heard(definition) and world.told_since > asked.since:
        yield (
            f"Who entered and left segments before {world.told_since:%Y-%m-%d} is worked out from the history, "
            "as of each midnight."
        )
    for slug in missing:
        yield f"There is no text {slug!r} yet: until somebody writes it, its messages would be dropped."


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
