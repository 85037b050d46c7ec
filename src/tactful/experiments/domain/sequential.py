"""Intervals that hold however often one looks, and a check of the shares that does too. Pure.

The interval of a difference is the asymptotic confidence sequence (a normal mixture with the variance estimated) of
I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas, "Time-uniform central limit theory and asymptotic
confidence sequences", 2021, arXiv 2103.06476 (theorem 2.2; its tuning by the first look, section 2.5). It assumes
that customers are independent, come by lot, and that their values have a variance; it holds from the first look on,
the better the more customers that look has. Few and large values make it too narrow, hence `ready`.

The check of shares is the multinomial-Dirichlet test of M. Lindon and A. Malek, "Anytime-valid inference for
multinomial count data", NeurIPS 2022.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, inf, lgamma, log, sqrt

FIRST_LOOK = 200  # customers of each arm before anything is said
FEW = 25  # and of those, customers of each arm with something to count (an event, a purchase)
CONCENTRATION = 1000.0  # how close to the planned shares a broken lot is expected: finds small slips early


@dataclass(frozen=True, slots=True)
class Sample:
    """Customers of an arm, the sum and the sum of squares of their values, and how many of them are not zero."""

    count: int
    total: float
    squares: float
    filled: int

    @classmethod
    def of_hits(cls, count: int, hits: int) -> "Sample":
        """Customers who did something (1) or did not (0)."""
        return cls(count, float(hits), float(hits), hits)

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        """Of the sample, with n - 1."""
        if self.count < 2:
            return 0.0
        return max(0.0, (self.squares - self.total * self.mean) / (self.count - 1))


@dataclass(frozen=True, slots=True)
class Interval:
    """A difference and what encloses the true one at every look, but for a share alpha of all tests."""

    value: float
    low: float
    high: float

    @property
    def reach(self) -> float:
        """Half its width."""
        return (self.high - self.low) / 2


def ready(samples: Iterable[Sample]) -> bool:
    """Whether every arm has customers enough for an interval that can be trusted."""
    return all(one.count >= FIRST_LOOK and one.filled >= FEW for one in samples)


def difference(one: Sample, other: Sample, *, alpha: float, first: int = FIRST_LOOK) -> Interval:
    """By how much the mean of the first lies above that of the other. `first`: of an arm at the first look."""
    value = one.mean - other.mean
    reach = standard_error(one, other) * stretch(one.count + other.count, alpha=alpha, first=first)
    return Interval(value, value - reach, value + reach)


def standard_error(one: Sample, other: Sample) -> float:
    """Of the difference of the two means; infinite where one has fewer than two customers.

    The larger of Welch's and the pooled one: a small arm that has not yet met a large order thinks itself too sure.
    """
    if min(one.count, other.count) < 2:
        return inf
    pooled = (one.variance * (one.count - 1) + other.variance * (other.count - 1)) / (one.count + other.count - 2)
    welch = one.variance / one.count + other.variance / other.count
    return sqrt(max(welch, pooled * (1 / one.count + 1 / other.count)))


def stretch(count: int, *, alpha: float, first: int = FIRST_LOOK) -> float:
    """Standard errors to each side of the estimate, after `count` customers of both arms. Always above those of a
    single look."""
    if count < 1:
        return inf
    grown = count * _rho_squared(alpha, first) + 1
    return sqrt(2 * grown / (grown - 1) * log(sqrt(grown) / alpha))


def _rho_squared(alpha: float, first: int) -> float:
    """The mixture is tuned to m log m customers, m being those of both arms at the first look."""
    both = 2 * first
    aim = both * max(1.0, log(both))
    return (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / aim


def ratio_doubt(epochs: Sequence[tuple[Mapping[str, int], Mapping[str, float]]]) -> float:
    """A p-value, valid at every look, that arms were given by their planned shares: near 0, the lot is broken.

    Each epoch holds counts and shares by arm; shares change when an arm is stopped, and the evidence multiplies.
    """
    weight = sum(_log_bayes_factor(counts, shares) for counts, shares in epochs)
    return exp(-weight) if weight > 0 else 1.0


def _log_bayes_factor(counts: Mapping[str, int], shares: Mapping[str, float]) -> float:
    planned = {arm: share for arm, share in shares.items() if share > 0}
    total = sum(counts.get(arm, 0) for arm in planned)
    prior = {arm: CONCENTRATION * share / sum(planned.values()) for arm, share in planned.items()}
    whole = sum(prior.values())
    weight = lgamma(whole) - lgamma(whole + total)
    for arm, share in planned.items():
        seen = counts.get(arm, 0)
        weight += lgamma(prior[arm] + seen) - lgamma(prior[arm]) - seen * log(share)
    return weight
