"""How a customer stands with us, for the head of his card: who looks after him, when he answers, what to offer."""

from dataclasses import dataclass

from tactful.catalog import queries as catalog
from tactful.catalog.domain.offers import Candidate, best_offer
from tactful.customers.domain.answering import BestHours, best_hours
from tactful.customers.queries import Profile
from tactful.events import queries as events
from tactful.kernel.time import zone_or
from tactful.team import queries as team
from tactful.web import words
from tactful.web.shell import Reader

_ANSWERS = frozenset({"Email Opened", "Email Link Clicked"})  # programs that open and click are not among them
_LOOKED_AT = 200  # his latest answers: habits change


@dataclass(frozen=True, slots=True)
class Reach:
    """The best way and hours to reach somebody, in his zone; `hours` is None where it is too early to tell."""

    hours: BestHours | None
    zone: str

    @property
    def figure(self) -> str:
        if self.hours is None:
            return "Too early to tell"
        if self.hours.start is None:
            return "No clear hour"
        return f"{self.hours.start:02}:00 to {self.hours.end:02}:00"

    @property
    def detail(self) -> str:
        if self.hours is None:
            return "fewer than 5 opens and clicks"
        if self.hours.start is None:
            return f"by e-mail; {self.hours.answers} opens and clicks, spread over the day ({self.zone})"
        came = f"{self.hours.within} of {self.hours.answers} opens and clicks"
        return f"by e-mail, in {self.zone}; {came}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A product to offer next, and why."""

    found: Candidate

    @property
    def product(self) -> str:
        return self.found.name or self.found.sku

    @property
    def reason(self) -> str:
        found = self.found
        share = f"{words.number(found.items)} of his {words.count_of(found.all_items, 'item')}"
        most = f"Buys most from {found.category} ({share})" if found.category else "By what he bought"
        peers = words.count_of(found.peers, "customer")
        return f"{most}; of {peers} who bought the same, {words.number(found.buyers)} had this too."


def reach(profile: Profile, who: Reader) -> Reach:
    answers = events.timeline(profile.id, limit=_LOOKED_AT, names=_ANSWERS)
    where = zone_or(profile.zone, who.zone)
    return Reach(best_hours([row.occurred_at for row in answers], where), where.key)


def offer(customer_id: int) -> Offer | None:
    found = best_offer(catalog.next_offers(customer_id))
    return Offer(found) if found else None


def staff_name(email: str) -> str:
    """A member of staff by name, as far as he is known here."""
    found = team.user(email)
    return found.name if found and found.name else email
