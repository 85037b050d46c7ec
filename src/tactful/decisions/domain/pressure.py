"""Counting touches: the one place where a cap is understood, for the decision and for the reservation alike."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from tactful.decisions.domain.facts import SERVICE, CapRule, TouchSeen
from tactful.kernel.time import zone

_UTC = zone("UTC")


class Fullness(Struct, frozen=True):
    """A cap at a moment: touches counted in its window, and when a slot is free (None: never)."""

    cap: CapRule
    counted: int
    full: bool
    free_at: datetime | None


def fullness(cap: CapRule, touches: Iterable[TouchSeen], now: datetime, where: ZoneInfo = _UTC) -> Fullness:
    """How full the cap is. Service messages are no pressure. `where` is the customer's zone, for calendar caps.

    A touch leaves a rolling window exactly `days` after it was made, and a calendar one as the next period begins.
    One that seems to lie in the future (another engine's clock) counts too: when in doubt, the customer is left
    in peace.
    """
    begins = _begins(cap, now, where)
    taken = sorted(
        touch.at for touch in touches if touch.at > begins and touch.category != SERVICE and cap.covers(touch)
    )
    if len(taken) < cap.count:
        return Fullness(cap, len(taken), full=False, free_at=now)
    return Fullness(cap, len(taken), full=True, free_at=_free_at(cap, taken, now, where))


def has_slot(
    caps: Sequence[CapRule], touches: Sequence[TouchSeen], *, message: TouchSeen, where: ZoneInfo = _UTC
) -> bool:
    """Whether one more touch like this message, at its moment, fits under every cap."""
    return not any(fullness(cap, touches, message.at, where).full for cap in caps if cap.covers(message))


def _begins(cap: CapRule, now: datetime, where: ZoneInfo) -> datetime:
    if not cap.period:
        return now - cap.span
    # A touch at midnight itself belongs to the new period.
    return _midnight(_first_day(cap.period, now, where), where) - timedelta(microseconds=1)


def _free_at(cap: CapRule, taken: Sequence[datetime], now: datetime, where: ZoneInfo) -> datetime | None:
    if not cap.count:
        return None
    if not cap.period:
        return taken[len(taken) - cap.count] + cap.span
    first = _first_day(cap.period, now, where)
    if cap.period == "month":
        return _midnight((first + timedelta(days=32)).replace(day=1), where)
    return _midnight(first + timedelta(days=cap.days), where)


def _first_day(period: str, now: datetime, where: ZoneInfo) -> date:
    today = now.astimezone(where).date()
    if period == "month":
        return today.replace(day=1)
    return today - timedelta(days=today.weekday()) if period == "week" else today


def _midnight(day: date, where: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=where).astimezone(UTC)
