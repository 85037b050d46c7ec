"""What a company settles once for all its rules, and the midnights of zones."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from tactful.kernel.time import zone_or
from tactful.segments.domain.comparisons import Holds, Value


@dataclass(frozen=True, slots=True)
class Terms:
    """The currency in which money is counted, and the zone of the company's calendar."""

    currency: str
    zone: str = "UTC"


def today(moment: datetime, terms: Terms) -> date:
    """The date in the company's zone."""
    return moment.astimezone(zone_or(terms.zone, "UTC")).date()


def begins(value: Value, terms: Terms) -> datetime:
    """The first moment of a day by the company's clock, or the moment itself; UTC."""
    if value.holds is not Holds.DAY:
        return value.begins
    return midnight_of(value.begins.date(), terms)


def over(value: Value, terms: Terms) -> datetime:
    """The first moment after a day by the company's clock, or the moment itself; UTC."""
    if value.holds is not Holds.DAY:
        return value.begins
    return midnight_of(value.begins.date() + timedelta(days=1), terms)


def midnight_of(day: date, terms: Terms) -> datetime:
    """When a day begins in the company's zone; UTC."""
    return datetime.combine(day, time(), tzinfo=zone_or(terms.zone, "UTC")).astimezone(UTC)


def midnight(moment: datetime, where: str | None, *, days: int, fallback: str) -> datetime:
    """The midnight that begins the local day of the moment, moved by so many days; UTC."""
    place = zone_or(where, fallback)
    day = moment.astimezone(place).date() + timedelta(days=days)
    return datetime.combine(day, time(), tzinfo=place).astimezone(UTC)
