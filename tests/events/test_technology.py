"""What user agents tell of a customer's technology, and how often that is written down."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tactful.events.domain.parse import Located
from tactful.events.domain.technology import DEVICE_USED, DEVICES, technology_of, used
from tactful.segments.domain import catalogue

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4"
    " Mobile/15E148 Safari/604.1"
)
AGENTS: list[tuple[str, dict[str, str]]] = [
    (IPHONE, {"device": "phone", "system": "iOS", "browser": "Safari"}),
    (
        "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6"
        " Mobile/15E148 Safari/604.1",
        {"device": "tablet", "system": "iOS", "browser": "Safari"},
    ),
    (
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile"
        " Safari/537.36",
        {"device": "phone", "system": "Android", "browser": "Chrome"},
    ),
    (
        "Mozilla/5.0 (Linux; Android 13; SM-X906C) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/112.0.0.0"
        " Safari/537.36",
        {"device": "tablet", "system": "Android", "browser": "Chrome"},
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0"
        " Safari/537.36 Edg/124.0.0.0",
        {"device": "desktop", "system": "Windows", "browser": "Edge"},
    ),
    (
        "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
        {"device": "desktop", "system": "Linux", "browser": "Firefox"},
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; WOW64; rv:102.0) Gecko/20100101 Thunderbird/102.10.0",
        {"device": "desktop", "system": "Windows", "mail_client": "Thunderbird"},
    ),
    (
        "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; WOW64; Trident/7.0; Microsoft Outlook 16.0.5188)",
        {"device": "desktop", "system": "Windows", "mail_client": "Outlook"},
    ),
    (
        "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        {"mail_client": "Gmail"},
    ),
    ("YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html", {"mail_client": "Yahoo Mail"}),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", {}),
    ("Mozilla/5.0", {}),
    ("python-requests/2.32", {}),
    ("x" * 100_000, {}),
]


@pytest.mark.parametrize(("agent", "told"), AGENTS)
def test_an_agent_tells_of_device_system_browser_and_mail_client(agent: str, told: dict[str, str]) -> None:
    assert technology_of(agent) == told


def event(
    at: datetime = NOW, *, customer: int | None = 1, context: dict[str, Any] | None = None, **properties: Any
) -> Located:
    words = dict.fromkeys(("user_id", "anonymous_id", "previous_id", "group_id"))
    return Located(
        key=uuid4(),
        kind="page",
        name="Page Viewed",
        occurred_at=at,
        received_at=at,
        source="api:web",
        historical=False,
        customer_id=customer,
        properties=properties,
        traits={},
        context=context,
        **words,
    )


WEB = {"userAgent": IPHONE}


def test_a_combination_is_told_once_a_day_and_customer_at_its_first_event() -> None:
    later, first = event(NOW + timedelta(hours=2), context=WEB), event(NOW, context=WEB)
    told = used([later, first, event(context=WEB, customer=2), event(NOW + timedelta(days=1), context=WEB)])
    assert [(each.name, each.customer_id, each.occurred_at) for each in told] == [
        (DEVICE_USED, 1, NOW),
        (DEVICE_USED, 2, NOW),
        (DEVICE_USED, 1, NOW + timedelta(days=1)),
    ]
    assert told[0].properties == {"device": "phone", "system": "iOS", "browser": "Safari"}
    assert told[0].key == used([first])[0].key


@pytest.mark.parametrize(
    "silent",
    [
        event(),
        event(context={}),
        event(context={"userAgent": 5}),
        event(context={"userAgent": ""}),
        event(context={"os": "iOS"}),
        event(context={"os": {"name": "Plan 9"}}),
        event(context=WEB, customer=None),
    ],
)
def test_an_event_without_a_known_agent_or_customer_tells_nothing(silent: Located) -> None:
    assert used([silent]) == []


def test_apps_name_their_system_and_mail_its_agent() -> None:
    (app,) = used([event(context={"os": {"name": "Android", "version": "15"}})])
    assert app.properties == {"device": "phone", "system": "Android"}
    (opened,) = used([event(agent="Mozilla/5.0 (Windows NT 10.0; rv:102.0) Gecko/20100101 Thunderbird/102.10.0")])
    assert opened.properties["mail_client"] == "Thunderbird"


def test_rules_ask_for_what_is_written_down() -> None:
    assert catalogue.DEVICE_USED == DEVICE_USED
    assert set(technology_of(IPHONE)) <= set(catalogue.TECHNOLOGY)
    assert technology_of(IPHONE)["device"] in DEVICES
