"""What a journey is: entry, steps, exit rules, goal. Frozen values; `parsing` makes them from JSON or YAML."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from tactful.journeys.domain.calendar import OnDate, Rule
from tactful.journeys.domain.matching import KEYS, EventMatch
from tactful.journeys.domain.steps import Branch, Condition, Message, Step, Wait, WaitForEvent, WaitUntil

SEGMENT_EVENTS = {"entered": "Segment Entered", "left": "Segment Left"}
PLANNED = "Journey Due"
"""What a journey hears when the calendar, not an event, lets a customer in. It is not kept in the log."""


def planned(slug: str, kind: str, key: str) -> dict[str, object]:
    """The properties of `PLANNED`: which journey lets somebody in, and by which order or deal, if by any."""
    return {"journey": slug, **({KEYS[kind][0]: key} if key else {})}


SENDABLE = ("email",)
"""Channels by which something can be sent today."""
BEST = "best"
"""The channel that is best for each customer, of those by which something can be sent."""
CHANNELS = (*SENDABLE, "sms", BEST)
ARRIVES = "arrives with another release; cannot be launched"


@dataclass(frozen=True, slots=True)
class Entry:
    """What starts a run. A segment entry is the event that entering or leaving the segment gives.

    With a `rule` the calendar lets customers in: those of the segment, or everybody.
    """

    event: EventMatch
    condition: Condition | None
    segment: str | None = None
    rule: Rule | None = None
    per_hour: int = 0  # how many the calendar lets in within an hour; 0: as fast as it goes

    @property
    def about(self) -> str:
        """What lets a customer in: he himself, or an `order` or `deal` of his by its date."""
        return self.rule.of if isinstance(self.rule, OnDate) else "customer"

    @property
    def told(self) -> str:
        """The date that events have to tell of an order or deal, as `deal.valid_until`; empty where none has to."""
        rule = self.rule
        return f"{rule.of}.{rule.attribute}" if isinstance(rule, OnDate) and rule.is_told else ""


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
    """When the same customer (and key) may come again: `never`, `after_exit`, `after_days`, `any_time`.

    Only `any_time` lets somebody in whose last run is still under way.
    """

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
    key: str  # customer | order | cart | deal
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

    @cached_property
    def looks_at_people(self) -> bool:
        """Whether a step asks for the customer's zone or attributes."""
        return any(
            isinstance(step, WaitUntil) or (isinstance(step, Wait) and step.at) for step in self.steps.values()
        )

    @cached_property
    def looks_at_events(self) -> bool:
        """Whether a step asks for properties of the run's own events."""
        return any(
            (isinstance(step, Branch) and step.where) or (isinstance(step, WaitUntil) and step.of_event)
            for step in self.steps.values()
        )

    @cached_property
    def not_sendable(self) -> Mapping[str, str]:
        """Messages by channels that nothing can be sent by yet: step -> channel."""
        found = {
            name: step.channel or self.channel for name, step in self.steps.items() if isinstance(step, Message)
        }
        return {name: channel for name, channel in found.items() if channel not in {*SENDABLE, BEST}}

    @cached_property
    def targets(self) -> Mapping[tuple[str, str], str | None]:
        """(step, name of the way) -> the step it leads to; None where the run ends."""
        return {(name, edge.name): edge.target for name, step in self.steps.items() for edge in step.edges}

    @cached_property
    def templates(self) -> tuple[str, ...]:
        """Slugs of all texts that may go out."""
        messages = [step for step in self.steps.values() if isinstance(step, Message)]
        return tuple(dict.fromkeys(template for step in messages for template in step.templates))

    def _conditions(self) -> Iterator[Condition]:
        yield from (rule.condition for rule in self.exit_conditions)
        for step in self.steps.values():
            if isinstance(step, Branch | Message) and step.condition:
                yield step.condition
