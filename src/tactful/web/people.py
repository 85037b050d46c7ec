"""Customers as screens name them."""

from dataclasses import dataclass
from datetime import datetime

from tactful.catalog.domain.rhythm import Rhythm, Risk, rhythm
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


_RISKS = {
    Risk.IN_RHYTHM: ("In his rhythm", "sent"),
    Risk.LATE: ("Later than usual", "held"),
    Risk.SLIPPING: ("Slipping away", "failed"),
    Risk.LOST: ("Probably gone", "dropped"),
}


@dataclass(frozen=True, slots=True)
class Lateness:
    """A customer's rhythm and what his silence says, in words."""

    rhythm: Rhythm

    @property
    def risk(self) -> str:
        return _RISKS[self.rhythm.risk][0]

    @property
    def tone(self) -> str:
        return _RISKS[self.rhythm.risk][1]

    @property
    def every(self) -> str:
        return words.span(self.rhythm.every.total_seconds())

    @property
    def sentence(self) -> str:
        return f"Buys every {self.every}; last {words.span(self.rhythm.since.total_seconds())} ago."

    @property
    def times(self) -> str:
        return f"{words.number(self.rhythm.late, 1)} times his usual span ago"


def lateness(facts: OrderFacts | None, *, now: datetime) -> Lateness | None:
    """None where it is too early to tell."""
    if facts is None:
        return None
    found = rhythm(count=facts.count, first_at=facts.first_at, last_at=facts.last_at, now=now)
    return Lateness(found) if found else None
