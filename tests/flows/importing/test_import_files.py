"""Files through the one door, into a real database."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from tactful.catalog import queries as catalog
from tactful.consent import queries as consent
from tactful.customers import queries as customers
from tactful.events import queries as events
from tactful.flows.importing import ImportReport, Kind, import_file, parse_mapping, read_mapping
from tactful.kernel.errors import InvalidInput

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TABLES = (
    "events_event", "customers_customer", "customers_identifier", "catalog_order", "catalog_orderline",
    "catalog_orderreturn", "catalog_product", "consent_consentstate", "consent_consentrecord", "journeys_run",
)  # fmt: skip
SHOP = """\
InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country
500;A;Cup;6;2011-05-01 10:00;2,50;17850;United Kingdom
500;B;Pot;1;2011-05-01 10:00;8,00;17850;United Kingdom
500;B;Pot;1;2011-05-01 10:00;8,00;17850;United Kingdom
500;POST;Postage;1;2011-05-01 10:00;5,00;17850;United Kingdom
501;A;Cup;2;2011-05-02 10:00;2,50;;United Kingdom
502;A;Cup;2;2011-05-03 10:00;0;17850;United Kingdom
503;A;Cup;zwei;2011-05-04 10:00;2,50;17850;United Kingdom
C504;A;Cup;-4;2011-05-05 10:00;2,50;17850;United Kingdom
505;A;Cup;1;2011-05-06 10:00;2,50;12583;EIRE
"""
Import = Callable[..., ImportReport]


@pytest.fixture
def bring(tmp_path: Path) -> Import:
    """Import a text as a file with a mapping (its YAML tree, or nothing to have it guessed)."""

    def run(
        text: str | Path,
        *,
        kind: Kind = Kind.ORDERS,
        mapping: object = None,
        name: str = "f.csv",
        dry_run: bool = False,
    ) -> ImportReport:
        path = text if isinstance(text, Path) else tmp_path / name
        if isinstance(text, str):
            path.write_text(text, encoding="utf-8")
        words = parse_mapping(mapping, fallback_name="test", kind=kind) if mapping else None
        return import_file(path, kind=kind, mapping=words, dry_run=dry_run, now=NOW, folder=tmp_path / "data")

    return run


@pytest.fixture
def shop(bring: Import) -> Import:
    """The same with the mapping for Online Retail, in a file with decimal commas."""
    retail = read_mapping(Path("online_retail"), Kind.ORDERS)
    words = {
        "columns": dict(retail.columns),
        "traits": dict(retail.traits),
        "constants": {"currency": "GBP"},
        "formats": {"decimal": ",", "zone": "Europe/London"},
        "refunds": {"when": {"field": "order_id", "starts": "C"}},
        "reject": [
            {"reason": "not goods", "when": {"field": "sku", "in": ["POST"]}},
            {"reason": "free", "when": {"field": "price", "less": 0.005}},
        ],
        "values": {"country": {"United Kingdom": "GB", "EIRE": "IE"}},
    }

    def run(text: str | Path, *, dry_run: bool = False) -> ImportReport:
        return bring(text, mapping=words, dry_run=dry_run)

    return run


def everything() -> dict[str, list[tuple[object, ...]]]:
    """All rows that an import could have written."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 -- names from the list above
            found[table] = cursor.fetchall()
    return found


def numbers(report: ImportReport) -> tuple[int, int, int, int]:
    return report.rows, report.imported, report.merged, report.rejected


def test_every_row_of_a_shop_s_file_ends_as_imported_merged_or_rejected(shop: Import) -> None:
    report = shop(SHOP)
    assert numbers(report) == (9, 4, 1, 4)
    assert report.reasons == {
        "not goods": 1,
        "no customer": 1,
        "free": 1,
        "'zwei' is not a number with the decimal sign ','": 1,
    }
    order = catalog.order("500")
    assert order is not None
    assert (order.currency, order.revenue_minor, order.returned_minor) == ("GBP", 2300, 1000)
    assert order.completed_at == datetime(2011, 5, 1, 9, 0, tzinfo=UTC)
    assert [(line.sku, line.quantity) for line in order.lines] == [("A", 6), ("B", 1)]
    assert order.historical
    found = customers.internal_ids(["17850", "12583"])
    assert {name: customers.cards([each])[each].country for name, each in found.items()} == {
        "17850": "GB",
        "12583": "IE",
    }
    assert catalog.orders_of(found["17850"])[0].external_id == "500"


def test_the_same_file_again_changes_nothing(shop: Import) -> None:
    shop(SHOP)
    before = everything()
    report = shop(SHOP)
    assert numbers(report) == (9, 0, 5, 4)
    assert everything() == before
    assert events.waiting() == 0


