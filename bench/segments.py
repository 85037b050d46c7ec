"""How long a segment takes over the lake, against a DuckDB query written by hand for it on the same files.

Prints JSON, times in milliseconds, for 100,000 and (without --quick) 1,000,000 customers. `compiled`: the compiled
plan over the lake's names. `by_hand`: the query over the bare files. `answer`: all of the service: manifest and
tail from PostgreSQL, compiling, asking. Both must count the same customers. Three orders, five lines and ten events
for a customer on average; some have far more.
"""

# ruff: noqa: S608 -- queries of our own over files of our own

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.house import new_house

if TYPE_CHECKING:
    from tactful.lake.engine import Reader
    from tactful.lake.tables import LakeTable

AT = datetime(2026, 11, 1, tzinfo=UTC)
ROUNDS = 5
_AT = f"TIMESTAMP '{AT:%Y-%m-%d %H:%M:%S}'"
_CHUNK = 1_000_000

# Rows of each table for one customer, and the query for rows $first to $last of all rows of the table.
# Four of ten have never bought, some buy often; most browse little, some a lot.
_CUSTOMER = "1 + floor(0.6 * {customers} * pow((i - 1)::DOUBLE / {rows}, 1.5))::BIGINT"
_CATEGORY = "list_extract(['Tea', 'Coffee', 'Cocoa', 'Cups', 'Pots', 'Honey', 'Cakes', 'Gifts'], 1 + (h % 8)::INT)"
MADE: Mapping[str, tuple[int, str]] = {
    "customers": (1, """
        SELECT i AS id, i AS customer_id, 'c' || i AS external_id, 'c' || i || '@example.org' AS email,
               NULL AS phone, 'First' AS first_name, 'Last' AS last_name, 'en' AS language, 'Europe/Berlin' AS zone,
               list_extract(['DE', 'FR', 'GB', 'US'], 1 + (h % 4)::INT) AS country, NULL AS region, NULL AS city,
               NULL AS birth_date, 'api:shop' AS source, NULL AS owner,
               '{{"plan": "' || h % 3 || '"}}' AS attributes,
               NULL AS company_id, false AS is_test, {at} - to_hours((h % 17520)::INT) AS created_at,
               {at} AS last_seen_at, h % 50 <> 0 AS active"""),
    "orders": (3, """
        SELECT i AS id, {customer} AS customer_id, 'o' || i AS external_id,
               CASE WHEN h % 20 = 0 THEN 'cancelled' ELSE 'completed' END AS status, 'EUR' AS currency,
               {at} - to_minutes((h % 1051200)::INT) AS completed_at, 1000 + h % 20000 AS revenue_minor,
               0 AS discount_minor, 500 + h % 10000 AS margin_minor, 0 AS returned_minor,
               0 AS returned_margin_minor, false AS margin_estimated, NULL AS coupon, false AS historical"""),
    "order_lines": (5, """
        SELECT i AS id, i AS order_id, {customer} AS customer_id,
               {at} - to_minutes((h % 1051200)::INT) AS completed_at, 'EUR' AS currency, 'sku-' || h % 500 AS sku,
               {category} AS category, 1 AS quantity, 1000 AS revenue_minor, 0 AS discount_minor,
               400 AS margin_minor"""),
    "events": (10, """
        SELECT i AS id, 1 + floor({customers} * pow((h % 10000000) / 1e7, 2))::BIGINT AS customer_id,
               list_extract(['Product Viewed', 'Product Viewed', 'Product Viewed', 'Page Viewed', 'Email Opened',
                             'Product Added', 'Checkout Started', 'Order Completed'],
                            1 + (h // 64 % 8)::INT) AS name,
               'track' AS kind, {at} - to_seconds((31536000 * (1 - i::DOUBLE / {rows}))::INT) AS occurred_at,
               {at} - to_seconds((31536000 * (1 - i::DOUBLE / {rows}))::INT) AS received_at, false AS historical,
               '{{"product_id": "p' || h % 500 || '", "category": "' || {category} || '", "price": 9.5}}'
               AS properties"""),
}  # fmt: skip

