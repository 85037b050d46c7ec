import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.kernel.errors import InvalidInput
from tactful.kernel.money import Money, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        (0.1, "EUR", 10),
        ("1200", "JPY", 1200),
        ("1.2345", "KWD", 1234),
        ("-3", "USD", -300),
    ],
)
def test_an_amount_becomes_minor_units_of_its_currency(amount: object, currency: str, minor: int) -> None:
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize("amount", ["", "ten", None, "NaN", "Infinity", "1e400"])
def test_what_is_no_amount_is_refused_with_a_reason(amount: object) -> None:
    with pytest.raises(InvalidInput, match="not an amount"):
        to_minor(amount, "EUR")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD"]))
def test_money_survives_the_way_out_and_back(minor: int, currency: str) -> None:
    assert to_minor(Money(minor, currency).major, currency) == minor


def test_two_currencies_cannot_be_added() -> None:
    with pytest.raises(InvalidInput, match="convert"):
        Money(1, "EUR") + Money(1, "USD")