def test_a_dry_run_writes_nothing_and_reports_the_same(shop: Import, tmp_path: Path) -> None:
    before = everything()
    dry = shop(SHOP, dry_run=True)
    assert everything() == before
    assert not (tmp_path / "data").exists()
    real = shop(SHOP)
    assert numbers(dry) == numbers(real)
    assert (dry.reasons, dry.returns_without_order) == (real.reasons, real.returns_without_order)


def test_rejected_rows_can_be_corrected_and_imported_again(shop: Import) -> None:
    report = shop(SHOP)
    assert report.rejected_file is not None
    with report.rejected_file.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][-1] == "reason"
    assert [row[-1] for row in rows[1:]] == [
        "not goods",
        "no customer",
        "free",
        "'zwei' is not a number with the decimal sign ','",
    ]
    rows[1][1] = "C"  # the order's postage becomes a product
    rows[4][3] = "2"
    with report.rejected_file.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    second = shop(report.rejected_file)
    assert numbers(second) == (4, 2, 0, 2)
    order, new = catalog.order("500"), catalog.order("503")
    assert order is not None
    assert new is not None
    assert [(line.sku, line.quantity) for line in order.lines] == [("A", 6), ("B", 1), ("C", 1)]
    assert (order.revenue_minor, order.returned_minor, new.revenue_minor) == (2800, 1000, 500)
    assert numbers(shop(SHOP)) == (9, 0, 5, 4)


def test_a_file_in_two_halves_gives_what_the_whole_file_gives(shop: Import) -> None:
    lines = SHOP.splitlines(keepends=True)
    shop("".join([lines[0], *lines[1:5]]))
    report = shop("".join([lines[0], *lines[5:]]))
    assert report.returns_without_order == 0
    order = catalog.order("500")
    assert order is not None
    assert order.returned_minor == 1000


def test_a_number_of_somebody_else_s_order_is_refused(shop: Import) -> None:
    head = SHOP.splitlines(keepends=True)[0]
    shop(SHOP)
    report = shop(head + "500;Z;Lid;1;2011-05-01 10:00;1,00;999;France\n")
    assert report.reasons == {"the order's number belongs to another customer": 1}


def test_history_starts_no_journey(shop: Import) -> None:
    shop(SHOP)
    assert everything()["journeys_run"] == []
    [event] = events.timeline(customers.internal_ids(["12583"])["12583"], names={"Order Completed"})
    assert event.historical
    assert event.source == "import:test"


def test_without_order_numbers_every_row_is_a_purchase_and_equal_ones_stay_two(bring: Import) -> None:
    text = (
        "customer_id date number_of_cds dollar_value\n"
        " 00001 19970101 1 11.77\n"
        " 00001 19970101 1 11.77\n"
        " 00002 19970112 5 0.00\n"
    )
    cdnow = read_mapping(Path("cdnow"), Kind.ORDERS)
    words = {
        "name": "cdnow",
        "columns": dict(cdnow.columns),
        "constants": {"currency": "USD"},
        "formats": {"dates": list(cdnow.date_formats)},
        "orders": {"from": "row"},
        "duplicates": "keep",
    }
    assert numbers(bring(text, mapping=words)) == (3, 3, 0, 0)
    before = everything()
    assert numbers(bring(text, mapping=words)) == (3, 0, 3, 0)
    assert everything() == before
    bought = catalog.orders_of(customers.internal_ids(["00001"])["00001"])
    assert [order.revenue_minor for order in bought] == [1177, 1177]
    assert len({order.external_id for order in bought}) == 2


def test_a_file_without_a_mapping_is_understood_by_its_columns(bring: Import) -> None:
    report = bring("Order No,Customer ID,Order Date,Total,Currency\n7,42,31.12.2025 10:00,19.99,USD\n")
    assert numbers(report) == (1, 1, 0, 0)
    order = catalog.order("7")
    assert order is not None
    assert (order.revenue_minor, order.currency) == (1999, "USD")
    assert order.completed_at == datetime(2025, 12, 31, 10, tzinfo=UTC)


