"""Events become orders, lines, returns and products in PostgreSQL."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import connection

from tactful.catalog import queries, services
from tactful.events.domain.parse import Located

Say = Callable[..., Located]
START = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db
TEA = {"sku": "tea", "name": "Green tea", "category": "Tea", "price": "10.00", "quantity": 2, "cost": 4}
CUP = {"sku": "cup", "price": 5, "quantity": 1}


def project(*events: Located) -> services.Projection:
    return services.project(events, now=START, margin_share=0.4, currency="EUR")


def versions() -> list[Any]:
    """Which transaction wrote each row last, and where: changes when a row is written again."""
    found = []
    with connection.cursor() as cursor:
        for table in ("catalog_order", "catalog_orderline", "catalog_orderreturn", "catalog_product"):
            cursor.execute(f"SELECT ctid::text FROM {table} ORDER BY id")  # noqa: S608 -- names written here
            found.append(cursor.fetchall())
    return found


def test_an_order_is_kept_with_its_lines_and_its_margin(say: Say) -> None:
    result = project(say("Order Completed", order_id=17, products=[TEA, CUP], shipping="4.90", coupon="MAY"))
    (order,) = queries.orders_of(7)
    assert result == services.Projection(frozenset({7}), ())
    assert (order.external_id, order.status, order.revenue_minor, order.shipping_minor) == (
        "17",
        "completed",
        2500,
        490,
    )
    assert (order.margin_minor, order.margin_estimated, order.coupon) == (1200 + 200, True, "MAY")
    assert [(line.sku, line.category, line.quantity, line.margin_minor) for line in order.lines] == [
        ("tea", "Tea", 2, 1200), ("cup", "", 1, 200),
    ]  # fmt: skip


def test_the_same_order_twice_changes_nothing_and_writes_nothing(say: Say) -> None:
    batch = [
        say("Order Completed", order_id=1, products=[TEA, CUP]),
        say("Order Refunded", order_id=1, refund_id="r1", amount=3, day=1),
        say("Product Updated", sku="tea", cost=3),
    ]
    project(*batch)
    before = queries.orders_of(7), queries.returns_of(7), versions()
    again = say("Order Completed", order_id=1, products=[TEA, CUP])
    project(batch[0], batch[1], again)
    assert (queries.orders_of(7), queries.returns_of(7), versions()) == before


def test_one_batch_keeps_the_order_of_what_happened_to_an_order(say: Say) -> None:
    project(
        say("Order Placed", order_id=1, products=[TEA, CUP]),
        say("Order Completed", order_id=1, products=[TEA, CUP], day=1),
        say("Order Updated", order_id=1, products=[TEA], day=2),
        say("Order Refunded", order_id=1, amount=5, day=3),
        say("Order Cancelled", order_id=1, day=4),
    )
    (order,) = queries.orders_of(7)
    assert (order.status, order.revenue_minor, order.returned_minor) == ("cancelled", 2000, 500)
    assert order.completed_at == START + timedelta(days=1)
    assert [line.sku for line in order.lines] == ["tea"]


def test_every_order_of_arrival_ends_the_same(say: Say) -> None:
    words = [
        ("Order Completed", {"products": [TEA, CUP], "day": 1}),
        ("Order Updated", {"products": [TEA], "day": 2}),
        ("Order Refunded", {"refund_id": "r", "products": [{"sku": "tea", "price": 10, "quantity": 1}], "day": 3}),
        ("Order Cancelled", {"day": 4}),
    ]
    ends = set()
    for number, arrival in enumerate(permutations(words)):
        for name, properties in arrival:
            project(say(name, order_id=f"o{number}", customer=number, **properties))
        (order,) = queries.orders_of(number)
        ends.add((order.status, order.revenue_minor, order.margin_minor, order.returned_minor,
                  order.returned_margin_minor, order.completed_at, len(order.lines)))  # fmt: skip
    assert ends == {("cancelled", 2000, 1200, 1000, 600, START + timedelta(days=1), 1)}


def test_the_last_word_on_each_date_of_an_order_counts_whatever_the_order_of_arrival(say: Say) -> None:
    words = [
        ("Order Placed", {"products": [TEA], "delivery_at": "2026-03-05", "invoice_due": "2026-03-20", "day": 1}),
        ("Order Updated", {"delivery_at": "2026-03-07T10:00:00Z", "day": 2}),
        ("Order Completed", {"products": [TEA], "day": 3}),
    ]
    for number, arrival in enumerate(permutations(words)):
        if arrival[0][0] == "Order Updated":
            continue  # an order that begins with a word without contents is refused
        for name, properties in arrival:
            project(say(name, order_id=f"o{number}", customer=number + 1, **properties))
        days = {f"2026-03-{day:02}" for day in range(1, 31)}
        assert (f"o{number}", number + 1, "2026-03-07") in queries.dated_on("delivery_at", days)
        assert (f"o{number}", number + 1, "2026-03-20") in queries.dated_on("invoice_due", days)
    assert queries.dates_told(["delivery_at", "sent_at"]) == {"delivery_at"}


def test_orders_are_found_by_their_moments_unless_they_were_cancelled(say: Say) -> None:
    for number in (1, 2, 3):
        project(say("Order Completed", order_id=number, products=[TEA], day=number))
    project(say("Order Cancelled", order_id=2, day=4))
    spans = [(START, START + timedelta(days=1)), (START + timedelta(days=2), START + timedelta(days=3, hours=1))]
    assert [row[:2] for row in queries.dated_at("completed_at", spans)] == [("3", 7)]
    assert queries.standing(["1", "2", "3", "4"]) == {"1": 7, "3": 7}
    with pytest.raises(ValueError, match="not found by"):
        queries.dated_at("stated_at", spans)


def test_a_refund_waits_for_its_order(say: Say) -> None:
    project(say("Order Refunded", order_id=1, amount=10, customer=None))
    with connection.cursor() as cursor:
        cursor.execute("SELECT order_id, customer_id, amount_minor, margin_minor FROM catalog_orderreturn")
        assert cursor.fetchall() == [(None, None, 1000, 400)]
    project(say("Order Completed", order_id=1, products=[TEA]))
    (order,) = queries.orders_of(7)
    (back,) = queries.returns_of(7)
    assert (order.returned_minor, order.returned_margin_minor) == (1000, 600)
    assert (back.order_id, back.margin_minor) == (order.id, 600)


def test_no_more_comes_back_than_was_sold(say: Say) -> None:
    project(
        say("Order Completed", order_id=1, products=[TEA]),
        say("Order Refunded", order_id=1, refund_id=1, amount=15),
        say("Order Refunded", order_id=1, refund_id=2, amount=15),
    )
    (order,) = queries.orders_of(7)
    assert (order.returned_minor, order.returned_margin_minor) == (2000, order.margin_minor)


def test_a_bad_event_is_a_problem_of_its_own(say: Say) -> None:
    bad = [
        say("Order Completed", order_id=1, products=[{"sku": "tea", "price": 1, "quantity": "many"}]),
        say("Order Completed", products=[TEA]),
        say("Order Completed", order_id=2, products=[TEA, {**CUP, "currency": "USD"}]),
        say("Order Refunded", order_id=3, amount=1, currency="USD"),
        say("Order Completed", order_id="x" * 300, products=[TEA]),
        say("Product Updated", name=None),
    ]
    result = project(bad[0], say("Order Completed", order_id=3, products=[TEA]), *bad[1:])
    assert [key for key, _ in result.problems] == [event.key for event in bad]
    assert all(reason for _, reason in result.problems)
    assert [order.external_id for order in queries.orders_of(7)] == ["3"]


def test_products_fill_in_what_orders_leave_unsaid(say: Say) -> None:
    project(say("Product Updated", product_id="cup", name="Cup", category="China", price=5, cost=1, customer=None))
    project(say("Order Completed", order_id=1, products=[{"product_id": "cup", "quantity": 2}]))
    (order,) = queries.orders_of(7)
    assert (order.revenue_minor, order.margin_minor, order.margin_estimated) == (1000, 800, False)
    assert order.lines[0].category == "China"


def test_orders_teach_the_catalogue_and_do_not_overrule_it(say: Say) -> None:
    project(say("Order Completed", order_id=1, products=[TEA]))
    assert queries.product("tea") == queries.Product("tea", "Green tea", "Tea", 1000, 400, "EUR")
    project(say("Product Updated", sku="tea", price=12, day=1))
    project(say("Order Completed", order_id=2, products=[{**TEA, "price": 9, "name": "Other"}], day=2))
    assert queries.product("tea") == queries.Product("tea", "Green tea", "Tea", 1200, 400, "EUR")
    assert queries.products(text="GREEN")[1] == 1
    assert queries.categories() == ["Tea"]


def test_lines_of_what_is_no_purchase_have_no_completion(say: Say) -> None:
    project(say("Order Completed", order_id=1, products=[TEA, CUP]))
    project(say("Order Updated", order_id=1, products=[TEA], day=1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line, customer_id, quantity, completed_at IS NULL FROM catalog_orderline ORDER BY line"
        )
        assert cursor.fetchall() == [(0, 7, 2, False), (1, None, 0, True)]
    project(say("Order Cancelled", order_id=1, day=2))
    with connection.cursor() as cursor:
        cursor.execute("SELECT completed_at FROM catalog_orderline WHERE line = 0")
        assert cursor.fetchall() == [(None,)]
    assert queries.order_facts([7]) == {}


def test_facts_count_purchases_only(say: Say) -> None:
    project(
        say("Order Completed", order_id=1, products=[TEA]),
        say("Order Completed", order_id=2, products=[CUP], discount=1, day=10),
        say("Order Placed", order_id=3, products=[CUP], day=11),
        say("Order Completed", order_id=4, products=[CUP], day=12),
        say("Order Cancelled", order_id=4, day=13),
        say("Order Completed", order_id=5, products=[CUP], customer=8),
    )
    facts = queries.order_facts([7, 8, 9])
    assert set(facts) == {7, 8}
    assert (facts[7].count, facts[7].revenue_minor, facts[7].discount_minor, facts[7].average_minor) == (
        2,
        2400,
        100,
        1200,
    )
    assert (facts[7].first_at, facts[7].last_at) == (START, START + timedelta(days=10))


@pytest.mark.parametrize("pairs", [[(7, 8), (8, 9)], [(8, 9), (7, 8)]])
def test_orders_follow_a_merge_and_a_merge_of_merges(say: Say, pairs: Sequence[tuple[int, int]]) -> None:
    project(
        say("Order Completed", order_id=1, products=[TEA]),
        say("Order Completed", order_id=2, products=[CUP], customer=8),
        say("Order Refunded", order_id=1, amount=1),
    )
    services.move_customers(pairs)
    assert {order.external_id for order in queries.orders_of(9)} == {"1", "2"}
    assert [back.of_order for back in queries.returns_of(9)] == ["1"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT customer_id FROM catalog_orderline")
        assert cursor.fetchall() == [(9,)]


def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(
    say: Say, django_assert_max_num_queries: Any
) -> None:
    batch = [say("Order Completed", order_id=n, customer=n, products=[TEA, CUP]) for n in range(300)]
    batch += [say("Order Refunded", order_id=n, customer=n, amount=1) for n in range(300)]
    with django_assert_max_num_queries(13):
        project(*batch)


def test_other_events_cost_nothing(say: Say, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert project(say("Product Viewed", sku="tea")) == services.Projection(frozenset(), ())
