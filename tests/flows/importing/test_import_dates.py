"""Dates of orders from a file: into the order, into the calendar of journeys, and moved by a later file."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.flows.conftest import Shop
from tests.journeys.machine_kit import DONE, definition

from tactful.catalog import queries as catalog
from tactful.cli.commands import importing
from tactful.customers import queries as customers
from tactful.events.models import Event
from tactful.flows import calendar
from tactful.flows.importing import ImportReport, Kind, import_file, parse_mapping
from tactful.journeys import queries as journeys_now
from tactful.journeys import services as journeys
from tactful.kernel.errors import InvalidInput

pytestmark = pytest.mark.django_db

HEAD = "order,customer,date,sku,quantity,price,delivery"
TEA = "o1,anna,2026-02-10,tea,1,10"
CUP = "o1,anna,2026-02-10,cup,2,5"
MAPPING: dict[str, Any] = {
    "columns": {
        "order_id": "order",
        "customer_id": "customer",
        "date": "date",
        "sku": "sku",
        "quantity": "quantity",
        "price": "price",
    },
    "dates": {"delivery_at": "delivery"},
    "constants": {"currency": "EUR"},
    "values": {"delivery_at": {"open": ""}},
    "formats": {"dates": ["%d.%m.%Y"], "zone": "Europe/Berlin"},
}
Bring = Callable[..., ImportReport]


@pytest.fixture
def bring(shop: Shop, tmp_path: Path) -> Bring:
    """Import rows of a shop's orders, each with its delivery at the end."""

    def run(*rows: str, dry_run: bool = False, head: str = HEAD, **changes: Any) -> ImportReport:
        path = tmp_path / "orders.csv"
        path.write_text("\n".join([head, *rows]), encoding="utf-8")
        mapping = parse_mapping(MAPPING | changes, fallback_name="shop", kind=Kind.ORDERS)
        return import_file(
            path, kind=Kind.ORDERS, mapping=mapping, dry_run=dry_run, now=shop.now, folder=tmp_path / "data"
        )

    return run


def day(order: str = "o1") -> str | None:
    """The delivery of an order, as journeys find it."""
    (found,) = catalog.orders_by_number([order]).values()
    return found.dates["delivery_at"][0] if found.dates else None


def told() -> list[tuple[str, dict[str, Any]]]:
    """The events about orders, as they happened."""
    events = Event.objects.filter(name__startswith="Order").order_by("occurred_at", "id")
    return [(event.name, event.properties) for event in events]


def numbers(report: ImportReport) -> tuple[int, int, int]:
    return report.imported, report.merged, report.rejected


def test_a_date_of_a_file_lets_its_customer_into_a_journey_and_a_later_file_moves_it(
    shop: Shop, bring: Bring
) -> None:
    shop.join("anna")
    shop.work()
    bring(f"{TEA},05.03.2026")
    steps = {"stay": {"type": "wait", "days": 9, "next": "done"}, "done": DONE}
    entry = {"date": "order.delivery_at", "days": -1, "at": "09:00"}
    journeys.save(definition(entry=entry, exit=[], start="stay", steps=steps), now=shop.now)
    journeys.activate("cart", now=shop.now)
    again, moved = bring(f"{TEA},05.03.2026"), bring(f"{TEA},07.03.2026")
    assert (numbers(again), numbers(moved)) == ((0, 1, 0), (1, 0, 0))
    for _ in range(8 * 24):
        shop.clock.advance(timedelta(hours=1))
        calendar.read(shop.now)
        shop.work()
    (number,) = customers.internal_ids(["anna"]).values()
    runs = [run for run in journeys_now.runs_of_customer(number) if run.journey == "cart"]
    assert [(run.key, f"{run.started_at:%m-%d %H}") for run in runs] == [("o1", "03-06 09")]


def test_the_same_file_again_changes_nothing(bring: Bring) -> None:
    bring(f"{TEA},05.03.2026", f"{CUP},")
    before = told()
    report = bring(f"{TEA},05.03.2026", f"{CUP},")
    assert (numbers(report), report.dates, told()) == ((0, 2, 0), {"delivery_at": 0}, before)


