"""When a person answers: the hours of his own day in which he opens and follows what we send. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

FEWEST = 5
"""Answers below which nothing is said."""
WINDOW = 3
"""Hours that are looked at together: by single hours a person is too scattered."""
_CLEAR = 1 / 3  # of all answers; evenly spread ones would put an eighth into three hours


@dataclass(frozen=True, slots=True)
class BestHours:
    """The hours from `start` (0 to 23) to `end` of his day, in which `within` of `answers` came.

    `start` is None where the answers are too scattered to name an hour.
    """

    start: int | None
    within: int
    answers: int

    @property
    def end(self) -> int:
        return ((self.start or 0) + WINDOW) % 24


def best_hours(answers: Sequence[datetime], zone: ZoneInfo) -> BestHours | None:
    """None below FEWEST answers. Of hours with equally many the earliest of the day from 6 on counts."""
    if len(answers) < FEWEST:
        return None
    by_hour = Counter(moment.astimezone(zone).hour for moment in answers)
    within = {start: sum(by_hour[(start + hour) % 24] for hour in range(WINDOW)) for start in _day()}
    start = max(_day(), key=lambda hour: within[hour])
    clear = within[start] >= _CLEAR * len(answers)
    return BestHours(start if clear else None, within[start], len(answers))


def _day() -> list[int]:
    return [(6 + hour) % 24 for hour in range(24)]
