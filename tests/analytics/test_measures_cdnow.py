"""The measures of 23,570 real customers, against a count of the file without any SQL."""

from collections import defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

import pyarrow as pa
import pytest

from tactful.analytics.measures import TABLES, Side, compute, customers_behind
from tactful.lake.arrow import schema_of
from tactful.lake.engine import over

FILE = Path(__file__).parents[3] / "shared" / "data" / "CDNOW_master.txt"
START, END = datetime(1997, 7, 1, tzinfo=UTC), datetime(1998, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def purchases() -> list[tuple[int, datetime, int]]:
    """Customer, day and cents of each row, in the file's order (by customer and day)."""
    if not FILE.exists():
        pytest.skip(f"the real data is not here: {FILE} is missing")
    rows = [line.split() for line in FILE.read_text().splitlines()[1:]]
    return [(int(row[0]), datetime.strptime(row[1], "%Y%m%d"), round(float(row[3]) * 100)) for row in rows]  # noqa: DTZ007 -- the lake's moments are naive UTC


def tables(purchases: list[tuple[int, datetime, int]]) -> dict[str, pa.Table]:
    people = sorted({customer for customer, _, _ in purchases})
    given = {
        "customers": [
            {
                "id": each,
                "customer_id": each,
                "active": True,
                "is_test": False,
                "created_at": END.replace(tzinfo=None),
            }
            for each in people
        ],
        "orders": [
            {
                "id": number,
                "customer_id": customer,
                "completed_at": day,
                "revenue_minor": cents,
                "margin_minor": 0,
                "returned_minor": 0,
                "returned_margin_minor": 0,
                "status": "completed",
                "currency": "USD",
            }
            for number, (customer, day, cents) in enumerate(purchases)
        ],
    }
    return {
        table.name: pa.Table.from_pylist(given.get(table.name, []), schema=schema_of(table)) for table in TABLES
    }


def test_measures_of_half_a_year_of_cdnow(purchases: list[tuple[int, datetime, int]]) -> None:
    first, last = START.replace(tzinfo=None), END.replace(tzinfo=None)
    by_customer: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    for customer, day, cents in purchases:
        by_customer[customer].append((day, cents))
    before = [sum(day < last for day, _ in rows) for rows in by_customer.values()]
    repeat = sum(cents for rows in by_customer.values() for day, cents in rows[1:] if first <= day < last)
    days = [sorted({day for day, _ in rows}) for rows in by_customer.values()]
    gaps = [(later - day).days for each in days for day, later in pairwise(each) if first <= later < last]
    woken = sum(
        any(first <= later < last and (later - day).days > 60 for day, later in pairwise(each)) for each in days
    )
    with over(tables(purchases)) as reader:
        measures = compute(reader, start=START, end=END, currency="USD")
        behind = customers_behind(
            reader, "reactivated", Side.NUMERATOR, start=START, end=END, currency="USD", limit=100_000
        )
    share = measures["second_purchase_share"]
    assert (share.numerator, share.denominator) == (sum(n >= 2 for n in before), sum(n >= 1 for n in before))
    assert measures["repeat_revenue"].value == repeat
    assert measures["days_between_purchases"].value == median(gaps)
    assert measures["days_between_purchases"].mean == pytest.approx(sum(gaps) / len(gaps))
    assert (measures["reactivated"].value, len(behind)) == (woken, woken)


def test_the_whole_of_cdnow_has_the_share_that_the_file_has(purchases: list[tuple[int, datetime, int]]) -> None:
    with over(tables(purchases)) as reader:
        share = compute(
            reader, start=datetime(1997, 1, 1, tzinfo=UTC), end=datetime(1998, 7, 1, tzinfo=UTC), currency="USD"
        )["second_purchase_share"]
    assert (share.numerator, share.denominator) == (11_662, 23_570)
