"""From an event to what it says about consent, preferences and addresses that must be left alone."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tactful.consent.domain.consent import EVERYTHING, Word
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import parse_moment

GIVEN = "Consent Given"
WITHDRAWN = "Consent Withdrawn"
UNSUBSCRIBED = "Unsubscribed"
PREFERENCES = "Preferences Changed"
BOUNCED = "Email Bounced"
COMPLAINED = "Email Marked as Spam"
IDENTIFIED = "Customer Identified"
NAMES = frozenset({GIVEN, WITHDRAWN, UNSUBSCRIBED, PREFERENCES, BOUNCED, COMPLAINED, IDENTIFIED})

# What outweighs what, where an address is suppressed for two reasons.
REASONS = ("unsubscribed_all", "bounced", "manual", "erased", "complained")

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_MOST_A_WEEK = 1000
_LONGEST = 10_000


@dataclass(frozen=True, slots=True)
class Choice:
    """The person's own choice of how often; what he left unsaid is not in `said`."""

    said: frozenset[str]
    paused_until: datetime | None
    per_week: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Silenced:
    """An address that must get nothing; where the event names none, all addresses of the customer there."""

    channel: str
    reason: str
    at: datetime
    address: str | None


def read_words(
    name: str, properties: Mapping[str, Any], traits: Mapping[str, Any], *, at: datetime, timeless: bool
) -> list[Word]:
    """The words of consent in an event, none for most. Raises InvalidInput with the field that is wrong.

    `timeless`: an import that names no time of its own.
    """
    if name == IDENTIFIED:
        return [_standing(each, at) for each in _listed(traits)]
    if name == COMPLAINED:
        return [Word("email", EVERYTHING, granted=False, at=at, method="complaint", text="", weak=False)]
    if name not in (GIVEN, WITHDRAWN, UNSUBSCRIBED):
        return []
    granted = name == GIVEN
    default = EVERYTHING if name == UNSUBSCRIBED else None
    return [
        Word(
            channel=_slug(properties, "channel", "email" if name == UNSUBSCRIBED else None),
            topic=_slug(properties, "topic", default),
            granted=granted,
            at=at,
            method=_text(properties, "method") or ("unsubscribe" if name == UNSUBSCRIBED else ""),
            text=_text(properties, "text"),
            weak=granted and timeless,
        )
    ]


def read_silenced(name: str, properties: Mapping[str, Any], *, at: datetime) -> Silenced | None:
    """The address that this event tells to leave alone, if it does."""
    if name == BOUNCED and str(properties.get("bounce")).lower() == "hard":
        reason = "bounced"
    elif name == COMPLAINED:
        reason = "complained"
    elif name == UNSUBSCRIBED and _slug(properties, "topic", EVERYTHING) == EVERYTHING:
        reason = "unsubscribed_all"
    else:
        return None
    address = properties.get("address") or properties.get("email")
    return Silenced(
        channel=_slug(properties, "channel", "email"),
        reason=reason,
        at=at,
        address=address if isinstance(address, str) else None,
    )


def read_choice(properties: Mapping[str, Any], *, at: datetime) -> Choice:
    """How often the person wants to hear. Null takes a choice back. Raises InvalidInput."""
    paused, weekly = properties.get("paused_until"), properties.get("per_week")
    if isinstance(weekly, str) and weekly.isdecimal():
        weekly = int(weekly)
    if weekly is not None and (not isinstance(weekly, int) or isinstance(weekly, bool)):
        raise InvalidInput(f"per_week {weekly!r} is not a whole number")
    if weekly is not None and not 0 <= weekly <= _MOST_A_WEEK:
        raise InvalidInput(f"per_week {weekly!r} is not between 0 and {_MOST_A_WEEK}")
    return Choice(
        said=frozenset(name for name in ("paused_until", "per_week") if name in properties),
        paused_until=None if paused in (None, "") else parse_moment(paused),
        per_week=weekly,
        at=at,
    )


def _listed(traits: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    consents = traits.get("consents")
    if consents is None:
        return []
    if not isinstance(consents, list) or not all(isinstance(each, Mapping) for each in consents):
        raise InvalidInput("consents must be a list of objects with channel, topic and granted")
    return consents


def _standing(entry: Mapping[str, Any], at: datetime) -> Word:
    """A consent among traits: sites repeat them at each visit, so a yes is weak unless it says when it came."""
    granted = entry.get("granted")
    if not isinstance(granted, bool):
        raise InvalidInput("consents: granted must be true or false")
    said_at = entry.get("at")
    return Word(
        channel=_slug(entry, "channel", None),
        topic=_slug(entry, "topic", None),
        granted=granted,
        at=at if said_at is None else min(at, parse_moment(said_at)),
        method=_text(entry, "method"),
        text=_text(entry, "text"),
        weak=granted and said_at is None,
    )


def _slug(values: Mapping[str, Any], name: str, default: str | None) -> str:
    value = values.get(name)
    if value is None or value == "":
        value = default
    text = value.strip().lower() if isinstance(value, str) else ""
    if text != EVERYTHING and not SLUG.fullmatch(text):
        raise InvalidInput(f"{name} {value!r} is not a short name of small letters, digits, - and _")
    if name == "channel" and text == EVERYTHING:
        raise InvalidInput("channel must name one channel")
    return text


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value[:_LONGEST] if isinstance(value, str) else ""
