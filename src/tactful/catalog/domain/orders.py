"""What an order is worth and how events change it. Pure: products and the margin share come as arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum, StrEnum

from tactful.catalog.domain.reading import Contents, Line, ReturnedLine
from tactful.kernel.dates import Told, later
from tactful.kernel.errors import InvalidInput

PURCHASE_RULE = (
    "A purchase is an order that was completed and not cancelled; it brings what the goods cost after discounts, "
    "without shipping and tax, and what comes back later is counted beside it as a return."
)


class Status(StrEnum):
    PLACED = "placed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class Said(Enum):
    """What an event does to an order, by its name."""

    PLACED = "Order Placed"
    COMPLETED = "Order Completed"
    UPDATED = "Order Updated"
    CANCELLED = "Order Cancelled"


STATING = frozenset({"Order Placed", "Order Completed", "Order Updated"})
"""The events that may say what is in an order."""
REFUNDED = "Order Refunded"
PRODUCT_UPDATED = "Product Updated"


@dataclass(frozen=True, slots=True)
class Product:
    """What is known of a product when an order with it arrives."""

    sku: str
    name: str
    category: str
    price_minor: int | None
    cost_minor: int | None
    currency: str


@dataclass(frozen=True, slots=True)
class PricedLine:
    sku: str
    category: str
    quantity: int
    price_minor: int
    revenue_minor: int
    discount_minor: int
    margin_minor: int


@dataclass(frozen=True, slots=True)
class Worth:
    """An order in money. `lines` is None where they are not named anew and stay as stored."""

    currency: str
    revenue_minor: int = 0
    discount_minor: int = 0
    shipping_minor: int = 0
    tax_minor: int = 0
    margin_minor: int = 0
    margin_estimated: bool = False
    coupon: str | None = None
    lines: tuple[PricedLine, ...] | None = None


@dataclass(frozen=True, slots=True)
class Order:
    external_id: str
    customer_id: int | None
    placed_at: datetime
    completed_at: datetime | None
    cancelled_at: datetime | None
    stated_at: datetime | None
    historical: bool
    worth: Worth
    dates: Told = field(default_factory=dict, hash=False)

    @property
    def status(self) -> Status:
        """A cancellation is final: an order bought again is a new order."""
        if self.cancelled_at is not None:
            return Status.CANCELLED
        return Status.PLACED if self.completed_at is None else Status.COMPLETED


@dataclass(frozen=True, slots=True)
class Statement:
    """One event about an order, with its contents in money, and dates, where it names them."""

    said: Said
    order: str
    at: datetime
    customer_id: int | None
    historical: bool
    worth: Worth | None
    dates: Told = field(default_factory=dict, hash=False)


def follow(order: Order | None, statement: Statement, *, currency: str) -> Order:
    """The order after one more event. Events of one order may arrive in any order and give the same result.

    Contents are those of the latest event that names them; the first completion and the first cancellation
    count; of each date the latest word. An event without a customer takes none away. `currency` is the company's
    own. Raises InvalidInput for an order that nobody has put a value on.
    """
    if order is None:
        order = _empty(statement, currency)
    at = statement.at
    newest = statement.worth is not None and (order.stated_at is None or order.stated_at <= at)
    customer = (statement.customer_id if newest else None) or order.customer_id or statement.customer_id
    return replace(
        order,
        customer_id=customer,
        placed_at=min(order.placed_at, at),
        completed_at=_first(order.completed_at, at) if statement.said is Said.COMPLETED else order.completed_at,
        cancelled_at=_first(order.cancelled_at, at) if statement.said is Said.CANCELLED else order.cancelled_at,
        stated_at=at if newest else order.stated_at,
        historical=order.historical and statement.historical,
        worth=statement.worth if newest and statement.worth is not None else order.worth,
        dates=later(order.dates, statement.dates) if statement.dates else order.dates,
    )


def price(contents: Contents, *, products: Mapping[str, Product], margin_share: float) -> Worth:
    """Contents in money. Cost is the line's own, else the product's, else what the margin share leaves.

    Goods are worth the sum of price times quantity less discounts where every price is known (a product's price
    stands in for a missing one), else what the order says they are. A discount on the whole order is spread
    over its lines by their value. Raises InvalidInput where no value can be found or it falls below zero.
    """
    prices = [_price_of(line, products, contents.currency) for line in contents.lines]
    own = sum(line.discount_minor for line in contents.lines)
    discount = max(contents.discount_minor, own)
    values = [
        (each or 0) * line.quantity - line.discount_minor for each, line in zip(prices, contents.lines, strict=True)
    ]
    if contents.lines and all(each is not None for each in prices):
        revenue = sum(values) - (discount - own)
    elif contents.goods_minor is not None:
        revenue = contents.goods_minor
    else:
        raise InvalidInput("products have no price and the order names no amount")
    if revenue < 0:
        raise InvalidInput("an order cannot bring less than nothing; what comes back is an Order Refunded")
    shares = spread(discount - own, values)
    lines: list[PricedLine] = []
    estimated = not contents.lines
    for line, each, value, share in zip(contents.lines, prices, values, shares, strict=True):
        product = products.get(line.sku)
        cost = _cost_of(line, product, contents.currency)
        margin = round((value - share) * margin_share) if cost is None else value - share - cost * line.quantity
        estimated = estimated or cost is None
        lines.append(
            PricedLine(
                sku=line.sku,
                category=line.category or (product.category if product else ""),
                quantity=line.quantity,
                price_minor=each or 0,
                revenue_minor=value - share,
                discount_minor=line.discount_minor + share,
                margin_minor=margin,
            )
        )
    named = sum(line.revenue_minor for line in lines)
    margin = sum(line.margin_minor for line in lines) + round((revenue - named) * margin_share)
    return Worth(
        currency=contents.currency,
        revenue_minor=revenue,
        discount_minor=discount,
        shipping_minor=contents.shipping_minor,
        tax_minor=contents.tax_minor,
        margin_minor=margin,
        margin_estimated=estimated or revenue != named,
        coupon=contents.coupon,
        lines=tuple(lines),
    )


def spread(amount: int, values: Sequence[int]) -> list[int]:
    """`amount` divided in proportion to `values`, whole units, whose sum is exactly the amount."""
    weights = [max(value, 0) for value in values]
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares, given, seen = [], 0, 0
    for weight in weights:
        seen += weight
        share = amount * seen // whole - given
        given += share
        shares.append(share)
    return shares


def returned_margin(
    amount_minor: int,
    lines: Sequence[ReturnedLine],
    *,
    order: Worth | None,
    margin_share: float,
) -> int:
    """The margin that goes with returned goods, in minor units.

    What came back takes along the margin of the line it was sold on; where the line is not known, that of the whole
    order; where the order is not known, the company's share.
    """
    rest = amount_minor
    total = 0.0
    sold = {line.sku: line for line in (order.lines or ()) if line.revenue_minor > 0} if order else {}
    for line in lines:
        if line.sku in sold and line.amount_minor <= rest:
            total += line.amount_minor * sold[line.sku].margin_minor / sold[line.sku].revenue_minor
            rest -= line.amount_minor
    share = order.margin_minor / order.revenue_minor if order and order.revenue_minor > 0 else margin_share
    return round(total + rest * share)


def _empty(statement: Statement, currency: str) -> Order:
    if statement.worth is None and statement.said is not Said.CANCELLED:
        raise InvalidInput("the order is not known, and neither products nor an amount say what it is worth")
    return Order(
        external_id=statement.order,
        customer_id=statement.customer_id,
        placed_at=statement.at,
        completed_at=None,
        cancelled_at=None,
        stated_at=None,
        historical=statement.historical,
        worth=statement.worth or Worth(currency),
    )


def _first(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)


def _price_of(line: Line, products: Mapping[str, Product], currency: str) -> int | None:
    if line.price_minor is not None:
        return line.price_minor
    product = products.get(line.sku)
    return product.price_minor if product and product.currency == currency else None


def _cost_of(line: Line, product: Product | None, currency: str) -> int | None:
    """What one piece cost the company; a cost in another currency says nothing here."""
    if line.cost_minor is not None:
        return line.cost_minor
    return product.cost_minor if product and product.currency == currency else None