def test_orders_known_by_address_find_the_same_person_again(bring: Import) -> None:
    text = (
        "order_id,email,date,sku,quantity,price\n"
        "1,Ann@Example.com,2026-01-01,A,2,5.00\n"
        "2,ann@example.com,2026-01-02,A,1,5.00\n"
    )
    assert numbers(bring(text)) == (2, 2, 0, 0)
    [person] = customers.search("ann@example.com")
    assert len(catalog.orders_of(person.id)) == 2
    before = everything()
    assert numbers(bring(text)) == (2, 0, 2, 0)
    assert everything() == before


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("order_id,date,total\n1,2026-01-01,5\n", Kind.ORDERS, "no column was found for the customer"),
        ("order_id,customer_id,total\n1,2,5\n", Kind.ORDERS, "the moment"),
        ("order_id,customer_id,date\n1,2,2026-01-01\n", Kind.ORDERS, "the money"),
        ("customer_id,date\n1,2026-01-01\n", Kind.EVENTS, "the name of the event"),
        ("name,city\nAnn,Graz\n", Kind.CUSTOMERS, "the customer"),
        ("customer_id,date,total\n1,03/04/2025,5\n", Kind.ORDERS, "day first or month first"),
        ("customer_id,date,total\n1,Tuesday,5\n", Kind.ORDERS, "no usual form"),
    ],
)
def test_what_cannot_be_guessed_is_named(bring: Import, text: str, kind: Kind, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        bring(text, kind=kind)


def test_a_column_that_the_mapping_names_and_the_file_lacks_is_named(shop: Import) -> None:
    with pytest.raises(InvalidInput, match="no column UnitPrice"):
        shop(SHOP.replace("UnitPrice", "Price"))


def test_customers_come_with_their_traits_and_consents(bring: Import) -> None:
    text = (
        "id,mail,first,news,joined\n"
        "1,a@b.example,Ann,yes,2025-01-01\n"
        "2,c@d.example,Bo,no,2025-01-02\n"
        "3,e@f.example,Cy,maybe,\n"
        "4,g@h.example,Di,,\n"
    )
    words = {
        "columns": {"customer_id": "id", "email": "mail", "date": "joined"},
        "traits": {"first_name": "first"},
        "consents": [{"column": "news", "topic": "news", "text": "Ticked in the shop"}],
    }
    report = bring(text, kind=Kind.CUSTOMERS, mapping=words)
    assert numbers(report) == (4, 3, 0, 1)
    assert report.reasons == {"news says 'maybe', which is neither yes nor no": 1}
    found = customers.internal_ids(["1", "2", "4"])
    facts = consent.facts(list(found.values()), channel="email")
    assert facts[found["1"]].topics["news"] is True
    assert facts[found["2"]].topics["news"] is False
    assert "news" not in facts[found["4"]].topics
    assert customers.cards([found["1"]])[found["1"]].email == "a@b.example"
    before = everything()
    assert numbers(bring(text, kind=Kind.CUSTOMERS, mapping=words)) == (4, 0, 3, 1)
    assert everything() == before


def test_without_a_mapping_all_columns_of_customers_are_kept(bring: Import) -> None:
    bring("Customer ID,Email,City,Shoe size\n1,a@b.example,Graz,42\n", kind=Kind.CUSTOMERS)
    profile = customers.cards(customers.internal_ids(["1"]).values())
    [ann] = profile.values()
    assert (ann.city, ann.attributes) == ("Graz", {"Shoe size": "42"})


def test_events_come_with_their_properties_and_equal_ones_are_one(bring: Import) -> None:
    text = (
        "user_id,event,timestamp,page\n"
        "1,Page Viewed,2026-01-01T10:00,/a\n"
        "1,Page Viewed,2026-01-01T10:00,/a\n"
        "1,Page Viewed,2026-01-01T10:00,/b\n"
    )
    assert numbers(bring(text, kind=Kind.EVENTS)) == (3, 2, 1, 0)
    assert numbers(bring(text, kind=Kind.EVENTS)) == (3, 0, 3, 0)
    rows = events.timeline(customers.internal_ids(["1"])["1"])
    assert sorted(row.properties["page"] for row in rows) == ["/a", "/b"]


def test_unreadable_characters_refuse_the_row_and_not_the_file(bring: Import, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    good = "".join(f"{n},x{n}@b.example,Köln\n" for n in range(1, 10)).encode()
    path.write_bytes(b"customer_id,email,city\n" + good + b"10,y@b.example,K\xf6ln\n11,z@b.example,a\x00b\n")
    report = bring(path, kind=Kind.CUSTOMERS)
    assert numbers(report) == (11, 9, 0, 2)


def test_progress_is_told_row_by_row_in_both_halves_of_the_work(bring: Import, tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("customer_id,date,total\n1,2026-01-01,5\n2,2026-01-01,5\n")
    told: list[tuple[str, int, int | None]] = []
    import_file(
        path, kind=Kind.ORDERS, mapping=None, dry_run=True, now=NOW, folder=tmp_path,
        progress=lambda phase, done, total: told.append((phase, done, total)),
    )  # fmt: skip
    assert told == [("reading", 2, None), ("working in", 2, 2)]
