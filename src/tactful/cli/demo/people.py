"""The demo's people: who they are, and the habits that nobody but the simulation knows."""

import random
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from tactful.cli.demo import names, shop

_SOURCES = (("search", 0.35), ("friend", 0.2), ("instagram", 0.2), ("newsletter swap", 0.1), ("market stall", 0.15))
_OLD_HANDS = 0.45  # share who were customers before the period began


@dataclass(frozen=True, slots=True)
class Person:
    """One simulated person. Rates are per day; chances are per occasion."""

    id: str
    anonymous_id: str
    first_name: str
    last_name: str
    email: str
    phone: str | None
    place: names.Place
    city: str
    source: str
    joined: datetime
    knows_zone: bool
    agrees: bool
    visits_per_day: float
    buys_at_visit: float
    leaves_after_order: float
    favourites: tuple[str, ...]
    opens: float
    clicks: float
    unsubscribes: float
    complains: float
    mailbox_dead: bool
    agent: str


def invent(count: int, *, start: datetime, days: int, chance: random.Random) -> list[Person]:
    """So many people; some joined in the year before `start`, the others during the period."""
    weights = [place.weight for place in names.PLACES]
    return [
        _person(number, chance.choices(names.PLACES, weights)[0], start, days, chance) for number in range(count)
    ]


def _person(number: int, place: names.Place, start: datetime, days: int, chance: random.Random) -> Person:
    first, last = chance.choice(place.firsts), chance.choice(place.lasts)
    old = chance.random() < _OLD_HANDS
    joined = (
        start - timedelta(days=chance.uniform(1, 365)) if old else start + timedelta(days=chance.uniform(0, days))
    )
    keenness = chance.gammavariate(1.2, 1.0)
    return Person(
        id=f"LK-{number + 1:06}",
        anonymous_id=f"visitor-{number + 1:06}",
        first_name=first,
        last_name=last,
        email=f"{_ascii(first)}.{_ascii(last)}.{number + 1}@example.com",
        phone=f"{place.calling_code}{chance.randrange(10**6, 10**7)}" if chance.random() < 0.4 else None,
        place=place,
        city=chance.choice(place.cities),
        source=chance.choices([name for name, _ in _SOURCES], [weight for _, weight in _SOURCES])[0],
        joined=joined,
        knows_zone=chance.random() < 0.85,
        agrees=chance.random() < 0.72,
        visits_per_day=0.012 + 0.035 * keenness,
        buys_at_visit=min(0.55, 0.12 + 0.12 * chance.gammavariate(2.0, 0.7)),
        leaves_after_order=chance.betavariate(1.2, 6.0),
        favourites=tuple(chance.sample(shop.CATEGORIES, 2)),
        opens=chance.betavariate(4, 5),
        clicks=chance.betavariate(2, 9),
        unsubscribes=chance.betavariate(1, 220),
        complains=chance.betavariate(1, 2500),
        mailbox_dead=chance.random() < 0.008,
        agent=names.AGENTS[number * 7919 % len(names.AGENTS)],
    )


def _ascii(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return plain.lower()
