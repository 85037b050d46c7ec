"""From the properties of an event to what it says about orders and products. Nothing is believed unread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tactful.kernel.errors import InvalidInput
from tactful.kernel.money import to_minor

LONGEST_NUMBER = 200
_MOST_PIECES = 2**31 - 1
_MOST_MINOR = 2**62
_CURRENCY_LENGTH = 3

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One product as an order names it; `price_minor` is of one piece, `discount_minor` of the line."""

    sku: str
    name: str
    category: str
    quantity: int
    price_minor: int | None
    discount_minor: int
    cost_minor: int | None


@dataclass(frozen=True, slots=True)
class Contents:
    """What an order holds. `goods_minor` is the value of goods as the order states it, after discounts."""

    currency: str
    lines: tuple[Line, ...]
    goods_minor: int | None
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    coupon: str | None


@dataclass(frozen=True, slots=True)
class ReturnedLine:
    sku: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Refund:
    """Goods that came back; `amount_minor` is what was paid back for them."""

    external_id: str
    of_order: str | None
    currency: str
    amount_minor: int
    lines: tuple[ReturnedLine, ...]


@dataclass(frozen=True, slots=True)
class ProductWord:
    """What an event says of a product; None where it says nothing."""

    sku: str
    name: str
    category: str
    price_minor: int | None
    cost_minor: int | None
    currency: str


def read_number(properties: Properties) -> str:
    """The company's own number of the order. Raises InvalidInput where there is none."""
    number = _text(properties, "order_id", "orderId")
    if number is None:
        raise InvalidInput("order_id is missing")
    return number


def read_contents(properties: Properties, *, currency: str) -> Contents | None:
    """The contents of an order, or None where the event names neither products nor amounts.

    `currency` holds where the event names none. Raises InvalidInput with the property that is wrong.
    """
    money = _currency(properties, currency)
    lines = tuple(_line(each, money) for each in _products(properties))
    shipping = _amount(properties, money, "shipping") or 0
    tax = _amount(properties, money, "tax") or 0
    goods = _amount(properties, money, "subtotal", "revenue")
    whole = _amount(properties, money, "total", "value")
    if goods is None and whole is not None:
        goods = whole - shipping - tax
    if not lines and goods is None:
        return None
    return Contents(
        currency=money,
        lines=lines,
        goods_minor=goods,
        discount_minor=abs(_amount(properties, money, "discount") or 0),
        shipping_minor=shipping,
        tax_minor=tax,
        coupon=_text(properties, "coupon", "coupon_id"),
    )


def read_refund(properties: Properties, *, key: str, currency: str) -> Refund:
    """A return. Without a refund_id it is known by the key of its event, so that a repeat meets itself.

    The amount is that of its products where all have a price, else `amount` or `total` less shipping and tax.
    Raises InvalidInput when it names neither an order nor itself, or no amount.
    """
    of_order = _text(properties, "order_id", "orderId")
    refund_id = _text(properties, "refund_id")
    if of_order is None and refund_id is None:
        raise InvalidInput("order_id is missing, and there is no refund_id either")
    money = _currency(properties, currency)
    lines = [_line(each, money) for each in _products(properties)]
    amount = _returned_amount(properties, lines, money)
    if amount < 0:
        raise InvalidInput("a refund gives back more than nothing: write the amount without a minus")
    return Refund(
        external_id=f"{of_order or ''}/{refund_id or key}",
        of_order=of_order,
        currency=money,
        amount_minor=amount,
        lines=tuple(ReturnedLine(line.sku, line.quantity, _value(line)) for line in lines),
    )


def read_product(properties: Properties, *, currency: str) -> ProductWord:
    """A product of the catalogue. Raises InvalidInput where it has no number or an amount that is none."""
    money = _currency(properties, currency)
    price, cost = _amount(properties, money, "price"), _amount(properties, money, "cost")
    if (price is not None and price < 0) or (cost is not None and cost < 0):
        raise InvalidInput("a price or cost below nothing is none")
    return ProductWord(
        sku=_sku(properties),
        name=_text(properties, "name", "title") or "",
        category=_text(properties, "category") or "",
        price_minor=price,
        cost_minor=cost,
        currency=money,
    )


