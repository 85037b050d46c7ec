"""Percentiles and fifths of buyers: made over the lake, held against live."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from tests.segments.segments_kit import TABLES, base_of, put

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


def test_a_rank_is_read_as_a_sentence() -> None:
    assert read(parse(TOP)).startswith(
        "Customers whose revenue of purchases is more than what 80 % of all buyers had"
    )
    assert "5 is the best" in read(parse({"rfm": {"recency": [4, 5]}}))
