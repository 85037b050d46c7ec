"""Messages that may go by any channel get one, each customer his own, before they are decided on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from tactful.customers import queries as customers
from tactful.decisions.domain.channel import Chosen, Way, choose, is_open
from tactful.decisions.domain.facts import FactsOf
from tactful.delivery import queries as delivery
from tactful.journeys.domain.definition import BEST, SENDABLE
from tactful.journeys.domain.runs import WantMessage

PREFERRED = "preferred_channel"
"""The customer's attribute that names the channel he likes best."""
_LATELY = timedelta(days=90)
_NOTHING: Mapping[tuple[int, str], tuple[int, int]] = MappingProxyType({})


def pairs(wants: Iterable[WantMessage]) -> set[tuple[int, str]]:
    """Every (customer, channel) of which the facts are needed to choose and to decide."""
    return {
        (want.customer_id, channel)
        for want in wants
        for channel in (SENDABLE if want.channel == BEST else (want.channel,))
    }


def settle(
    wants: Sequence[WantMessage], known: FactsOf, *, now: datetime
) -> tuple[list[WantMessage], dict[int, str]]:
    """The wants, each with a channel, and by what it was chosen, by the place among them; others as they were."""
    free = {want.customer_id for want in wants if want.channel == BEST}
    if not free:
        return list(wants), {}
    answered = delivery.answered(free, since=now - _LATELY)
    people = customers.cards(free)
    preferred = {number: str(one.attributes.get(PREFERRED, "")) for number, one in people.items()}
    chosen = {
        place: best(want, known, answered, preferred.get(want.customer_id, ""))
        for place, want in enumerate(wants)
        if want.channel == BEST
    }
    settled = [
        replace(want, channel=chosen[place].channel) if place in chosen else want
        for place, want in enumerate(wants)
    ]
    return settled, {place: one.by for place, one in chosen.items()}


def best(
    want: WantMessage,
    known: FactsOf,
    answered: Mapping[tuple[int, str], tuple[int, int]] = _NOTHING,
    preferred: str = "",
) -> Chosen:
    """The channel for one message. `answered`: messages and answers of late by (customer, channel)."""
    who = want.customer_id
    ways = [
        Way(
            channel,
            is_open(known[who, channel], topic=want.topic, category=want.category),
            *answered.get((who, channel), (0, 0)),
        )
        for channel in SENDABLE
    ]
    return choose(ways, preferred)
