"""Segments at size: the lake with 50 events a customer, and the live path over bases of growing size.

Prints JSON, times in milliseconds. Not part of `python -m bench`: it takes a quarter of an hour.
    python -m bench.scale --lake 1000000    ready segments alone and as one set, beside DuckDB by hand; a preview
    python -m bench.scale --postgres 1000000    the same segments beside PostgreSQL with good indexes
    python -m bench.scale --live 100000 2000000    1,000 touched customers and 50 segments, in bases of both sizes
The memory of DuckDB is set to 4 GB.
"""

# ruff: noqa: S608 -- queries of our own over tables of our own

import contextlib
import json
import operator
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.house import new_house
from bench.segments import AT, BY_HAND, fill, quickest, rules

MEMORY = 4 * 2**30
EVENTS = 50  # for a customer, on average, in the lake
LIVE_EVENTS = 5  # the same in PostgreSQL, so that two million customers fit
TOUCHED = 1_000
ROUNDS = 25


def main() -> None:
    what, *sizes = sys.argv[1:]
    if what == "--live":
        print(json.dumps(live([int(size) for size in sizes]), indent=2))
        return
    measure = {"--lake": lake, "--base": base, "--postgres": postgres_beside}[what]
    customers = int(sizes[0])
    with new_house() as folder:
        if found := measure(customers, folder / "lake"):
            print(json.dumps({"customers": customers, **found}, indent=2))


def lake(customers: int, folder: Path) -> dict[str, Any]:
    """Ten segments one by one and together, over the files."""
    from tactful.flows.tables import TABLES  # noqa: PLC0415 -- Django is configured only by now
    from tactful.lake import engine  # noqa: PLC0415 -- as above
    from tactful.segments import services  # noqa: PLC0415 -- as above
    from tactful.segments.compiler import everyone, members  # noqa: PLC0415 -- as above
    from tactful.segments.domain.terms import Terms  # noqa: PLC0415 -- as above
    from tactful.segments.services.counting import parts  # noqa: PLC0415 -- as above

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
        base = parts(reader)
        together = quickest(
            set_of_all=lambda: asked_in(base, reader, f"SELECT {columns} FROM ({plan.sql})", plan.parameters(AT))
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


def asked_in(base: list[tuple[int, int]], reader: Any, sql: str, parameters: Any) -> None:
    """Asked as the first fill and the nightly check do: a part of the base at a time."""
    for first, last in base:
        reader.narrow(first, last)
        reader.rows(sql, parameters)


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
SELECT 'o' || i, 1 + (hashint8(i) & 2147483647) % {customers}, 'completed', 'EUR', moment, moment,
       1000 + i % 20000, 0, 0, 0, 500 + i % 10000, false, 0, 0, false
FROM (SELECT i, {at} - (abs(hashint8(i * 7)) % 1051200) * interval '1 minute' AS moment
      FROM generate_series(1, 3 * {customers}) AS i) AS made;
INSERT INTO events_event (message_key, kind, name, customer_id, occurred_at, received_at, source, historical,
                          properties)
SELECT gen_random_uuid(), 'track',
       (ARRAY['Product Viewed', 'Page Viewed', 'Email Opened', 'Product Added', 'Order Completed'])[1 + i % 5],
       1 + (hashint8(i * 3) & 2147483647) % {customers}, moment, moment, 'bench', false, '{{"category": "Tea"}}'
FROM (SELECT i, {at} - (abs(hashint8(i * 5)) % 525600) * interval '1 minute' AS moment
      FROM generate_series(1, {events} * {customers}) AS i) AS made;
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


def live(sizes: list[int]) -> dict[str, Any]:
    """The refresh of touched customers, against 50 segments, in bases of several sizes.

    All lie ready at once and take turns, so that what else the machine does falls on each alike.
    """
    with contextlib.ExitStack() as stack:
        bases = {size: stack.enter_context(_base(size)) for size in sizes}
        times: dict[int, list[float]] = {size: [] for size in sizes}
        for _ in range(ROUNDS):
            for size, base in bases.items():
                times[size].append(float(_told(base)))
    first, *others = sizes
    return {
        "touched": TOUCHED,
        "segments": 50,
        "median": {size: statistics.median(found) for size, found in times.items()},
        "best": {size: min(found) for size, found in times.items()},
        "median_of_ratios": {
            size: round(statistics.median(map(operator.truediv, times[size], times[first])), 2) for size in others
        },
    }


@contextlib.contextmanager
def _base(customers: int) -> Iterator[subprocess.Popen[str]]:
    """A process with a base of its own, when it is filled."""
    command = [sys.executable, "-m", "bench.scale", "--base", str(customers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as base:
        _heard(base)
        try:
            yield base
        finally:
            base.stdin.close()  # type: ignore[union-attr] -- asked for above
            base.wait(timeout=60)


def _told(base: subprocess.Popen[str]) -> str:
    print("once more", file=base.stdin, flush=True)
    return _heard(base)


def _heard(base: subprocess.Popen[str]) -> str:
    line = base.stdout.readline()  # type: ignore[union-attr] -- asked for in _base
    if not line:
        sys.exit("a base ended before its time")
    return line


def base(customers: int, _: Path) -> None:
    """Fill PostgreSQL, say so, and for each line that comes in say how long a refresh took."""
    from django.db import connection, transaction  # noqa: PLC0415 -- Django is configured only by now

    from tactful.flows import react  # noqa: PLC0415 -- as above
    from tactful.flows.tables import TABLES  # noqa: PLC0415 -- as above
    from tactful.segments import services  # noqa: PLC0415 -- as above

    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        at = f"timestamptz '{AT:%Y-%m-%d %H:%M:%S}+00'"
        cursor.execute(_POSTGRES.format(at=at, customers=customers, events=LIVE_EVENTS))
    for number, rule in enumerate(fifty()):
        name = f"bench-{number}"
        services.save(slug=name, name=name, definition=rule, goal="g", action="a", now=AT)
    step = max(1, customers // TOUCHED)
    touched = {1 + step * number: {"orders", "attributes", "Product Viewed"} for number in range(TOUCHED)}

    def refresh() -> None:
        with react.without_collector():  # as the engine works a batch
            services.refresh(touched, tables=TABLES, now=AT + timedelta(hours=1))

    with transaction.atomic():
        services.refresh(touched, created=list(touched), tables=TABLES, now=AT + timedelta(hours=1))
    print("ready", flush=True)
    for _line in sys.stdin:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_BUYING, [list(touched)])
            print(timed(refresh), flush=True)
            transaction.set_rollback(True)


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