def test_a_date_moves_forth_and_back_as_often_as_files_say_so(bring: Bring) -> None:
    seen = []
    for stated in ("07.03.2026", "05.03.2026", "07.03.2026", "05.03.2026"):
        bring(f"{TEA},{stated}")
        seen.append(day())
    assert seen == ["2026-03-07", "2026-03-05", "2026-03-07", "2026-03-05"]


def test_a_date_that_moves_leaves_the_contents_as_the_shop_told_them(shop: Shop, bring: Bring) -> None:
    shop.join("anna")
    line = {"product_id": "tea", "price": 10, "quantity": 1}
    shop.track("anna", "Order Completed", order_id="o1", products=[line], currency="EUR", shipping=4, discount=2)
    shop.work()
    before = catalog.order("o1")
    report = bring(f"{TEA},05.03.2026")
    after = catalog.order("o1")
    assert before is not None
    assert after is not None
    assert (after.revenue_minor, after.shipping_minor) == (before.revenue_minor, before.shipping_minor)
    assert (day(), report.dates) == ("2026-03-05", {"delivery_at": 1})
    assert told()[-1] == ("Order Updated", {"order_id": "o1", "currency": "EUR", "delivery_at": "2026-03-05"})


def test_a_return_of_the_same_day_still_finds_an_order_whose_date_was_moved(bring: Bring) -> None:
    for stated in ("05.03.2026", "07.03.2026"):
        bring(f"{TEA},{stated}")
    back = bring(f"{TEA},".replace("o1", "r1"), refunds={"when": {"field": "order_id", "starts": "r"}})
    assert (numbers(back), back.returns_without_order) == ((1, 0, 0), 0)


def test_what_changes_an_order_tells_its_dates_with_it(bring: Bring) -> None:
    bring(f"{TEA},05.03.2026")
    report = bring(f"{TEA},05.03.2026", f"{CUP},05.03.2026")
    name, properties = told()[-1]
    assert (numbers(report), name, properties["delivery_at"]) == ((1, 1, 0), "Order Updated", "2026-03-05")


def test_of_lines_that_differ_the_first_that_has_the_date_counts(bring: Bring) -> None:
    bring(f"{TEA},", f"{CUP},06.03.2026", f"{CUP},05.03.2026")
    assert day() == "2026-03-06"
    order = catalog.order("o1")
    assert order is not None
    assert [(line.sku, line.quantity) for line in order.lines] == [("tea", 1), ("cup", 2), ("cup", 2)]


def test_what_is_no_date_rejects_its_row_and_a_word_for_none_says_nothing(bring: Bring) -> None:
    report = bring(f"{TEA},soon", f"{TEA},open".replace("o1", "o2"))
    assert report.reasons == {"delivery_at: 'soon' is not a date in the form %d.%m.%Y or 2026-03-31 14:05": 1}
    assert (numbers(report), day("o2")) == ((1, 0, 1), None)


def test_a_column_of_dates_that_the_file_lacks_is_named(bring: Bring) -> None:
    with pytest.raises(InvalidInput, match="no column shipped"):
        bring(f"{TEA},05.03.2026", dates={"delivery_at": "shipped"})


@pytest.mark.parametrize("duplicates", ["merge", "keep"])
def test_an_order_without_a_number_stays_the_same_when_its_date_moves(bring: Bring, duplicates: str) -> None:
    shape = {
        "columns": {"customer_id": "customer", "date": "date", "amount": "price"},
        "orders": {"from": "row"},
        "duplicates": duplicates,
    }
    for stated in ("05.03.2026", "07.03.2026"):
        bring(f"{TEA},{stated}", **shape)
    (first, _), (then, properties) = told()
    assert (first, then, properties["delivery_at"]) == ("Order Completed", "Order Updated", "2026-03-07")


def test_a_dry_run_says_of_how_many_orders_a_date_is_new(bring: Bring, capsys: pytest.CaptureFixture[str]) -> None:
    bring(f"{TEA},05.03.2026")
    report = bring(f"{TEA},07.03.2026", f"{TEA},05.03.2026".replace("o1", "o2"), dry_run=True)
    importing._say(report)
    assert "order.delivery_at would be new or different for 2 orders." in capsys.readouterr().out
    assert (day(), json.dumps(importing._as_json(report)["dates"])) == ("2026-03-05", '{"delivery_at": 2}')
