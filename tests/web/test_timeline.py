"""Events as sentences."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tactful.events.queries import EventRow
from tactful.web import timeline

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TEA = {"name": "Sencha", "sku": "T-1"}


def event(name: str, properties: dict[str, Any]) -> EventRow:
    return EventRow(
        id=1,
        customer_id=1,
        kind="track",
        name=name,
        occurred_at=NOW,
        received_at=NOW,
        source="api:shop",
        historical=False,
        properties=properties,
        context=None,
    )


@pytest.mark.parametrize(
    ("name", "properties", "title", "detail"),
    [
        (
            "Order Completed",
            {"order_id": "A1", "revenue": 59.9, "currency": "EUR", "products": [TEA]},
            "Bought, order A1",
            "59.90\u00a0EUR · Sencha",
        ),
        ("Order Completed", {"products": [TEA] * 5}, "Bought, order", "Sencha, Sencha, Sencha and 2 more"),
        ("Order Completed", {"revenue": "much", "products": "tea"}, "Bought, order", "much"),
        (
            "Order Refunded",
            {"order_id": "A1", "amount": 5, "currency": "JPY"},
            "Returned goods of order A1",
            "5\u00a0JPY",
        ),
        ("Product Viewed", {"sku": "T-1", "category": "Tea"}, "Looked at T-1", "Tea"),
        ("Unsubscribed", {"channel": "email", "topic": "*"}, "Unsubscribed from everything by email", ""),
        ("Consent Given", {"channel": "email", "topic": "news"}, "Agreed to news by email", ""),
        ("Segment Entered", {"segment": "high_value"}, "Entered segment high value", ""),
        ("Something Own", {"a": 1}, "Something Own", ""),
    ],
)
def test_an_event_is_told_in_words(name: str, properties: dict[str, Any], title: str, detail: str) -> None:
    item = timeline.of_event(event(name, properties))
    assert (item.title, item.detail) == (title, detail)


@pytest.mark.parametrize("name", timeline.KINDS)
@pytest.mark.parametrize(
    "junk", [{}, {"products": None, "revenue": [], "currency": 5}, {"products": [1, None, {}]}]
)
def test_no_properties_however_odd_break_a_timeline(name: str, junk: dict[str, Any]) -> None:
    assert timeline.of_event(event(name, junk)).title
