"""The two real files, against counts that DuckDB makes of them without any of our code."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.db import connection

from tactful.flows.importing import ImportReport, Kind, import_file, parse_mapping, read_mapping

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATA = Path(__file__).parents[4] / "shared" / "data"
RETAIL, CDNOW, SAMPLE = DATA / "online_retail.parquet", DATA / "CDNOW_master.txt", DATA / "CDNOW_sample.txt"

# What the mapping says in words, said again in SQL.
GOODS = """
CREATE VIEW rows AS SELECT *, InvoiceNo LIKE 'C%' AS cancelled,
    CASE
        WHEN CustomerID IS NULL THEN 'no customer'
        WHEN StockCode IN ('POST', 'DOT', 'C2') THEN 'postage or carriage, not goods'
        WHEN StockCode IN ('M', 'm') THEN 'manual adjustment, not goods'
        WHEN StockCode IN ('D', 'S') THEN 'discount or sample, not goods'
        WHEN StockCode IN ('BANK CHARGES', 'AMAZONFEE', 'CRUK', 'B') THEN 'charge or commission, not goods'
        WHEN UnitPrice < 0.005 THEN 'price of nothing'
    END AS reason
FROM read_parquet(?)
"""


def needs(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"the real data is not here: {path} is missing")


def bring(path: Path, mapping: str, folder: Path, *, dry_run: bool = False) -> ImportReport:
    words = read_mapping(Path(mapping), Kind.ORDERS)
    return import_file(path, kind=Kind.ORDERS, mapping=words, dry_run=dry_run, now=NOW, folder=folder)


def ask(sql: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


@pytest.fixture
def retail() -> Iterator[duckdb.DuckDBPyConnection]:
    needs(RETAIL)
    duck = duckdb.connect()
    path = str(RETAIL).replace("'", "''")
    duck.execute(GOODS.replace("?", f"'{path}'"))
    duck.execute("CREATE VIEW goods AS SELECT DISTINCT * FROM rows WHERE reason IS NULL")
    yield duck
    duck.close()


def one(duck: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = duck.execute(sql).fetchone()
    assert row is not None
    return row


def test_online_retail_is_counted_row_by_row(retail: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    report = bring(RETAIL, "online_retail", tmp_path, dry_run=True)
    reasons = dict(
        retail.execute("SELECT reason, count(*) FROM rows WHERE reason IS NOT NULL GROUP BY 1").fetchall()
    )
    (rows,), (kept,), (distinct,) = (
        one(retail, sql)
        for sql in (
            "SELECT count(*) FROM rows",
            "SELECT count(*) FROM rows WHERE reason IS NULL",
            "SELECT count(*) FROM goods",
        )
    )
    assert report.reasons == reasons
    assert (report.rows, report.imported, report.merged, report.rejected) == (
        rows,
        distinct,
        kept - distinct,
        rows - kept,
    )
    assert rows == 541_909


@pytest.mark.slow
def test_online_retail_becomes_orders_and_returns_and_a_second_time_nothing(
    retail: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    bring(RETAIL, "online_retail", tmp_path)
    bought = one(
        retail,
        "SELECT count(DISTINCT InvoiceNo), count(DISTINCT CustomerID),"
        " sum(Quantity * round(UnitPrice * 100)::BIGINT) FROM goods WHERE NOT cancelled",
    )
    returned = one(
        retail, "SELECT count(*), sum(-Quantity * round(UnitPrice * 100)::BIGINT) FROM goods WHERE cancelled"
    )
    assert ask("SELECT count(*), count(DISTINCT customer_id), sum(revenue_minor) FROM catalog_order") == bought
    assert ask("SELECT count(*), sum(amount_minor) FROM catalog_orderreturn") == returned
    assert ask("SELECT count(*) FROM catalog_order WHERE revenue_minor < 0 OR NOT historical") == (0,)
    assert ask("SELECT count(*) FROM events_rejectedevent") == (0,)
    before = ask("SELECT count(*), max(id), (SELECT sum(id) FROM catalog_orderline) FROM events_event")
    again = bring(RETAIL, "online_retail", tmp_path)
    assert again.imported == 0
    assert ask("SELECT count(*), max(id), (SELECT sum(id) FROM catalog_orderline) FROM events_event") == before


def test_every_row_of_cdnow_is_a_purchase(tmp_path: Path) -> None:
    needs(CDNOW)
    report = bring(CDNOW, "cdnow", tmp_path, dry_run=True)
    assert (report.rows, report.imported, report.merged, report.rejected) == (69_659, 69_659, 0, 0)


def test_the_cdnow_sample_comes_in_without_a_line_of_names_and_a_second_time_nothing(tmp_path: Path) -> None:
    needs(SAMPLE)
    words = {
        "name": "cdnow_sample",
        "file": {"header": ["master", "id", "date", "cds", "dollars"]},
        "columns": {"customer_id": "master", "date": "date", "quantity": "cds", "amount": "dollars"},
        "constants": {"currency": "USD"},
        "formats": {"dates": ["%Y%m%d"]},
        "orders": {"from": "row"},
        "duplicates": "keep",
    }
    mapping = parse_mapping(words, fallback_name="", kind=Kind.ORDERS)
    for imported, merged in ((6_919, 0), (0, 6_919)):
        report = import_file(SAMPLE, kind=Kind.ORDERS, mapping=mapping, dry_run=False, now=NOW, folder=tmp_path)
        assert (report.rows, report.imported, report.merged, report.rejected) == (6_919, imported, merged, 0)
        rows = [line.split() for line in SAMPLE.read_text().splitlines()]
        money = sum(round(float(row[4]) * 100) for row in rows)
        found = ask("SELECT count(*), count(DISTINCT customer_id), sum(revenue_minor) FROM catalog_order")
        assert found == (6_919, len({row[0] for row in rows}), money)
