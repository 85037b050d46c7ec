"""First half of a batch: payloads become events in the log, and every projection follows them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from tactful.catalog import services as catalog
from tactful.consent import refusals
from tactful.consent import services as consent
from tactful.customers import services as customers
from tactful.decisions import services as decisions
from tactful.delivery import health
from tactful.delivery import services as delivery
from tactful.events import queries as events_now
from tactful.events import services as events
from tactful.events.domain.parse import Located, locate, to_stored
from tactful.events.domain.technology import used
from tactful.events.services import Taken
from tactful.flows import feedback, merging, waking
from tactful.sales import matters, replies
from tactful.sales import services as sales
from tactful.sales.domain.matters import KIND_OF
from tactful.team.queries import workspace

ORDERS = "orders"
CONSENT = "consent"
PROFILE = "attributes"
# Which records an event changes, in the words of segments.
RECORDS: Mapping[str, str] = {sales.DONE: "task", **KIND_OF}


@dataclass(frozen=True, slots=True)
class Settled:
    """A batch in the log.

    `touched`: what changed for whom, in the words of `segments.services.refresh`. `created`: customers of whom
    everything may have changed: new ones, and those who absorbed another record. `alive`: customers touched by
    something that was not historical.
    """

    events: Sequence[Located]
    touched: Mapping[int, set[str]]
    created: frozenset[int]
    alive: frozenset[int]


def settle(taken: Sequence[Taken], *, now: datetime) -> Settled:
    """Work payloads into the log and the projections. Needs a transaction."""
    parsed = events.accept(taken, now=now)
    resolution = customers.resolve(parsed, now=now)
    merging.follow(resolution.merged)
    ids = events.new_ids(len(parsed))
    located = [
        locate(event, customer_id=customer_id, event_id=event_id)
        for event, customer_id, event_id in zip(parsed, resolution.customer_ids, ids, strict=True)
    ]
    located.extend(_used(located))
    anew = resolution.created | frozenset(into for _, into in resolution.merged)
    touched = _project(located, resolution.addressed, now=now)
    events.store([to_stored(event) for event in located])
    _mark(touched, resolution.changed | anew, PROFILE)
    alive = {event.customer_id for event in located if event.customer_id is not None and not event.historical}
    return Settled(located, touched, frozenset(anew), frozenset(alive))


def _used(located: Sequence[Located]) -> list[Located]:
    """What these events tell of the customers' devices, where that is not in the log yet."""
    told = used(located)
    known = events_now.known([event.key for event in told])
    fresh = [event for event in told if event.key not in known]
    ids = events.new_ids(len(fresh)) if fresh else []
    return [msgspec.structs.replace(event, id=number) for event, number in zip(fresh, ids, strict=True)]


def _project(located: Sequence[Located], addressed: frozenset[int], *, now: datetime) -> defaultdict[int, set[str]]:
    """What follows from the events, and from addresses that were given; what changed for whom."""
    company = workspace()
    orders = catalog.project(located, now=now, margin_share=company.margin_share, currency=company.currency)
    said = consent.project(located, now=now)
    delivery.project(located, now=now)
    feedback.tire(health.keep_faults(located), now=now)
    work = sales.project(located, now=now)
    unnumbered = matters.project(located)
    replies.project(located)
    decisions.project(located, now=now)
    waking.follow(located, now=now)
    _keep_problems([*orders.problems, *said.problems, *work.problems, *unnumbered], located, now=now)
    touched: defaultdict[int, set[str]] = defaultdict(set)
    for event in located:
        if event.customer_id is not None:
            touched[event.customer_id].add(event.name)
            if event.name in RECORDS:
                touched[event.customer_id].add(RECORDS[event.name])
    _mark(touched, orders.customers, ORDERS)
    _mark(touched, said.customers, CONSENT)
    _mark(touched, refusals.follow(said.quieted | addressed), CONSENT)
    return touched


def _mark(touched: defaultdict[int, set[str]], customer_ids: Iterable[int], what: str) -> None:
    for customer_id in customer_ids:
        touched[customer_id].add(what)


def _keep_problems(problems: Sequence[tuple[UUID, str]], located: Sequence[Located], *, now: datetime) -> None:
    """The event stays in the log; staff see what could not be read in it."""
    if not problems:
        return
    by_key = {event.key: event for event in located}
    for key, reason in problems:
        event = by_key[key]
        payload = json.dumps({"event": event.name, "properties": event.properties, "traits": event.traits})
        row = Taken(event.id, event.received_at, event.source, event.historical, payload)
        events.set_aside([row], reason=reason, now=now)
