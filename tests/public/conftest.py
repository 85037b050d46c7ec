"""A customer with an address, a message on its way to him, and the tokens that stand in it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from tests.decided import deciding
from tests.public.visitors import BROWSER, Visit

from tactful.consent import services as consent
from tactful.consent import topics
from tactful.content import services as content
from tactful.customers import services as customers
from tactful.delivery import services
from tactful.delivery.domain.tokens import Purpose, sign_parts
from tactful.delivery.domain.values import Intent
from tactful.delivery.keys import signing_key
from tactful.events.domain.parse import locate, parse
from tactful.kernel.clock import VirtualClock
from tactful.kernel.ids import key_of
from tactful.public import views

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ADA = (
    '{"type":"identify","messageId":"ada","userId":"ada","timestamp":"2026-02-01T09:00:00Z",'
    '"traits":{"email":"ada@example.org","consents":['
    '{"channel":"email","topic":"news","granted":true,"method":"web form","text":"Yes, news please"},'
    '{"channel":"email","topic":"tips","granted":true,"method":"web form","text":"Yes, tips please"}]}}'
)


@pytest.fixture(autouse=True)
def _decided(monkeypatch: pytest.MonkeyPatch) -> None:
    deciding(monkeypatch)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualClock:
    clock = VirtualClock(NOW)
    monkeypatch.setattr(views, "clock", clock)
    return clock


@pytest.fixture
def visit(db: None, clock: VirtualClock) -> Visit:
    topics.ensure()
    parsed = parse(ADA, source="api:shop", received_at=NOW - timedelta(days=28))
    (customer_id,) = customers.resolve([parsed], now=NOW).customer_ids
    assert customer_id is not None
    consent.project([locate(parsed, customer_id=customer_id, event_id=1)], now=NOW)
    content.install_ready(NOW)
    intent = Intent(
        key=key_of("message"),
        decision_id=0,
        customer_id=customer_id,
        channel="email",
        topic="news",
        address="ada@example.org",
        template="how-was-it",
        template_version=1,
        due_at=NOW,
    )
    (delivery_id,) = services.queue([intent], now=NOW).values()
    (link_id,) = services.link_ids(["https://shop.example/tea?x=1&y=2"]).values()
    key = signing_key()
    return Visit(
        client=Client(enforce_csrf_checks=True, headers={"user-agent": BROWSER}),
        customer_id=customer_id,
        delivery_id=delivery_id,
        key=intent.key,
        clock=clock,
        preferences=f"/p/{sign_parts(Purpose.PREFERENCES, delivery_id, customer_id, key)}",
        unsubscribe=f"/u/{sign_parts(Purpose.UNSUBSCRIBE, delivery_id, customer_id, key)}",
        why=f"/w/{sign_parts(Purpose.WHY, delivery_id, customer_id, key)}",
        link=f"/l/{sign_parts(Purpose.LINK, delivery_id, link_id, key)}",
        pixel=f"/o/{sign_parts(Purpose.OPEN, delivery_id, 0, key)}.gif",
    )
