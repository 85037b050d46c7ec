"""Orders, lines, returns and products follow from events: a few statements for a batch of any size."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tactful.catalog.domain import reading
from tactful.catalog.domain.orders import (
    PRODUCT_UPDATED,
    REFUNDED,
    Order,
    Product,
    Said,
    Statement,
    Worth,
    follow,
    price,
    returned_margin,
)
from tactful.catalog.domain.reading import ProductWord, Refund, ReturnedLine
from tactful.catalog.queries import lines_of, orders_by_number, products_by_sku
from tactful.events.domain.parse import Located
from tactful.kernel.dates import told_in
from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import grouped, statements

_SQL = statements(Path(__file__).with_name("catalog.sql"))
_SAID = {said.value: said for said in Said}
NAMES = frozenset({*_SAID, REFUNDED, PRODUCT_UPDATED})


@dataclass(frozen=True, slots=True)
class Projection:
    """Customers whose orders or returns a batch touched, and events that could not be read, with the reason."""

    customers: frozenset[int]
    problems: tuple[tuple[UUID, str], ...]


@dataclass(slots=True)
class _Batch:
    """What a batch works on: the company's defaults, what is known, and what came of it."""

    margin_share: float
    currency: str
    orders: dict[str, Order]
    products: dict[str, Product]
    told: set[str] = field(default_factory=set)
    refunds: dict[str, tuple[Refund, Located]] = field(default_factory=dict)
    words: dict[str, tuple[ProductWord, datetime]] = field(default_factory=dict)
    learnt: dict[str, tuple[ProductWord, datetime]] = field(default_factory=dict)
    customers: set[int] = field(default_factory=set)
    problems: list[tuple[UUID, str]] = field(default_factory=list)


def project(
    events: Sequence[Located],
    *,
    now: datetime,  # noqa: ARG001 -- all projections are called alike; this one needs no present
    margin_share: float,
    currency: str,
) -> Projection:
    """Work a batch of events into orders, lines, returns and products, in the order given.

    Events with other names are passed over. The same events again change nothing. `margin_share` (0 to 1) and
    `currency` are the company's, for what an event leaves unsaid.
    """
    concerned = [event for event in events if event.name in NAMES]
    if not concerned:
        return Projection(frozenset(), ())
    batch = _load(concerned, margin_share=margin_share, currency=currency)
    for event in concerned:
        try:
            _READERS.get(event.name, _read_order)(batch, event)
        except InvalidInput as fault:
            batch.problems.append((event.key, fault.message))
    _save_products(batch)
    _save_orders(batch)
    _save_returns(batch)
    return Projection(frozenset(batch.customers), tuple(batch.problems))


@dataclass(frozen=True, slots=True)
class Moved:
    """Ids of the orders and returns that followed a merge, by the customer they came from."""

    orders: dict[int, list[int]]
    returns: dict[int, list[int]]


def move_customers(pairs: Sequence[tuple[int, int]]) -> Moved:
    """Orders, lines and returns follow their customers into the record they were merged into, (from, into)."""
    if not pairs:
        return Moved({}, {})
    orders, _, returns = [
        grouped(_move(table, pairs)) for table in ("catalog_order", "catalog_orderline", "catalog_orderreturn")
    ]
    return Moved(orders, returns)


def give_back(orders: Sequence[int], returns: Sequence[int], *, from_id: int, into_id: int) -> None:
    """Return orders with their lines, and returns, to the customer they had before a merge that is undone."""
    with connection.cursor() as cursor:
        for table, column, ids in (
            ("catalog_order", "id", orders),
            ("catalog_orderline", "order_id", orders),
            ("catalog_orderreturn", "id", returns),
        ):
            cursor.execute(
                f"UPDATE {table} SET customer_id = %s "  # noqa: S608 -- names from the table above
                f"WHERE {column} = ANY(%s) AND customer_id = %s",
                [from_id, list(ids), into_id],
            )


