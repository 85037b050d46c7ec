"""What the tests of the lake do to its tables, and how they look at them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from tactful.catalog.lake import ORDER_LINES, ORDER_RETURNS, ORDERS
from tactful.consent.lake import CONSENTS
from tactful.customers.lake import CUSTOMERS
from tactful.decisions.lake import DECISIONS
from tactful.delivery.lake import DELIVERIES
from tactful.events.lake import EVENTS
from tactful.journeys.lake import RUNS
from tactful.lake.engine import reading
from tactful.lake.services import flush
from tactful.lake.tables import LakeTable
from tactful.sales.lake import TASKS
from tactful.segments.lake import MEMBER_CHANGES

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ALL = (
    *(EVENTS, CUSTOMERS, ORDERS, ORDER_LINES, ORDER_RETURNS, CONSENTS),
    *(MEMBER_CHANGES, RUNS, DECISIONS, DELIVERIES, TASKS),
)
INSERT = {
    "events": """
        INSERT INTO events_event (message_key, kind, name, customer_id, occurred_at, received_at, source,
                                  historical, properties)
        SELECT gen_random_uuid(), 'track', 'Product Viewed', %(customer)s,
               '2026-02-01T00:00:00Z'::timestamptz + random() * interval '20 days', '2026-02-28T00:00:00.000001Z',
               'test', false, '{"empty": "", "null": null, "odd": "a\\nb,\\"c\\" 🙂"}'
        FROM generate_series(1, %(count)s)""",
    "orders": """
        INSERT INTO catalog_order (external_id, customer_id, status, currency, placed_at, completed_at,
                                   revenue_minor, discount_minor, shipping_minor, tax_minor, margin_minor,
                                   margin_estimated, returned_minor, returned_margin_minor, coupon, historical)
        SELECT gen_random_uuid(), %(customer)s, 'completed', 'EUR', now(), nullif(now(), now()), 100, 0, 0, 0, 40,
               true, 0, 0, CASE WHEN random() < 0.5 THEN '' END, false
        FROM generate_series(1, %(count)s)""",
}


def insert(table: LakeTable, *, count: int = 1, customer: int | None = 1, link: Any = None) -> None:
    """Put rows into the table's source, by Django's connection or a given one."""
    values = {"count": count, "customer": customer}
    if link is not None:
        link.execute(INSERT[table.name], values)
        return
    with connection.cursor() as cursor:
        cursor.execute(INSERT[table.name], values)


def bring_to_rest(tables: Sequence[LakeTable], folder: Path) -> None:
    """Flush until nothing is left: transactions of other databases may hold a first flush back for a moment."""
    for _ in range(20):
        if not sum(flush(tables, folder=folder, now=NOW).values()):
            return
    raise AssertionError("something holds the lake back for long")


def run(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall() if cursor.description else []


def truth(table: LakeTable) -> list[tuple[Any, ...]]:
    """The rows as PostgreSQL tells them by itself, by key."""
    return run(f"{table.select()} ORDER BY {table.key}")


def shown(table: LakeTable, folder: Path) -> list[tuple[Any, ...]]:
    """The rows as the lake tells them, by key."""
    with reading([table], folder=folder) as reader:
        return reader.rows(f"FROM {table.name} ORDER BY {table.key}")


def files(folder: Path) -> set[str]:
    """Everything in the lake's folder that is a file of a table, finished or not."""
    return {path.relative_to(folder).as_posix() for path in folder.glob("*/*.parquet*")}


def other_connection(**instead: str) -> psycopg.Connection[Any]:
    """A second connection to the same database, unless another is named, in a transaction of its own."""
    given = connection.get_connection_params() | instead
    given.pop("cursor_factory", None)
    return psycopg.connect(**given)
