"""What another cap would have done with recorded decisions: each judged again by itself on the touches of then.

Pure. A message that would have gone leaves no touch behind for later ones here, and one that would have waited
takes none away: what came after stays as it was recorded.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tactful.decisions.domain.facts import CapRule, TouchSeen
from tactful.decisions.domain.pressure import has_slot
from tactful.kernel.time import zone_or


@dataclass(frozen=True, slots=True)
class Recorded:
    """A marketing message that was sent, or stopped by the caps and by nothing else."""

    id: int
    customer_id: int
    journey_id: int | None
    channel: str
    category: str
    priority: int
    at: datetime
    sent: bool
    topic: str = ""
    zone: str = "UTC"
    expected_minor: int = 0

    @property
    def touch(self) -> TouchSeen:
        return TouchSeen(self.at, self.channel, self.category, self.topic)


@dataclass(frozen=True, slots=True)
class Judged:
    """Ids of decisions. `go`: stopped by the caps, free to go under the others; `wait`: the other way round.

    The margin that they may be expected to bring is in minor units: of each customer once for a journey, because
    that is what a journey is measured by.
    """

    stopped: int
    sent: int
    go: tuple[int, ...]
    wait: tuple[int, ...]
    go_minor: int = 0
    wait_minor: int = 0


Touches = Mapping[int, Sequence[TouchSeen]]


def with_cap(caps: Sequence[CapRule], other: CapRule) -> tuple[CapRule, ...]:
    """The caps with another in place of the one for the same window, as saving it would leave them."""
    return (*(cap for cap in caps if cap.window != other.window), other)


def judge(
    recorded: Sequence[Recorded], touches: Touches, caps: Sequence[CapRule], *, journey_id: int | None = None
) -> Judged:
    """Hold every decision against these caps. `touches` by customer, earliest first; of one journey if it is given.

    Messages of one moment compete as they did: the most important takes its slot first.
    """
    own = [
        (one, has_slot(caps, seen, message=one.touch, where=zone_or(one.zone, "UTC")))
        for one, seen in _with_touches(recorded, touches)
        if journey_id is None or one.journey_id == journey_id
    ]
    go = [one for one, free in own if free and not one.sent]
    wait = [one for one, free in own if one.sent and not free]
    return Judged(
        stopped=sum(not one.sent for one, _ in own),
        sent=sum(one.sent for one, _ in own),
        go=tuple(one.id for one in go),
        wait=tuple(one.id for one in wait),
        go_minor=_expected(go),
        wait_minor=_expected(wait),
    )


def _expected(recorded: Sequence[Recorded]) -> int:
    return sum({(one.customer_id, one.journey_id): one.expected_minor for one in recorded}.values())


def _with_touches(recorded: Sequence[Recorded], touches: Touches) -> Iterator[tuple[Recorded, list[TouchSeen]]]:
    """Each decision with the touches that it saw: before its moment, and just before it in its batch."""
    of_customer: dict[int, list[Recorded]] = defaultdict(list)
    for one in recorded:
        of_customer[one.customer_id].append(one)
    for customer_id, decisions in of_customer.items():
        known = touches.get(customer_id, ())
        moment, taken = None, list[TouchSeen]()
        for one in sorted(decisions, key=lambda one: (one.at, -one.priority, -one.expected_minor, one.id)):
            if one.at != moment:
                moment, taken = one.at, [touch for touch in known if touch.at < one.at]
            yield one, taken
            if one.sent:
                taken = [*taken, one.touch]
