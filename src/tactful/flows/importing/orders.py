"""From rows to orders and returns. Pure: rows of one customer and his past in, messages out.

A file states whole orders. Where an order is known already, rows about products that it lacks are added, and rows
about a product that it has take that product's place; rows of a file of corrected rejects are always added. A date
that it tells otherwise is moved.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from tactful.flows.importing import dates
from tactful.flows.importing.messages import Message, content, identify, track
from tactful.flows.importing.rows import Line
from tactful.kernel.ids import key_of

TWO_CUSTOMERS = "the order's number belongs to another customer in an earlier row"
FOREIGN = "the order's number belongs to another customer"
TWO_CURRENCIES = "the order is in another currency in an earlier row"
TWO_AMOUNTS = "the order has another amount or date in an earlier row"

Product = dict[str, Any]

_MOMENT = timedelta(microseconds=1)


class StagedLine(msgspec.Struct, frozen=True):
    """A row in its place. `occurrence` counts rows of the file that say exactly the same before it."""

    number: int
    at: datetime
    group: str
    refund: bool
    occurrence: int
    owner: str
    line: Line


@dataclass(frozen=True, slots=True)
class PastOrder:
    """An order as the log has it: its latest contents, and every amount it ever stated.

    It was told of first at `since` and last at `at`. `words`: each of its properties as it was last told.
    """

    products: tuple[Product, ...]
    amount: Decimal | None
    since: datetime
    at: datetime
    amounts: frozenset[Decimal] = frozenset()
    words: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a customer before the file: orders by number, and returns as (order, sku, quantity).

    `foreign`: numbers in his rows under which somebody else's order is known.
    """

    orders: Mapping[str, PastOrder] = field(default_factory=dict)
    returned: tuple[tuple[str, str, int], ...] = ()
    refunds: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()


