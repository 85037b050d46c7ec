"""What a message may be expected to bring: as measured, or else a share of what the customer brings anyway."""

import pytest

from tactful.analytics import uplift
from tactful.decisions.domain.expected import ASSUMED, DAYS, Lift, Lifts, expected, lifts_of
from tactful.decisions.domain.facts import Spending

GOOD = Spending(margin_minor=36_500, orders=4)


def test_a_measured_journey_counts_at_what_it_adds_and_any_other_by_the_customers_own_margin() -> None:
    lifts = Lifts({1: 250, 2: -30}, share=0.1)
    assert expected(1, GOOD, lifts) == (250, "uplift")
    assert expected(2, GOOD, lifts) == (-30, "uplift")
    assert expected(3, GOOD, lifts) == (300, "usual")  # a tenth of thirty days' margin
    assert expected(None, Spending(), lifts) == (0, "usual")
    assert expected(3, Spending(margin_minor=-500), lifts) == (0, "usual")


@pytest.mark.parametrize(
    ("proven", "share"),
    [
        ([], ASSUMED),
        ([Lift(1, 100, 0)], ASSUMED),
        ([Lift(1, 100, 1000), Lift(2, 300, 1000), Lift(3, 20, 1000)], 0.1),
        ([Lift(1, -100, 1000)], 0.0),
    ],
)
def test_the_usual_share_is_the_median_of_what_is_proven_here(proven: list[Lift], share: float) -> None:
    assert lifts_of(proven).share == pytest.approx(share)


def test_margin_is_expected_over_the_days_in_which_it_is_measured() -> None:
    assert DAYS == uplift.DAYS
