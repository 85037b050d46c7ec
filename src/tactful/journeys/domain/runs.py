"""What the machine is given and what it gives back.

Runs, what they hear and what becomes of them are Structs: made and changed in a tenth of a dataclass's time.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from tactful.journeys.domain.definition import Definition

# An event that took longer than this to arrive counts from its arrival: what the customer did since is known.
LATE = timedelta(hours=1)
# An older event starts nothing, even when nobody marked it as historical.
TOO_OLD_TO_START = timedelta(days=3)

Answers = Mapping[tuple[str, int, datetime], bool]
"""(condition key, customer, moment) -> holds."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What a batch must know: conditions at moments, zones and attributes of customers, properties of events."""

    conditions: set[tuple[str, int, datetime]]
    people: set[int]
    events: set[int]


@dataclass(frozen=True, slots=True)
class Person:
    """What a journey may ask of a customer besides conditions."""

    zone: ZoneInfo
    attributes: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Known:
    """The answer to `Needs`: everything that it asked for, by customer and by id of the event."""

    answers: Answers
    people: Mapping[int, Person]
    events: Mapping[int, Mapping[str, object]]


class Phase(StrEnum):
    """What a run does at its step."""

    WAITING = "waiting"  # until due_at, or for an event
    DECIDING = "deciding"  # at a message, in this batch: never stored
    HELD = "held"  # at a message, decided again at due_at
    HOLDOUT = "holdout"  # left alone on purpose until the goal's window is over
    ENDED = "ended"


class Stimulus(Struct, frozen=True):
    """An event that some journey listens to. Historical ones end runs and start none.

    What the calendar says (`definition.PLANNED`) is heard likewise; its `event_id` is that of the event that last
    told of the order or deal, where a date of one calls.
    """

    customer_id: int
    at: datetime
    name: str
    properties: Mapping[str, object]
    event_id: int | None
    received_at: datetime | None = None
    historical: bool = False

    @property
    def moment(self) -> datetime:
        """When it counts: when it happened, or when it arrived if that was much later (or its clock runs fast)."""
        if self.received_at is None:
            return self.at
        return self.at if self.received_at - LATE <= self.at <= self.received_at else self.received_at

    @property
    def may_start(self) -> bool:
        arrived = self.received_at or self.at
        return not self.historical and arrived - self.at <= TOO_OLD_TO_START


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of a journey.

    `enters`: the current version of an active journey. `acts`: the journey is not paused or archived.
    """

    journey_id: int
    version: int
    definition: Definition
    enters: bool
    acts: bool


Plans = Mapping[tuple[int, int], Plan | None]
"""(journey_id, version) -> plan; None where the stored definition cannot be read any more."""


class RunFacts(Struct, frozen=True):
    """One pass of one customer. `arrivals` counts the steps it has come to, so that each visit has its own key."""

    id: int
    journey_id: int
    version: int
    customer_id: int
    key: str
    step: str
    phase: Phase
    came_at: datetime
    arrivals: int
    started_at: datetime
    event_id: int | None
    due_at: datetime | None = None
    waits_for: str | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    in_holdout: bool = False
    lap: int = 0  # tells runs apart that may go side by side
    heard_id: int | None = None  # the last event it waited for


class Batch(Struct, frozen=True):
    """What comes together: `runs` are all open runs of the customers in `stimuli` and the due ones.

    Time passes up to `now` for the runs whose ids are in `due`; the others only hear.
    """

    plans: Plans
    runs: Sequence[RunFacts]
    stimuli: Sequence[Stimulus]
    due: Collection[int]
    now: datetime


class PastRun(Struct, frozen=True):
    """The last run of a customer in a journey that has ended."""

    ended_at: datetime


Past = Mapping[tuple[int, int, str], PastRun]
"""(journey_id, customer_id, key) -> his last ended run."""


@dataclass(frozen=True, slots=True)
class WantMessage:
    """A message to decide on. `status` says what is no longer true; a message with a status must be dropped."""

    message_key: UUID
    journey_id: int
    run_id: int
    customer_id: int
    step: str
    channel: str
    topic: str
    template: str
    category: str
    priority: int
    at: datetime
    expires_at: datetime
    event_id: int | None
    status: str = ""


@dataclass(frozen=True, slots=True)
class WantTask:
    """A task to create."""

    key: UUID
    journey_id: int
    run_id: int
    customer_id: int
    step: str
    title: str
    note: str
    assignee: str
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class WantNotice:
    """A word to staff: to one of them, or to whoever looks after the customer."""

    key: UUID
    journey_id: int
    run_id: int
    customer_id: int
    to: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WantUpdate:
    """What the journey says of the customer, to come in by the one door."""

    key: UUID
    customer_id: int
    set: Mapping[str, object]
    join: tuple[str, ...]
    leave: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class WantCall:
    """A call to another system."""

    key: UUID
    journey_id: int
    run_id: int
    customer_id: int
    step: str
    url: str
    body: Mapping[str, object]
    event_id: int | None
    at: datetime


Act = WantTask | WantNotice | WantUpdate | WantCall


class StepLeft(Struct, frozen=True):
    """How the run left the step at which it stood before this batch."""

    left_at: datetime
    edge: str


class StepSeen(Struct, frozen=True):
    """A step the run came to in this batch; `edge` when it has left it too."""

    step: str
    came_at: datetime
    left_at: datetime | None = None
    edge: str | None = None


class Outcome(Struct, frozen=True):
    """A run after a batch. While `want` is set, a decision is due: give it to `machine.after_decision`.

    `later` are stimuli that came after the message in question; they are heard once it is decided.
    """

    plan: Plan | None
    run: RunFacts
    started: bool = False
    left: StepLeft | None = None
    steps: tuple[StepSeen, ...] = ()
    acts: tuple[Act, ...] = ()
    want: WantMessage | None = None
    later: tuple[Stimulus, ...] = ()

    @property
    def ended(self) -> bool:
        return self.run.ended_at is not None
