"""The difference of two means with its interval, where the two groups vary differently. Pure.

B. L. Welch, "The generalization of 'Student's' problem when several different population variances are involved",
Biometrika 34 (1947). It assumes independent customers and groups large enough that a mean of skewed amounts is
about normal: below `FEW` a side nothing is claimed.
"""

from dataclasses import dataclass
from enum import Enum
from math import sqrt
from statistics import NormalDist

FEW = 30
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Group:
    """Customers, the mean of what they brought, and its sample variance."""

    count: int
    mean: float
    variance: float


class Said(Enum):
    """What may be said of a difference."""

    TOO_EARLY = "too early to tell"
    NO_DIFFERENCE = "may as well be chance"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much the first mean lies above the second; low and high enclose the true one in 95 of 100 cases."""

    value: float
    low: float
    high: float
    said: Said


def difference(treated: Group, control: Group) -> Difference | None:
    """Welch's interval; None where either side is too small to have one that can be trusted."""
    if min(treated.count, control.count) < FEW:
        return None
    shares = [group.variance / group.count for group in (treated, control)]
    error = sqrt(sum(shares))
    value = treated.mean - control.mean
    reach = error * _quantile(shares, treated.count, control.count) if error else 0.0
    low, high = value - reach, value + reach
    return Difference(value, low, high, _said(low, high))


def _said(low: float, high: float) -> Said:
    if low > 0:
        return Said.MORE
    return Said.LESS if high < 0 else Said.NO_DIFFERENCE


def _quantile(shares: list[float], treated: int, control: int) -> float:
    degrees = sum(shares) ** 2 / (shares[0] ** 2 / (treated - 1) + shares[1] ** 2 / (control - 1))
    return student_quantile((1 + CONFIDENCE) / 2, degrees)


def student_quantile(share: float, degrees: float) -> float:
    """The quantile of Student's t: Abramowitz and Stegun 26.7.5, six digits from 20 degrees of freedom on."""
    x = NormalDist().inv_cdf(share)
    terms = (
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return x + sum(term / degrees**power for power, term in enumerate(terms, start=1))
