"""Spans of whole days as the filter of a screen offers them and as they stand in its address."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tactful.kernel.time import start_of_day, zone_or
from tactful.web import words
from tactful.web.shell import Reader

PERIODS = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days"}
_USUAL = "30"
_TO = ".."
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """[since, until) in days of the company; `asked` is how an address says it: `30`, `2026-11-21..2026-11-28`."""

    asked: str
    since: datetime
    until: datetime

    def offered(self, who: Reader) -> dict[str, str]:
        """What the filter offers: the usual ones, and this one where it is another."""
        if self.asked in PERIODS:
            return PERIODS
        where = zone_or(None, who.zone)
        ends = (self.since.astimezone(where).date(), (self.until - INSTANT).astimezone(where).date())
        return {self.asked: " to ".join(dict.fromkeys(words.short_day(day) for day in ends))} | PERIODS


def asked(text: str, who: Reader) -> Span:
    """The span that an address asks for; what cannot be read is the usual one."""
    first, _, last = text.partition(_TO)
    try:
        return _of_days(date.fromisoformat(first), date.fromisoformat(last), who)
    except (ValueError, OverflowError):
        days = text if text in PERIODS else _USUAL
        since = start_of_day(who.now - timedelta(days=int(days) - 1), zone_or(None, who.zone))
        return Span(days, since, who.now)


def around(since: datetime, until: datetime, who: Reader) -> Span:
    """The whole days in which [since, until) lies."""
    where = zone_or(None, who.zone)
    return _of_days(since.astimezone(where).date(), (until - INSTANT).astimezone(where).date(), who)


def _of_days(first: date, last: date, who: Reader) -> Span:
    where = zone_or(None, who.zone)
    noons = [datetime(day.year, day.month, day.day, 12, tzinfo=where) for day in (first, last + timedelta(days=1))]
    since, until = (start_of_day(noon, where) for noon in noons)
    if since >= until:
        raise ValueError("A span ends after it begins")
    return Span(f"{first}{_TO}{last}", since, min(until, who.now))
