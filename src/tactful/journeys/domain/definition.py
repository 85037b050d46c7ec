"""What a journey is: entry, steps, exit rules, goal. Frozen values; `parsing` makes them from JSON or YAML."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from tactful.journeys.domain.matching import EventMatch

SEGMENT_EVENTS = {"entered": "Segment Entered", "left": "Segment Left"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A segment tree, kept as canonical JSON so that it can be a key of precomputed answers."""

    key: str

    @classmethod
    def of(cls, tree: object) -> "Condition":
        # Dates, which some YAML readers make, become the text that they were.
        return cls(json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str))

    @property
    def tree(self) -> object:
        """The tree as `segments.domain.tree.parse` reads it."""
        return json.loads(self.key)


@dataclass(frozen=True, slots=True)
class Edge:
    """A way out of a step. `target` is None where the run ends."""

    name: str
    target: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is considered: decided on, then sent, held or dropped."""

    template: str
    topic: str
    next: str
    condition: Condition | None
    expires_after: timedelta

    @property
    def edges(self) -> tuple[Edge, ...]:
        """`skipped`: its own condition no longer held; `dropped`: another rule forbade it."""
        return tuple(Edge(name, self.next) for name in ("sent", "dropped", "skipped"))


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause in 24-hour days, so that a change of clocks neither shortens nor stretches it."""

    span: timedelta
    next: str

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("next", self.next),)


@dataclass(frozen=True, slots=True)
class WaitForEvent:
    """A pause until something happens, at most for `timeout`."""

    event: EventMatch
    timeout: timedelta
    next: str
    on_timeout: str

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("event", self.next), Edge("timeout", self.on_timeout))


@dataclass(frozen=True, slots=True)
class Branch:
    """A fork on a segment condition, judged at the moment the run comes by."""

    condition: Condition
    yes: str
    no: str

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("yes", self.yes), Edge("no", self.no))


@dataclass(frozen=True, slots=True)
class Task:
    """Work for a person."""

    title: str
    note: str
    assignee: str
    due_after: timedelta
    next: str

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("next", self.next),)


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of the way."""

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("end", None),)


Step = Message | Wait | WaitForEvent | Branch | Task | Exit
WAITS = (Wait, WaitForEvent)


@dataclass(frozen=True, slots=True)
class Entry:
    """What starts a run. A segment entry is the event that entering or leaving the segment gives."""

    event: EventMatch
    condition: Condition | None
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class ExitOnEvent:
    event: EventMatch
    reason: str


@dataclass(frozen=True, slots=True)
class ExitWhen:
    condition: Condition
    reason: str


@dataclass(frozen=True, slots=True)
class Goal:
    """What the journey is for: this event within this span after the start."""

    event: EventMatch
    within: timedelta


@dataclass(frozen=True, slots=True)
class Reentry:
    """When the same customer (and key) may come again: `never`, `after_exit`, `after_days`."""

    rule: str
    days: int = 0


@dataclass(frozen=True)
class Definition:
    """One version of a journey."""

    slug: str
    name: str
    description: str
    owner: str
    failure_path: str
    review_by: date | None
    category: str  # information | activation | service
    priority: int
    topic: str
    channel: str
    holdout: float
    reentry: Reentry
    key: str  # customer | order
    goal: Goal | None
    entry: Entry
    exit_events: tuple[ExitOnEvent, ...]
    exit_conditions: tuple[ExitWhen, ...]
    steps: Mapping[str, Step]
    start: str

    @cached_property
    def event_names(self) -> frozenset[str]:
        """Names of all events that can start, move or end a run, or reach the goal."""
        matches = [self.entry.event, *(rule.event for rule in self.exit_events)]
        matches += [step.event for step in self.steps.values() if isinstance(step, WaitForEvent)]
        if self.goal:
            matches.append(self.goal.event)
        return frozenset(match.name for match in matches)

    @cached_property
    def conditions_on_the_way(self) -> tuple[Condition, ...]:
        """Every condition a run may meet after its entry."""
        return tuple(dict.fromkeys(self._conditions()))

    def _conditions(self) -> Iterator[Condition]:
        yield from (rule.condition for rule in self.exit_conditions)
        for step in self.steps.values():
            if isinstance(step, Branch | Message) and step.condition:
                yield step.condition
