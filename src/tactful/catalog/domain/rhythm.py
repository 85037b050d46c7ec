"""How often somebody buys, and what the time since his last purchase says in terms of it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

FEWEST = 3
"""Purchases below which there is no rhythm: two dates make one gap."""


class Risk(Enum):
    """How late the next purchase is, in spans of the customer's own rhythm; each state begins at its number."""

    IN_RHYTHM = 0.0
    LATE = 1.25
    SLIPPING = 2.0
    LOST = 4.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The mean span between purchases, and the span since the last. `late` is how many such spans that is."""

    every: timedelta
    since: timedelta

    @property
    def late(self) -> float:
        return self.since / self.every

    @property
    def risk(self) -> Risk:
        return max((risk for risk in Risk if self.late >= risk.value), key=lambda risk: risk.value)


def rhythm(*, count: int, first_at: datetime, last_at: datetime, now: datetime) -> Rhythm | None:
    """None below FEWEST purchases, or where all of them were made at one moment."""
    if count < FEWEST or last_at <= first_at:
        return None
    return Rhythm(every=(last_at - first_at) / (count - 1), since=max(now - last_at, timedelta()))
