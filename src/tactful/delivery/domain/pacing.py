"""How many messages may go now: token buckets for limits, a plan that grows daily, pauses after a warning."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, log

_BURST = 0.1  # of a minute's messages may go at once; the rest comes evenly
_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_LEVEL = 6  # 64 minutes
_FORGIVEN_AFTER = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Tokens come at `rate` a second up to `burst`; each message takes one."""

    rate: float
    burst: float

    def tokens(self, left: float | None, since: datetime | None, now: datetime) -> float:
        """How many there are now, when `left` were there at `since`; full where nothing is known."""
        if left is None or since is None:
            return self.burst
        return min(self.burst, left + max(0.0, (now - since).total_seconds()) * self.rate)


@dataclass(frozen=True, slots=True)
class Plan:
    """A warm-up: `first` messages on the first day, `growth` per cent more each day, until `goal` a day."""

    since: date
    first: int
    growth: int
    goal: int

    def limit(self, today: date) -> int | None:
        """How many marketing messages may go on this day; None when the goal is reached."""
        days = max(0, (today - self.since).days)
        if days >= self.days:
            return None
        return int(self.first * (1 + self.growth / 100) ** days)

    @property
    def days(self) -> int:
        """After how many days the goal is reached."""
        if self.first >= self.goal:
            return 0
        return ceil(log(self.goal / self.first) / log(1 + self.growth / 100) - 1e-9)


def per_second(count: int) -> Bucket:
    """So many a second on average."""
    return Bucket(rate=count, burst=count)


def per_minute(count: int) -> Bucket:
    """Never more than so many within any minute (one, where fewer than that would fit)."""
    burst = max(1.0, count * _BURST)
    return Bucket(rate=max(count - burst, count / 2) / 60, burst=burst)


def slower(level: int, until: datetime | None, now: datetime) -> tuple[int, datetime]:
    """The next pause after a receiver said that it is too much: each as long again as the last, while it goes on.

    Gives the new level and the end. What is said during a pause belongs to it.
    """
    if until is not None and now < until:
        return level, until
    goes_on = until is not None and now - until < _FORGIVEN_AFTER
    new = min(level + 1, _LONGEST_LEVEL) if goes_on else 0
    return new, now + _FIRST_PAUSE * 2**new
