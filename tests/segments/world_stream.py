"""What people do in a made-up shop, as payloads at the door: late, repeated, under several names."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

Payload = dict[str, Any]

USERS = [f"u{number}" for number in range(12)]
BROWSERS = [f"browser-{number}" for number in range(10)]
ADDRESSES = [f"person{number}@example.org" for number in range(9)]
ZONES = ["Europe/Berlin", "America/New_York", "Pacific/Apia", "Mars/Olympus", "Asia/Kathmandu"]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Stream:
    """Makes one payload after the other from a seed. Much lies whole days back, and so at edges of windows."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._said = 0
        self._orders = 0

    def next(self, now: datetime) -> tuple[bool, Payload]:
        """Whether it is history, and what is said."""
        kinds: list[tuple[int, Callable[[], Payload]]] = [
            (4, self._person),
            (8, self._visit),
            (5, self._purchase),
            (3, self._after_purchase),
            (3, self._word),
            (1, self._alias),
            (2, self._letter),
        ]
        (make,) = self._dice.choices([kind for _, kind in kinds], [weight for weight, _ in kinds])
        self._said += 1
        number = self._said if self._dice.random() < 0.95 else self._dice.randint(1, self._said)
        body = {"messageId": f"m{number}", "timestamp": self._moment(now).isoformat(), **make()}
        return self._dice.random() < 0.1, body

    def buyer(self, number: int, now: datetime) -> Payload:
        """A first purchase, so that somebody has bought when the first cuts are made."""
        self._said += 1
        bought = {"type": "track", "event": "Order Completed", "properties": self._goods()}
        moment = (now - number * DAY).isoformat()
        return {"messageId": f"m{self._said}", "timestamp": moment, "userId": USERS[number], **bought}

    def _moment(self, now: datetime) -> datetime:
        late = self._dice.choice([0, 0, 0, 1, 2, 3, 5, 7, 14, 30])
        return now - late * DAY + self._dice.choice([0, 0, -1, -5, 2, 20]) * HOUR

    def _who(self) -> Payload:
        names = [{"userId": self._dice.choice(USERS)}, {"anonymousId": self._dice.choice(BROWSERS)}]
        return self._dice.choice([names[0], names[0], names[1], {**names[0], **names[1]}])

    def _track(self, event: str, **properties: Any) -> Payload:
        return {"type": "track", **self._who(), "event": event, "properties": properties}

    def _person(self) -> Payload:
        known = {
            "email": self._dice.choice(ADDRESSES),
            "country": self._dice.choice(["DE", "FR", "DE"]),
            "timezone": self._dice.choice(ZONES),
            "renewal": self._dice.choice(["2026-03-29", "2026-04-02T12:00:00Z", "never", 5]),
            "birthday": self._dice.choice(["1990-03-29", "2000-02-29", "1985-04-10"]),
        }
        told = self._dice.sample(sorted(known), self._dice.randint(1, 4))
        return {"type": "identify", **self._who(), "traits": {name: known[name] for name in told}}

    def _visit(self) -> Payload:
        return self._dice.choice([
            lambda: self._track("Product Viewed", category=self._dice.choice(["Tea", "Mugs"])),
            lambda: self._track("Product Viewed", category="Tea"),
            lambda: self._track("Product Added", value=self._dice.choice([0.1, 7, "12.5", "many"])),
            lambda: self._track(self._dice.choice(["List Joined", "List Left"]), list="vip"),
        ])()  # fmt: skip

    def _goods(self) -> Payload:
        self._orders += 1
        line = {
            "product_id": self._dice.choice(["t-1", "m-1"]),
            "category": self._dice.choice(["Tea", "Mugs"]),
            "price": self._dice.choice([0, 5, 10, 12.5, 40]),
            "quantity": self._dice.randint(1, 3),
            "cost": 3,
        }
        currency = self._dice.choice(["EUR", "EUR", "EUR", "USD"])
        return {"order_id": f"o{self._orders}", "currency": currency, "products": [line]}

    def _purchase(self) -> Payload:
        said = self._dice.choice(["Order Completed", "Order Completed", "Order Completed", "Order Placed"])
        return {"type": "track", **self._who(), "event": said, "properties": self._goods()}

    def _after_purchase(self) -> Payload:
        of_order = f"o{self._dice.randint(1, max(self._orders, 1))}"
        if self._dice.random() < 0.6:
            return self._track("Order Refunded", order_id=of_order, total=self._dice.choice([2, 5, 30]))
        return self._track(self._dice.choice(["Order Cancelled", "Order Completed"]), order_id=of_order)

    def _word(self) -> Payload:
        said = self._dice.choice(["Consent Given", "Consent Given", "Consent Withdrawn"])
        topic = self._dice.choice(["news", "news", "*"])
        return self._track(said, channel="email", topic=topic, method="form", text="Yes")

    def _alias(self) -> Payload:
        before = self._dice.choice([*BROWSERS, *USERS])
        return {"type": "alias", "userId": self._dice.choice(USERS), "previousId": before}

    def _letter(self) -> Payload:
        told = self._dice.choice([("Email Bounced", "soft"), ("Email Bounced", "hard"), ("Email Opened", "")])
        return self._track(told[0], bounce=told[1], journey="hello", topic="news")
