"""What an event says of an order, and what is no order at all."""

from typing import Any

import pytest

from tactful.catalog.domain.reading import read_contents, read_product, read_refund
from tactful.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("properties", "goods"),
    [
        ({"subtotal": 100, "total": 119}, 10000),
        ({"revenue": "100.50"}, 10050),
        ({"total": 119, "shipping": 5, "tax": "19"}, 9500),
        ({"value": 12}, 1200),
        ({"subtotal": "", "total": 8}, 800),
    ],
)
def test_the_value_of_goods_is_found_under_its_usual_names(properties: dict[str, Any], goods: int) -> None:
    contents = read_contents(properties, currency="EUR")
    assert contents is not None
    assert contents.goods_minor == goods


def test_minor_units_follow_the_currency() -> None:
    contents = read_contents({"total": 1200, "currency": "jpy"}, currency="EUR")
    assert contents is not None
    assert (contents.currency, contents.goods_minor) == ("JPY", 1200)


def test_an_order_that_names_nothing_has_no_contents() -> None:
    assert read_contents({"order_id": "1"}, currency="EUR") is None


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"products": [{"sku": "a", "price": 1, "quantity": "three"}]}, "quantity 'three' is not a number"),
        ({"products": [{"sku": "a", "price": 1, "quantity": 1.5}]}, "not a whole number above zero"),
        ({"products": [{"sku": "a", "price": 1, "quantity": -1}]}, "not a whole number above zero"),
        ({"products": [{"sku": "a", "price": 1, "quantity": True}]}, "not a whole number above zero"),
        ({"products": [{"sku": "a", "price": 1, "currency": "USD"}]}, "one currency per order"),
        ({"products": [{"sku": "a", "price": -1}]}, "Order Refunded"),
        ({"products": [{"price": 1}]}, "neither product_id nor sku"),
        ({"products": {"sku": "a"}}, "products must be a list of objects"),
        ({"products": ["a"]}, "products must be a list of objects"),
        ({"products": [{"sku": "a", "price": 2**50, "quantity": 2**31 - 1}]}, "beyond any real sum"),
        ({"total": "much"}, "total: 'much' is not an amount of money"),
        ({"total": {"amount": 3}}, "is not an amount of money"),
        ({"total": "NaN"}, "is not an amount of money"),
        ({"total": 1, "currency": "EURO"}, "not a code of three letters"),
    ],
)
def test_a_property_that_is_none_is_named_with_its_reason(properties: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason.replace("(", r"\(")):
        read_contents(properties, currency="EUR")


@pytest.mark.parametrize(
    ("properties", "amount"),
    [
        ({"amount": "12.50"}, 1250),
        ({"total": 24, "shipping": 4}, 2000),
        ({"products": [{"sku": "a", "price": 5, "quantity": 2}], "total": 99}, 1000),
        ({"products": [{"sku": "a"}], "total": 9}, 900),
    ],
)
def test_a_refund_counts_its_products_before_its_total(properties: dict[str, Any], amount: int) -> None:
    refund = read_refund({"order_id": "1", **properties}, key="k", currency="EUR")
    assert refund.amount_minor == amount


@pytest.mark.parametrize(
    "properties",
    [{"amount": 3}, {"order_id": "1"}, {"order_id": "1", "amount": -3}],
    ids=["names nothing", "no amount", "negative"],
)
def test_a_refund_must_name_what_and_how_much(properties: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        read_refund(properties, key="k", currency="EUR")


def test_a_product_is_known_by_its_own_number() -> None:
    word = read_product({"product_id": 12, "sku": "x", "price": "2.5"}, currency="EUR")
    assert (word.sku, word.price_minor, word.cost_minor) == ("12", 250, None)
