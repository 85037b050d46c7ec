"""Welch's interval against published quantiles and examples worked by hand."""

import pytest

from tactful.analytics.domain.welch import FEW, Difference, Group, Said, difference, student_quantile

# The usual table of Student's t at 0.975, to five digits; to infinity it is the normal's 1.95996.
TABLE = [(29, 2.04523), (30, 2.04227), (40, 2.02108), (60, 2.00030), (120, 1.97993), (1e9, 1.95996)]


@pytest.mark.parametrize(("degrees", "quantile"), TABLE)
def test_the_quantile_is_the_one_of_the_table(degrees: float, quantile: float) -> None:
    assert student_quantile(0.975, degrees) == pytest.approx(quantile, abs=5e-6)


def found(treated: Group, control: Group) -> Difference:
    result = difference(treated, control)
    assert result is not None
    return result


def test_an_interval_worked_by_hand() -> None:
    """s² / n is 0.4 and 0.25; the error 0.806226; 0.65² / (0.4²/39 + 0.25²/35) = 71.753 degrees; t is 1.993582."""
    result = found(Group(40, 12.0, 16.0), Group(36, 10.0, 9.0))
    assert result.value == 2.0
    assert [result.low, result.high] == pytest.approx([0.39272, 3.60728], abs=2e-5)
    assert result.said is Said.MORE


def test_equal_groups_have_students_interval() -> None:
    """With equal sizes and variances the degrees are 2n - 2: 60 for 31 a side, where t is 2.000298."""
    result = found(Group(31, 5.0, 31.0), Group(31, 5.0, 31.0))
    assert result.high == pytest.approx(2.000298 * 2**0.5, abs=1e-5)
    assert result.low == pytest.approx(-result.high)
    assert result.said is Said.NO_DIFFERENCE


@pytest.mark.parametrize(
    ("treated", "control", "said"),
    [
        ((400, 10.0, 9.0), (400, 12.0, 9.0), Said.LESS),
        ((400, 12.1, 900.0), (400, 12.0, 900.0), Said.NO_DIFFERENCE),
        ((400, 0.0, 0.0), (400, 0.0, 0.0), Said.NO_DIFFERENCE),
        ((400, 1.0, 0.0), (400, 0.0, 0.0), Said.MORE),
    ],
)
def test_what_may_be_said(treated: tuple[int, float, float], control: tuple[int, float, float], said: Said) -> None:
    assert found(Group(*treated), Group(*control)).said is said


@pytest.mark.parametrize(("treated", "control"), [(FEW - 1, 5000), (5000, FEW - 1), (0, 0)])
def test_too_few_on_either_side_have_no_interval(treated: int, control: int) -> None:
    assert difference(Group(treated, 9.0, 1.0), Group(control, 1.0, 1.0)) is None
