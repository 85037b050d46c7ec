"""Orders and products as plain values."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from django.db import connection
from django.db.models import Q

from tactful.catalog import models
from tactful.catalog.domain.offers import Candidate
from tactful.catalog.domain.orders import Order, PricedLine, Product, Worth
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("catalog.sql"))


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What a customer bought, by PURCHASE_RULE; money in minor units, returns not taken off."""

    count: int
    revenue_minor: int
    discount_minor: int
    margin_minor: int
    returned_minor: int
    returned_margin_minor: int
    first_at: datetime
    last_at: datetime

    @property
    def average_minor(self) -> int:
        return round(self.revenue_minor / self.count)


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as screens show it; lines that an update took out are left out."""

    id: int
    external_id: str
    customer_id: int | None
    status: str
    currency: str
    placed_at: datetime
    completed_at: datetime | None
    cancelled_at: datetime | None
    revenue_minor: int
    discount_minor: int
    shipping_minor: int
    tax_minor: int
    margin_minor: int
    margin_estimated: bool
    returned_minor: int
    returned_margin_minor: int
    coupon: str | None
    historical: bool
    lines: tuple[PricedLine, ...]


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """A return; `of_order` is the company's number of an order that may not be known."""

    external_id: str
    of_order: str | None
    order_id: int | None
    currency: str
    at: datetime
    amount_minor: int
    margin_minor: int


def order_facts(customer_ids: Collection[int]) -> dict[int, OrderFacts]:
    """Facts of those of these customers who bought at least once, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_SQL["order_facts"], {"customers": list(customer_ids)})
        return {
            customer_id: OrderFacts(
                count=count,
                revenue_minor=int(revenue),
                discount_minor=int(discount),
                margin_minor=int(margin),
                returned_minor=int(returned),
                returned_margin_minor=int(returned_margin),
                first_at=first,
                last_at=last,
            )
            for customer_id, count, revenue, discount, margin, returned, returned_margin, first, last in cursor
        }


_SPENDING = """
SELECT customer_id, sum(margin_minor - returned_margin_minor),
       COALESCE(sum(discount_minor) FILTER (WHERE completed_at > %(since)s), 0),
       count(*), count(*) FILTER (WHERE discount_minor > 0)
FROM catalog_order
WHERE customer_id = ANY(%(ids)s) AND completed_at > %(year)s AND status = 'completed'
GROUP BY customer_id
"""


def spending(
    customer_ids: Collection[int], *, since: datetime, year: datetime
) -> dict[int, tuple[int, int, int, int]]:
    """Of buyers since `year`: net margin, discount since `since` (minor units), orders, discounted orders."""
    with connection.cursor() as cursor:
        cursor.execute(_SPENDING, {"ids": list(customer_ids), "since": since, "year": year})
        return {row[0]: (int(row[1]), int(row[2]), row[3], row[4]) for row in cursor.fetchall()}


def next_offers(customer_id: int) -> list[Candidate]:
    """Products that a customer has not had, from the categories he buys from; none for one who never bought."""
    return [
        Candidate(sku, name, category, int(items), int(all_items), buyers, peers)
        for sku, name, category, items, all_items, buyers, peers in _rows("next_offers", customer=customer_id)
    ]


def orders_of(customer_id: int, *, limit: int = 200) -> list[OrderRow]:
    """The orders of a customer with their lines, latest first."""
    found = list(models.Order.objects.filter(customer_id=customer_id).order_by("-placed_at")[:limit])
    return _with_lines(found)


def order(number: str) -> OrderRow | None:
    """The order with the company's own number."""
    found = _with_lines(list(models.Order.objects.filter(external_id=number)))
    return found[0] if found else None


def returns_of(customer_id: int, *, limit: int = 200) -> list[ReturnRow]:
    """What a customer brought back, latest first."""
    rows = models.OrderReturn.objects.filter(customer_id=customer_id).order_by("-at")[:limit]
    return [
        ReturnRow(
            external_id=row.external_id,
            of_order=row.of_order,
            order_id=row.order_id,
            currency=row.currency,
            at=row.at,
            amount_minor=row.amount_minor,
            margin_minor=row.margin_minor,
        )
        for row in rows
    ]


def products(*, text: str = "", limit: int = 100, offset: int = 0) -> tuple[list[Product], int]:
    """Products by number, with the number of all that match; `text` is looked for in number, name and category."""
    found = models.Product.objects.order_by("sku")
    if text:
        found = found.filter(Q(sku__icontains=text) | Q(name__icontains=text) | Q(category__icontains=text))
    return [_product(row) for row in found[offset : offset + limit]], found.count()


