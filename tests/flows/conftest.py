"""A small company with the ready segments and journeys, and helpers that speak as a shop would."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from tactful.decisions import services as decisions
from tactful.events import services as events
from tactful.flows import react, setting_up
from tactful.journeys import queries as journeys_now
from tactful.journeys import services as journeys
from tactful.kernel.clock import VirtualClock
from tactful.kernel.time import QuietHours
from tactful.segments import services as segments

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Shop:
    """Says things at the door and turns the clock."""

    def __init__(self) -> None:
        self.clock = VirtualClock(START)
        self._said = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def say(self, kind: str, user: str, **body: Any) -> None:
        self._said += 1
        payload = {
            "type": kind,
            "userId": user,
            "messageId": body.pop("message_id", f"m{self._said}"),
            "timestamp": body.pop("at", self.now).isoformat(),
        }
        historical = body.pop("historical", False)
        events.append([("api:shop", historical, json.dumps({**payload, **body}))], now=self.now)

    def join(self, user: str, **traits: Any) -> None:
        self.say("identify", user, traits={"email": f"{user}@example.com", "firstName": user.title(), **traits})
        self.track(user, "Consent Given", channel="email", topic="*", method="form", text="Yes")

    def track(self, user: str, name: str, **properties: Any) -> None:
        self.say("track", user, event=name, properties=properties)

    def buy(self, user: str, order: str = "o1", **more: Any) -> None:
        line = {"product_id": "tea", "name": "Tea", "category": "Tea", "price": 10, "quantity": 2, "cost": 4}
        properties = {"order_id": order, "currency": "EUR", "products": [line]}
        self.say("track", user, event="Order Completed", properties=properties, **more)

    def work(self) -> None:
        """The engine, until nothing is left to do at this moment."""
        react.drain(now=self.now)
        while react.tick(now=self.now):
            pass

    def wait(self, span: timedelta) -> None:
        self.clock.advance(span)
        self.work()


@pytest.fixture
def shop(db: None, outside_holdout: Callable[[], None]) -> Shop:
    now = START - timedelta(days=1)
    setting_up.prepare(now=now)
    decisions.save_quiet_hours(QuietHours(time(0), time(0)))
    segments.install_ready(now=now)
    journeys.install_ready(now=now)
    for journey in journeys_now.journeys():
        journeys.activate(journey.slug, now=now)
    return Shop()


@pytest.fixture
def outside_holdout(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Nobody is left alone: for tests of what those who are not left alone get."""

    def off() -> None:
        monkeypatch.setattr("tactful.journeys.domain.machine.share_of", lambda *_names: 0.999)

    off()
    return off
