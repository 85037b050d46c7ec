"""Dates of orders that a file tells beside the purchase, such as when it is delivered. Pure.

They become properties of the order's event, where rules and texts find them: `delivery_at` is `order.delivery_at`.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping

from tactful.flows.importing.values import dates_of
from tactful.kernel.dates import LONGEST, MOST
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import zone

Dates = Mapping[str, str]
"""Name -> YYYY-MM-DD, or a moment with its offset."""

# What an order's event says otherwise, by whatever name it is read, and the moments that every order has.
_OF_ORDERS = frozenset(
    {
        "order_id", "orderId", "refund_id", "products", "currency", "subtotal", "revenue", "total", "value",
        "quantity", "discount", "shipping", "tax", "coupon", "coupon_id", "completed_at", "placed_at",
    }
)  # fmt: skip
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


def check_names(names: Collection[str], *, taken: Collection[str]) -> None:
    """`taken`: other names of the mapping. Raises InvalidInput for one under which nobody would find its date."""
    if len(names) > MOST:
        raise InvalidInput(f"an order keeps at most {MOST} dates, the mapping names {len(names)}")
    for name in names:
        if not _PLAIN.fullmatch(name) or len(name) > LONGEST:
            raise InvalidInput(f"dates.{name} is no plain name: letters, digits and _, as in delivery_at")
        if name in _OF_ORDERS or name in taken:
            raise InvalidInput(f"dates.{name} means something else already: take another name for the date")


def reader(names: Iterable[str], formats: tuple[str, ...], zone_name: str) -> Callable[[Mapping[str, str]], Dates]:
    """A reader of the dates that a row fills. It raises InvalidInput with the name of one that cannot be read."""
    read = dates_of(formats, zone(zone_name))
    named = tuple(names)

    def dates(row: Mapping[str, str]) -> Dates:
        return {name: _named(name, row[name], read) for name in named if row.get(name)}

    return dates


def _named(name: str, text: str, read: Callable[[str], str]) -> str:
    try:
        return read(text)
    except InvalidInput as fault:
        raise InvalidInput(f"{name}: {fault.message}") from None


def of_whole_order(rows: Iterable[Dates]) -> Dates:
    """Dates stand on every line of an order: of each, the first line that has one counts."""
    first: dict[str, str] = {}
    for row in rows:
        first = {**row, **first}
    return first


def news(told: Dates, known: Mapping[str, object]) -> Dates:
    """Those that nobody has told so of the order."""
    return {name: date for name, date in told.items() if known.get(name) != date}
