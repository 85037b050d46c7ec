"""Numbers of the intervals and of the ratio test, against other ways to get them."""

from math import exp, log, pi, sqrt

import numpy as np
import pytest

from tactful.experiments.domain.sequential import (
    CONCENTRATION,
    FIRST_LOOK,
    Sample,
    difference,
    ratio_doubt,
    stretch,
)


def mixture(z: float, count: int, rho: float) -> float:
    """The mixture martingale by quadrature: exp(l S - l² n / 2) over l ~ N(0, rho²), at S = z sqrt(n)."""
    grid = np.linspace(-60 * rho, 60 * rho, 400_001)
    weight = np.exp(-(grid**2) / (2 * rho**2)) / (rho * sqrt(2 * pi))
    return float(np.trapezoid(np.exp(grid * z * sqrt(count) - grid**2 * count / 2) * weight, grid))


@pytest.mark.parametrize("count", [400, 1_000, 20_000])
@pytest.mark.parametrize("alpha", [0.05, 0.005])
def test_the_boundary_is_where_the_mixture_martingale_reaches_one_over_alpha(count: int, alpha: float) -> None:
    first = 2 * FIRST_LOOK
    rho = sqrt((-2 * log(alpha) + log(-2 * log(alpha) + 1)) / (first * log(first)))
    assert mixture(stretch(count, alpha=alpha), count, rho) == pytest.approx(1 / alpha, rel=1e-6)


def test_a_difference_of_shares_by_hand() -> None:
    found = difference(Sample.of_hits(1000, 60), Sample.of_hits(1000, 40), alpha=0.05)
    error = sqrt((0.06 * 0.94 + 0.04 * 0.96) / 999)
    assert found.value == pytest.approx(0.02)
    assert found.reach == pytest.approx(error * stretch(2000, alpha=0.05))


def test_the_interval_is_wider_than_that_of_a_single_look() -> None:
    assert all(stretch(count, alpha=0.05) > 1.96 for count in range(2, 1_000_000, 9973))


def test_the_ratio_test_is_the_urn_of_polya_against_the_planned_shares() -> None:
    shares, weight, urn = {"a": 0.7, "b": 0.3}, 0.0, {"a": 0, "b": 0}
    for at in range(900):
        arm = "a" if at % 2 else "b"
        chance = (CONCENTRATION * shares[arm] + urn[arm]) / (CONCENTRATION + at)
        weight += log(chance / shares[arm])
        urn[arm] += 1
    assert ratio_doubt([(urn, shares)]) == pytest.approx(exp(-weight))
    assert ratio_doubt([(urn, shares)]) < 1e-6


def test_a_fair_lot_is_not_doubted_and_evidence_of_epochs_multiplies() -> None:
    assert ratio_doubt([({"a": 505, "b": 495}, {"a": 0.5, "b": 0.5})]) == 1.0
    slip = ({"a": 600, "b": 400}, {"a": 0.5, "b": 0.5})
    assert ratio_doubt([slip, slip]) == pytest.approx(ratio_doubt([slip]) ** 2)


def test_looking_all_the_time_at_a_fair_lot_doubts_it_seldom() -> None:
    chance = np.random.default_rng(2)
    lots = chance.random((400, 5000)) < 0.5
    doubted = 0
    for counts in np.cumsum(lots, axis=1)[:, 99::100]:
        looks = zip(counts, range(100, 5001, 100), strict=True)
        doubted += any(ratio_doubt([({"a": int(n), "b": int(at - n)}, {"a": 0.5, "b": 0.5})]) < 0.05
                       for n, at in looks)  # fmt: skip
    assert doubted / 400 <= 0.05
