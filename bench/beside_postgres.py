"""The same questions to PostgreSQL: tables with the rows of the lake's files, good indexes, SQL written by hand.

Used by `bench.scale --postgres`. The indexes are those that an engineer would make for these very questions.
"""

# ruff: noqa: S608 -- queries of our own over tables of our own

from collections.abc import Mapping, Sequence
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import psycopg
from bench.segments import AT

from tactful.lake.engine import opened

_AT = f"timestamp '{AT:%Y-%m-%d %H:%M:%S}'"
_COLUMNS: Mapping[str, str] = {
    "customers": "id, customer_id, country, created_at, active",
    "orders": "id, customer_id, status, completed_at, margin_minor",
    "order_lines": "id, customer_id, category, completed_at",
    "events": "id, customer_id, name, occurred_at, properties",
}
_INDEXES = """
CREATE UNIQUE INDEX ON b_customers (id) INCLUDE (active);
CREATE INDEX ON b_customers (created_at) WHERE active;
CREATE INDEX ON b_orders (customer_id, completed_at) INCLUDE (margin_minor) WHERE status = 'completed';
CREATE INDEX ON b_orders (completed_at) INCLUDE (customer_id) WHERE status = 'completed';
CREATE INDEX ON b_order_lines (category, completed_at) INCLUDE (customer_id);
CREATE INDEX ON b_events (name, occurred_at) INCLUDE (customer_id);
CREATE INDEX ON b_events ((properties::jsonb ->> 'category'), name, occurred_at) INCLUDE (customer_id);
VACUUM ANALYZE b_customers, b_orders, b_order_lines, b_events;
"""
_BOUGHT = f"FROM b_orders WHERE status = 'completed' AND completed_at <= {_AT}"
_ACTIVE = "AND EXISTS (SELECT FROM b_customers AS c WHERE c.id = met.customer_id AND c.active)"


def _grouped(having: str, *, since: int = 0) -> str:
    recent = f" AND completed_at > {_AT} - interval '{since} days'" if since else ""
    met = f"SELECT customer_id {_BOUGHT}{recent} GROUP BY customer_id HAVING {having}"
    return f"SELECT customer_id FROM ({met}) AS met WHERE true {_ACTIVE}"


def _seen(names: str, days: int, having: str, more: str = "") -> str:
    met = (
        f"SELECT customer_id FROM b_events WHERE name IN ({names}) AND occurred_at <= {_AT}"
        f" AND occurred_at > {_AT} - interval '{days} days' {more} GROUP BY customer_id HAVING {having}"
    )
    return f"SELECT customer_id FROM ({met}) AS met WHERE true {_ACTIVE}"


def _no(table: str, condition: str, days: int) -> str:
    return (
        f" AND NOT EXISTS (SELECT FROM {table} AS b WHERE b.customer_id = met.customer_id AND {condition}"
        f" AND b.completed_at > {_AT} - interval '{days} days' AND b.completed_at <= {_AT})"
    )


BY_HAND: Mapping[str, str] = {
    "asleep": _grouped(f"max(completed_at) <= {_AT} - interval '61 days'"),
    "one_purchase": _grouped("count(*) = 1"),
    "active": _grouped(f"count(*) >= 2 AND max(completed_at) > {_AT} - interval '61 days'"),
    "high_value": _grouped("sum(margin_minor) >= 20000 AND count(*) >= 3", since=365),
    "loyal": _grouped(
        f"count(*) >= 5 AND min(completed_at) <= {_AT} - interval '180 days'"
        f" AND max(completed_at) > {_AT} - interval '91 days'"
    ),
    "at_risk": _grouped(
        f"count(*) >= 3 AND max(completed_at) <= {_AT} - interval '40 days'"
        f" AND max(completed_at) > {_AT} - interval '61 days'"
    ),
    "new_leads": (
        f"SELECT id FROM b_customers AS c WHERE active AND created_at > {_AT} - interval '14 days'"
        f" AND created_at <= {_AT} AND NOT EXISTS (SELECT {_BOUGHT} AND customer_id = c.id)"
    ),
    "category_interest": _seen(
        "'Product Viewed'", 30, "count(*) >= 3", "AND (properties::jsonb ->> 'category') = 'Tea'"
    )
    + _no("b_order_lines", "b.category = 'Tea'", 30),
    "repeat_browsers": _seen("'Product Viewed'", 14, "count(*) >= 5")
    + _no("b_orders", "b.status = 'completed'", 14),
    "unfinished_order": _seen(
        "'Checkout Started', 'Product Added', 'Order Completed'",
        3,
        "bool_or(name <> 'Order Completed') AND NOT bool_or(name = 'Order Completed')",
    ),
}


def load(url: str, folder: Path, paths: Mapping[str, Sequence[str]]) -> None:
    """Copy the files into tables and make the indexes."""
    with adbc.connect(url) as link, link.cursor() as cursor, opened(folder) as reader:
        for table, columns in _COLUMNS.items():
            for path in paths[table]:
                rows = reader.arrow(f"SELECT {columns} FROM read_parquet('{folder.absolute() / path}')")
                cursor.adbc_ingest(f"b_{table}", rows, mode="create_append")
                link.commit()
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("SET maintenance_work_mem = '1GB'")
        for statement in _INDEXES.strip().split(";\n"):
            link.execute(statement.encode())


def ready(link: psycopg.Connection) -> None:
    """As a server for analysis would be set up on this machine."""
    link.execute("SET work_mem = '1GB'")
    link.execute("SET max_parallel_workers_per_gather = 2")
    link.execute("SET jit = off")
