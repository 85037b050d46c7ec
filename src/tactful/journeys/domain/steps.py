"""What a journey is made of: steps, and the ways between them. Frozen values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta

from tactful.journeys.domain.matching import EventMatch, PropertyTest


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
class Arm:
    """One of several texts under test. Shares of all arms together are 1."""

    name: str
    template: str
    share: float


@dataclass(frozen=True, slots=True)
class Winner:
    """What an arm is judged by: margin, or an event, within a span after the message."""

    by: str  # margin | event
    event: EventMatch | None
    within: timedelta


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is considered: decided on, then sent, held or dropped.

    With `arms` each customer gets one of their texts, always the same; `template` is then that of the first.
    """

    template: str
    topic: str
    next: str
    condition: Condition | None
    expires_after: timedelta
    channel: str = ""  # empty: the journey's
    arms: tuple[Arm, ...] = ()
    winner: Winner | None = None

    @property
    def edges(self) -> tuple[Edge, ...]:
        """`skipped`: its own condition no longer held; `dropped`: another rule forbade it."""
        return tuple(Edge(name, self.next) for name in ("sent", "dropped", "skipped"))

    @property
    def templates(self) -> tuple[str, ...]:
        """Every text that may go out here."""
        return tuple(dict.fromkeys(arm.template for arm in self.arms)) or (self.template,)


@dataclass(frozen=True, slots=True)
class Wait:
    """A pause in 24-hour days, so that a change of clocks neither shortens nor stretches it.

    With `at` it lasts until the next such time of the customer's day after that, on one of `weekdays`
    (0 is Monday; none: on any).
    """

    span: timedelta
    next: str
    at: time | None = None
    weekdays: frozenset[int] = frozenset()

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("next", self.next),)


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """A pause until so many days before or after a date: an attribute of the customer, or a property of the
    event that began the run. A date that is over or missing is not waited for."""

    attribute: str  # one of these two is empty
    of_event: str  # a property of the event that began the run
    days: int
    at: time
    next: str
    missing: str

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("next", self.next), Edge("missing", self.missing))


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
    """A fork at the moment the run comes by: on a segment condition, or on properties of the run's own event.

    `where` looks at the event that began the run, or with `heard` at the last one it waited for.
    """

    yes: str
    no: str
    condition: Condition | None = None
    where: tuple[PropertyTest, ...] = ()
    heard: bool = False

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("yes", self.yes), Edge("no", self.no))


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways of a split. Shares of all ways together are 1."""

    name: str
    share: float
    next: str


@dataclass(frozen=True, slots=True)
class Split:
    """A fork by lot: a customer who comes by again goes the same way."""

    ways: tuple[Way, ...]

    @property
    def edges(self) -> tuple[Edge, ...]:
        return tuple(Edge(way.name, way.next) for way in self.ways)


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
class Notify:
    """A word to one of the staff, or with `owner` to whoever looks after the customer. Nothing waits for it."""

    to: str
    text: str
    next: str

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("next", self.next),)


@dataclass(frozen=True, slots=True)
class Update:
    """Attributes to set (None takes one away) and lists to join and leave; it comes in by the one door."""

    set: Mapping[str, object]
    join: tuple[str, ...]
    leave: tuple[str, ...]
    next: str

    @property
    def edges(self) -> tuple[Edge, ...]:
        return (Edge("next", self.next),)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A call to another system, signed and repeated until it answers or gives up; nothing waits for it."""

    url: str
    body: Mapping[str, object]
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


Step = Message | Wait | WaitUntil | WaitForEvent | Branch | Split | Task | Notify | Update | Webhook | Exit