_BOUGHT = f"FROM {{orders}} WHERE status = 'completed' AND completed_at <= {_AT}"
# Written as somebody would who knows the engine: filter, group, and only then look who is still a customer.
_WHO_IS_ACTIVE = "SEMI JOIN (SELECT id FROM {customers} WHERE active) AS c ON c.id = met.customer_id"
BY_HAND = {
    "asleep": f"""
        SELECT customer_id FROM (
            SELECT customer_id {_BOUGHT} GROUP BY customer_id HAVING max(completed_at) <= {_AT} - INTERVAL 61 DAY
        ) AS met {_WHO_IS_ACTIVE}""",
    "one_purchase": f"""
        SELECT customer_id FROM (
            SELECT customer_id {_BOUGHT} GROUP BY customer_id HAVING count(*) = 1
        ) AS met {_WHO_IS_ACTIVE}""",
    "active": f"""
        SELECT customer_id FROM (
            SELECT customer_id {_BOUGHT} GROUP BY customer_id
            HAVING count(*) >= 2 AND max(completed_at) > {_AT} - INTERVAL 61 DAY
        ) AS met {_WHO_IS_ACTIVE}""",
    "high_value": f"""
        SELECT customer_id FROM (
            SELECT customer_id {_BOUGHT} AND completed_at > {_AT} - INTERVAL 365 DAY GROUP BY customer_id
            HAVING sum(margin_minor) >= 20000 AND count(*) >= 3
        ) AS met {_WHO_IS_ACTIVE}""",
    "loyal": f"""
        SELECT customer_id FROM (
            SELECT customer_id {_BOUGHT} GROUP BY customer_id
            HAVING count(*) >= 5 AND min(completed_at) <= {_AT} - INTERVAL 180 DAY
               AND max(completed_at) > {_AT} - INTERVAL 91 DAY
        ) AS met {_WHO_IS_ACTIVE}""",
    "at_risk": f"""
        SELECT customer_id FROM (
            SELECT customer_id {_BOUGHT} GROUP BY customer_id
            HAVING count(*) >= 3 AND max(completed_at) <= {_AT} - INTERVAL 40 DAY
               AND max(completed_at) > {_AT} - INTERVAL 61 DAY
        ) AS met {_WHO_IS_ACTIVE}""",
    "new_leads": f"""
        SELECT id FROM {{customers}} AS c ANTI JOIN (SELECT customer_id {_BOUGHT}) AS o ON o.customer_id = c.id
        WHERE active AND created_at > {_AT} - INTERVAL 14 DAY AND created_at <= {_AT}""",
    "category_interest": f"""
        SELECT customer_id FROM (
            SELECT customer_id FROM {{events}}
            WHERE name = 'Product Viewed' AND occurred_at > {_AT} - INTERVAL 30 DAY AND occurred_at <= {_AT}
              AND (properties->>'category') = 'Tea'
            GROUP BY customer_id HAVING count(*) >= 3
        ) AS met {_WHO_IS_ACTIVE}
        ANTI JOIN (
            SELECT customer_id FROM {{order_lines}}
            WHERE category = 'Tea' AND completed_at > {_AT} - INTERVAL 30 DAY AND completed_at <= {_AT}
        ) AS bought ON bought.customer_id = met.customer_id""",
    "repeat_browsers": f"""
        SELECT customer_id FROM (
            SELECT customer_id FROM {{events}}
            WHERE name = 'Product Viewed' AND occurred_at > {_AT} - INTERVAL 14 DAY AND occurred_at <= {_AT}
            GROUP BY customer_id HAVING count(*) >= 5
        ) AS met {_WHO_IS_ACTIVE}
        ANTI JOIN (SELECT customer_id {_BOUGHT} AND completed_at > {_AT} - INTERVAL 14 DAY) AS bought
        ON bought.customer_id = met.customer_id""",
    "unfinished_order": f"""
        SELECT customer_id FROM (
            SELECT customer_id FROM {{events}}
            WHERE name IN ('Checkout Started', 'Product Added', 'Order Completed')
              AND occurred_at > {_AT} - INTERVAL 3 DAY AND occurred_at <= {_AT}
            GROUP BY customer_id
            HAVING bool_or(name <> 'Order Completed') AND NOT bool_or(name = 'Order Completed')
        ) AS met {_WHO_IS_ACTIVE}""",
}


def main() -> None:
    if sys.argv[1:2] == ["--customers"]:
        print(json.dumps(in_new_folder(int(sys.argv[2]))))
        return
    sizes = (100_000,) if "--quick" in sys.argv else (100_000, 1_000_000)
    print(json.dumps({str(size): of_size(size) for size in sizes}, indent=2))


