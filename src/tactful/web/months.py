"""Months of the company's calendar, as a filter that a link can hold."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.http import HttpRequest

from tactful.kernel.time import zone_or
from tactful.web.shell import Reader

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Month:
    """A month by its first day, with the moments between which it lies in the company's zone."""

    first: date
    since: datetime
    until: datetime

    @property
    def key(self) -> str:
        """2026-11."""
        return f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        return f"{self.first:%B %Y}"


def month_of(who: Reader, first: date) -> Month:
    where = zone_or(None, who.zone)
    until = _after(first)
    return Month(first, datetime.combine(first, time.min, where), datetime.combine(until, time.min, where))


def months(who: Reader) -> list[Month]:
    """This month and those before it, the latest first."""
    first = who.now.astimezone(zone_or(None, who.zone)).date().replace(day=1)
    found = []
    for _ in range(_SHOWN):
        found.append(month_of(who, first))
        first = _before(first)
    return found


def month_asked(request: HttpRequest, who: Reader) -> Month:
    """The month in the address, this one where it is none."""
    try:
        return month_of(who, date.fromisoformat(f"{request.GET.get('month', '')}-01"))
    except (ValueError, OverflowError):
        return months(who)[0]


def _after(first: date) -> date:
    return first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)


def _before(first: date) -> date:
    return first.replace(year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1)
