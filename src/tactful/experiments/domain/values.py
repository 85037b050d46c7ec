"""What an experiment compares and by what it is judged. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tactful.kernel.randomness import share_of

MARGIN = "margin"


@dataclass(frozen=True, slots=True)
class Arm:
    """One of several texts. Shares of all arms of an experiment together are 1."""

    name: str
    template: str
    share: float


@dataclass(frozen=True, slots=True)
class Metric:
    """Margin per customer, or the share of customers who did `event` (with properties that fit `where`), each
    within a span after the message was sent. `where` holds {property, operator, operand}."""

    by: str  # margin | event
    within: timedelta
    event: str = ""
    where: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Design:
    """A test as a journey's step asks for it; another one begins a new phase."""

    arms: tuple[Arm, ...]
    metric: Metric

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(arm.name for arm in self.arms)

    @property
    def shares(self) -> dict[str, float]:
        return {arm.name: arm.share for arm in self.arms}

    def template(self, name: str) -> str:
        return next(arm.template for arm in self.arms if arm.name == name)


class Status(StrEnum):
    """Where an experiment stands. Only `RUNNING` draws lots."""

    RUNNING = "running"
    WON = "won"
    NO_DIFFERENCE = "no_difference"
    GUARDED = "guarded"  # the guards left one arm
    BROKEN = "broken"  # the shares are not those of a lot
    OUT_OF_TIME = "out_of_time"
    STOPPED = "stopped"  # by hand, the first arm goes on
    CHOSEN = "chosen"  # an arm by hand, not proven
    REPLACED = "replaced"  # the journey has other arms now


@dataclass(frozen=True, slots=True)
class Ask:
    """A message that is wanted at a step under test. `version` is the journey's."""

    journey_id: int
    step: str
    version: int
    customer_id: int
    message_key: UUID
    design: Design


def shares_left(shares: Mapping[str, float], stopped: Mapping[str, Any]) -> dict[str, float]:
    """The shares of the arms that still run, together 1."""
    left = {name: share for name, share in shares.items() if name not in stopped}
    whole = sum(left.values())
    return {name: share / whole for name, share in left.items()}


def draw(seed: str, customer_id: int, shares: Mapping[str, float]) -> str:
    """The arm of a customer: the same for ever for the same seed and shares."""
    place = share_of(seed, customer_id)
    for name, share in shares.items():
        place -= share
        if place < 0:
            return name
    return list(shares)[-1]
