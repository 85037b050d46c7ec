"""Segments at size: the lake with 50 events a customer, and the live path over bases of growing size.

Prints JSON, times in milliseconds. Not part of `python -m bench`: it takes a quarter of an hour.
    python -m bench.scale --lake 1000000    ready segments alone and as one set, beside DuckDB by hand; a preview
    python -m bench.scale --postgres 1000000    the same segments beside PostgreSQL with good indexes
    python -m bench.scale --live 100000     1,000 touched customers against 50 segments
The memory of DuckDB is set to 4 GB.
"""

# ruff: noqa: S608 -- queries of our own over tables of our own

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.segments import AT, BY_HAND, fill, quickest, rules

from tactful.cli import environment, postgres

MEMORY = 4 * 2**30
EVENTS = 50  # for a customer, on average, in the lake
LIVE_EVENTS = 5  # the same in PostgreSQL, so that two million customers fit
TOUCHED = 1_000
ROUNDS = 7


def main() -> None:
    what, customers = sys.argv[1], int(sys.argv[2])
    measure = {"--lake": lake, "--live": live, "--postgres": postgres_beside}[what]
    with tempfile.TemporaryDirectory(prefix="tactful-bench-") as folder:
        os.environ["TACTFUL_SECRET_KEY"] = "bench"
        environment.configure(Path(folder))
        embedded = postgres.start(Path(folder))
        try:
            environment.connect(Path(folder), embedded.url)
            environment.migrate()
            print(json.dumps({"customers": customers, **measure(customers, Path(folder) / "lake")}, indent=2))
        finally:
            embedded.close()


