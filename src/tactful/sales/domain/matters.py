"""Matters that are open between a customer and us, as events tell of them: tickets and proposals. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from tactful.events.domain.parse import Located
from tactful.kernel.dates import Told as Dates
from tactful.kernel.dates import later, told_in
from tactful.kernel.time import DAY

_LONGEST = 500


class Kind(StrEnum):
    """What a matter is."""

    TICKET = "ticket"
    PROPOSAL = "proposal"


@dataclass(frozen=True, slots=True)
class Said:
    """The events that open and close matters of a kind, the property that numbers them, and when they are late."""

    opening: frozenset[str]
    closing: frozenset[str]
    number: str
    late: timedelta


KINDS: Mapping[Kind, Said] = {
    Kind.TICKET: Said(
        frozenset({"Ticket Opened", "Ticket Reopened"}), frozenset({"Ticket Closed"}), "ticket_id", 2 * DAY
    ),
    Kind.PROPOSAL: Said(frozenset({"Proposal Sent"}), frozenset({"Proposal Answered"}), "proposal_id", 7 * DAY),
}
KIND_OF: Mapping[str, Kind] = {
    name: kind for kind, words in KINDS.items() for name in words.opening | words.closing
}


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter by the company's own number; `closed_at` is None while it is open, `said_at` the latest word.

    `deal` is the number of the deal that a proposal belongs to, where an event names one.
    """

    kind: Kind
    number: str
    customer_id: int
    subject: str
    opened_at: datetime
    closed_at: datetime | None
    said_at: datetime
    deal: str = ""
    dates: Dates = field(default_factory=dict, hash=False)

    @property
    def late_at(self) -> datetime:
        """When somebody should look at it, if it is still open."""
        return self.opened_at + KINDS[self.kind].late


@dataclass(frozen=True, slots=True)
class Told:
    """The matters that events speak of, and the events that name none, with the reason."""

    matters: tuple[Matter, ...]
    problems: tuple[tuple[UUID, str], ...]


def told(events: Iterable[Located]) -> Told:
    """Each matter as these events together leave it, whatever the order they came in."""
    matters: dict[tuple[Kind, str], Matter] = {}
    problems: list[tuple[UUID, str]] = []
    for event in events:
        kind = KIND_OF.get(event.name)
        if kind is None or event.customer_id is None:
            continue
        number = _text(event.properties.get(KINDS[kind].number))
        if not number:
            problems.append((event.key, f"{event.name} needs `{KINDS[kind].number}`, by which the {kind} is known"))
            continue
        word = _word(event, kind, number, event.customer_id)
        known = matters.get((kind, number))
        matters[kind, number] = joined(known, word) if known else word
    return Told(tuple(matters.values()), tuple(problems))


def joined(one: Matter, other: Matter) -> Matter:
    """What two words on one matter say together: the first opening with its subject, the latest state and dates."""
    opened, again = sorted((one, other), key=lambda matter: matter.opened_at)
    last = max(one, other, key=lambda matter: matter.said_at)
    return replace(
        last,
        opened_at=opened.opened_at,
        subject=opened.subject or again.subject,
        deal=last.deal or opened.deal or again.deal,
        dates=later(one.dates, other.dates),
    )


def _word(event: Located, kind: Kind, number: str, customer_id: int) -> Matter:
    at = event.occurred_at
    closed = at if event.name in KINDS[kind].closing else None
    said = event.properties
    subject, deal = _text(said.get("subject")), _text(said.get("deal_id"))
    return Matter(kind, number, customer_id, subject, at, closed, at, deal, told_in(said, at=at))


def _text(value: Any) -> str:
    plain = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return plain.strip()[:_LONGEST] if isinstance(plain, str) else ""
