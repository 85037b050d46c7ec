"""Percentiles and fifths of buyers: made over the lake, held against live."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from tests.segments import segments_reference as reference
from tests.segments.segments_kit import TABLES, bare, base_of, in_everyone, looked_again, put
from tests.segments.segments_strategies import meant

from tactful.lake.services import prepare
from tactful.segments import queries, services
from tactful.segments.domain.reading import read
from tactful.segments.domain.tree import parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BUYERS = 20
TOP = {"percentile": {"orders": "revenue"}, "greater": 80}


def buy(customer_id: int, euros: int, days_ago: int = 1) -> None:
    bought = {"customer_id": customer_id, "revenue_minor": 100 * euros}
    put(base_of({"orders": [{**bought, "completed_at": (NOW - days_ago * DAY).replace(tzinfo=None)}]}))


@pytest.fixture
def shop(transactional_db: None) -> None:
    """Customer n has spent n euros and last bought n days ago; five have never bought."""
    prepare(TABLES)
    put(base_of({"customers": [{"id": number} for number in range(1, BUYERS + 6)]}))
    for number in range(1, BUYERS + 1):
        buy(number, number, number)


def save(slug: str, rule: object) -> None:
    services.save(slug=slug, name=slug, definition=rule, goal="g", action="a", now=NOW)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (TOP, range(17, 21)),
        ({"percentile": {"orders": "revenue"}, "at_least": 80}, range(16, 21)),
        ({"percentile": {"orders": "revenue"}, "at_most": 20}, range(1, 5)),
        ({"percentile": {"orders": "count"}, "at_most": 50}, range(1, 21)),
        ({"percentile": {"orders": "days_since_last"}, "at_most": 20}, range(1, 5)),
        ({"percentile": {"orders": "revenue", "in_last_days": 10}, "greater": 50}, range(6, 10)),
        ({"rfm": {"recency": [5]}}, range(1, 5)),
        ({"rfm": {"recency": [1, 2], "money": [5]}}, range(17, 21)),
        ({"not": {"rfm": {"money": [1, 2, 3, 4, 5]}}}, range(21, 26)),
    ],
)
def test_a_rank_is_held_against_all_buyers(rule: object, expected: range, tmp_path: Path) -> None:
    assert services.ids(parse(rule), at=NOW, tables=TABLES, folder=tmp_path) == list(expected)
    save("ranked", rule)
    services.fill(now=NOW, tables=TABLES, folder=tmp_path)
    assert queries.member_ids("ranked") == list(expected)
    with transaction.atomic():
        everyone = range(1, BUYERS + 6)
        assert services.refresh({}, created=list(everyone), tables=TABLES, now=NOW) == []
    held = services.evaluate([parse(rule)], [(number, NOW) for number in everyone], tables=TABLES)
    assert [number for number, met in zip(everyone, held[0], strict=True) if met] == list(expected)


@pytest.fixture
def readers(transactional_db: None) -> None:
    """Customer n has viewed n things at n euros each and scored n; five have done nothing."""
    prepare(TABLES)
    scores = {
        number: json.dumps({"score": str(number)} if number <= BUYERS else {}) for number in range(1, BUYERS + 6)
    }
    put(base_of({"customers": [{"id": number, "attributes": scores[number]} for number in scores]}))
    moment = (NOW - DAY).replace(tzinfo=None)
    viewed = [
        {
            "customer_id": number,
            "name": "Product Viewed",
            "occurred_at": moment,
            "properties": json.dumps({"price": number}),
        }
        for number in range(1, BUYERS + 1)
        for _ in range(number)
    ]
    put(base_of({"events": viewed}))


@pytest.mark.usefixtures("readers")
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"percentile": {"event": "Product Viewed"}, "greater": 80}, range(17, 21)),
        ({"percentile": {"event": "Product Viewed", "in_last_days": 7}, "at_most": 20}, range(1, 5)),
        ({"percentile": {"event": "Product Viewed", "sum": "price"}, "at_least": 80}, range(16, 21)),
        ({"percentile": {"event": "Product Viewed", "largest": "price"}, "less": 20}, range(1, 4)),
        ({"percentile": {"event": "Product Viewed", "distinct": "price"}, "at_least": 0}, range(1, 21)),
        (
            {
                "percentile": {
                    "event": "Product Viewed",
                    "share_where": [{"property": "price", "greater": 15}],
                },
                "greater": 50,
            },
            range(16, 21),
        ),
        ({"percentile": {"attribute": "custom.score"}, "greater": 90}, range(19, 21)),
        ({"not": {"percentile": {"attribute": "custom.score"}, "greater": 0}}, [1, *range(21, 26)]),
        ({"percentile": {"record": "task", "state": "any"}, "at_least": 0}, []),
    ],
)
def test_any_number_is_ranked_among_those_who_have_one(rule: object, expected: list[int], tmp_path: Path) -> None:
    assert services.ids(parse(rule), at=NOW, tables=TABLES, folder=tmp_path) == list(expected)
    save("ranked", rule)
    services.fill(now=NOW, tables=TABLES, folder=tmp_path)
    everyone = range(1, BUYERS + 6)
    held = services.evaluate([parse(rule)], [(number, NOW) for number in everyone], tables=TABLES)
    assert [number for number, met in zip(everyone, held[0], strict=True) if met] == list(expected)


@pytest.mark.usefixtures("shop")
def test_who_rises_is_in_at_once_and_who_was_passed_leaves_with_the_next_cut(tmp_path: Path) -> None:
    save("top", TOP)
    services.fill(now=NOW, tables=TABLES, folder=tmp_path)
    buy(1, 100)
    with transaction.atomic():
        services.refresh({1: {"orders"}}, tables=TABLES, now=NOW + DAY)
    assert queries.member_ids("top") == [1, 17, 18, 19, 20]
    assert services.make_cuts(now=NOW + 2 * DAY, tables=TABLES, folder=tmp_path) == ["top"]
    services.recount(now=NOW + 2 * DAY, tables=TABLES, folder=tmp_path, slugs=["top"])
    assert queries.member_ids("top") == [1, 18, 19, 20]
    assert services.ids("top", at=NOW + DAY, tables=TABLES, folder=tmp_path) == [1, 17, 18, 19, 20]


@pytest.mark.usefixtures("shop")
def test_whom_a_clock_dates_ahead_is_passed_by_the_next_cut_too(tmp_path: Path) -> None:
    save("top", TOP)
    services.fill(now=NOW, tables=TABLES, folder=tmp_path)
    buy(17, 0, -2)
    buy(1, 100)
    later = NOW + DAY
    with transaction.atomic():
        services.refresh({1: {"orders"}, 17: {"orders"}}, tables=TABLES, now=later)
    slugs = services.make_cuts(now=later, tables=TABLES, folder=tmp_path)
    services.recount(now=later, tables=TABLES, folder=tmp_path, slugs=slugs)
    with transaction.atomic():
        services.refresh({}, created=services.take_due(now=later, limit=100), tables=TABLES, now=later)
    assert (
        queries.member_ids("top")
        == services.ids("top", at=later, tables=TABLES, folder=tmp_path)
        == [1, 18, 19, 20]
    )


@pytest.mark.usefixtures("shop")
def test_a_night_makes_the_cuts_of_a_period_by_the_customers_own_calendar(tmp_path: Path) -> None:
    save(
        "lately",
        {"percentile": {"orders": "revenue", "in_last_calendar_days": 10, "clock": "customer"}, "greater": 50},
    )
    services.fill(now=NOW, tables=TABLES, folder=tmp_path)
    assert queries.member_ids("lately") == [6, 7, 8, 9]
    assert services.make_cuts(now=NOW + DAY, tables=TABLES, folder=tmp_path) == ["lately"]


@pytest.mark.parametrize(
    ("rule", "later"),
    [
        ({"percentile": {"orders": "days_since_last"}, "at_most": 50}, DAY),
        ({"percentile": {"orders": "times_own_gap"}, "greater": 0}, timedelta(microseconds=1)),
        ({"orders": "times_own_gap", "greater": 0}, timedelta(microseconds=1)),
    ],
)
def test_what_is_nothing_now_is_looked_at_when_it_is_something(rule: object, later: timedelta) -> None:
    bought = [bare(NOW), bare(NOW - 5 * DAY)]
    orders = [{"customer_id": 1, "completed_at": moment} for moment in bought]
    rows = base_of({"customers": [{"id": 1}, {"id": 2}], "orders": orders}, nights=[NOW])
    tree = meant(rule)
    assert reference.members(rows, tree, NOW) != reference.members(rows, tree, NOW + later)
    assert looked_again(rows, [tree], NOW)[1] <= NOW + later


def test_a_share_is_counted_in_tenths_of_a_percent_and_not_in_binary() -> None:
    everybody = range(1, 1_001)
    orders = [{"customer_id": number, "revenue_minor": number, "completed_at": bare(NOW)} for number in everybody]
    rows = base_of({"customers": [{"id": number} for number in everybody], "orders": orders}, nights=[NOW])
    for tenths in (1, 9, 11, 22, 333, 500, 999):
        tree = parse({"percentile": {"orders": "revenue"}, "at_most": tenths / 10})
        assert in_everyone(rows, tree, NOW) == set(range(1, tenths + 1))


def test_a_rank_is_read_as_a_sentence() -> None:
    assert read(parse(TOP)).startswith(
        "Customers whose revenue of purchases is more than what 80 % of all buyers had"
    )
    assert "5 is the best" in read(parse({"rfm": {"recency": [4, 5]}}))
