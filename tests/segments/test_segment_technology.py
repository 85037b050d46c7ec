"""Device, system, browser and mail client: from the door to the rule."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tactful.events import services as events
from tactful.flows import react
from tactful.flows.tables import TABLES
from tactful.segments import queries, services
from tactful.segments.domain.reading import read
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import to_json

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML) Chrome/124.0.0.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML) Chrome/124.0.0.0 Safari/537.36"


def visit(number: int, user: str, agent: str, at: datetime) -> str:
    return json.dumps({
        "type": "page", "messageId": f"m{number}", "userId": user, "timestamp": at.isoformat(),
        "context": {"userAgent": agent},
    })  # fmt: skip


def worked_in(payloads: list[str], now: datetime) -> None:
    events.append([("api:web", False, payload) for payload in payloads], now=now)
    while react.react(now=now):
        pass


@pytest.mark.django_db(transaction=True)
def test_a_customer_enters_and_leaves_with_what_he_uses() -> None:
    rule = {"technology": "device", "is": "phone", "in_last_days": 30}
    services.save(slug="on-phone", name="On the phone", goal="g", action="a", definition=rule, now=NOW - DAY)
    worked_in([visit(1, "a", PHONE, NOW), visit(2, "b", DESK, NOW), visit(3, "a", PHONE, NOW)], NOW)
    (a,) = queries.member_ids("on-phone")
    told = services.explain("on-phone", a, now=NOW, tables=TABLES)
    assert told["matches"] is True
    worked_in([visit(4, "b", PHONE, NOW + DAY)], NOW + DAY)
    assert len(queries.member_ids("on-phone")) == 2
    react.tick(now=NOW + 30 * DAY)
    assert a not in queries.member_ids("on-phone")


@pytest.mark.parametrize(
    ("said", "reading"),
    [
        (
            {"technology": "device", "in": ["phone", "tablet"]},
            "Customers who used the device “phone” or “tablet”.",
        ),
        ({"technology": "mail_client", "is": "Outlook"}, "Customers who used the mail client “Outlook”."),
    ],
)
def test_it_reads_as_a_sentence_and_is_written_as_it_was(said: dict[str, object], reading: str) -> None:
    assert read(parse(said)) == reading
    assert to_json(parse(said)) == said
