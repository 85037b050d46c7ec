"""Moments, zones and the hours of a customer's day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tactful.kernel.errors import InvalidInput

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

# The years that somebody may mean. Programs write 0001-01-01 and 9999-12-31 for "none".
FIRST_YEAR, LAST_YEAR = 1900, 9000


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The zone by its IANA name. Raises InvalidInput for a name that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"{name!r} is not a time zone; use a name like Europe/Berlin") from None


def zone_or(name: str | None, fallback: str) -> ZoneInfo:
    """The customer's zone, or the company's where his is unset or unknown."""
    try:
        return zone(name) if name else zone(fallback)
    except InvalidInput:
        return zone(fallback)


def parse_moment(text: str) -> datetime:
    """An ISO 8601 moment as aware UTC; a moment without offset is taken as UTC. Raises InvalidInput."""
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise InvalidInput(f"{text!r} is not a moment; write it like 2026-03-01T09:30:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"{text!r} is beyond the calendar") from None


def day_of(value: object) -> date | None:
    """The day with which a value of a customer or an event begins; None where it begins with none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class QuietHours:
    """The part of a customer's local day in which nobody writes to him.

    `start` may be later than `end`: 21:00 to 08:00 spans midnight. Equal ends mean no quiet hours.
    """

    start: time
    end: time

    def __contains__(self, local: time) -> bool:
        if self.start == self.end:
            return False
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def over_at(self, moment: datetime, where: ZoneInfo) -> datetime:
        """The moment itself when it is not quiet, else the first moment after the quiet hours.

        Where the clocks jump over the end of the quiet hours, it is the moment they jump to.
        """
        local = moment.astimezone(where)
        if local.time() not in self:
            return moment
        day: date = local.date()
        if self.start > self.end and local.time() >= self.start:
            day += DAY
        ends = datetime.combine(day, self.end, tzinfo=where).astimezone(UTC)
        # A fold or a gap can put the wall-clock end before the moment itself: then wait for the next one.
        return ends if ends > moment else datetime.combine(day + DAY, self.end, tzinfo=where).astimezone(UTC)


def start_of_day(moment: datetime, where: ZoneInfo) -> datetime:
    """Midnight that began the local day of this moment, in UTC."""
    local = moment.astimezone(where)
    return datetime.combine(local.date(), time(), tzinfo=where).astimezone(UTC)
