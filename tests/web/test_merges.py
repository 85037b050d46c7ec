"""Merges on the customer card: told, undone after saying what that does, and by whom it may be."""

import json
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from tests.web.staff import signed_in

from tactful.customers import queries as customers
from tactful.events import services as events
from tactful.flows import react, setting_up
from tactful.team import queries as team

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merged(transactional_db: None) -> customers.MergeRow:
    """A visitor who bought and turned out to be a customer that is known."""
    setting_up.prepare(now=NOW)
    line = {"product_id": "tea", "price": 10, "quantity": 1}
    visitor = {"anonymousId": "browser"}
    said = [
        {"type": "identify", **visitor, "traits": {"phone": "+493012345678", "firstName": "Ann"}},
        {
            "type": "track",
            **visitor,
            "event": "Order Completed",
            "properties": {"order_id": "1", "products": [line]},
        },
        {"type": "identify", "userId": "max", "traits": {"email": "max@example.com"}},
    ]
    meeting = {"type": "identify", "userId": "max", "traits": {"phone": "+493012345678"}}
    for batch in (said, [meeting]):
        payloads = [json.dumps(one | {"timestamp": NOW.isoformat()}) for one in batch]
        events.append([("api:shop", False, payload) for payload in payloads], now=NOW)
        react.drain(now=NOW)
    (merge,) = customers.merges(customers.internal_ids(["max"])["max"])
    return merge


def test_the_card_says_by_what_records_were_merged_and_what_an_undo_would_do(merged: customers.MergeRow) -> None:
    text = signed_in("marketer").get(reverse("customer", args=[merged.into_id])).content.decode()
    assert f"Record {merged.from_id} became part of this one" in text
    assert "found by the engine: phone" in text
    assert "2 identifiers, 3 events and 1 order" in text
    assert "what happened since the merge stays here" in text


def test_a_marketer_undoes_a_merge_and_the_history_says_so(merged: customers.MergeRow) -> None:
    client = signed_in("marketer")
    assert client.post(reverse("merge-undo", args=[merged.id])).status_code == 302
    cards = customers.cards([merged.from_id, merged.into_id])
    assert cards[merged.from_id].merged_into_id is None
    assert [(row.actor, row.action, row.detail["orders"]) for row in team.audits()] == [
        ("marketer@example.com", "merge undone", 1)
    ]
    text = client.get(reverse("customer", args=[merged.into_id])).content.decode()
    assert "; undone" in text
    assert "Undo…" not in text
    again = client.post(reverse("merge-undo", args=[merged.id]), follow=True).content.decode()
    assert "Not undone: this merge has been undone already." in again
    assert client.post(reverse("merge-undo", args=[0])).status_code == 404


@pytest.mark.parametrize("role", ["analyst", "sales", "service"])
def test_others_read_of_merges_and_undo_none(merged: customers.MergeRow, role: str) -> None:
    client = signed_in(role)
    assert "Undo…" not in client.get(reverse("customer", args=[merged.into_id])).content.decode()
    assert client.post(reverse("merge-undo", args=[merged.id])).status_code == 403
    assert customers.merges(merged.into_id)[0].undone_at is None
