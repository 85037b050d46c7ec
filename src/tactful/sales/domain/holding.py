"""Marketing held for one customer: the words that hold it and let it go on, and which of two words counts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import parse_moment

HELD, RESUMED = "Contact Held", "Contact Resumed"
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Hold:
    """The word that counts: until when marketing waits (None: it does not), why, who said so and when."""

    until: datetime | None
    reason: str
    by: str
    said_at: datetime

    def holds(self, now: datetime) -> bool:
        return self.until is not None and self.until > now


def read(name: str, properties: Mapping[str, Any], *, at: datetime) -> Hold:
    """What an event says. Raises InvalidInput where it does not say until when."""
    by = _text(properties.get("by"))
    if name == RESUMED:
        return Hold(None, "", by, at)
    said = properties.get("until")
    if not isinstance(said, str):
        raise InvalidInput(f"{HELD} needs `until`, the moment up to which marketing waits")
    return Hold(parse_moment(said), _text(properties.get("reason")), by, at)


def later(one: Hold | None, other: Hold) -> Hold:
    """Of two words about one customer the later one counts; of two of one moment the second."""
    return one if one is not None and one.said_at > other.said_at else other


def stricter(one: Hold | None, other: Hold) -> Hold:
    """When two records were one person: what leaves him alone for longer."""
    if one is None or one.until is None:
        return other if one is None or other.until is not None else later(one, other)
    return other if other.until is not None and other.until > one.until else one


def _text(value: object) -> str:
    return value.strip()[:_LONGEST_REASON] if isinstance(value, str) else ""