@dataclass(slots=True)
class Outcome:
    """What became of a customer's rows. imported + merged + len(refused) is the number of rows given.

    `dates`: for how many orders each date is new or different from before.
    """

    messages: list[Message] = field(default_factory=list)
    imported: int = 0
    merged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    returns_without_order: int = 0
    currencies: set[str] = field(default_factory=set)
    dates: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the mapping and the file say about all rows alike."""

    merge_duplicates: bool
    order_per_row: bool
    own_numbers: bool
    corrected: bool


@dataclass(slots=True)
class _Bought:
    """Pieces of one product in one order that have not come back."""

    at: datetime
    order: str
    left: int


def settle(customer: str, rows: Sequence[StagedLine], past: Past, rules: Rules) -> Outcome:
    """All rows of a customer in the file, worked in by time: first the orders, then what came back of them."""
    outcome = Outcome(currencies={row.line.currency for row in rows})
    kept = _without_repeats(customer, rows, past, rules, outcome)
    stock = _stock(past)
    for (group, refund), lines in _in_time(kept, rules):
        if refund:
            _settle_refunds(customer, group, lines, past, stock, outcome)
        else:
            _settle_order(customer, group, lines, past, rules, stock, outcome)
    traits = _traits(kept)
    if kept and (traits or not customer.startswith("id:")):
        # First of all, for an address leads to its person only once he is known.
        outcome.messages.insert(0, identify(traits, customer=customer, at=max(row.at for row in kept)))
    return outcome


def _without_repeats(
    customer: str, rows: Sequence[StagedLine], past: Past, rules: Rules, outcome: Outcome
) -> list[StagedLine]:
    kept = []
    for row in rows:
        if row.occurrence and rules.merge_duplicates:
            outcome.merged += 1
        elif row.owner != customer:
            outcome.refused.append((row.number, TWO_CUSTOMERS))
        elif row.group in past.foreign and not row.refund:
            outcome.refused.append((row.number, FOREIGN))
        else:
            kept.append(row)
    return kept


def _in_time(rows: Iterable[StagedLine], rules: Rules) -> list[tuple[tuple[str, bool], list[StagedLine]]]:
    """The rows of each order and of each return, by its earliest moment; at the same moment orders come first."""
    groups: dict[tuple[str, bool], list[StagedLine]] = defaultdict(list)
    for row in rows:
        # Equal rows that are orders of their own are told apart by their count.
        apart = f"-{row.occurrence + 1}" if rules.order_per_row and row.occurrence else ""
        groups[row.group + apart, row.refund].append(row)
    return sorted(groups.items(), key=lambda group: (min(row.at for row in group[1]), group[0][1], group[0][0]))


def _settle_order(
    customer: str,
    number: str,
    rows: list[StagedLine],
    past: Past,
    rules: Rules,
    stock: "_Stock",
    outcome: Outcome,
) -> None:
    rows = _of_one_currency(rows, outcome)
    at = min(row.at for row in rows)
    known = past.orders.get(number)
    if rows[0].line.price:
        contents, fresh = _with_products(rows, known, rules)
    else:
        rows = _first_of_number(rows, outcome) if rules.own_numbers else rows
        contents, fresh = _with_amount(rows, known, rules)
    told = dates.of_whole_order(row.line.dates for row in rows)
    moved = dates.news(told, known.words if known else {})
    telling = {row.number for row in rows if row.line.dates.items() & moved.items()}.union(
        row.number for row in fresh
    )
    outcome.imported += len(telling)
    outcome.merged += len(rows) - len(telling)
    outcome.dates.update(moved.keys())
    stock.replace(number, at, contents.get("products", ()))
    if telling:
        # A date that moves says nothing of the contents: they stay as whoever told them last has put it.
        whole = _of_whole_order(rows) if fresh else {}
        properties = {"order_id": number, "currency": rows[0].line.currency, **contents, **whole, **told}
        outcome.messages.append(_statement(customer, number, properties, at, known))


def _statement(
    customer: str, number: str, properties: dict[str, Any], at: datetime, known: PastOrder | None
) -> Message:
    if known is None:
        return track(
            "Order Completed", properties, customer=customer, at=at, identity=(number, content(properties))
        )
    # Later than all that is known, for of two words at one moment the later date would count, not the later word.
    stated = max(at, known.at + _MOMENT)
    return track(
        "Order Updated",
        properties,
        customer=customer,
        at=stated,
        identity=(number, stated.isoformat(), content(properties)),
    )


def _of_one_currency(rows: list[StagedLine], outcome: Outcome) -> list[StagedLine]:
    first = min(rows, key=lambda row: row.number).line.currency
    strangers = [row for row in rows if row.line.currency != first]
    outcome.refused += [(row.number, TWO_CURRENCIES) for row in strangers]
    return [row for row in rows if row.line.currency == first] if strangers else rows


def _first_of_number(rows: list[StagedLine], outcome: Outcome) -> list[StagedLine]:
    """A file with order numbers and no products has one row for each order."""
    first = min(rows, key=lambda row: row.number)
    outcome.refused += [(row.number, TWO_AMOUNTS) for row in rows if row is not first]
    return [first]


def _with_products(
    rows: list[StagedLine], known: PastOrder | None, rules: Rules
) -> tuple[dict[str, Any], list[StagedLine]]:
    """The order's products after the file, and the rows that say something new of them; nothing where none does."""
    stated = [_product(row.line) for row in rows]
    if known is None:
        return {"products": stated}, rows
    there = Counter(_mark(product) for product in known.products)
    fresh = []
    for row, product in zip(rows, stated, strict=True):
        if there[_mark(product)]:
            there[_mark(product)] -= 1
        else:
            fresh.append(row)
    if not fresh:
        return {}, []
    if rules.corrected:
        return {"products": [*known.products, *(_product(row.line) for row in fresh)]}, fresh
    named = {product["product_id"] for product in stated}
    others = [product for product in known.products if _sku_of(product) not in named]
    return {"products": [*others, *stated]}, fresh


def _with_amount(
    rows: list[StagedLine], known: PastOrder | None, rules: Rules
) -> tuple[dict[str, Any], list[StagedLine]]:
    """What the order is worth after the file, where rows name no products, and the rows that say something new."""
    amount = sum((Decimal(row.line.amount) for row in rows), Decimal())
    quantity = sum(row.line.quantity for row in rows)
    if known is not None:
        if amount in known.amounts:
            return {}, []
        if rules.corrected and not rules.own_numbers and known.amount is not None:
            amount += known.amount
    return {"total": amount, "quantity": quantity}, rows


