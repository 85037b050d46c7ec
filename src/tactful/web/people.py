"""Customers as screens name them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tactful.catalog.queries import OrderFacts
from tactful.customers.queries import Profile
from tactful.web import words

_NAMED = {
    "user_id": "Number",
    "anonymous_id": "Browser",
    "email": "E-mail",
    "phone": "Phone",
    "card": "Card",
    "messenger": "Messenger",
}


def known_by(profile: Profile) -> str:
    """What stands beside the name in a list of people: an address, else a place, else the number."""
    for said in (profile.email, profile.phone, profile.city, profile.external_id):
        if said and said != profile.name:
            return said
    return ""


def place_of(profile: Profile) -> str:
    """City and country, as far as known."""
    return ", ".join(part for part in (profile.city, profile.region, profile.country) if part)


def identifier_word(kind: str) -> str:
    return _NAMED.get(kind, kind.replace("_", " ").capitalize())


def name_in(profiles: Mapping[int, Profile], customer_id: int | None) -> str:
    """The name of a customer who may have been merged away or erased since."""
    if customer_id is None:
        return words.NOTHING
    found = profiles.get(customer_id)
    return found.name if found else f"#{customer_id}"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often somebody buys: the mean span between purchases. `late` is how many such spans ago the last was."""

    every: timedelta
    since: timedelta

    @property
    def late(self) -> float:
        return self.since / self.every

    @property
    def sentence(self) -> str:
        every, since = words.span(self.every.total_seconds()), words.span(self.since.total_seconds())
        return f"Buys every {every}; last {since} ago."


def rhythm(facts: OrderFacts | None, *, now: datetime) -> Rhythm | None:
    """None below three purchases: two dates make one gap, which is no rhythm."""
    if facts is None or facts.count < 3 or facts.last_at <= facts.first_at:
        return None
    every = (facts.last_at - facts.first_at) / (facts.count - 1)
    return Rhythm(every=every, since=now - facts.last_at)