def of_size(customers: int) -> dict[str, Any]:
    """In a process of its own: Django is told of one database only."""
    command = [sys.executable, "-m", "bench.segments", "--customers", str(customers)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def in_new_folder(customers: int) -> dict[str, Any]:
    with new_house() as folder:
        return measure(customers, folder / "lake")


def measure(customers: int, folder: Path) -> dict[str, Any]:
    from tactful.flows.tables import TABLES  # noqa: PLC0415 -- Django is configured only by now
    from tactful.lake.engine import reading  # noqa: PLC0415 -- as above
    from tactful.segments import services  # noqa: PLC0415 -- as above
    from tactful.segments.compiler import everyone  # noqa: PLC0415 -- as above
    from tactful.segments.domain.terms import Terms  # noqa: PLC0415 -- as above

    began = time.perf_counter()
    paths = fill(customers, folder)
    written = time.perf_counter() - began
    bare = {name: f"read_parquet({[str(folder / path) for path in found]})" for name, found in paths.items()}
    trees = rules()
    result: dict[str, Any] = {}
    with reading(TABLES, folder=folder) as reader:
        for name, by_hand in BY_HAND.items():
            plan = everyone(trees[name], at=AT, terms=Terms("EUR")).sql
            compiled = f"SELECT count(*) FROM ({plan})"
            hand = f"SELECT count(*) FROM ({by_hand.format(**bare)})"
            counts = (reader.rows(compiled), reader.rows(hand))
            assert counts[0] == counts[1], f"{name}: not the same customers: {counts}"
            best = quickest(
                compiled=lambda sql=compiled: reader.rows(sql), by_hand=lambda sql=hand: reader.rows(sql)
            )
            whole = quickest(
                answer=lambda tree=trees[name]: services.count(tree, at=AT, tables=TABLES, folder=folder)
            )
            result[name] = {
                "members": counts[0][0][0],
                **{which: round(1000 * seconds, 1) for which, seconds in {**best, **whole}.items()},
                "ratio": round(best["compiled"] / best["by_hand"], 2),
            }
    ratios = [each["ratio"] for each in result.values()]
    return {"written_in_s": round(written, 1), "worst_ratio": max(ratios), "segments": result}


def quickest(**ways: Callable[[], object]) -> dict[str, float]:
    """The best time of each, in seconds; they take turns, so that all meet the same machine."""
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            best[name] = min(best[name], time.perf_counter() - began)
    return best


def rules() -> dict[str, Any]:
    """The ready segments, parsed, by the name of their file."""
    from tactful.segments import services  # noqa: PLC0415 -- Django is configured only by now

    return {ready.slug.replace("-", "_"): ready.tree for ready in services.ready()}


def fill(
    customers: int, folder: Path, *, events: int = 10, made: Mapping[str, tuple[int, str]] = MADE
) -> dict[str, list[str]]:
    """Write the lake's files as a flush would, and put them into the manifest; paths by table.

    `events`: how many for a customer, on average. `made`: for each table, rows for a customer and their query.
    """
    from tactful.flows.tables import TABLES  # noqa: PLC0415 -- Django is configured only by now
    from tactful.lake.engine import opened  # noqa: PLC0415 -- as above
    from tactful.lake.files import Writer  # noqa: PLC0415 -- as above
    from tactful.lake.manifest import Change, states, switch  # noqa: PLC0415 -- as above
    from tactful.lake.source import snapshot  # noqa: PLC0415 -- as above

    folder.mkdir(parents=True, exist_ok=True)
    with snapshot() as now:
        before, horizon = states(now, TABLES, folder=folder), now.horizon
    paths: dict[str, list[str]] = {}
    with opened(folder) as reader:
        writer = Writer(folder, reader, AT - timedelta(hours=1))
        for table in TABLES:
            if table.name not in made:
                continue
            each, select = made[table.name]
            each = events if table.name == "events" else each
            found = [writer.write(table, _whole(table, sql, reader)) for sql in chunks(select, customers, each)]
            files = tuple(file for file in found if file)
            switch(Change(before[table.name], flushed_to=horizon, added=files), now=AT)
            paths[table.name] = [file.path for file in files]
    return paths


def _whole(table: "LakeTable", sql: str, reader: "Reader") -> str:
    """The rows with every column of the table: of what the bench does not speak, there is nothing."""
    there = {row[0] for row in reader.rows(f"DESCRIBE {sql}")}
    types = {name: "VARCHAR" if type_.value == "JSON" else type_.value for name, type_ in table.types().items()}
    missing = "".join(f', NULL::{type_} AS "{name}"' for name, type_ in types.items() if name not in there)
    return f"SELECT *{missing} FROM ({sql})"


def chunks(select: str, customers: int, each: int) -> list[str]:
    """Queries for the rows of a table, so many for each customer, one query for each file."""
    rows = each * customers
    filled = select.format(
        at=_AT,
        customers=customers,
        rows=rows,
        customer=_CUSTOMER.format(customers=customers, rows=rows),
        category=_CATEGORY,
    )
    return [
        f"{filled} FROM (SELECT i, hash(i) // 7 AS h FROM range({first}, {min(first + _CHUNK, rows + 1)}) AS t (i))"
        for first in range(1, rows + 1, _CHUNK)
    ]


if __name__ == "__main__":
    main()