def product(sku: str) -> Product | None:
    return products_by_sku([sku]).get(sku)


def categories() -> list[str]:
    """Every category that a product has, in alphabetical order."""
    named = models.Product.objects.exclude(category="")
    return list(named.order_by("category").values_list("category", flat=True).distinct())


def products_by_sku(skus: Collection[str]) -> dict[str, Product]:
    """Those of these products that are known."""
    return {row[0]: Product(*row) for row in _rows("products_by_sku", skus=list(skus))} if skus else {}


def orders_by_number(numbers: Collection[str]) -> dict[str, Order]:
    """Those of these orders that are known, without their lines."""
    return {row[0]: _order(row) for row in _rows("orders_by_number", numbers=list(numbers))} if numbers else {}


MOMENTS = frozenset({"completed_at", "placed_at"})
"""Columns of orders by which `dated_at` finds them."""


def dated_at(column: str, spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[str, int, datetime]]:
    """(order, customer, moment) of orders not cancelled with that moment in one of the spans [from, to)."""
    if column not in MOMENTS:
        raise ValueError(f"orders are not found by {column}")
    since, until = [list(ends) for ends in zip(*spans, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_SQL["dated_at"].format(column=column), {"since": since, "until": until})
        found: list[tuple[str, int, datetime]] = cursor.fetchall()
    return found


def dated_on(name: str, days: Collection[str]) -> list[tuple[str, int, str]]:
    """(order, customer, day) of orders not cancelled of which an event told that date to be one of these days."""
    return _rows("dated_on", date=name, days=sorted(days))


def standing(numbers: Collection[str]) -> dict[str, int]:
    """Those of these orders that were not cancelled, with their customers."""
    return dict(_rows("standing", numbers=list(numbers))) if numbers else {}


def dates_told(names: Collection[str]) -> set[str]:
    """Those of these dates that an event has told of an order."""
    return {row[0] for row in _rows("dates_told", names=sorted(names))} if names else set()


def lines_of(order_ids: Collection[int]) -> dict[int, tuple[PricedLine, ...]]:
    """The lines of orders by our own id of the order."""
    lines: dict[int, list[PricedLine]] = defaultdict(list)
    rows = models.OrderLine.objects.filter(order_id__in=order_ids, quantity__gt=0).order_by("order_id", "line")
    for row in rows:
        lines[row.order_id].append(
            PricedLine(
                sku=row.sku,
                category=row.category,
                quantity=row.quantity,
                price_minor=row.price_minor,
                revenue_minor=row.revenue_minor,
                discount_minor=row.discount_minor,
                margin_minor=row.margin_minor,
            )
        )
    return {order_id: tuple(each) for order_id, each in lines.items()}


def _with_lines(found: list[models.Order]) -> list[OrderRow]:
    lines = lines_of([row.pk for row in found])
    return [
        OrderRow(
            id=row.pk,
            external_id=row.external_id,
            customer_id=row.customer_id,
            status=row.status,
            currency=row.currency,
            placed_at=row.placed_at,
            completed_at=row.completed_at,
            cancelled_at=row.cancelled_at,
            revenue_minor=row.revenue_minor,
            discount_minor=row.discount_minor,
            shipping_minor=row.shipping_minor,
            tax_minor=row.tax_minor,
            margin_minor=row.margin_minor,
            margin_estimated=row.margin_estimated,
            returned_minor=row.returned_minor,
            returned_margin_minor=row.returned_margin_minor,
            coupon=row.coupon,
            historical=row.historical,
            lines=lines.get(row.pk, ()),
        )
        for row in found
    ]


def _order(row: Sequence[Any]) -> Order:
    number, customer_id, placed_at, completed_at, cancelled_at, stated_at, historical, *worth = row
    currency, revenue, discount, shipping, tax, margin, estimated, coupon, dates = worth
    return Order(
        external_id=number,
        customer_id=customer_id,
        placed_at=placed_at,
        completed_at=completed_at,
        cancelled_at=cancelled_at,
        stated_at=stated_at,
        historical=historical,
        worth=Worth(
            currency=currency,
            revenue_minor=revenue,
            discount_minor=discount,
            shipping_minor=shipping,
            tax_minor=tax,
            margin_minor=margin,
            margin_estimated=estimated,
            coupon=coupon,
        ),
        dates=msgspec.json.decode(dates, type=dict[str, tuple[str, str]]),
    )


def _rows(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _product(row: models.Product) -> Product:
    return Product(row.sku, row.name, row.category, row.price_minor, row.cost_minor, row.currency)
