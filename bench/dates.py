"""How long the calendar looks for the orders and deals whose dates let customers in, and by which index.

Prints JSON: for each date one look of half a minute, as the clock asks it, at the moment at which most are due, and
what PostgreSQL says of the statement. The number of orders may be given as an argument. Ends with 1 where a
statement reads a table from end to end.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from bench.house import new_house

NOW = datetime(2026, 3, 2, 9, 0, 10, tzinfo=UTC)  # it has just struck ten in Berlin, where all of them live
LOOK = timedelta(seconds=30)
TIMES = 20
ORDERS = 1_000_000
# Two years of orders, five for each customer; every fifth tells a day of delivery; a proposal for ten orders.
ROWS = """
INSERT INTO customers_customer
    (id, external_id, zone, attributes, is_test, created_at, updated_at)
SELECT n, 'p' || n, 'Europe/Berlin', '{}', false, %(now)s, %(now)s FROM generate_series(1, %(count)s / 5) AS n;
INSERT INTO catalog_order (
    external_id, customer_id, status, currency, placed_at, completed_at, cancelled_at, revenue_minor,
    discount_minor, shipping_minor, tax_minor, margin_minor, margin_estimated, returned_minor,
    returned_margin_minor, historical, dates
)
SELECT 'o' || n, 1 + n %% (%(count)s / 5), CASE WHEN n %% 50 = 0 THEN 'cancelled' ELSE 'completed' END, 'EUR',
    moment, moment, CASE WHEN n %% 50 = 0 THEN moment END, 2000, 0, 0, 0, 800, false, 0, 0, true,
    CASE WHEN n %% 5 = 0 THEN jsonb_build_object('delivery_at', jsonb_build_array(
        to_char(moment + interval '12 days', 'YYYY-MM-DD'), '2026-01-01T00:00:00.000000+00:00'
    )) ELSE '{}' END
FROM generate_series(1, %(count)s) AS n,
    LATERAL (SELECT %(now)s::timestamptz - n * interval '730 days' / %(count)s AS moment) AS at;
INSERT INTO sales_proposal (number, customer_id, subject, opened_at, late_at, closed_at, said_at, dates)
SELECT 'd' || n, 1 + n %% (%(count)s / 5), '', moment, moment, CASE WHEN n %% 2 = 0 THEN moment END, moment,
    jsonb_build_object('valid_until', jsonb_build_array(
        to_char(moment + interval '30 days', 'YYYY-MM-DD'), '2026-01-01T00:00:00.000000+00:00'
    ))
FROM generate_series(1, %(count)s / 10) AS n,
    LATERAL (SELECT %(now)s::timestamptz - n * interval '7300 days' / %(count)s AS moment) AS at;
"""
ENTRIES: dict[str, dict[str, Any]] = {
    "order.completed_at, 30 days after": {"date": "order.completed_at", "days": 30},
    "order.placed_at, every year": {"date": "order.placed_at", "yearly": True},
    "order.delivery_at, 3 days before": {"date": "order.delivery_at", "days": -3},
    "order.delivery_at, every year": {"date": "order.delivery_at", "yearly": True},
    "deal.sent_at, 7 days after": {"date": "deal.sent_at", "days": 7},
    "deal.valid_until, 3 days before": {"date": "deal.valid_until", "days": -3},
}


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS
    with new_house():
        found = measure(count)
    print(json.dumps({"orders": count, "looks": found}, indent=2))
    return int(any(one["read_from_end_to_end"] for one in found.values()))


def measure(count: int) -> dict[str, Any]:
    from django.db import connection  # noqa: PLC0415 -- as above

    from tactful.flows import setting_up  # noqa: PLC0415

    setting_up.prepare(now=NOW)
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"now": NOW, "count": count})
        cursor.execute("VACUUM ANALYZE")
    return {name: look(entry) for name, entry in ENTRIES.items()}


def look(entry: dict[str, Any]) -> dict[str, Any]:
    from tactful.flows import calendar  # noqa: PLC0415
    from tactful.journeys.domain.parsing import parse  # noqa: PLC0415

    rule: Any = parse(_journey(entry)).entry.rule
    took, due = [], 0
    for _ in range(TIMES):
        began = time.perf_counter()
        due = calendar.ahead(rule, now=NOW - LOOK, span=LOOK)
        took.append((time.perf_counter() - began) * 1000)
    nodes = plan(rule)
    return {
        "due": due,
        "median_ms": round(median(took), 1),
        "longest_ms": round(max(took), 1),
        "candidates": nodes[0]["Actual Rows"],
        "by": sorted({node["Index Name"] for node in nodes if "Index Name" in node}),
        "read_from_end_to_end": [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"],
        "statement_ms": nodes[0]["Actual Total Time"],
    }


def plan(rule: Any) -> list[dict[str, Any]]:
    """The nodes of what PostgreSQL did for the statement by which things are looked for; the outermost first."""
    from django.db import connection  # noqa: PLC0415

    from tactful.flows import things  # noqa: PLC0415

    told: list[Any] = []

    def explained(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        with connection.connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
            told.extend(cursor.fetchone()[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        things.dated(rule, after=NOW - LOOK, until=NOW)
    return list(_nodes(told[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Any:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)


def _journey(entry: dict[str, Any]) -> dict[str, Any]:
    from bench.campaign import journey  # noqa: PLC0415

    return journey() | {"entry": entry | {"at": "10:00"}}


if __name__ == "__main__":
    sys.exit(main())
