"""What journeys earned: margin of those who entered against those who were left alone. Reads the lake."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tactful.analytics.domain.welch import Difference, Group, Said, difference
from tactful.catalog.lake import ORDERS
from tactful.customers.lake import CUSTOMERS
from tactful.journeys.lake import RUNS
from tactful.kernel.sql import statements
from tactful.lake.engine import Reader

TABLES = (CUSTOMERS, ORDERS, RUNS)
DAYS = 30  # after somebody entered, in which what he brings is counted
_SQL = Path(__file__).with_suffix(".sql")
_NOBODY = Group(0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Uplift:
    """One journey. Sides as they were drawn (intention to treat): whoever entered counts, written to or not.

    `each` is the margin per customer in minor units of the currency; None where either side is too small.
    `left_out` orders were in other currencies.
    """

    treated: Group
    control: Group
    each: Difference | None
    left_out: int

    @property
    def said(self) -> Said:
        return self.each.said if self.each else Said.TOO_EARLY

    @property
    def whole(self) -> Difference | None:
        """The difference of all who entered together."""
        if self.each is None:
            return None
        count = self.treated.count
        return Difference(self.each.value * count, self.each.low * count, self.each.high * count, self.each.said)


def uplifts(reader: Reader, *, since: datetime, until: datetime, currency: str) -> dict[int, Uplift]:
    """By journey, of those who first entered from `since` on: the moment of the holdout's last draw, because both
    sides must have had the same time to buy."""
    values = {"since": _naive(since), "until": _naive(until), "currency": currency, "days": DAYS}
    groups: dict[int, dict[bool, Group]] = defaultdict(dict)
    left_out: dict[int, int] = defaultdict(int)
    for journey, held_out, count, mean, variance, elsewhere in reader.rows(statements(_SQL)["margins"], values):
        groups[journey][held_out] = Group(int(count), float(mean), float(variance))
        left_out[journey] += int(elsewhere)
    return {
        journey: _uplift(sides.get(False, _NOBODY), sides.get(True, _NOBODY), left_out[journey])
        for journey, sides in groups.items()
    }


def _uplift(treated: Group, control: Group, left_out: int) -> Uplift:
    return Uplift(treated, control, difference(treated, control), left_out)


def _naive(moment: datetime) -> datetime:
    """UTC without zone, as the lake keeps moments."""
    return moment.astimezone(UTC).replace(tzinfo=None)
