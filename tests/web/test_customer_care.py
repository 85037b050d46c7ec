"""The customer card: who looks after somebody, how he stands with us, and marketing that waits for him."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from tests.web.staff import signed_in

from tactful.catalog.domain.offers import Candidate
from tactful.customers import queries as customers
from tactful.customers.domain.answering import BestHours
from tactful.events import services as events
from tactful.flows import react, setting_up
from tactful.journeys import queries as journeys
from tactful.journeys import services as journeys_written
from tactful.sales import queries as sales
from tactful.team import queries as team
from tactful.web.coming import next_messages
from tactful.web.standing import Offer, Reach

NOW = datetime.now(UTC)
MAX = "marketer@example.com"
pytestmark = pytest.mark.django_db(transaction=True)


def said(*payloads: dict[str, Any]) -> None:
    stamped = [{"timestamp": NOW.isoformat(), "userId": "ann", **payload} for payload in payloads]
    events.append([("api:shop", True, json.dumps(payload)) for payload in stamped], now=NOW)
    react.drain(now=NOW)


@pytest.fixture
def ann(transactional_db: None) -> int:
    setting_up.prepare(now=NOW)
    said({"type": "identify", "traits": {"email": "ann@example.com", "firstName": "Ann"}})
    return customers.internal_ids(["ann"])["ann"]


def card(client: Client, customer_id: int) -> str:
    answer = client.get(reverse("customer", args=[customer_id]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def post(client: Client, name: str, customer_id: int, status: int = 302, **data: str) -> str:
    answer = client.post(reverse(name, args=[customer_id]), data)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return str(answer.content.decode())


def test_a_new_customer_is_too_early_to_tell(ann: int) -> None:
    text = card(signed_in("analyst"), ann)
    assert "Nobody looks after this customer." in text
    assert "too early to tell: fewer than 3 purchases" in text
    assert "fewer than 5 opens and clicks" in text
    assert "Nothing is planned" in text
    assert "Next best offer" not in text
    assert "Hold marketing" not in text
    assert "Name an owner" not in text


def test_an_owner_is_named_on_the_card_and_leads_to_his_customers(ann: int) -> None:
    client = signed_in("marketer")
    post(client, "customer-owner", ann, owner=MAX)
    text = card(client, ann)
    assert "/customers/?owner=marketer%40example.com" in text
    assert f'href="/customers/{ann}/"' in client.get(f"/customers/?owner={MAX.upper()}").content.decode()
    assert "Nobody fits" in client.get("/customers/?owner=nobody").content.decode()
    gone = client.get("/customers/?owner=gone@example.com").content.decode()
    assert '<option value="gone@example.com" selected>' in gone
    assert team.audits()[0].action == "owner given"
    post(client, "customer-owner", ann, owner="")
    assert "Nobody looks after" in card(client, ann)


def test_only_somebody_who_works_here_can_be_the_owner(ann: int) -> None:
    text = post(signed_in("sales"), "customer-owner", ann, 422, owner="stranger@example.com")
    assert "stranger@example.com is not one of the available choices" in text
    found = customers.card(ann)
    assert found
    assert found.owner is None


def test_marketing_is_held_with_a_reason_and_let_go_on(ann: int) -> None:
    client = signed_in("sales")
    post(client, "customer-hold", ann, span="7", reason="We negotiate")
    text = card(client, ann)
    assert "Marketing waits until" in text
    assert "“We negotiate”" in text
    react.drain(now=NOW)
    assert "Marketing held by staff" in card(client, ann)
    hold = sales.holds([ann])[ann]
    assert hold.until
    assert timedelta(days=6, hours=23) < hold.until - NOW < timedelta(days=7, hours=1)
    assert hold.by == "sales@example.com"
    post(client, "customer-resume", ann)
    text = card(client, ann)
    assert "Marketing waits until" not in text
    assert "Hold marketing" in text
    assert [row.action for row in team.audits()[:2]] == ["marketing resumed", "marketing held"]


def test_a_hold_until_a_day_ends_where_that_day_begins_here(ann: int) -> None:
    day = (NOW + timedelta(days=20)).date()
    post(signed_in("admin"), "customer-hold", ann, span="until", day=day.isoformat(), reason="holiday")
    until = sales.holds([ann])[ann].until
    assert until
    assert until.astimezone(ZoneInfo(team.workspace().zone)).isoformat()[:16] == f"{day}T00:00"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"span": "7"}, "Say why"),
        ({"span": "until", "reason": "r"}, "Choose the day"),
        ({"span": "until", "day": "soon", "reason": "r"}, "A day like"),
        ({"span": "until", "day": "2020-01-01", "reason": "r"}, "this moment is over"),
        ({"span": "until", "day": "9999-12-31", "reason": "r"}, "at most"),
        ({"span": "until", "day": "0001-01-01", "reason": "r"}, "this moment is over"),
        ({"span": "for ever", "reason": "r"}, "not one of the available choices"),
        ({"span": "7", "reason": "r" * 201}, "at most 200"),
        ({}, "Say why"),
    ],
)
def test_a_hold_that_makes_no_sense_says_how_to_mend_it(ann: int, data: dict[str, str], says: str) -> None:
    text = post(signed_in("sales"), "customer-hold", ann, 422, **data)
    assert says in text
    assert '<details class="fold mt-2" open>' in text
    assert sales.holds([ann]) == {}


def test_an_analyst_reads_and_nobody_unknown_is_held(ann: int) -> None:
    client = signed_in("analyst")
    for name in ("customer-owner", "customer-hold", "customer-resume"):
        post(client, name, ann, 403)
        assert client.get(reverse(name, args=[ann])).status_code in (403, 405)
    post(signed_in("sales"), "customer-resume", ann + 1, 404)


def test_rhythm_risk_hours_and_offer_are_told_with_their_reasons(ann: int) -> None:
    def order(user: str, number: str, days: int, *skus: str) -> dict[str, Any]:
        lines = [{"product_id": sku, "name": sku.title(), "category": "Tea", "price": 5} for sku in skus]
        properties = {"order_id": number, "currency": "EUR", "products": lines}
        at = (NOW - timedelta(days=days)).isoformat()
        body = {"userId": user, "timestamp": at, "properties": properties}
        return {"type": "track", "event": "Order Completed", **body}

    opened = NOW.replace(hour=6, minute=30) - timedelta(days=1)
    opens = [
        {"type": "track", "event": "Email Opened", "timestamp": (opened - timedelta(days=day)).isoformat()}
        for day in range(6)
    ]
    said(
        {"type": "identify", "traits": {"timezone": "Asia/Tokyo"}},
        *(order("ann", f"a{days}", days, "mint") for days in (119, 85, 51)),
        *(order(user, f"o{user}", 9, "mint", "green") for user in ("bob", "cem", "dan")),
        *opens,
    )
    text = card(signed_in("analyst"), ann)
    assert "Buys every 34 days; last 51 days ago." in text
    assert "Later than usual" in text
    assert "last bought 1.5 times his usual span ago" in text
    assert "13:00 to 16:00" in text
    assert "in Asia/Tokyo; 6 of 6 opens and clicks" in text
    assert "Green" in text
    assert "Buys most from Tea (3 of his 3 items); of 3 customers who bought the same, 3 had this too." in text


@pytest.mark.parametrize(
    ("hours", "figure", "detail"),
    [
        (None, "Too early to tell", "fewer than 5 opens and clicks"),
        (BestHours(None, 1, 8), "No clear hour", "8 opens and clicks, spread over the day (Asia/Tokyo)"),
        (BestHours(22, 5, 9), "22:00 to 01:00", "by e-mail, in Asia/Tokyo; 5 of 9 opens and clicks"),
    ],
)
def test_the_best_hours_are_said_with_their_zone(hours: BestHours | None, figure: str, detail: str) -> None:
    told = Reach(hours, "Asia/Tokyo")
    assert told.figure == figure
    assert detail in told.detail


def test_an_offer_without_a_category_still_says_why() -> None:
    told = Offer(Candidate("s1", "", "", items=2, all_items=2, buyers=4, peers=9))
    assert told.product == "s1"
    assert told.reason == "By what he bought; of 9 customers who bought the same, 4 had this too."


@pytest.mark.parametrize(
    ("step", "ahead"),
    [
        ("a-day-later", ["thank-you"]),
        ("thank-you", ["thank-you"]),
        ("first-days", ["tips"]),
        ("answer", []),
        ("done", []),
        ("renamed since", []),
    ],
)
def test_the_message_ahead_of_a_run_is_found_along_its_way(ann: int, step: str, ahead: list[str]) -> None:
    journeys_written.install_ready(now=NOW)
    assert next_messages(journeys.version("after-first-purchase", 1), step) == ahead


def test_an_admin_erases_after_reading_what_goes(ann: int) -> None:
    admin = signed_in("admin")
    seen = card(admin, ann)
    assert "Erase Ann for ever?" in seen
    assert "Erase 1 person" in seen
    post(admin, "customer-erase", ann)
    seen = card(admin, ann)
    assert "erased" in seen
    assert "ann@example.com" not in seen
    assert "Erase 1 person" not in seen
    assert customers.internal_ids(["ann"]) == {}
    post(admin, "customer-erase", ann, status=404)


def test_nobody_but_an_admin_erases(ann: int) -> None:
    marketer = signed_in("marketer")
    assert "Erase 1 person" not in card(marketer, ann)
    post(marketer, "customer-erase", ann, status=403)
    assert customers.internal_ids(["ann"]) == {"ann": ann}


def test_an_address_is_blocked_by_who_cares_and_let_go_by_an_admin(ann: int) -> None:
    service, admin = signed_in("service"), signed_in("admin")
    assert "Block 1 address" in card(service, ann)
    post(service, "customer-block", ann)
    seen = card(service, ann)
    assert "Nothing is sent to ann@example.com" in seen
    assert "Let it be written to again" not in seen
    post(service, "customer-unblock", ann, status=403)
    assert "Let it be written to again" in card(admin, ann)
    post(admin, "customer-unblock", ann)
    assert "Nothing is sent to" not in card(admin, ann)
