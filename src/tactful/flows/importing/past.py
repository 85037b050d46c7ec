"""What the log knows of customers' orders before a file comes: one query for a batch of customers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from tactful.catalog.queries import orders_by_number
from tactful.customers import queries as customers
from tactful.events.lake import EVENTS
from tactful.flows.importing.messages import stand_in
from tactful.flows.importing.orders import Past, PastOrder
from tactful.lake.rows import of_customers

_COMPLETED, _UPDATED, _REFUNDED = "Order Completed", "Order Updated", "Order Refunded"
_AMOUNTS = ("subtotal", "revenue", "total", "value")


def pasts(numbers: Mapping[str, Collection[str]]) -> dict[str, Past]:
    """The past of customers by their names as rows name them ("id:…").

    `numbers`: of the orders that the rows of each name. Who is not known has no past, but may name others' orders.
    """
    ids = _internal_ids(list(numbers))
    events = _events(list(ids.values()))
    owners = {
        number: order.customer_id
        for number, order in orders_by_number([each for named in numbers.values() for each in named]).items()
    }
    found = {}
    for name, named in numbers.items():
        foreign = frozenset(each for each in named if owners.get(each) not in {None, ids.get(name)})
        found[name] = replace(past_of(events[ids[name]]) if name in ids else Past(), foreign=foreign)
    return found


def _events(customer_ids: Sequence[int]) -> defaultdict[int, list[dict[str, Any]]]:
    """What customers' events say of orders, by customer."""
    table = of_customers(EVENTS, customer_ids, where="name = ANY (%s)", params=[[_COMPLETED, _UPDATED, _REFUNDED]])
    events: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in table.select(["id", "customer_id", "name", "occurred_at", "properties"]).to_pylist():
        events[row["customer_id"]].append(row)
    return events


def _internal_ids(names: Sequence[str]) -> dict[str, int]:
    """Who is known already, by address or as an import has named him before; one query for each way."""
    found: dict[str, int] = {}
    others = {stand_in(name): name for name in names if not name.startswith("id:")}
    if others:
        found |= {others[value]: owner for value, owner in customers.owners("anonymous_id", list(others)).items()}
    for kind in ("email", "phone"):
        wanted = [name.partition(":")[2] for name in names if name.startswith(f"{kind}:")]
        if wanted:
            found |= {f"{kind}:{value}": owner for value, owner in customers.owners(kind, wanted).items()}
    numbers = [name.partition(":")[2] for name in names if name.startswith("id:")]
    return found | {f"id:{value}": owner for value, owner in customers.internal_ids(numbers).items()}


def past_of(events: Iterable[Mapping[str, Any]]) -> Past:
    """Orders and returns as a customer's events tell them; where two state an order, the later one holds."""
    orders: dict[str, PastOrder] = {}
    returned: list[tuple[str, str, int]] = []
    refunds: set[str] = set()
    for event in sorted(events, key=lambda event: (event["occurred_at"], event["id"])):
        properties = msgspec.json.decode(event["properties"])
        number = str(properties.get("order_id") or "")
        if event["name"] == _REFUNDED:
            refunds.add(str(properties.get("refund_id") or ""))
            returned += [(number, sku, quantity) for sku, quantity in _pieces(properties)]
        else:
            orders[number] = _stated(orders.get(number), properties, event["occurred_at"])
    return Past(orders=orders, returned=tuple(returned), refunds=frozenset(refunds))


def _stated(known: PastOrder | None, properties: Mapping[str, Any], at: datetime) -> PastOrder:
    amount = _amount(properties)
    products = tuple(properties.get("products") or ())
    amounts = known.amounts if known else frozenset()
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return PastOrder(
        products=products or (known.products if known else ()),
        amount=amount if amount is not None else (known.amount if known else None),
        since=known.since if known else at,
        at=at,
        amounts=amounts | {amount} if amount is not None else amounts,
        words={**(known.words if known else {}), **properties},
    )


def _amount(properties: Mapping[str, Any]) -> Decimal | None:
    for name in _AMOUNTS:
        if properties.get(name) not in {None, ""}:
            try:
                return Decimal(str(properties[name]))
            except InvalidOperation:
                return None
    return None


def _pieces(properties: Mapping[str, Any]) -> list[tuple[str, int]]:
    return [
        (str(product.get("product_id") or product.get("sku") or ""), int(product.get("quantity") or 1))
        for product in properties.get("products") or ()
    ]
