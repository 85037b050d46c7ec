"""Dates that events tell of a thing, such as when an order is delivered or a proposal ends. Pure.

They are kept with the thing as JSON: name -> [day, when it was said]. The later word on each name counts, whatever
the order in which the events come.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from tactful.kernel.time import FIRST_YEAR, LAST_YEAR, day_of

Told = Mapping[str, tuple[str, str]]
"""Name -> (YYYY-MM-DD, the moment at which it was said, in UTC and always as long: so it compares as text)."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")  # stricter than Python: 20270131 may as well be a number of something
MOST = 20  # of one event
LONGEST = 100  # characters of a name


def told_in(properties: Mapping[str, object], *, at: datetime) -> dict[str, tuple[str, str]]:
    """The dates among the properties of an event that happened at a moment."""
    said = at.astimezone(UTC).isoformat(timespec="microseconds")
    found = {name: (day, said) for name, value in properties.items() if (day := _day(value)) and _fits(name)}
    return dict(list(found.items())[:MOST])


def later(one: Told, other: Told) -> dict[str, tuple[str, str]]:
    """Of each date the later word; of two at one moment the later date, so that the order does not matter."""
    both = dict(one)
    for name, word in other.items():
        if name not in both or both[name][::-1] < word[::-1]:
            both[name] = word
    return both


def _day(value: object) -> str:
    if not isinstance(value, str) or not _DAY.match(value):
        return ""
    day = day_of(value)
    return day.isoformat() if day and FIRST_YEAR <= day.year <= LAST_YEAR else ""


def _fits(name: str) -> bool:
    return 0 < len(name) <= LONGEST
