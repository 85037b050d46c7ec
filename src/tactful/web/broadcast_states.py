"""Where a broadcast stands, and how far it has come. Pure: counts and moments in, words out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tactful.journeys.domain.calendar import Once, moments
from tactful.journeys.queries import Summary, Waiting

_READ_WITHIN = timedelta(minutes=5)  # the calendar lets customers in a little after the moment itself
STATES = {
    "draft": "Draft",
    "scheduled": "Scheduled",
    "sending": "Sending",
    "paused": "Paused",
    "sent": "Sent",
    "cancelled": "Cancelled",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """`considered` of `total` customers have been let in; some of them wait for a decision's better hour.

    `settled`: its moment has come everywhere, so that `total` is what was meant. Else it is the audience of today.
    """

    row: Summary
    rule: Once
    state: str
    first: datetime
    last: datetime
    considered: int
    total: int
    settled: bool

    @property
    def share(self) -> float:
        return self.considered / self.total if self.total else 0.0

    @property
    def segment(self) -> str | None:
        return self.row.definition.entry.segment if self.row.definition else None


def standing(
    row: Summary, rule: Once, *, now: datetime, zone: ZoneInfo, waiting: Waiting | None, audience: int
) -> Standing:
    """How a broadcast stands. `zone` is the company's, `audience` how many it would meet now."""
    found = moments(rule, zone)
    considered = row.counts.entered + row.counts.in_holdout
    queued = waiting.count if waiting else 0
    state = _state(row, now, found, considered, queued=queued, audience=audience)
    met = max(row.met or 0, considered + queued)
    settled = state == "sent" or (row.read_until is not None and row.read_until >= found[-1])
    return Standing(
        row, rule, state, found[0], found[-1], considered, met if settled else max(audience, met), settled
    )


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of so many messages that were let through. `state` is that of the mailbox, which shows them."""

    state: str
    count: int
    words: str


_FATES = {
    "sent": ("left", "left"),
    "queued": ("is on its way", "are on their way"),
    "claimed": ("is being sent", "are being sent"),
    "failed": ("was refused", "were refused"),
    "in_doubt": ("may have left or not", "may have left or not"),
    "dropped": ("was stopped before it left", "were stopped before they left"),
}


def fates(counts: Mapping[str, int]) -> list[Fate]:
    """What became of the messages, by their states."""
    return [
        Fate(state, count, one if count == 1 else many)
        for state, (one, many) in _FATES.items()
        if (count := counts.get(state, 0))
    ]


def _state(
    row: Summary, now: datetime, clocks: list[datetime], considered: int, *, queued: int, audience: int
) -> str:
    if row.status != "active":
        return "cancelled" if row.status == "archived" else row.status
    if now < clocks[0] or (not considered and not queued and now <= clocks[-1]):
        return "scheduled"
    under_way = queued or row.counts.active
    return "sending" if under_way or (now <= clocks[-1] + _READ_WITHIN and considered < audience) else "sent"
