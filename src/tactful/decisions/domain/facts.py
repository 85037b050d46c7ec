"""What a decision is made of: the message in question, what is known of the customer, the house's policy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from tactful.consent.domain.consent import ConsentFacts
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

    @property
    def is_service(self) -> bool:
        return self.category == SERVICE


@dataclass(frozen=True, slots=True)
class TouchSeen:
    """A slot of attention that is taken."""

    at: datetime
    channel: str
    category: str = "information"


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


FactsOf = Mapping[tuple[int, str], Facts]
"""(customer_id, channel) -> facts. `touches` hold those on every channel."""


@dataclass(frozen=True, slots=True)
class CapRule:
    """At most `count` touches in any `days` times 24 hours. An empty channel means all channels together."""

    count: int
    days: int
    channel: str = ""

    @property
    def span(self) -> timedelta:
        return timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Policy:
    """The house's restraint. `fallback_zone` is the company's, for customers without a known zone."""

    caps: tuple[CapRule, ...]
    quiet: QuietHours
    fallback_zone: str

    @property
    def memory(self) -> timedelta:
        """How far back touches matter: the longest cap, and the week of a person's own choice."""
        return max([cap.span for cap in self.caps] + [timedelta(days=7)])


@dataclass(frozen=True, slots=True)
class RuleSaw:
    """One rule's look at the message: `verdict` (pass, hold, drop), the reason in words, the facts it saw."""

    rule: str
    verdict: str
    reason: str
    saw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Decided:
    """The verdict on a candidate. `reason` is the name of the first rule that forbade it, or `clear`."""

    candidate: Candidate
    verdict: Verdict
    reason: str
    reasons: tuple[RuleSaw, ...]
    hold_until: datetime | None = None
