"""From rows to orders and returns, without a database."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.flows.importing import orders
from tactful.flows.importing.orders import Outcome, Past, Rules, StagedLine, settle
from tactful.flows.importing.past import past_of
from tactful.flows.importing.rows import Line

CUSTOMER = "id:17850"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = Rules(merge_duplicates=True, order_per_row=False, own_numbers=True, corrected=False)
CORRECTED = Rules(merge_duplicates=True, order_per_row=False, own_numbers=True, corrected=True)
PER_ROW = Rules(merge_duplicates=False, order_per_row=True, own_numbers=False, corrected=False)


def row(number: int, group: str, sku: str = "A", **facts: Any) -> StagedLine:
    """Row `number` of the file, on day `day` (default: its number)."""
    staged = {"day": number, "refund": False, "occurrence": 0, "owner": CUSTOMER, **facts}
    line = {name: facts[name] for name in Line.__struct_fields__ if name in facts}
    empty = dict.fromkeys(("product", "category", "cost", "amount", "discount", "shipping", "tax", "coupon"), "")
    words = {
        **empty,
        "refund_of": "",
        "traits": {},
        "dates": {},
        "currency": "EUR",
        "sku": sku,
        "quantity": 1,
        "price": "10",
        **line,
    }
    return StagedLine(
        number=number,
        at=FIRST + timedelta(days=staged["day"]),
        group=group,
        refund=staged["refund"],
        occurrence=staged["occurrence"],
        owner=staged["owner"],
        line=Line(**words),
    )


def said(outcome: Outcome) -> list[tuple[str, dict[str, Any]]]:
    """The events of an outcome: name and properties."""
    payloads = [json.loads(message.payload) for message in outcome.messages]
    return [(payload["event"], payload["properties"]) for payload in payloads if payload["type"] == "track"]


def past(*outcomes: Outcome) -> Past:
    """What the log knows after these outcomes were worked in."""
    events = []
    for outcome in outcomes:
        for message in outcome.messages:
            payload = json.loads(message.payload)
            if payload["type"] == "track":
                at = datetime.fromisoformat(payload["timestamp"])
                events.append(
                    {"id": len(events), "name": payload["event"], "occurred_at": at}
                    | {"properties": json.dumps(payload["properties"])}
                )
    return past_of(events)


def products(properties: Mapping[str, Any]) -> list[tuple[str, int, float]]:
    return [(each["product_id"], each["quantity"], each["price"]) for each in properties["products"]]


def test_lines_with_one_number_make_one_order_at_its_earliest_moment() -> None:
    outcome = settle(CUSTOMER, [row(1, "5", "A", day=3), row(2, "5", "B", day=2, quantity=4)], Past(), PLAIN)
    [(name, properties)] = said(outcome)
    assert (name, properties["order_id"], properties["currency"]) == ("Order Completed", "5", "EUR")
    assert products(properties) == [("A", 1, 10), ("B", 4, 10)]
    assert json.loads(outcome.messages[0].payload)["timestamp"] == "2026-01-03T00:00:00Z"
    assert (outcome.imported, outcome.merged, outcome.refused) == (2, 0, [])


def test_a_line_that_stands_twice_is_merged() -> None:
    outcome = settle(CUSTOMER, [row(1, "5"), row(2, "5", occurrence=1)], Past(), PLAIN)
    assert products(said(outcome)[0][1]) == [("A", 1, 10)]
    assert (outcome.imported, outcome.merged) == (1, 1)


def test_equal_rows_that_are_orders_of_their_own_stay_apart() -> None:
    rows = [
        row(1, "x", sku="", price="", amount="12.00"),
        row(2, "x", sku="", price="", amount="12.00", occurrence=1),
    ]
    outcome = settle(CUSTOMER, rows, Past(), PER_ROW)
    assert [(words["order_id"], words["total"]) for _, words in said(outcome)] == [("x", 12.0), ("x-2", 12.0)]
    again = settle(CUSTOMER, rows, past(outcome), PER_ROW)
    assert (again.imported, again.merged) == (0, 2)


def test_a_return_belongs_to_the_latest_order_before_it_with_enough_left() -> None:
    rows = [
        row(1, "old", quantity=5),
        row(2, "mid", quantity=2),
        row(4, "late", quantity=9),
        row(3, "C1", refund=True, quantity=3),  # mid has too few, late came afterwards
        row(5, "C2", refund=True, quantity=2, day=3),  # mid
        row(6, "C3", refund=True, quantity=2, day=3),  # mid is used up: old has two left
        row(7, "C4", refund=True, quantity=1, day=3),  # nothing is left
        row(8, "C5", "B", refund=True),  # never bought
    ]
    outcome = settle(CUSTOMER, rows, Past(), PLAIN)
    found = {
        words["refund_id"].partition(":")[0]: words.get("order_id")
        for name, words in said(outcome)
        if "refund_id" in words
    }
    assert found == {"C1": "old", "C2": "mid", "C3": "old", "C4": None, "C5": None}
    assert outcome.returns_without_order == 2


def test_a_return_finds_an_order_of_an_earlier_file_less_what_came_back_before() -> None:
    first = settle(CUSTOMER, [row(1, "old", quantity=3), row(2, "C1", refund=True, quantity=2)], Past(), PLAIN)
    second = settle(CUSTOMER, [row(3, "C2", refund=True), row(4, "C3", refund=True)], past(first), PLAIN)
    assert [words.get("order_id") for _, words in said(second)] == ["old", None]


def test_a_return_that_names_its_order_needs_no_search() -> None:
    outcome = settle(CUSTOMER, [row(1, "R1", refund=True, refund_of="77")], Past(), PLAIN)
    assert said(outcome)[0][1]["order_id"] == "77"


def test_a_return_is_money_paid_back_and_never_a_negative_amount() -> None:
    outcome = settle(CUSTOMER, [row(1, "C1", refund=True, quantity=3, price="2.50")], Past(), PLAIN)
    [(name, properties)] = said(outcome)
    assert name == "Order Refunded"
    assert products(properties) == [("A", 3, 2.5)]


def test_the_same_return_again_changes_nothing_even_when_another_order_would_fit_now() -> None:
    refund = row(3, "C1", refund=True)
    first = settle(CUSTOMER, [row(1, "old"), refund], Past(), PLAIN)
    between = settle(CUSTOMER, [row(2, "new")], past(first), PLAIN)
    again = settle(CUSTOMER, [row(1, "old"), refund], past(first, between), PLAIN)
    assert (again.messages, again.imported, again.merged) == ([], 0, 2)


def test_corrected_rows_are_added_to_their_order() -> None:
    first = settle(CUSTOMER, [row(1, "5", "A"), row(2, "5", "A", quantity=2)], Past(), PLAIN)
    outcome = settle(CUSTOMER, [row(1, "5", "A", quantity=7), row(2, "5", "B")], past(first), CORRECTED)
    [(name, properties)] = said(outcome)
    assert name == "Order Updated"
    assert sorted(products(properties)) == [("A", 1, 10), ("A", 2, 10), ("A", 7, 10), ("B", 1, 10)]


def test_a_file_with_an_order_that_has_changed_restates_its_products() -> None:
    first = settle(CUSTOMER, [row(1, "5", "A"), row(2, "5", "B")], Past(), PLAIN)
    outcome = settle(CUSTOMER, [row(1, "5", "A", quantity=3), row(2, "5", "C")], past(first), PLAIN)
    assert sorted(products(said(outcome)[0][1])) == [("A", 3, 10), ("B", 1, 10), ("C", 1, 10)]
    assert (outcome.imported, outcome.merged) == (2, 0)


def test_rows_that_an_order_has_already_are_merged_row_by_row() -> None:
    first = settle(CUSTOMER, [row(1, "5", "A")], Past(), PLAIN)
    outcome = settle(CUSTOMER, [row(1, "5", "A"), row(2, "5", "B")], past(first), PLAIN)
    assert (outcome.imported, outcome.merged) == (1, 1)


@pytest.mark.parametrize(
    ("rows", "known", "reason"),
    [
        ([row(1, "5", owner="id:1")], Past(), orders.TWO_CUSTOMERS),
        ([row(1, "5")], Past(foreign=frozenset({"5"})), orders.FOREIGN),
        ([row(1, "5"), row(2, "5", "B", currency="USD")], Past(), orders.TWO_CURRENCIES),
        ([row(n, "5", "", price="", amount=f"{n}") for n in (1, 2)], Past(), orders.TWO_AMOUNTS),
    ],
)
def test_an_order_that_contradicts_itself_is_refused_where_it_does(
    rows: list[StagedLine], known: Past, reason: str
) -> None:
    outcome = settle(CUSTOMER, rows, known, PLAIN)
    assert outcome.refused == [(rows[-1].number, reason)]
    assert outcome.imported == len(rows) - 1


def test_of_a_person_the_latest_row_is_right() -> None:
    rows = [row(2, "6", traits={"country": "FR"}), row(1, "5", traits={"country": "DE", "city": "Ulm"})]
    outcome = settle(CUSTOMER, rows, Past(), PLAIN)
    identify = json.loads(outcome.messages[0].payload)
    assert (identify["type"], identify["traits"]) == ("identify", {"country": "FR", "city": "Ulm"})


def test_somebody_known_by_address_only_is_introduced_before_his_orders() -> None:
    outcome = settle("email:a@b.example", [row(1, "5", owner="email:a@b.example")], Past(), PLAIN)
    first, second = (json.loads(message.payload) for message in outcome.messages)
    assert first["traits"] == {"email": "a@b.example"}
    assert first["anonymousId"] == second["anonymousId"]
    assert "userId" not in first


_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "C1", "C2"]),
        st.sampled_from(["A", "B"]),
        st.integers(1, 3),
        st.integers(0, 4),
    ),
    max_size=12,
)


def staged(drawn: Sequence[tuple[str, str, int, int]]) -> list[StagedLine]:
    seen: Counter[tuple[str, str, int, int]] = Counter()
    rows = []
    for number, facts in enumerate(drawn, start=1):
        group, sku, quantity, day = facts
        refund = group.startswith("C")
        rows.append(row(number, group, sku, quantity=quantity, day=day, refund=refund, occurrence=seen[facts]))
        seen[facts] += 1
    return rows


@given(_ROWS)
def test_every_row_ends_in_one_place(drawn: list[tuple[str, str, int, int]]) -> None:
    outcome = settle(CUSTOMER, staged(drawn), Past(), PLAIN)
    assert outcome.imported + outcome.merged + len(outcome.refused) == len(drawn)


@given(_ROWS)
def test_the_same_rows_again_change_nothing(drawn: list[tuple[str, str, int, int]]) -> None:
    first = settle(CUSTOMER, staged(drawn), Past(), PLAIN)
    again = settle(CUSTOMER, staged(drawn), past(first), PLAIN)
    assert (again.messages, again.imported, again.merged) == ([], 0, len(drawn))


@given(_ROWS)
def test_no_more_comes_back_of_an_order_than_was_in_it(drawn: list[tuple[str, str, int, int]]) -> None:
    outcome = settle(CUSTOMER, staged(drawn), Past(), PLAIN)
    left: Counter[tuple[str, str]] = Counter()
    for name, words in sorted(said(outcome), key=lambda each: each[0]):  # completed before refunded
        for sku, quantity, _ in products(words):
            if words.get("order_id"):
                left[words["order_id"], sku] += quantity if name == "Order Completed" else -quantity
    assert all(count >= 0 for count in left.values())


@given(_ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_in_the_file_does_not_matter(drawn: list[tuple[str, str, int, int]], chance: Any) -> None:
    shuffled = list(drawn)
    chance.shuffle(shuffled)
    one, other = (settle(CUSTOMER, staged(each), Past(), PLAIN) for each in (drawn, shuffled))
    assert _worth(one) == _worth(other)
    assert (one.imported, one.merged) == (other.imported, other.merged)


def _worth(outcome: Outcome) -> Counter[tuple[str, str, str, int]]:
    """Pieces by event, order and product."""
    return Counter(
        (name, str(words.get("order_id") or words.get("refund_id")), sku, quantity)
        for name, words in said(outcome)
        if name == "Order Completed"
        for sku, quantity, _ in products(words)
    )
