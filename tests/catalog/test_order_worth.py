"""What orders are worth, and that the order of arrival does not count."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.catalog.domain.orders import (
    Order,
    Product,
    Said,
    Statement,
    Status,
    Worth,
    follow,
    price,
    returned_margin,
    spread,
)
from tactful.catalog.domain.reading import Contents, Line, ReturnedLine
from tactful.kernel.errors import InvalidInput

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TEA = Product("tea", "Green tea", "Tea", price_minor=1000, cost_minor=400, currency="EUR")


def line(
    sku: str = "tea", *, quantity: int = 1, price: int | None = 1000, discount: int = 0, cost: int | None = None
) -> Line:
    return Line(sku, "", "", quantity, price, discount, cost)


def contents(*lines: Line, goods: int | None = None, discount: int = 0, currency: str = "EUR") -> Contents:
    return Contents(currency, lines, goods, discount, 0, 0, None)


@pytest.mark.parametrize(
    ("order", "revenue", "margin", "estimated"),
    [
        (contents(line(cost=300)), 1000, 700, False),
        (contents(line()), 1000, 600, False),
        (contents(line("cup", quantity=2)), 2000, 800, True),
        (contents(line(), line("cup")), 2000, 600 + 400, True),
        (contents(line(quantity=2), discount=500), 1500, 700, False),
        (contents(line(price=None)), 1000, 600, False),
        (contents(line("cup", price=None), goods=700), 700, 280, True),
        (contents(goods=1000), 1000, 400, True),
        (contents(line(), currency="USD"), 1000, 400, True),
    ],
    ids=[
        "cost on the line", "cost of the product", "cost unknown", "one of two unknown", "discount lowers margin",
        "price of the product", "no price, a total", "only a total", "cost in another currency",
    ],
)  # fmt: skip
def test_margin_follows_line_cost_then_product_cost_then_the_companys_share(
    order: Contents, revenue: int, margin: int, estimated: bool
) -> None:
    worth = price(order, products={"tea": TEA}, margin_share=0.4)
    assert (worth.revenue_minor, worth.margin_minor, worth.margin_estimated) == (revenue, margin, estimated)


def test_a_discount_on_the_order_holds_those_on_its_lines() -> None:
    worth = price(contents(line(discount=100), line(discount=50), discount=350), products={}, margin_share=0.4)
    assert (worth.revenue_minor, worth.discount_minor) == (1650, 350)
    assert sum(each.revenue_minor for each in worth.lines or ()) == 1650
    assert sum(each.discount_minor for each in worth.lines or ()) == 350


def test_an_order_below_zero_is_none() -> None:
    with pytest.raises(InvalidInput, match="less than nothing"):
        price(contents(line(), discount=5000), products={}, margin_share=0.4)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**9), min_size=1, max_size=20))
def test_what_is_spread_adds_up_to_the_unit(amount: int, values: list[int]) -> None:
    shares = spread(amount, values)
    assert sum(shares) == (amount if sum(values) else 0)
    assert all(share >= 0 for share in shares)


@pytest.mark.parametrize(
    ("amount", "lines", "margin"),
    [
        (1000, (), 500),
        (1000, (ReturnedLine("tea", 1, 1000),), 800),
        (1500, (ReturnedLine("tea", 1, 1000),), 800 + 250),
        (1000, (ReturnedLine("other", 1, 1000),), 500),
        (500, (ReturnedLine("tea", 1, 1000),), 250),
    ],
    ids=["nothing named", "a line", "a line and more", "a line never sold", "less than the line"],
)
def test_returned_goods_take_the_margin_of_their_line(
    amount: int, lines: tuple[ReturnedLine, ...], margin: int
) -> None:
    sold = price(contents(line(cost=200), line("cup", cost=800)), products={}, margin_share=0.4)
    assert sold.margin_minor == 1000
    assert returned_margin(amount, lines, order=sold, margin_share=0.4) == margin
    assert returned_margin(1000, (), order=None, margin_share=0.4) == 400


def statement(said: Said, hour: int, revenue: int | None = None) -> Statement:
    worth = None if revenue is None else Worth("EUR", revenue_minor=revenue)
    return Statement(said, "1", NOON + timedelta(hours=hour), 7, historical=False, worth=worth)


def told(*statements: Statement) -> Order | None:
    order = None
    for each in statements:
        order = follow(order, each, currency="EUR")
    return order


def test_the_latest_contents_count_whatever_the_order_of_arrival() -> None:
    words = [
        statement(Said.PLACED, 0, 100),
        statement(Said.COMPLETED, 1, 200),
        statement(Said.UPDATED, 2, 300),
        statement(Said.CANCELLED, 3),
    ]
    ends = {told(*order) for order in permutations(words)}
    assert len(ends) == 1
    (end,) = ends
    assert end is not None
    assert (end.status, end.worth.revenue_minor, end.completed_at) == (
        Status.CANCELLED, 300, NOON + timedelta(hours=1),
    )  # fmt: skip


def test_a_completion_of_an_order_nobody_has_put_a_value_on_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not known"):
        told(statement(Said.COMPLETED, 0))


def test_a_completion_without_contents_completes_what_was_placed() -> None:
    end = told(statement(Said.PLACED, 0, 100), statement(Said.COMPLETED, 1))
    assert end is not None
    assert (end.status, end.worth.revenue_minor) == (Status.COMPLETED, 100)


def test_an_update_of_an_unknown_order_is_no_purchase_yet() -> None:
    end = told(statement(Said.UPDATED, 0, 100))
    assert end is not None
    assert end.status is Status.PLACED
