"""What a message may be expected to bring, so that of two for one slot the more valuable goes. Pure.

A journey that was measured against people left alone is taken at what it was measured to add per customer. Any
other is taken to add the usual share of what this customer brings anyway, in the same days: so the two compare.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import median

from tactful.decisions.domain.facts import Spending

DAYS = 30
"""The days after somebody entered, in which what he brings is counted."""
ASSUMED = 0.05
"""The share that a journey is taken to add until any journey here is measured."""
UPLIFT, USUAL = "uplift", "usual"
_YEAR = 365


@dataclass(frozen=True, slots=True)
class Lift:
    """What a journey was proven to add per customer, and what those left alone brought, in minor units."""

    journey_id: int
    each_minor: int
    base_minor: int


@dataclass(frozen=True, slots=True)
class Lifts:
    """Minor units by journey, and the share that a journey of this house usually adds."""

    by_journey: Mapping[int, int]
    share: float = ASSUMED


def lifts_of(proven: Collection[Lift]) -> Lifts:
    """The usual share is the median of those proven; never below zero."""
    shares = [one.each_minor / one.base_minor for one in proven if one.base_minor > 0]
    return Lifts(
        {one.journey_id: one.each_minor for one in proven},
        max(0.0, median(shares)) if shares else ASSUMED,
    )


def expected(journey_id: int | None, spending: Spending, lifts: Lifts) -> tuple[int, str]:
    """Margin in minor units of the company's currency, and where it is from: `uplift` or `usual`."""
    if journey_id is not None and journey_id in lifts.by_journey:
        return lifts.by_journey[journey_id], UPLIFT
    return round(max(0, spending.margin_minor) * DAYS / _YEAR * lifts.share), USUAL
