"""Opens and clicks as they came, and what to make of them: people, mail services, programs. Pure.

A visit is judged a few seconds late, together with its neighbours: what tells a scanner from a person is often only
the next link, which it follows within the same second.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tactful.delivery.domain.agents import By, agent

SETTLED = timedelta(seconds=10)
"""After so long nothing will come any more that changes what a visit was."""
BURST = timedelta(seconds=2)
"""Nobody follows two links of a message within this."""
TOO_SOON = timedelta(seconds=15)
"""Nobody has a message, reads it and follows a link within this, without having seen its images."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `link_id` is 0 for the image that tells of an open; `looks`: it asked for more than the head,
    and did not say that it fetches ahead."""

    id: int
    delivery_id: int
    link_id: int
    at: datetime
    agent: str
    looks: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """Who it was, and how that is known. `counts`: a person has opened or clicked."""

    visit: Visit
    by: By
    why: str
    counts: bool


def judge(visits: Sequence[Visit], sent_at: Mapping[int, datetime]) -> list[Judged]:
    """Each visit, held against the others of its message; `sent_at` by delivery, where it is known."""
    by_message: dict[int, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_message[visit.delivery_id].append(visit)
    return [
        judged
        for delivery_id, found in by_message.items()
        for judged in _of_message(sorted(found, key=lambda each: (each.at, each.id)), sent_at.get(delivery_id))
    ]


def _of_message(visits: Sequence[Visit], sent_at: datetime | None) -> Iterable[Judged]:
    shown = next((visit.at for visit in visits if visit.link_id == 0), None)
    bursts = _bursts(visits)
    for visit in visits:
        who = agent(visit.agent)
        if not visit.looks:
            yield Judged(visit, By.MACHINE, "asked for the head only, or fetched ahead", counts=False)
        elif visit.id in bursts:
            yield Judged(visit, By.MACHINE, "several links within two seconds", counts=False)
        elif who.by is not By.HUMAN:
            # Images come by proxies, readers do not: a link is followed by a browser.
            by = who.by if visit.link_id == 0 else By.MACHINE
            yield Judged(visit, by, who.name, counts=by is By.PROXY and not who.ahead)
        elif visit.link_id and _too_soon(visit, shown, sent_at):
            yield Judged(
                visit, By.MACHINE, "a link within seconds of sending, before the message was shown", counts=False
            )
        else:
            yield Judged(visit, By.HUMAN, "", counts=True)


def _bursts(visits: Sequence[Visit]) -> set[int]:
    """Visits that stand within two seconds of another link; the image fetched along with them is one of them."""
    clicks = [visit for visit in visits if visit.link_id]
    hot = [
        one
        for one in clicks
        if any(other.link_id != one.link_id and abs(other.at - one.at) <= BURST for other in clicks)
    ]
    beside = [
        visit for visit in visits if visit.link_id == 0 and any(abs(visit.at - one.at) <= BURST for one in hot)
    ]
    return {visit.id for visit in (*hot, *beside)}


def _too_soon(click: Visit, shown: datetime | None, sent_at: datetime | None) -> bool:
    return sent_at is not None and click.at - sent_at <= TOO_SOON and (shown is None or shown > click.at)
