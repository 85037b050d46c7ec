"""A call and how it ended. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

# As the Standard Webhooks specification recommends: https://www.standardwebhooks.com
_PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
GONE = 410


@dataclass(frozen=True, slots=True)
class NewCall:
    """A call to make. The same key again is the same call."""

    key: UUID
    url: str
    body: Mapping[str, object]
    customer_id: int
    journey_id: int
    run_id: int
    step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that this worker makes now. `body` is the text that is signed and sent."""

    id: int
    key: UUID
    url: str
    body: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt ended: the status, or 0 where there was no answer; `refused` where it must not be made."""

    call_id: int
    attempt: int
    status: int
    words: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """What becomes of the call: `done`, `failed`, or `queued` again until `due_at`."""

    state: str
    due_at: datetime | None


def after(answer: Answer, *, now: datetime) -> Ended:
    """A call is done by any answer of 2xx; 410 and an address that must not be called end it at once."""
    if 200 <= answer.status < 300:
        return Ended("done", None)
    if answer.refused or answer.status == GONE or answer.attempt > len(_PAUSES):
        return Ended("failed", None)
    return Ended("queued", now + _PAUSES[answer.attempt - 1])
