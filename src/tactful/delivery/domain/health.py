"""Whether mail may go on leaving as it does: shares of bounces, complaints and refusals, and when to brake. Pure.

The limits are those of the large mailbox providers: above 0.3 % complaints they stop taking mail, and lists that
bounce by several per cent are taken for bought. A window of a day sees a bad list soon, one of a week sees senders
of few messages; either may brake. Shares are compared as whole numbers: at the edge the brake holds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from tactful.kernel.texts import counted, noun

WINDOWS = (timedelta(days=1), timedelta(days=7))
LEAST = 200
"""Messages in a window below which no share means anything."""
LEAST_REFUSALS = 5
"""Refusals of us as a sender within an hour below which it may be one receiver's taste."""
REFUSAL_WINDOW = timedelta(hours=1)


class Level(StrEnum):
    """How bad it is."""

    FEW = "few"
    FINE = "fine"
    WARN = "warn"
    PAUSE = "pause"


class Measure(StrEnum):
    """What is measured."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Limit:
    """Shares in ten thousandths from which to warn and to pause, among how many at least, and at least how many."""

    warn: int
    pause: int
    least: int
    least_count: int = 1


LIMITS = {
    Measure.BOUNCE: Limit(warn=200, pause=400, least=LEAST),
    Measure.COMPLAINT: Limit(warn=8, pause=20, least=LEAST),
    Measure.REFUSAL: Limit(warn=500, pause=1000, least=LEAST_REFUSALS, least_count=LEAST_REFUSALS),
}
_WHOLE = 10_000
_WORDS = {
    Measure.BOUNCE: ("bounced", "bounced"),
    Measure.COMPLAINT: ("was marked as spam", "were marked as spam"),
    Measure.REFUSAL: ("was refused by policy", "were refused by policy"),
}
_DO = {
    Measure.BOUNCE: "Look where these addresses came from, take out the source that bounces, and go on with the"
    " customers who opened something in the last 90 days.",
    Measure.COMPLAINT: "Look which journey and segment they came from, stop it, and go on with the customers who"
    " opened something in the last 30 days.",
    Measure.REFUSAL: "Receivers refuse us as a sender. Check SPF, DKIM, DMARC and the block lists of your sending"
    " address before going on.",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Within one window: what was sent or bounced, what of it bounced for good, was complained of; and within
    the last hour what was tried and what of it was refused by policy."""

    window: timedelta
    mails: int = 0
    bounced: int = 0
    complained: int = 0
    tried: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One share against its limits."""

    measure: Measure
    level: Level
    count: int
    of: int
    window: timedelta

    @property
    def share(self) -> float:
        return self.count / self.of if self.of else 0.0

    @property
    def reason(self) -> str:
        """In words: what was measured."""
        told = noun(self.count, *_WORDS[self.measure])
        return f"{self.count} of {counted(self.of, 'message')} {told} in the last {_span(self.window)}"

    @property
    def advice(self) -> str:
        return _DO[self.measure]


def find(counts: Counts) -> tuple[Finding, ...]:
    """Bounces, complaints and refusals of one window, each with its level."""
    return (
        _finding(Measure.BOUNCE, counts.bounced, counts.mails, counts.window),
        _finding(Measure.COMPLAINT, counts.complained, counts.mails, counts.window),
        _finding(Measure.REFUSAL, counts.refused, counts.tried, REFUSAL_WINDOW),
    )


def worst(counts: Sequence[Counts]) -> Finding | None:
    """What to brake for, if anything: over all windows the share that is furthest beyond its limit."""
    beyond = [finding for each in counts for finding in find(each) if finding.level is Level.PAUSE]
    return max(beyond, key=lambda one: one.share * _WHOLE / LIMITS[one.measure].pause, default=None)


def _finding(measure: Measure, count: int, of: int, window: timedelta) -> Finding:
    return Finding(measure, _level(LIMITS[measure], count, of), count, of, window)


def _level(limit: Limit, count: int, of: int) -> Level:
    if of < limit.least:
        return Level.FEW
    if count < limit.least_count:
        return Level.FINE
    if count * _WHOLE >= limit.pause * of:
        return Level.PAUSE
    return Level.WARN if count * _WHOLE >= limit.warn * of else Level.FINE


def _span(window: timedelta) -> str:
    return f"{window.days} days" if window.days > 1 else "24 hours" if window.days else "hour"
