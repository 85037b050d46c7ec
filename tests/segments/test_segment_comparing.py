"""Segments side by side: the same figures by hand and from the lake."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from tests.segments.segments_kit import base_of, put

from tactful.catalog.models import Order
from tactful.delivery.models import Delivery
from tactful.flows.tables import TABLES
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import zone_or
from tactful.lake.services import prepare
from tactful.segments import services
from tactful.segments.errors import SegmentUnknown
from tactful.segments.services.comparing import Hour, best_hour
from tactful.team.queries import workspace

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def ordered(customer_id: int, day: int, revenue: int, **more: object) -> dict[str, object]:
    at = datetime(2026, 2, day, 18, 30)  # noqa: DTZ001 -- UTC, as the lake has it
    return {
        "customer_id": customer_id,
        "completed_at": at,
        "revenue_minor": revenue,
        "margin_minor": revenue // 2,
        **more,
    }


def mailed(customer_id: int, **moments: datetime) -> None:
    Delivery.objects.create(
        key=uuid4(),
        decision_id=1,
        customer_id=customer_id,
        channel="email",
        topic="news",
        category="service",
        address="a@example.com",
        template="t",
        template_version=1,
        queued_at=NOW,
        due_at=NOW,
        **moments,
    )


@pytest.fixture
def shop(transactional_db: None, tmp_path: Path) -> Path:
    prepare(TABLES)
    orders = [
        ordered(1, 2, 1_000),
        ordered(1, 12, 3_000),
        ordered(1, 12, 9_000, status="cancelled"),
        ordered(2, 5, 2_000),
        ordered(2, 9, 7_777, currency="USD"),
        ordered(3, 5, 400),
    ]
    people: list[dict[str, object]] = [
        {"id": 1, "country": "DE"},
        {"id": 2, "country": "DE"},
        {"id": 3, "country": "FR"},
        {"id": 4},
    ]
    put(base_of({"customers": [*people, {"id": 5, "active": False}], "orders": orders}))
    Order.objects.filter(revenue_minor=3_000).update(returned_minor=500, returned_margin_minor=100)
    sent = NOW - timedelta(days=3)
    mailed(1, sent_at=sent, opened_at=sent, clicked_at=sent)
    mailed(1, sent_at=sent)
    mailed(1, sent_at=sent, bounced_at=sent)
    mailed(3)
    for slug, rule in {
        "germans": {"attribute": "country", "is": "DE"},
        "buyers": {"orders": "count", "at_least": 1},
        "nobody": {"attribute": "country", "is": "XX"},
    }.items():
        services.save(slug=slug, name=slug, definition=rule, goal="g", action="a", now=NOW)
    services.recount(now=NOW, tables=TABLES, folder=tmp_path)
    return tmp_path


def test_each_segment_and_everybody_stand_side_by_side(shop: Path) -> None:
    found = services.compare(["germans", "buyers", "nobody"], at=NOW, tables=TABLES, folder=shop)
    germans, buyers, nobody = found.columns
    assert (germans.size, germans.buyers, germans.repeaters) == (2, 2, 2)
    assert (germans.revenue, germans.margin, germans.elsewhere) == (5_500, 2_900, 1)
    assert (germans.revenue_each, germans.margin_each) == (2_750, 1_450)
    assert (germans.gaps, germans.average_gap) == (2, 7.0)
    assert (buyers.size, buyers.revenue, buyers.repeaters) == (3, 5_900, 2)
    assert (found.everybody.size, found.everybody.revenue) == (4, 5_900)
    assert (nobody.size, nobody.average_gap, nobody.revenue_each) == (0, None, None)


def test_only_messages_that_came_to_somebody_are_counted_and_opens_and_clicks_of_them(shop: Path) -> None:
    found = services.compare(["germans", "nobody"], at=NOW, tables=TABLES, folder=shop)
    assert found.channels == ("email",)
    heard = found.columns[0].answered["email"]
    assert (heard.messages, heard.opened, heard.clicked) == (2, 1, 1)
    assert found.columns[1].answered == {}


def test_the_overlap_counts_customers_in_both(shop: Path) -> None:
    found = services.compare(["germans", "buyers", "nobody"], at=NOW, tables=TABLES, folder=shop)
    assert found.overlap == ((2, 2, 0), (2, 3, 0), (0, 0, 0))
    assert list(services.common(["germans", "buyers"])) == [1, 2]
    assert not services.common(["germans", "unknown"])


def test_two_to_eight_known_segments_are_compared(shop: Path) -> None:
    for slugs in (["germans"], ["germans", "germans"]):
        with pytest.raises(InvalidInput):
            services.compare(slugs, at=NOW, tables=TABLES, folder=shop)
    with pytest.raises(SegmentUnknown):
        services.compare(["germans", "unknown"], at=NOW, tables=TABLES, folder=shop)


def test_the_best_hour_is_told_from_thirty_acts_on_and_the_earliest_of_several() -> None:
    assert best_hour({8: 20, 9: 9}) == Hour(None, 0, 29)
    assert best_hour({9: 15, 8: 15}) == Hour(8, 15, 30)
    assert best_hour({}) == Hour(None, 0, 0)


def test_hours_are_those_of_the_company_s_zone(shop: Path) -> None:
    put(base_of({"orders": [{"id": 100 + each, **ordered(1, 3, 100)} for each in range(30)]}))
    best = services.compare(["germans", "nobody"], at=NOW, tables=TABLES, folder=shop).columns[0].best
    assert best.hour is not None
    assert (best.hour, best.of) == (_local_hour(), 30 + 4 + 2)


def _local_hour() -> int:

    return datetime(2026, 2, 3, 18, 30, tzinfo=UTC).astimezone(zone_or(workspace().zone, "UTC")).hour


def test_one_segment_beside_everybody_has_the_figures_of_the_comparison(shop: Path) -> None:
    found = services.compare(["germans", "buyers"], at=NOW, tables=TABLES, folder=shop)
    alone = services.beside("germans", at=NOW, tables=TABLES, folder=shop)
    for one, other in ((alone.column, found.columns[0]), (alone.everybody, found.everybody)):
        assert (one.size, one.revenue, one.margin, one.repeaters) == (
            other.size,
            other.revenue,
            other.margin,
            other.repeaters,
        )
        assert one.average_gap == other.average_gap


def test_the_segments_that_share_most_customers_are_named_the_largest_first(shop: Path) -> None:
    for slug, country in (("known", ["DE", "FR"]), ("french", ["FR"])):
        rule = {"attribute": "country", "in": country}
        services.save(slug=slug, name=slug, definition=rule, goal="g", action="a", now=NOW)
    services.recount(now=NOW, tables=TABLES, folder=shop)
    alone = services.beside("buyers", at=NOW, tables=TABLES, folder=shop)
    assert [(row.slug, both) for row, both in alone.shared] == [("known", 3), ("germans", 2), ("french", 1)]
    services.archive("known", now=NOW)
    alone = services.beside("buyers", at=NOW, tables=TABLES, folder=shop)
    assert [(row.slug, both) for row, both in alone.shared] == [("germans", 2), ("french", 1)]
    assert services.beside("nobody", at=NOW, tables=TABLES, folder=shop).shared == ()


def test_what_is_no_segment_stands_beside_nobody(shop: Path) -> None:
    with pytest.raises(SegmentUnknown):
        services.beside("unknown", at=NOW, tables=TABLES, folder=shop)
