"""A small company whose weeks really pass, moment by moment, to be held against a backtest of them."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from tests.flows.conftest import Shop
from tests.journeys.machine_kit import definition

from tactful.flows import calendar
from tactful.journeys import services as journeys

LETTER = {"type": "message", "template": "thank-you-how-to-use", "topic": "tips"}
DONE = {"type": "exit"}
HOUR = timedelta(hours=1)
WAY: dict[str, Any] = {
    "slug": "trial",
    "topic": "tips",
    "reentry": "after_exit",
    "entry": {"event": "Cart Viewed", "if": {"orders": "count", "at_most": 2}},
    "exit": [
        {"event": "Order Completed", "reason": "bought"},
        {"if": {"event": "Ticket Opened", "in_last_days": 2}, "reason": "complains"},
    ],
    "start": "pause",
    "steps": {
        "pause": {"type": "wait", "hours": 1, "next": "letter"},
        "letter": {**LETTER, "expires_hours": 60, "next": "rest"},
        "rest": {"type": "wait", "days": 2, "next": "keen"},
        "keen": {
            "type": "branch",
            "if": {"event": "Product Viewed", "count": {"at_least": 2}, "in_last_days": 3},
            "yes": "call",
            "no": "second",
        },
        "call": {"type": "task", "title": "Call", "assignee": "Sales", "next": "done"},
        "second": {**LETTER, "expires_hours": 24, "next": "done"},
        "done": DONE,
    },
}


class Weeks:
    """Lets a shop's weeks pass: the engine looks at each moment at which something is due."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def launch(self, **changes: Any) -> None:
        journeys.save(definition(**(WAY | changes)), now=self.shop.now)
        journeys.activate("trial", now=self.shop.now)

    def until(self, moment: datetime) -> None:
        while (due := _next_due(self.shop.now)) is not None and due <= moment:
            self._come_to(due)
        self._come_to(moment)

    def through(self, moment: datetime) -> None:
        """As `until`, and the calendar is read at every full hour: whom it lets in nobody foresees."""
        while (hour := self.shop.now + HOUR) < moment:
            self.until(hour)
        self.until(moment)

    def pass_by(self, people: list[str], *, days: int, seed: int) -> None:
        """So many days in which people look, buy, complain, stop and pause, by the dice."""
        dice = random.Random(seed)
        start = self.shop.now
        story = sorted(
            (start + timedelta(minutes=dice.randrange(days * 24 * 60)), dice.choice(people), dice.random())
            for _ in range(days * len(people))
        )
        for at, who, chance in story:
            self.until(max(at, self.shop.now))
            _act(self.shop, who, chance)
            self.shop.work()
        self.until(start + timedelta(days=days))

    def _come_to(self, moment: datetime) -> None:
        self.shop.clock.set(moment)
        calendar.read(self.shop.now)
        self.shop.work()


def _act(shop: Shop, who: str, chance: float) -> None:
    if chance < 0.4:
        shop.track(who, "Cart Viewed", cart_id="c1")
    elif chance < 0.75:
        shop.track(who, "Product Viewed", product_id="tea")
    elif chance < 0.83:
        shop.buy(who, f"o-{who}-{chance}")
    elif chance < 0.87:
        shop.track(who, "Ticket Opened", ticket_id=f"t-{chance}")
    elif chance < 0.9:
        shop.track(who, "Unsubscribed", channel="email", topic="tips")
    elif chance < 0.94:
        shop.track(who, "Consent Given", channel="email", topic="tips", method="form", text="Yes")
    elif chance < 0.97:
        until = shop.now + timedelta(days=1)
        shop.track(who, "Preferences Changed", paused_until=until.isoformat(), per_week=1)
    else:
        until = shop.now + timedelta(days=2)
        shop.track(who, "Contact Held", until=until.isoformat(), by="Eve", reason="on the phone")


def _next_due(now: datetime) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(at) FROM (SELECT due_at AS at FROM journeys_run WHERE ended_at IS NULL"
            " UNION ALL SELECT at FROM segments_due UNION ALL SELECT due_at FROM journeys_plannedentry) AS due"
            " WHERE at > %s",
            [now],
        )
        found: datetime | None = cursor.fetchone()[0]
    return found


@pytest.fixture
def weeks(shop: Shop, outside_holdout: Callable[[], None]) -> Weeks:
    return Weeks(shop)
