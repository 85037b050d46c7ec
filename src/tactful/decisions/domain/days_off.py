"""Public holidays of a customer's country, by the `holidays` library. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

_LONGEST = 14  # days in a row that are looked at; no country has more


@lru_cache(maxsize=1024)
def name_of(country: str, day: date) -> str:
    """What the day is called where nobody works in the whole country; empty on other days and for unknown codes."""
    known = _of_year(country.upper(), day.year)
    return known.get(day, "") if known is not None else ""


def over_at(country: str, now: datetime, where: ZoneInfo) -> datetime:
    """The first local midnight whose day is no holiday."""
    day = now.astimezone(where).date()
    for _ in range(_LONGEST):
        if not name_of(country, day):
            break
        day += timedelta(days=1)
    return datetime.combine(day, time(), tzinfo=where).astimezone(UTC)


@lru_cache(maxsize=512)
def _of_year(country: str, year: int) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None