def _of_whole_order(rows: list[StagedLine]) -> dict[str, Any]:
    """Shipping, tax and coupon stand on every line of an order: the first that says something counts."""
    said: dict[str, Any] = {}
    for name in ("shipping", "tax"):
        amount = next((getattr(row.line, name) for row in rows if getattr(row.line, name)), "")
        if amount:
            said[name] = Decimal(amount)
    coupon = next((row.line.coupon for row in rows if row.line.coupon), "")
    return {**said, "coupon": coupon} if coupon else said


def _product(line: Line) -> Product:
    product: Product = {"product_id": line.sku, "quantity": line.quantity, "price": Decimal(line.price)}
    for name, text in (("name", line.product), ("category", line.category)):
        if text:
            product[name] = text
    for name, text in (("cost", line.cost), ("discount", line.discount)):
        if text and Decimal(text):
            product[name] = Decimal(text)
    return product


def _mark(product: Product) -> tuple[str, int, Decimal]:
    """By what a line of an order is the same line."""
    price = product.get("price")
    return _sku_of(product), int(product.get("quantity", 1)), Decimal(str(price or 0)).normalize()


def _sku_of(product: Product) -> str:
    return str(product.get("product_id") or product.get("sku") or product.get("name") or "")


def _settle_refunds(
    customer: str, number: str, rows: list[StagedLine], past: Past, stock: "_Stock", outcome: Outcome
) -> None:
    """Every row that came back is a return of its own, known by what it says and not by the order it is matched to:
    so the same file again is the same return, whatever orders have come in between."""
    for row in rows:
        line = row.line
        marks = (number, line.sku, line.quantity, line.price or line.amount, row.occurrence)
        refund_id = (
            f"{number}:{line.sku}:{key_of(*marks).hex[:8]}" if line.sku else f"{number}:{key_of(*marks).hex[:8]}"
        )
        if refund_id in past.refunds:
            outcome.merged += 1
            continue
        outcome.imported += 1
        order = line.refund_of or stock.take(line.sku, line.quantity, row.at)
        if not order:
            outcome.returns_without_order += 1
        properties: dict[str, Any] = {"refund_id": refund_id, "currency": line.currency}
        if order:
            properties["order_id"] = order
        if line.price:
            properties["products"] = [_product(line)]
        else:
            properties["amount"] = Decimal(line.amount)
        outcome.messages.append(
            track("Order Refunded", properties, customer=customer, at=row.at, identity=(refund_id,))
        )


class _Stock:
    """What a customer has bought and not returned, to find the order that a return belongs to."""

    def __init__(self) -> None:
        self._bought: dict[str, list[_Bought]] = defaultdict(list)

    def replace(self, order: str, at: datetime, products: Iterable[Product]) -> None:
        """The order's contents are these now; what came back of it before stays taken off."""
        pieces: Counter[str] = Counter()
        for product in products:
            pieces[_sku_of(product)] += int(product.get("quantity", 1))
        for sku, quantity in pieces.items():
            if all(bought.order != order for bought in self._bought[sku]):
                self._bought[sku].append(_Bought(at, order, quantity))

    def give_back(self, order: str, sku: str, quantity: int) -> None:
        for bought in self._bought[sku]:
            if bought.order == order:
                bought.left -= quantity

    def take(self, sku: str, quantity: int, at: datetime) -> str | None:
        """The latest order before this moment with enough pieces left, which are taken off it."""
        fitting = [bought for bought in self._bought.get(sku, ()) if bought.at <= at and bought.left >= quantity]
        if not sku or not fitting:
            return None
        latest = max(fitting, key=lambda bought: (bought.at, bought.order))
        latest.left -= quantity
        return latest.order


def _stock(past: Past) -> _Stock:
    stock = _Stock()
    for number, order in past.orders.items():
        stock.replace(number, order.since, order.products)
    for number, sku, quantity in past.returned:
        stock.give_back(number, sku, quantity)
    return stock


def _traits(rows: Iterable[StagedLine]) -> dict[str, str]:
    """What the rows say of the person; where they differ, the latest is right."""
    traits: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.number)):
        traits |= row.line.traits
    return traits
