"""Tickets and proposals, as events tell of them. What waits for an open one is for others to decide."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tactful.events.domain.parse import Located
from tactful.kernel.sql import grouped, statements
from tactful.sales.domain.matters import Kind, Matter, told

_SQL = statements(Path(__file__).with_suffix(".sql"))
_TABLES: Mapping[Kind, str] = {Kind.TICKET: "sales_ticket", Kind.PROPOSAL: "sales_proposal"}
_COLUMNS = ("number", "customer_id", "subject", "opened_at", "late_at", "closed_at", "said_at")


def project(events: Sequence[Located]) -> tuple[tuple[UUID, str], ...]:
    """Keep what events say of matters; gives the events that name none. The same events again change nothing."""
    words = told(events)
    for kind in Kind:
        _save(kind, [matter for matter in words.matters if matter.kind is kind])
    _keep_dates([one for one in words.matters if one.kind is Kind.PROPOSAL and (one.deal or one.dates)])
    return words.problems


def move_customers(kind: Kind, pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    """Matters follow merged customers (from, into); the ids of those moved by the customer they came from."""
    if not pairs:
        return {}
    old, new = [list(ids) for ids in zip(*pairs, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_SQL["move"].format(table=_TABLES[kind]), {"old": old, "new": new})
        return grouped(cursor.fetchall())


def give_back(kind: Kind, ids: Sequence[int], *, from_id: int, into_id: int) -> None:
    """Return matters to the customer they had before a merge that is undone."""
    with connection.cursor() as cursor:
        given: dict[str, Any] = {"ids": list(ids), "from_id": from_id, "into_id": into_id}
        cursor.execute(_SQL["give_back"].format(table=_TABLES[kind]), given)


def _save(kind: Kind, matters: Sequence[Matter]) -> None:
    if not matters:
        return
    params: dict[str, Any] = {name: [getattr(matter, name) for matter in matters] for name in _COLUMNS}
    with connection.cursor() as cursor:
        cursor.execute(_SQL["save"].format(table=_TABLES[kind]), params)


def _keep_dates(proposals: Sequence[Matter]) -> None:
    """The calendar of journeys looks at the dates of proposals, not at those of tickets."""
    if not proposals:
        return
    params: dict[str, Any] = {
        "number": [one.number for one in proposals],
        "deal": [one.deal for one in proposals],
        "dates": [msgspec.json.encode(one.dates).decode() for one in proposals],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL["keep_dates"], params)