def _move(table: str, pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(customer it came from, id) of each row that moved."""
    moved: list[tuple[int, int]] = []
    # A record merged twice in one batch (a into b, b into c) takes another round, hence the loop.
    for _ in pairs:
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} t SET customer_id = p.goes_to "  # noqa: S608 -- one of three names above
                "FROM unnest(%s::bigint[], %s::bigint[]) AS p(comes_from, goes_to) "
                "WHERE t.customer_id = p.comes_from RETURNING p.comes_from, t.id",
                [[pair[0] for pair in pairs], [pair[1] for pair in pairs]],
            )
            found = cursor.fetchall()
        if not found:
            break
        moved += found
    return moved


def _load(events: Sequence[Located], *, margin_share: float, currency: str) -> _Batch:
    numbers, skus = set(), set()
    for event in events:
        skus |= reading.skus_of(event.properties)
        try:
            numbers.add(reading.read_number(event.properties))
        except InvalidInput:
            continue  # a product has none; an order without one is reported when it is read
    return _Batch(
        margin_share=margin_share,
        currency=currency,
        orders=orders_by_number(numbers),
        products=products_by_sku(skus),
    )


def _read_order(batch: _Batch, event: Located) -> None:
    number = reading.read_number(event.properties)
    known = batch.orders.get(number)
    contents = reading.read_contents(event.properties, currency=known.worth.currency if known else batch.currency)
    worth = None
    if contents and _SAID[event.name] is not Said.CANCELLED:
        worth = price(contents, products=batch.products, margin_share=batch.margin_share)
    statement = Statement(
        said=_SAID[event.name],
        order=number,
        at=event.occurred_at,
        customer_id=event.customer_id,
        historical=event.historical,
        worth=worth,
        dates=told_in(event.properties, at=event.occurred_at),
    )
    order = follow(known, statement, currency=batch.currency)
    batch.orders[number] = order
    batch.told.add(number)
    batch.customers |= {each.customer_id for each in (known, order) if each and each.customer_id}
    for line in contents.lines if contents else ():
        word = ProductWord(
            line.sku, line.name, line.category, line.price_minor, line.cost_minor, order.worth.currency
        )
        _learn(batch, word, event.occurred_at)


def _read_refund(batch: _Batch, event: Located) -> None:
    of_order = event.properties.get("order_id")
    order = batch.orders.get(reading.read_number(event.properties)) if of_order else None
    currency = order.worth.currency if order else batch.currency
    refund = reading.read_refund(event.properties, key=str(event.key), currency=currency)
    if order and refund.currency != order.worth.currency:
        raise InvalidInput(f"a refund in {refund.currency} of an order in {order.worth.currency}")
    batch.refunds[refund.external_id] = (refund, event)
    customer = order.customer_id if order else event.customer_id
    batch.customers |= {each for each in (customer, event.customer_id) if each}


def _read_product(batch: _Batch, event: Located) -> None:
    word = reading.read_product(event.properties, currency=batch.currency)
    before, at = batch.words.get(word.sku, (None, event.occurred_at))
    if before and at > event.occurred_at:
        return
    if before:
        word = _joined(before, word)
    batch.words[word.sku] = (word, event.occurred_at)
    known = batch.products.get(word.sku)
    batch.products[word.sku] = _product(_joined(_word(known), word) if known else word)


_READERS: dict[str, Callable[[_Batch, Located], None]] = {REFUNDED: _read_refund, PRODUCT_UPDATED: _read_product}


def _learn(batch: _Batch, word: ProductWord, at: datetime) -> None:
    """Keep a product that an order names, where nobody has told of it."""
    known = batch.products.get(word.sku)
    if known is None:
        batch.learnt[word.sku] = (word, at)
        batch.products[word.sku] = _product(word)
    elif (not known.name and word.name) or (not known.category and word.category):
        batch.learnt[word.sku] = (word, at)
        batch.products[word.sku] = _product(_joined(word, _word(known)))


def _joined(before: ProductWord, after: ProductWord) -> ProductWord:
    return ProductWord(
        sku=after.sku,
        name=after.name or before.name,
        category=after.category or before.category,
        price_minor=before.price_minor if after.price_minor is None else after.price_minor,
        cost_minor=before.cost_minor if after.cost_minor is None else after.cost_minor,
        currency=after.currency,
    )


def _word(known: Product) -> ProductWord:
    return ProductWord(known.sku, known.name, known.category, known.price_minor, known.cost_minor, known.currency)


def _product(word: ProductWord) -> Product:
    return Product(word.sku, word.name, word.category, word.price_minor, word.cost_minor, word.currency)


def _save_products(batch: _Batch) -> None:
    for name, words in (("learn_products", batch.learnt), ("update_products", batch.words)):
        if words:
            rows = [{**msgspec.to_builtins(word), "updated_at": at} for word, at in words.values()]
            _execute(name, rows=rows)


def _save_orders(batch: _Batch) -> None:
    if not batch.told:
        return
    orders = [batch.orders[number] for number in sorted(batch.told)]
    _execute("save_orders", rows=[_order_row(order) for order in orders])
    anew = [order for order in orders if order.worth.lines is not None]
    if anew:
        _execute("save_lines", rows=[row for order in anew for row in _line_rows(order)])
        counts = [{"external_id": order.external_id, "lines": len(order.worth.lines or ())} for order in anew]
        _execute("empty_lines", rows=counts)
    _execute("follow_order", orders=[order.external_id for order in orders])


def _order_row(order: Order) -> dict[str, Any]:
    worth = order.worth
    return {
        "external_id": order.external_id,
        "customer_id": order.customer_id,
        "status": order.status.value,
        "placed_at": order.placed_at,
        "completed_at": order.completed_at,
        "cancelled_at": order.cancelled_at,
        "stated_at": order.stated_at,
        "historical": order.historical,
        "currency": worth.currency,
        "revenue_minor": worth.revenue_minor,
        "discount_minor": worth.discount_minor,
        "shipping_minor": worth.shipping_minor,
        "tax_minor": worth.tax_minor,
        "margin_minor": worth.margin_minor,
        "margin_estimated": worth.margin_estimated,
        "coupon": worth.coupon,
        "dates": order.dates,
    }


def _line_rows(order: Order) -> list[dict[str, Any]]:
    return [
        {"external_id": order.external_id, "line": number, **msgspec.to_builtins(line)}
        for number, line in enumerate(order.worth.lines or ())
    ]


def _save_returns(batch: _Batch) -> None:
    """Store the returns, attach those whose order is known by now, and count them on their orders."""
    rows = [_return_row(refund, event, batch) for refund, event in batch.refunds.values()]
    if rows:
        _execute("save_returns", rows=rows)
    orders = sorted(batch.told | {refund.of_order for refund, _ in batch.refunds.values() if refund.of_order})
    if not orders:
        return
    _execute("attach_returns", orders=orders)
    with connection.cursor() as cursor:
        cursor.execute(_SQL["returns_with_orders"], {"orders": orders})
        attached = cursor.fetchall()
    if not attached:
        return
    _settle_margins(attached, margin_share=batch.margin_share)
    _execute("sum_returns", orders=orders)


def _return_row(refund: Refund, event: Located, batch: _Batch) -> dict[str, Any]:
    return {
        "external_id": refund.external_id,
        "of_order": refund.of_order,
        "customer_id": event.customer_id,
        "currency": refund.currency,
        "at": event.occurred_at,
        "amount_minor": refund.amount_minor,
        "margin_minor": returned_margin(
            refund.amount_minor, refund.lines, order=None, margin_share=batch.margin_share
        ),
        "lines": refund.lines,
    }


def _settle_margins(attached: Sequence[tuple[Any, ...]], *, margin_share: float) -> None:
    """Give each return the margin that follows from the order it now belongs to."""
    lines = lines_of({row[4] for row in attached})
    changed = []
    for row_id, margin, amount, returned, order_id, currency, revenue, order_margin in attached:
        order = Worth(currency, revenue_minor=revenue, margin_minor=order_margin, lines=lines.get(order_id, ()))
        named = msgspec.convert(
            msgspec.json.decode(returned) if isinstance(returned, str) else returned, tuple[ReturnedLine, ...]
        )
        settled = returned_margin(amount, named, order=order, margin_share=margin_share)
        if settled != margin:
            changed.append({"id": row_id, "margin_minor": settled})
    if changed:
        _execute("save_return_margins", rows=changed)


def _execute(name: str, *, rows: Sequence[dict[str, Any]] | None = None, orders: Sequence[str] = ()) -> None:
    parameters: dict[str, Any] = {"rows": msgspec.json.encode(rows).decode(), "orders": list(orders)}
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], parameters)
