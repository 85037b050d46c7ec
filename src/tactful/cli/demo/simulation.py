"""What the demo's people do, day by day. Produces payloads for the door; knows nothing of the engine.

Each person has a random stream of his own: what one does never shifts the dice of another, so the same seed
gives the same company, and an extra order caused by a message leaves everybody's own plans untouched.
"""

import heapq
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tactful.cli.demo import shop
from tactful.cli.demo.effects import Truth, planted_chance
from tactful.cli.demo.people import Person
from tactful.kernel.randomness import generator
from tactful.kernel.time import zone

CONSENT_TEXT = "Yes, send me tea news and offers by e-mail. I can stop at any time."


@dataclass(frozen=True, slots=True)
class Sent:
    """A message the engine sent, as the simulated recipient finds it."""

    message_key: str
    external_id: str
    journey: str
    topic: str
    template: str
    at: datetime


@dataclass(slots=True)
class _Plan:
    at: datetime
    kind: str
    person: int
    detail: dict[str, Any]


class Simulation:
    """A heap of plans; `until` carries out those that are due and returns what the shop would have sent us."""

    def __init__(self, people: Sequence[Person], *, seed: str, end: datetime) -> None:
        self._people = people
        self._by_id = {person.id: number for number, person in enumerate(people)}
        self._chance = [generator(f"{seed}:{person.id}") for person in people]
        self._reaction = [generator(f"{seed}:{person.id}:mail") for person in people]
        self._shelf = {
            name: [item for item in shop.products() if item.category == name] for name in shop.CATEGORIES
        }
        self._end = end
        self._plans: list[tuple[datetime, int, _Plan]] = []  # by moment, then in the order of making
        self._counter = 0
        self._orders = [0] * len(people)
        self._gone: set[int] = set()
        self._stopped: set[int] = set()
        self.truth = Truth()
        for number, person in enumerate(people):
            self._plan(person.joined, "join", number)

    def until(self, moment: datetime) -> list[str]:
        """Payloads, in the order in which they happened, of everything up to this moment."""
        payloads: list[tuple[datetime, str]] = []
        while self._plans and self._plans[0][0] <= moment:
            plan = heapq.heappop(self._plans)[2]
            act = getattr(self, f"_{plan.kind}")
            payloads.extend((at, json.dumps(body, ensure_ascii=False)) for at, body in act(plan))
        payloads.sort(key=lambda pair: pair[0])
        return [text for _, text in payloads]

    def receive(self, messages: Sequence[Sent]) -> None:
        """People find the messages in their mailboxes, and plan what they do about them."""
        for message in messages:
            number = self._by_id.get(message.external_id)
            if number is not None:
                self._find(number, message)

    # -- plans

    def _plan(self, at: datetime, kind: str, person: int, **detail: Any) -> None:
        if at <= self._end:
            self._counter += 1
            heapq.heappush(self._plans, (at, self._counter, _Plan(at, kind, person, detail)))

    def _next_visit(self, number: int, after: datetime) -> None:
        person, chance = self._people[number], self._chance[number]
        season = shop.MONTHS[after.month - 1]
        day = after + timedelta(days=chance.expovariate(person.visits_per_day * season))
        self._plan(_at_a_likely_hour(day, after, person, chance), "visit", number)

    def _join(self, plan: _Plan) -> Iterator[tuple[datetime, dict[str, Any]]]:
        person, chance = self._people[plan.person], self._chance[plan.person]
        at = plan.at
        stranger = self._page(person, at, "/")
        yield at, {name: value for name, value in stranger.items() if name != "userId"}
        at += timedelta(minutes=chance.uniform(1, 6))
        yield at, self._identify(person, at)
        if person.agrees:
            yield at + timedelta(seconds=1), self._consent(person, at + timedelta(seconds=1))
        if chance.random() < 0.35:
            self._plan(at + timedelta(minutes=5), "purchase", plan.person, caused_by="")
        self._next_visit(plan.person, at)

    def _visit(self, plan: _Plan) -> Iterator[tuple[datetime, dict[str, Any]]]:
        if plan.person in self._gone:
            return
        person, chance = self._people[plan.person], self._chance[plan.person]
        at = plan.at
        category = chance.choice(person.favourites) if chance.random() < 0.8 else chance.choice(shop.CATEGORIES)
        yield at, self._page(person, at, f"/{category.lower().replace(' ', '-')}")
        if chance.random() < 0.6:
            at += timedelta(minutes=chance.uniform(0.5, 4))
            product = chance.choice(self._shelf[category])
            yield at, self._track(person, at, "Product Viewed", _product(product))
            if chance.random() < person.buys_at_visit * shop.MONTHS[at.month - 1]:
                self._plan(at + timedelta(minutes=chance.uniform(2, 12)), "purchase", plan.person, caused_by="")
            elif chance.random() < 0.15:
                at += timedelta(minutes=1)
                cart = {"cart_id": f"cart-{person.id}-{int(at.timestamp())}", **_product(product)}
                yield at, self._track(person, at, "Product Added", cart)
        self._next_visit(plan.person, at)

    def _purchase(self, plan: _Plan) -> Iterator[tuple[datetime, dict[str, Any]]]:
        person = self._people[plan.person]
        caused = plan.detail["caused_by"]
        if plan.person in self._gone and not caused:
            return
        # An order that a message caused has its own dice, so that own plans stay as they were.
        chance = self._reaction[plan.person] if caused else self._chance[plan.person]
        self._orders[plan.person] += 1
        order_id = f"{'M' if caused else 'O'}-{person.id}-{self._orders[plan.person]}"
        body = self._order(person, order_id, chance)
        self._keep_book(order_id, body, caused)
        yield plan.at, self._track(person, plan.at, "Order Completed", body)
        if chance.random() < 0.045:
            back = plan.at + timedelta(days=chance.uniform(4, 18))
            self._plan(back, "send_back", plan.person, order=body)
        if chance.random() < 0.015:
            self._plan(plan.at + timedelta(days=chance.uniform(1, 6)), "complain", plan.person, order_id=order_id)
        if not caused and chance.random() < person.leaves_after_order:
            self._gone.add(plan.person)

    def _send_back(self, plan: _Plan) -> Iterator[tuple[datetime, dict[str, Any]]]:
        order = plan.detail["order"]
        line = order["products"][0]
        body = {
            "order_id": order["order_id"],
            "refund_id": f"R-{order['order_id']}",
            "currency": shop.CURRENCY,
            "total": round(line["price"] * line["quantity"], 2),
            "products": [line],
        }
        yield plan.at, self._track(self._people[plan.person], plan.at, "Order Refunded", body)

    def _complain(self, plan: _Plan) -> Iterator[tuple[datetime, dict[str, Any]]]:
        person, chance = self._people[plan.person], self._chance[plan.person]
        ticket = {"ticket_id": f"T-{plan.detail['order_id']}", "subject": "Something is wrong with my order"}
        yield plan.at, self._track(person, plan.at, "Ticket Opened", ticket)
        self._plan(plan.at + timedelta(days=chance.uniform(0.5, 5)), "settle", plan.person, ticket=ticket)

    def _settle(self, plan: _Plan) -> Iterator[tuple[datetime, dict[str, Any]]]:
        yield plan.at, self._track(self._people[plan.person], plan.at, "Ticket Closed", plan.detail["ticket"])

    # -- reactions to messages

    def _find(self, number: int, message: Sent) -> None:
        person, chance = self._people[number], self._reaction[number]
        self.truth.messages[message.journey] += 1
        facts = {
            "message_key": message.message_key,
            "journey": message.journey,
            "topic": message.topic,
            "template": message.template,
        }
        if person.mailbox_dead:
            bounce = {**facts, "bounce": "hard", "reason": "550 5.1.1 no such mailbox"}
            self._plan(message.at + timedelta(seconds=30), "mail", number, name="Email Bounced", facts=bounce)
            return
        delivered = message.at + timedelta(seconds=20)
        self._plan(delivered, "mail", number, name="Email Delivered", facts=facts)
        if chance.random() >= person.opens:
            return
        opened = message.at + timedelta(hours=chance.expovariate(1 / 7))
        self.truth.opened[message.journey] += 1
        self._plan(opened, "mail", number, name="Email Opened", facts=facts)
        self._after_opening(number, message, opened, facts)

    def _after_opening(self, number: int, message: Sent, opened: datetime, facts: dict[str, Any]) -> None:
        person, chance = self._people[number], self._reaction[number]
        convinced = chance.random() < planted_chance(message.journey)
        if convinced or chance.random() < person.clicks:
            target = {**facts, "url": "https://shop.example.com/"}
            clicked = opened + timedelta(minutes=chance.uniform(0.2, 5))
            self._plan(clicked, "mail", number, name="Email Link Clicked", facts=target)
        if convinced:
            later = opened + timedelta(days=min(13.0, chance.expovariate(1 / 3)))
            self._plan(later, "purchase", number, caused_by=message.journey)
        if chance.random() < person.complains:
            self._plan(opened + timedelta(minutes=1), "mail", number, name="Email Marked as Spam", facts=facts)
        elif chance.random() < person.unsubscribes:
            stop = {**facts, "channel": "email", "topic": "*"}
            self._plan(opened + timedelta(minutes=2), "mail", number, name="Unsubscribed", facts=stop)

    def _mail(self, plan: _Plan) -> Iterator[tuple[datetime, dict[str, Any]]]:
        yield plan.at, self._track(self._people[plan.person], plan.at, plan.detail["name"], plan.detail["facts"])

    # -- payloads

    def _order(self, person: Person, order_id: str, chance: random.Random) -> dict[str, Any]:
        lines = []
        for _ in range(1 + min(4, int(chance.expovariate(0.9)))):
            wanted = chance.choice(person.favourites) if chance.random() < 0.8 else chance.choice(shop.CATEGORIES)
            product = chance.choice(self._shelf[wanted])
            lines.append({**_product(product), "quantity": 1 + int(chance.expovariate(1.6))})
        goods = sum(line["price"] * line["quantity"] for line in lines)
        discount = round(goods * 0.1, 2) if chance.random() < 0.12 else 0.0
        return {
            "order_id": order_id,
            "currency": shop.CURRENCY,
            "discount": discount,
            "coupon": "TEATIME10" if discount else None,
            "shipping": 0 if goods > 50 else 4.9,
            "revenue": round(goods - discount, 2),
            "products": lines,
        }

    def _keep_book(self, order_id: str, body: dict[str, Any], caused: str) -> None:
        if not caused:
            self.truth.own_orders += 1
            return
        cost = sum(line["cost"] * line["quantity"] for line in body["products"])
        self.truth.caused_orders[caused].append(order_id)
        self.truth.caused_margin_minor[caused] += round((body["revenue"] - cost) * 100)

    def _identify(self, person: Person, at: datetime) -> dict[str, Any]:
        traits = {
            "email": person.email,
            "firstName": person.first_name,
            "lastName": person.last_name,
            "phone": person.phone,
            "language": person.place.language,
            "country": person.place.country,
            "city": person.city,
            "source": person.source,
            "zone": person.place.zone if person.knows_zone else None,
        }
        return {**self._head(person, at, "identify"), "anonymousId": person.anonymous_id, "traits": traits}

    def _consent(self, person: Person, at: datetime) -> dict[str, Any]:
        said = {"channel": "email", "topic": "*", "method": "sign-up form", "text": CONSENT_TEXT}
        return self._track(person, at, "Consent Given", said)

    def _page(self, person: Person, at: datetime, path: str) -> dict[str, Any]:
        body = {**self._head(person, at, "page"), "anonymousId": person.anonymous_id}
        body["properties"] = {"path": path, "url": f"https://shop.example.com{path}"}
        body["context"] = {"userAgent": person.agent}
        return body

    def _track(self, person: Person, at: datetime, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {**self._head(person, at, "track"), "event": name, "properties": properties}

    def _head(self, person: Person, at: datetime, kind: str) -> dict[str, Any]:
        self._counter += 1
        message_id = f"demo-{self._counter}"
        return {"type": kind, "messageId": message_id, "userId": person.id, "timestamp": at.isoformat()}


def _product(product: shop.Product) -> dict[str, Any]:
    return {
        "product_id": product.sku,
        "name": product.name,
        "category": product.category,
        "price": product.price,
        "cost": product.cost,
    }


def _at_a_likely_hour(day: datetime, after: datetime, person: Person, chance: random.Random) -> datetime:
    """The same day at an hour when people shop, by the person's own clock, but not before `after`."""
    hour = chance.choices(range(24), shop.HOURS)[0]
    local = day.astimezone(zone(person.place.zone)).replace(hour=hour, minute=chance.randrange(60))
    moment = local.astimezone(UTC)
    return moment if moment > after else after + timedelta(minutes=chance.uniform(30, 300))
