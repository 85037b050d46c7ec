"""Time as an argument: the real clock at the edges, a virtual one for demo, backtest and tests."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the present moment."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock. Only web, public, api, cli and worker create one."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that moves only when told, and never backwards."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a virtual clock starts at an aware moment")
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        return self.set(self._now + by)

    def set(self, moment: datetime) -> datetime:
        if moment < self._now:
            raise ValueError(f"the clock stands at {self._now}, {moment} has passed")
        self._now = moment.astimezone(UTC)
        return self._now
