"""What a run began with, as an event tells it: the one that let the customer in, or the last one that told of the
order or deal whose date did.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tactful.catalog.domain.orders import STATING
from tactful.events import queries as events
from tactful.journeys.domain.matching import key_in
from tactful.sales.domain.matters import KINDS, Kind

TELLING: Mapping[str, frozenset[str]] = {"order": STATING, "deal": KINDS[Kind.PROPOSAL].opening}
"""The events that say what is in an order or deal, by what it is."""


class Told(NamedTuple):
    """An event that tells of an order or deal."""

    at: datetime
    id: int
    name: str
    properties: Mapping[str, Any]


def telling(of: str, customer_ids: Collection[int]) -> dict[int, list[Told]]:
    """What these customers' events tell of their orders or deals, the earliest first."""
    found: dict[int, list[Told]] = {}
    for row in events.of_names(customer_ids, TELLING.get(of, frozenset())):
        found.setdefault(row.customer_id or 0, []).append(Told(row.occurred_at, row.id, row.name, row.properties))
    return found


def last_word(of: str, key: str, told: Iterable[Told], *, by: datetime) -> Told | None:
    """The last that was said of an order or deal up to a moment."""
    return max((one for one in told if one.at <= by and key_in(one.properties, of) == key), default=None)


def with_earlier(one: Told, told: Iterable[Told]) -> Told:
    """An event that changes an order may name the change alone: what it leaves out, those before it said."""
    if is_whole(one.name, one.properties):
        return one
    key = key_in(one.properties, "order")
    properties: dict[str, Any] = {}
    for each in sorted([*told, one]):
        if each <= one and key_in(each.properties, "order") == key:
            properties |= each.properties
    return one._replace(properties=properties)


def is_whole(name: str, properties: Mapping[str, object]) -> bool:
    return name not in STATING or "products" in properties or not key_in(properties, "order")


def of_events(ids: Collection[int]) -> dict[int, tuple[str, dict[str, Any]]]:
    """Name and properties of the events with which runs began."""
    found = events.properties(ids) if ids else {}
    partial = [number for number, said in found.items() if not is_whole(*said)]
    if not partial:
        return found
    rows = events.by_id(partial)
    told = telling("order", {row.customer_id for row in rows if row.customer_id is not None})
    return found | {row.id: _completed(row, told.get(row.customer_id or 0, ())) for row in rows}


def _completed(row: events.EventRow, told: Sequence[Told]) -> tuple[str, dict[str, Any]]:
    one = with_earlier(Told(row.occurred_at, row.id, row.name, row.properties), told)
    return one.name, dict(one.properties)
