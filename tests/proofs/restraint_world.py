"""Ninety days of a company whose journeys want the same customers, and everything happens at the wrong moment.

Every seed is a population of its own, drawn by itself: populations of several seeds can live in one base, at the
same moments, and each does what it would do alone. So a seed that fails can be run again by itself.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from tests.journeys.machine_kit import DONE, definition

from tactful.content import services as content
from tactful.customers import queries as customers
from tactful.decisions import services as decisions
from tactful.decisions.domain.facts import CapRule
from tactful.delivery.port import Outcome, Outgoing, Result, SenderSettings, result_of
from tactful.events import services as events
from tactful.experiments import services as experiments
from tactful.flows import calendar, dispatch, erasing, react, setting_up
from tactful.journeys import services as journeys
from tactful.kernel.clock import VirtualClock
from tactful.kernel.randomness import share_of
from tactful.kernel.time import QuietHours

# Clocks change in New York on 8 March and in Europe on 29 March.
START = datetime(2026, 2, 9, 6, tzinfo=UTC)
DAYS = 90
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "", "Nowhere/Atall")
CAPS = (CapRule(2, 7), CapRule(5, 30))
QUIET = QuietHours(time(21), time(8))
TEXTS = ("letter", "digest", "birthday", "receipt", "news")
MJML = """<mjml><mj-body><mj-section><mj-column>
<mj-text>{{ customer.first_name | default: "Hello" }}, {{ unsubscribe_url }}</mj-text>
</mj-column></mj-section></mj-body></mjml>"""


class Faulty:
    """A provider to which everything happens that may; what happens to a message depends on the message alone."""

    name = "faulty"

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.accepted: list[tuple[datetime, Outgoing]] = []
        self.dies = False  # as when the process is killed while it hands over

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        if self.dies:
            for message in messages[: len(messages) // 2]:
                self._accept(message)
            raise KeyboardInterrupt
        return [self._send(message) for message in messages]

    def for_settings(self, _settings: SenderSettings) -> "Faulty":
        return self

    def close(self) -> None:
        """Nothing is open."""

    def _send(self, message: Outgoing) -> Result:
        # Ids differ with the company a seed is in; the recipient and the moment do not.
        lot = share_of(f"fate:{message.recipient}:{message.date}:{message.attempt}", 0)
        for outcome, share in (
            (Outcome.RETRY, 0.08),
            (Outcome.BOUNCED, 0.02),
            (Outcome.REFUSED, 0.02),
            (Outcome.IN_DOUBT, 0.02),
        ):
            lot -= share
            if lot < 0:
                if outcome is Outcome.IN_DOUBT:
                    self._accept(message)  # nobody knows whether it went: here it did
                return result_of(message, outcome, provider=self.name, reason=outcome.value)
        self._accept(message)
        return result_of(message, Outcome.SENT, provider=self.name)

    def _accept(self, message: Outgoing) -> None:
        self.accepted.append((self._clock.now(), message))


@dataclass
class Population:
    """The customers of one seed and what they do."""

    seed: int
    size: int
    chance: random.Random = field(init=False)
    said: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def who(self, number: int) -> str:
        return f"s{self.seed}-{number}"

    def payload(self, kind: str, number: int, now: datetime, **body: Any) -> dict[str, Any]:
        self.said += 1
        return {
            "type": kind,
            "userId": self.who(number),
            "messageId": f"{self.seed}-{self.said}",
            "timestamp": now.isoformat(),
            **body,
        }

    def arrivals(self, now: datetime) -> Iterator[dict[str, Any]]:
        for number in range(self.size):
            zone = self.chance.choice(ZONES)
            born = (
                f"19{self.chance.randint(50, 99)}-{self.chance.randint(1, 12):02}-{self.chance.randint(1, 28):02}"
            )
            traits = {"email": f"{self.who(number)}@example.com", "birthday": born, "timezone": zone or None}
            yield self.payload("identify", number, now, traits=traits)
            if self.chance.random() < 0.9:
                yield self.consent("Consent Given", number, now, "*")

    def consent(self, name: str, number: int, now: datetime, topic: str) -> dict[str, Any]:
        said = {"channel": "email", "topic": topic, "method": "form", "text": "Yes"}
        return self.payload("track", number, now, event=name, properties=said)

    def days_work(self, now: datetime, share: float) -> Iterator[dict[str, Any]]:
        """What some of them do, in the order in which it comes in; some of it late, some of it twice."""
        for number in range(self.size):
            if self.chance.random() >= share:
                continue
            deed = self.chance.choices(_DEEDS, _WEIGHTS)[0]
            yield from deed(self, number, now)

    def _cart(self, number: int, now: datetime) -> Iterator[dict[str, Any]]:
        late = timedelta(hours=self.chance.choice((0, 0, 0, 1, 30, 100)))
        yield self.payload(
            "track", number, now - late, event="Cart Viewed", properties={"cart_id": f"c{self.said}"}
        )

    def _order(self, number: int, now: datetime) -> Iterator[dict[str, Any]]:
        line = {"product_id": "tea", "price": 10, "quantity": self.chance.randint(1, 3)}
        properties = {"order_id": f"{self.seed}-o{self.said}", "currency": "EUR", "products": [line]}
        payload = self.payload("track", number, now, event="Order Completed", properties=properties)
        yield payload
        if self.chance.random() < 0.1:
            yield payload

    def _withdraw(self, number: int, now: datetime) -> Iterator[dict[str, Any]]:
        yield self.consent("Consent Withdrawn", number, now, self.chance.choice(("*", "news", "tips")))

    def _agree(self, number: int, now: datetime) -> Iterator[dict[str, Any]]:
        yield self.consent("Consent Given", number, now, self.chance.choice(("*", "news", "tips")))

    def _complain(self, number: int, now: datetime) -> Iterator[dict[str, Any]]:
        yield self.payload("track", number, now, event="Ticket Opened", properties={"ticket_id": f"t{self.said}"})

    def _wish(self, number: int, now: datetime) -> Iterator[dict[str, Any]]:
        until = (now + timedelta(days=self.chance.randint(1, 40))).isoformat()
        wish = self.chance.choice(({"paused_until": until}, {"per_week": self.chance.randint(0, 2)}))
        yield self.payload("track", number, now, event="Preferences Changed", properties=wish)

    def _merge(self, number: int, now: datetime) -> Iterator[dict[str, Any]]:
        """An unknown visitor with a cart of his own turns out to be somebody who is known."""
        visitor = f"{self.seed}-v{self.said}"
        cart = self.payload("track", number, now, event="Cart Viewed", properties={"cart_id": visitor})
        yield {**cart, "userId": None, "anonymousId": visitor}
        yield {**self.payload("identify", number, now, traits={}), "anonymousId": visitor}

    def _twins(self, number: int, now: datetime) -> Iterator[dict[str, Any]]:
        """Two who were written to as two turn out to be one: they have one address."""
        other = (number + 1) % self.size
        yield self.payload("identify", other, now, traits={"email": f"{self.who(number)}@example.com"})


_DEEDS: tuple[Callable[[Population, int, datetime], Iterator[dict[str, Any]]], ...] = (
    Population._cart,
    Population._order,
    Population._withdraw,
    Population._agree,
    Population._complain,
    Population._wish,
    Population._merge,
    Population._twins,
)
_WEIGHTS = (40, 30, 6, 6, 4, 4, 8, 2)


@dataclass
class World:
    """The company, its engine on a virtual clock, and the populations."""

    populations: list[Population]
    clock: VirtualClock
    provider: Faulty
    chance: random.Random
    erased: dict[str, datetime] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def found(self) -> None:
        setting_up.prepare(now=self.now)
        decisions.save_caps(CAPS)
        decisions.save_quiet_hours(QUIET)
        experiments.set_holdout(0.05, now=self.now)
        for slug in TEXTS:
            content.save_template(slug=slug, name=slug, subject="A word", mjml=MJML, now=self.now)
        for journey in scenario():
            journeys.activate(journeys.save(journey, now=self.now).slug, now=self.now)
        self.hear(payload for one in self.populations for payload in one.arrivals(self.now))
        self.engine()

    def hear(self, payloads: Iterator[dict[str, Any]]) -> None:
        events.append([("api:shop", False, json.dumps(payload)) for payload in payloads], now=self.now)

    def engine(self) -> None:
        react.drain(now=self.now)
        calendar.read(self.now)
        while react.tick(now=self.now):
            pass

    def sender(self) -> None:
        """One claim may die in the middle of being handed over."""
        self.provider.dies = self.chance.random() < 0.05
        while True:
            try:
                if not dispatch.dispatch(worker="w", clock=self.clock):
                    return
            except KeyboardInterrupt:
                self.provider.dies = False

    def live(self, step: timedelta) -> None:
        """One step of time: what was decided meets what has changed since, before anything is handed over."""
        self.clock.advance(step)
        share = 0.02 * step / timedelta(hours=24) * 10
        self.hear(payload for one in self.populations for payload in one.days_work(self.now, share))
        self.engine()
        self._second_thoughts()
        dispatch.sweep(self.now)
        self.sender()

    def _second_thoughts(self) -> None:
        """Some change their minds between the decision and the sending."""
        payloads = [
            one.consent("Consent Withdrawn", one.chance.randrange(one.size), self.now, "*")
            for one in self.populations
            if one.chance.random() < 0.3
        ]
        self.hear(iter(payloads))
        react.drain(now=self.now)
        self._erasures()

    def _erasures(self) -> None:
        """Some want to be forgotten, with letters decided and not yet sent."""
        names = [one.who(one.chance.randrange(one.size)) for one in self.populations if one.chance.random() < 0.04]
        for name, customer_id in customers.internal_ids(names).items():
            card = customers.card(customer_id)
            if card is not None and card.merged_into_id is None:
                erasing.erase(customer_id, by="admin", now=self.now)
                self.erased[f"{name}@example.com"] = self.now


def scenario() -> list[dict[str, Any]]:
    """Journeys at odds with each other: the same customers, the same days, different wishes."""
    rest = {"type": "wait", "days": 2, "next": "again"}
    first = {"type": "message", "template": "letter", "next": "rest", "expires_hours": 240}
    again = {"type": "message", "template": "letter", "next": "done", "expires_hours": 72}
    pair = {"start": "first", "steps": {"first": first, "rest": rest, "again": again, "done": DONE}}

    def one(template: str, **more: Any) -> dict[str, Any]:
        steps = {"say": {"type": "message", "template": template, "next": "done", **more}, "done": DONE}
        return {"start": "say", "steps": steps}

    free: dict[str, Any] = {"exit": [], "goal": None, "reentry": "any_time"}
    return [
        definition(slug="cart", priority=10, reentry="after_exit", key="cart", **pair),
        definition(slug="cart-too", priority=30, reentry="after_exit", **pair),
        definition(
            slug="thanks",
            category="information",
            topic="tips",
            entry={"event": "Order Completed"},
            **(free | one("letter")),
        ),
        definition(
            slug="receipt",
            category="service",
            topic="service",
            entry={"event": "Order Completed"},
            **(free | one("receipt")),
        ),
        definition(
            slug="digest",
            topic="news",
            entry={"schedule": {"weekdays": ["monday"], "at": "09:30"}},
            **(free | one("digest")),
        ),
        definition(
            slug="birthday",
            topic="news",
            priority=50,
            entry={"date": "birthday", "at": "07:00", "yearly": True},
            **(free | one("birthday")),
        ),
        definition(
            slug="sale",
            topic="news",
            priority=40,
            entry={"once": {"date": "2026-03-29", "at": "02:30"}, "per_hour": 2000},
            **(free | one("news", expires_hours=240)),
        ),
    ]
