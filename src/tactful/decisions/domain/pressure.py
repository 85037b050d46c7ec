"""Counting touches: the one place where a cap is understood, for the decision and for the reservation alike."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tactful.decisions.domain.facts import SERVICE, CapRule, TouchSeen


@dataclass(frozen=True, slots=True)
class Fullness:
    """A cap at a moment: touches counted in its window, and when a slot is free (None: never)."""

    cap: CapRule
    counted: int
    full: bool
    free_at: datetime | None


def fullness(cap: CapRule, touches: Iterable[TouchSeen], now: datetime) -> Fullness:
    """How full the cap is. Service messages are no pressure.

    A touch leaves the window exactly `days` after it was made. One that seems to lie in the future (another
    engine's clock) counts too: when in doubt, the customer is left in peace.
    """
    begins = now - cap.span
    taken = sorted(
        touch.at
        for touch in touches
        if touch.at > begins and touch.category != SERVICE and cap.channel in {"", touch.channel}
    )
    if len(taken) < cap.count:
        return Fullness(cap, len(taken), full=False, free_at=now)
    free_at = taken[len(taken) - cap.count] + cap.span if cap.count else None
    return Fullness(cap, len(taken), full=True, free_at=free_at)


def has_slot(caps: Sequence[CapRule], touches: Sequence[TouchSeen], *, channel: str, now: datetime) -> bool:
    """Whether one more touch on this channel fits under every cap."""
    return not any(fullness(cap, touches, now).full for cap in caps if cap.channel in {"", channel})
