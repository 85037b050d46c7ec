"""Messages to put into the outbox."""

from datetime import UTC, datetime
from typing import Any

from tactful.delivery.domain.values import Intent
from tactful.kernel.ids import key_of

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{ customer.first_name }}, "
    '<a href="https://shop.example/{{ product.id }}">look</a> <a href="{{ links.unsubscribe }}">stop</a></mj-text>'
    "</mj-column></mj-section></mj-body></mjml>"
)


def intent(number: int = 1, **changes: Any) -> Intent:
    parts: dict[str, Any] = {
        "key": key_of("message", number),
        "decision_id": number,
        "customer_id": 100 + number,
        "channel": "email",
        "topic": "news",
        "address": f"person{number}@example.org",
        "template": "hello",
        "template_version": 1,
        "due_at": NOW,
        "context": {"product": {"id": f"p{number}"}},
    }
    return Intent(**{**parts, **changes})
