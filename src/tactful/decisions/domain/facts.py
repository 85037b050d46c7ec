"""What a decision is made of: the message in question, what is known of the customer, the house's policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from tactful.consent.domain.consent import EVERYTHING, ConsentFacts
from tactful.kernel.time import QuietHours

SERVICE = "service"
"""The category of messages that a customer needs for what he has bought; all others are marketing."""


class Verdict(StrEnum):
    SEND = "send"
    HOLD = "hold"
    DROP = "drop"


class Profile(StrEnum):
    """Whether there is a person to write to."""

    PRESENT = "present"
    ERASED = "erased"
    MERGED = "merged"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that somebody wants to send. After `expires_at` it is not worth sending any more.

    `status` says what is no longer true of the customer (an exit rule, the message's own condition), else empty.
    """

    key: UUID
    customer_id: int
    channel: str
    topic: str
    category: str
    expires_at: datetime
    priority: int = 0
    journey_id: int | None = None
    run_id: int | None = None
    step: str = ""
    status: str = ""
    about: str = ""
    """The kind of matter its run began with (`ticket`, `proposal`): it does not wait for that matter."""
    product_at: datetime | None = None
    """When the product data that it shows was recorded; None where it shows none."""
    lacking: tuple[str, ...] = ()
    """Variables that its text prints with no default and that nobody knows for this customer."""
    expected_minor: int = 0
    """The margin that it may be expected to bring, in minor units of the company's currency."""
    expected_by: str = ""
    """Where that expectation is from: `uplift` (of its journey, measured) or `usual` (his own margin)."""
    chosen_by: str = ""
    """By what its channel was chosen, where it may go by any: a word of `channel.Chosen`."""

    @property
    def is_service(self) -> bool:
        return self.category == SERVICE


class TouchSeen(Struct, frozen=True):
    """A slot of attention that is taken."""

    at: datetime
    channel: str
    category: str = "information"
    topic: str = ""


class OpenMatter(Struct, frozen=True):
    """Something that a person here has under way with the customer: ticket, proposal or task, and since when."""

    kind: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Spending:
    """What a customer brought and cost, in minor units: margin of a year, discounts within the budget's days."""

    margin_minor: int = 0
    discount_minor: int = 0
    orders: int = 0
    discounted: int = 0


@dataclass(frozen=True, slots=True)
class StaffHold:
    """Somebody who talks to the customer asked marketing to wait: until when, who, and why."""

    until: datetime
    by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """One customer on one channel. `address` is where he can be reached, None when nowhere."""

    profile: Profile = Profile.PRESENT
    is_test: bool = False
    address: str | None = None
    suppressed: bool = False
    consent: ConsentFacts = field(default_factory=ConsentFacts)
    touches: tuple[TouchSeen, ...] = ()
    zone: str | None = None
    in_holdout: bool = False
    sales_hold: StaffHold | None = None
    country: str | None = None
    matters: tuple[OpenMatter, ...] = ()
    spending: Spending = Spending()
    agreed_how: Mapping[str, str] = field(default_factory=dict)
    """Topic (or `*`, a yes to everything) -> how the latest yes to it was given, as recorded."""
    stream_paused: str = ""
    """Why no marketing leaves by this channel now; empty while it does."""

    def agreed_to(self, topic: str) -> str | None:
        """How the yes that covers a topic was given; None where no such yes is recorded."""
        return self.agreed_how.get(topic, self.agreed_how.get(EVERYTHING))


FactsOf = Mapping[tuple[int, str], Facts]
"""(customer_id, channel) -> facts. `touches` hold those on every channel."""


PERIODS: Mapping[str, int] = {"day": 1, "week": 7, "month": 31}
"""Calendar periods of a cap and the days that they can last."""


@dataclass(frozen=True, slots=True)
class CapRule:
    """At most `count` touches in any `days` times 24 hours, or in a calendar `period` of the customer's zone.

    An empty channel, category or topic means all of them together. With a period, `days` is how long it can last.
    """

    count: int
    days: int
    channel: str = ""
    category: str = ""
    topic: str = ""
    period: str = ""

    @property
    def span(self) -> timedelta:
        """How far back it may look; a day more with a period, whose days may have 25 hours."""
        return timedelta(days=self.days + bool(self.period))

    @property
    def window(self) -> tuple[int, str, str, str, str]:
        """What makes it another cap than the next: all but the count."""
        return self.days, self.channel, self.category, self.topic, self.period

    @property
    def is_global(self) -> bool:
        """Whether it counts everything in a rolling window."""
        return not (self.channel or self.category or self.topic or self.period)

    def covers(self, touch: TouchSeen) -> bool:
        """Whether this cap speaks of such a touch."""
        return (
            self.channel in {"", touch.channel}
            and self.category in {"", touch.category}
            and self.topic in {"", touch.topic}
        )


@dataclass(frozen=True, slots=True)
class Guards:
    """What marketing waits for beside caps and quiet hours. Days; 0 switches a guard off. Percent; 0 is off.

    `thousand_cost_minor` is what a thousand messages cost, in minor units of the company's currency.
    """

    ticket_days: int = 30
    proposal_days: int = 14
    call_days: int = 2
    task_days: int = 3
    product_days: int = 30
    public_holidays: bool = True
    double_opt_in: bool = False
    budget_percent: int = 0
    budget_minor: int = 0
    budget_days: int = 30
    thousand_cost_minor: int = 0
    discount_percent: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """The house's restraint. `fallback_zone` is the company's, for customers without a known zone."""

    caps: tuple[CapRule, ...]
    quiet: QuietHours
    fallback_zone: str
    guards: Guards = Guards()

    @property
    def memory(self) -> timedelta:
        """How far back touches matter: the longest cap, the budget, and the week of a person's own choice."""
        spans = [cap.span for cap in self.caps]
        return max([*spans, timedelta(days=7), timedelta(days=max(self.guards.budget_days, self.guards.call_days))])


class RuleSaw(Struct, frozen=True):
    """One rule's look at the message: `verdict` (pass, hold, drop), the reason in words, the facts it saw."""

    rule: str
    verdict: str
    reason: str
    saw: Mapping[str, object]


class Decided(Struct, frozen=True):
    """The verdict on a candidate. `reason` is the name of the first rule that forbade it, or `clear`."""

    candidate: Candidate
    verdict: Verdict
    reason: str
    reasons: tuple[RuleSaw, ...]
    hold_until: datetime | None = None