def lake(customers: int, folder: Path) -> dict[str, Any]:
    """Ten segments one by one and together, over the files."""
    from tactful.flows.tables import TABLES  # noqa: PLC0415 -- Django is configured only by now
    from tactful.lake import engine  # noqa: PLC0415 -- as above
    from tactful.segments import services  # noqa: PLC0415 -- as above
    from tactful.segments.compiler import everyone, members  # noqa: PLC0415 -- as above
    from tactful.segments.domain.terms import Terms  # noqa: PLC0415 -- as above

    engine._SHARE_OF_MEMORY = MEMORY / (os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    began = time.perf_counter()
    paths = fill(customers, folder, events=EVENTS)
    written = time.perf_counter() - began
    trees, terms = rules(), Terms("EUR")
    bare = {name: f"read_parquet({[str(folder / path) for path in found]})" for name, found in paths.items()}
    alone: dict[str, Any] = {}
    with engine.reading(TABLES, folder=folder) as reader:
        for name, by_hand in BY_HAND.items():
            compiled = f"SELECT count(*) FROM ({everyone(trees[name], at=AT, terms=terms).sql})"
            hand = f"SELECT count(*) FROM ({by_hand.format(**bare)})"
            assert reader.rows(compiled) == reader.rows(hand), name
            best = quickest(
                compiled=lambda sql=compiled: reader.rows(sql), by_hand=lambda sql=hand: reader.rows(sql)
            )
            alone[name] = {key: round(1000 * each, 1) for key, each in best.items()}
            alone[name]["ratio"] = round(best["compiled"] / best["by_hand"], 2)
        chosen = tuple(trees[name] for name in BY_HAND)
        plan = members(chosen, terms=terms)
        columns = ", ".join(f"count(*) FILTER (m{number})" for number in range(len(chosen)))
        together = quickest(
            set_of_all=lambda: reader.rows(f"SELECT {columns} FROM ({plan.sql})", plan.parameters(AT))
        )
    preview = quickest(
        preview=lambda: services.count(trees["category_interest"], at=AT, tables=TABLES, folder=folder)
    )
    added = sum(each["compiled"] for each in alone.values())
    whole = round(1000 * together["set_of_all"], 1)
    return {
        "events": customers * EVENTS,
        "written_in_s": round(written, 1),
        "worst_ratio": max(each["ratio"] for each in alone.values()),
        "alone": alone,
        "sum_alone": round(added, 1),
        "as_one_set": whole,
        "set_to_sum": round(whole / added, 2),
        "preview": round(1000 * preview["preview"], 1),
    }


def postgres_beside(customers: int, folder: Path) -> dict[str, Any]:
    """Each segment by the compiled query over the files, and by PostgreSQL over tables with the same rows."""
    import psycopg  # noqa: PLC0415 -- as its neighbours
    from bench import beside_postgres  # noqa: PLC0415 -- Django is configured only by now

    from tactful.flows.tables import TABLES  # noqa: PLC0415 -- as above
    from tactful.lake import engine  # noqa: PLC0415 -- as above
    from tactful.segments.compiler import everyone  # noqa: PLC0415 -- as above
    from tactful.segments.domain.terms import Terms  # noqa: PLC0415 -- as above

    engine._SHARE_OF_MEMORY = MEMORY / (os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    paths = fill(customers, folder, events=EVENTS)
    url = os.environ["TACTFUL_DATABASE_URL"]
    began = time.perf_counter()
    beside_postgres.load(url, folder, paths)
    loaded = time.perf_counter() - began
    trees, found = rules(), dict[str, Any]()
    with engine.reading(TABLES, folder=folder) as reader, psycopg.connect(url, autocommit=True) as link:
        beside_postgres.ready(link)
        for name, by_hand in beside_postgres.BY_HAND.items():
            compiled = f"SELECT count(*) FROM ({everyone(trees[name], at=AT, terms=Terms('EUR')).sql})"
            asked = f"SELECT count(*) FROM ({by_hand}) AS met".encode()
            assert reader.rows(compiled) == link.execute(asked).fetchall(), name
            best = quickest(
                duckdb=lambda sql=compiled: reader.rows(sql),
                postgres=lambda sql=asked: link.execute(sql).fetchall(),
            )
            found[name] = {key: round(1000 * each, 1) for key, each in best.items()}
            found[name]["times"] = round(best["postgres"] / best["duckdb"], 1)
    sums = {key: round(sum(each[key] for each in found.values()), 1) for key in ("duckdb", "postgres")}
    whole = {
        **sums,
        "times": round(sums["postgres"] / sums["duckdb"], 1),
        "least": min(x["times"] for x in found.values()),
    }
    return {"events": customers * EVENTS, "loaded_in_s": round(loaded, 1), "segments": found, "all": whole}


_POSTGRES = """
INSERT INTO customers_customer (id, external_id, country, attributes, is_test, created_at, updated_at)
SELECT i, 'c' || i, (ARRAY['DE', 'FR', 'GB', 'US'])[1 + i % 4], '{{}}', false,
       {at} - (i % 17520) * interval '1 hour', {at} FROM generate_series(1, {customers}) AS i;
INSERT INTO catalog_order (external_id, customer_id, status, currency, placed_at, completed_at, revenue_minor,
                           discount_minor, shipping_minor, tax_minor, margin_minor, margin_estimated,
                           returned_minor, returned_margin_minor, historical)
SELECT 'o' || i, 1 + hashint8(i) & {mask}, 'completed', 'EUR', moment, moment, 1000 + i % 20000, 0, 0, 0,
       500 + i % 10000, false, 0, 0, false
FROM (SELECT i, {at} - (abs(hashint8(i * 7)) % 1051200) * interval '1 minute' AS moment
      FROM generate_series(1, 3 * {customers}) AS i) AS made;
INSERT INTO events_event (message_key, kind, name, customer_id, occurred_at, received_at, source, historical,
                          properties)
SELECT gen_random_uuid(), 'track',
       (ARRAY['Product Viewed', 'Page Viewed', 'Email Opened', 'Product Added', 'Order Completed'])[1 + i % 5],
       1 + hashint8(i * 3) & {mask}, moment, moment, 'bench', false, '{{"category": "Tea"}}'
FROM (SELECT i, {at} - (abs(hashint8(i * 5)) % 525600) * interval '1 minute' AS moment
      FROM generate_series(1, {events} * {customers}) AS i) AS made;
DELETE FROM catalog_order WHERE customer_id > {customers};
DELETE FROM events_event WHERE customer_id > {customers};
ANALYZE;
"""

# Each of them buys something now: some enter segments by it, some leave.
_BUYING = f"""
INSERT INTO catalog_order (external_id, customer_id, status, currency, placed_at, completed_at, revenue_minor,
                           discount_minor, shipping_minor, tax_minor, margin_minor, margin_estimated,
                           returned_minor, returned_margin_minor, historical)
SELECT 'new' || id, id, 'completed', 'EUR', moment, moment, 5000, 0, 0, 0, 1000, false, 0, 0, false
FROM unnest(%s::bigint[]) AS id,
     (SELECT timestamptz '{AT:%Y-%m-%d %H:%M:%S}+00' + interval '1 hour' AS moment) AS made
"""


def live(customers: int, _: Path) -> dict[str, Any]:
    """The refresh of touched customers in PostgreSQL, against 50 segments."""
    from django.db import connection, transaction  # noqa: PLC0415 -- Django is configured only by now

    from tactful.flows import react  # noqa: PLC0415 -- as above
    from tactful.flows.tables import TABLES  # noqa: PLC0415 -- as above
    from tactful.segments import services  # noqa: PLC0415 -- as above

    mask = (1 << (customers - 1).bit_length()) - 1
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        at = f"timestamptz '{AT:%Y-%m-%d %H:%M:%S}+00'"
        cursor.execute(_POSTGRES.format(at=at, customers=customers, mask=mask, events=LIVE_EVENTS))
    for number, rule in enumerate(fifty()):
        name = f"bench-{number}"
        services.save(slug=name, name=name, definition=rule, goal="g", action="a", now=AT)
    step = max(1, customers // TOUCHED)
    touched = {1 + step * number: {"orders", "attributes", "Product Viewed"} for number in range(TOUCHED)}

    changes: list[int] = []

    def refresh() -> None:
        with react.without_collector():  # as the engine works a batch
            changes.append(len(services.refresh(touched, tables=TABLES, now=AT + timedelta(hours=1))))

    with transaction.atomic():
        services.refresh(touched, created=list(touched), tables=TABLES, now=AT + timedelta(hours=1))
    times = []
    for _ in range(ROUNDS):
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_BUYING, [list(touched)])
            times.append(timed(refresh))
            transaction.set_rollback(True)
    found = {"touched": TOUCHED, "segments": 50, "changes": changes[-1]}
    return {**found, "median": statistics.median(times), "best": min(times), "worst": max(times)}


def fifty() -> list[object]:
    """Fifty rules as companies keep them: the ready ones with other numbers."""
    found: list[object] = []
    for days in (7, 14, 30, 60, 90):
        found += [
            {"orders": "days_since_last", "greater": days},
            {"orders": "count", "at_least": 2, "in_last_days": days},
            {"orders": "revenue", "at_least": 10 * days, "in_last_days": 365},
            {"all": [{"orders": "margin", "at_least": 100}, {"orders": "days_since_last", "at_most": days}]},
            {"event": "Product Viewed", "count": {"at_least": 3}, "in_last_days": days},
            {
                "all": [
                    {"event": "Product Added", "in_last_days": days},
                    {"not": {"event": "Order Completed", "in_last_days": days}},
                ]
            },
            {"event": "Email Opened", "last": {"more_than_days_ago": days}},
            {"event": "Product Viewed", "in_last_days": days, "where": [{"property": "category", "is": "Tea"}]},
            {"all": [{"attribute": "country", "is": "DE"}, {"attribute": "created_at", "in_last_days": days}]},
            {"any": [{"orders": "average", "at_least": days}, {"orders": "discount_share", "greater": 0.2}]},
        ]
    return found


def bought(days: int) -> object:
    return {"event": "Order Completed", "in_last_days": days}


def timed(work: Callable[[], None]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return round(1000 * (time.perf_counter() - began), 1)


if __name__ == "__main__":
    main()