def skus_of(properties: Properties) -> set[str]:
    """The products an event speaks of, as far as they can be read; for looking them up in one go."""
    found = set()
    for each in properties.get("products") or ():
        if isinstance(each, Mapping):
            try:
                found.add(_sku(each))
            except InvalidInput:
                continue
    return found


def _returned_amount(properties: Properties, lines: list[Line], money: str) -> int:
    if lines and all(line.price_minor is not None for line in lines):
        return sum(_value(line) for line in lines)
    amount = _amount(properties, money, "amount", "subtotal")
    if amount is not None:
        return amount
    whole = _amount(properties, money, "total", "value", "revenue")
    if whole is None:
        raise InvalidInput("neither an amount nor products with prices say how much was given back")
    return whole - (_amount(properties, money, "shipping") or 0) - (_amount(properties, money, "tax") or 0)


def _value(line: Line) -> int:
    return (line.price_minor or 0) * line.quantity - line.discount_minor


def _products(properties: Properties) -> list[Properties]:
    products = properties.get("products")
    if products is None:
        return []
    if not isinstance(products, list) or not all(isinstance(each, Mapping) for each in products):
        raise InvalidInput("products must be a list of objects")
    return products


def _line(product: Properties, currency: str) -> Line:
    if _currency(product, currency) != currency:
        raise InvalidInput(f"products in {product['currency']} in an order in {currency}: one currency per order")
    price, cost = _amount(product, currency, "price"), _amount(product, currency, "cost")
    if (price is not None and price < 0) or (cost is not None and cost < 0):
        raise InvalidInput("a price or cost below nothing is none; what comes back is an Order Refunded")
    quantity = _quantity(product.get("quantity", 1))
    line = Line(
        sku=_sku(product),
        name=_text(product, "name", "title") or "",
        category=_text(product, "category") or "",
        quantity=quantity,
        price_minor=price,
        discount_minor=abs(_amount(product, currency, "discount") or 0),
        cost_minor=cost,
    )
    if quantity * max(price or 0, cost or 0) > _MOST_MINOR:
        raise InvalidInput(f"{quantity} pieces at that price are beyond any real sum")
    return line


def _sku(product: Properties) -> str:
    sku = _text(product, "product_id", "sku", "name")
    if sku is None:
        raise InvalidInput("a product has neither product_id nor sku")
    return sku


def _quantity(value: object) -> int:
    try:
        number = int(value) if isinstance(value, str) else value
    except ValueError:
        raise InvalidInput(f"quantity {value!r} is not a number") from None
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int) or not 0 < number <= _MOST_PIECES:
        raise InvalidInput(f"quantity {value!r} is not a whole number above zero")
    return number


def _amount(properties: Properties, currency: str, *names: str) -> int | None:
    """The first of these amounts that is given; an empty text is none."""
    for name in names:
        value = properties.get(name)
        if value is not None and value != "":
            try:
                return to_minor(value, currency)
            except InvalidInput as fault:
                raise InvalidInput(f"{name}: {fault.message}") from None
    return None


def _currency(properties: Properties, fallback: str) -> str:
    value = properties.get("currency")
    if value is None or value == "":
        return fallback
    text = str(value).strip().upper()
    if len(text) != _CURRENCY_LENGTH or not (text.isascii() and text.isalpha()):
        raise InvalidInput(f"currency {value!r} is not a code of three letters like EUR")
    return text


def _text(properties: Properties, *names: str) -> str | None:
    """The first of these that is given, as text. PostgreSQL's text holds no NUL, hence none is let in."""
    for name in names:
        value = properties.get(name)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        text = str(value).replace("\x00", "").strip()
        if len(text) > LONGEST_NUMBER and name not in {"name", "title", "category"}:
            raise InvalidInput(f"{name} is longer than {LONGEST_NUMBER} characters")
        if text:
            return text[:LONGEST_NUMBER]
    return None
