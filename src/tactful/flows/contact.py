"""Whether and how to write to somebody: facts for all candidates at once, a decision for each, the outbox.

Runs in the transaction of the batch: the slots it reserves and the messages it queues stand or fall together.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from tactful.catalog import queries as catalog
from tactful.consent import queries as consent
from tactful.consent.domain.consent import ConsentFacts
from tactful.content import queries as content
from tactful.content.domain.render import demands, lacking
from tactful.customers import queries as customers
from tactful.customers.queries import Profile as Person
from tactful.decisions import queries as decisions_now
from tactful.decisions import services as decisions
from tactful.decisions.domain import policy as restraint
from tactful.decisions.domain.expected import Lifts, expected
from tactful.decisions.domain.facts import (
    Candidate,
    Decided,
    Facts,
    FactsOf,
    OpenMatter,
    Policy,
    Profile,
    Spending,
    StaffHold,
    Verdict,
)
from tactful.decisions.services import LARGEST_RESERVATION, Reservation
from tactful.delivery import queries as sending
from tactful.delivery import services as delivery
from tactful.delivery.domain.values import Intent
from tactful.events import queries as events
from tactful.experiments import queries as experiments
from tactful.flows import beginnings, choosing
from tactful.flows.spoken import is_of_product, spoken_to, told_of
from tactful.journeys.domain.runs import WantMessage
from tactful.kernel.time import zone_or
from tactful.sales import queries as sales
from tactful.sales.domain.holding import Hold
from tactful.sales.domain.matters import KIND_OF
from tactful.team.queries import workspace

Wants = Sequence[WantMessage]
Began = Mapping[int, tuple[str, Mapping[str, object]]]
_YEAR = timedelta(days=365)


def consider(wants: Wants, *, now: datetime) -> dict[UUID, Decided]:
    """Decide on every wanted message; queue those that may go. Gives the verdict by message key."""
    verdicts: dict[UUID, Decided] = {}
    for part in _parts(wants):
        verdicts |= {decided.candidate.key: decided for decided in _consider(part, now=now)}
    return verdicts


def facts(wanted: Collection[tuple[int, str]], *, policy: Policy, now: datetime) -> dict[tuple[int, str], Facts]:
    """What the policy must know of each (customer, channel); one query per fact."""
    ids = {customer_id for customer_id, _ in wanted}
    people = customers.cards(ids)
    pressure = decisions_now.pressure(ids, since=now - policy.memory)
    held_out = experiments.held_out(ids)
    holds, under_way = sales.waiting(ids, now=now), sales.under_way(ids)
    budget = timedelta(days=policy.guards.budget_days)
    spent = catalog.spending(ids, since=now - budget, year=now - _YEAR)
    paused = sending.paused_streams()
    found: dict[tuple[int, str], Facts] = {}
    for channel in {channel for _, channel in wanted}:
        addresses = customers.addresses(ids, channel=channel)
        silenced = consent.suppressed(set(addresses.values()), channel=channel)
        agreed, how = consent.facts(ids, channel=channel), consent.agreed_how(ids, channel=channel)
        for customer_id in ids:
            person, address = people.get(customer_id), addresses.get(customer_id)
            found[customer_id, channel] = Facts(
                profile=_state_of(person),
                is_test=person is not None and person.is_test,
                address=address,
                suppressed=address in silenced,
                consent=agreed.get(customer_id, ConsentFacts()),
                touches=pressure.get(customer_id, ()),
                zone=person.zone if person else None,
                in_holdout=customer_id in held_out,
                sales_hold=_hold(holds.get(customer_id)),
                country=person.country if person else None,
                matters=tuple(OpenMatter(*one) for one in under_way.get(customer_id, ())),
                spending=Spending(*spent.get(customer_id, ())),
                agreed_how=how.get(customer_id, {}),
                stream_paused=paused.get(channel, ""),
            )
    return found


def _parts(wants: Wants) -> Iterator[Wants]:
    """Parts small enough to reserve; the wants of one customer stay together, because they compete."""
    ordered = sorted(wants, key=lambda want: want.customer_id)
    start = 0
    while start < len(ordered):
        end = min(start + LARGEST_RESERVATION, len(ordered))
        while start < end < len(ordered) and ordered[end - 1].customer_id == ordered[end].customer_id:
            end -= 1
        yield ordered[start:end]
        start = end


def _consider(wants: Wants, *, now: datetime) -> list[Decided]:
    wants = _with_templates(wants)
    policy = decisions_now.policy(fallback_zone=workspace().zone)
    known = facts(choosing.pairs(wants), policy=policy, now=now)
    wants, chosen = choosing.settle(wants, known, now=now)
    began = beginnings.of_events({want.event_id for want in wants if want.event_id is not None})
    recorded = events.moments({number for number, (name, _) in began.items() if is_of_product(name)})
    unknown, lifts = _lacking(wants, began), decisions_now.lifts()
    asked = [
        replace(
            _worth(_candidate(want, began.get(want.event_id or 0)), known, lifts),
            product_at=recorded.get(want.event_id or 0),
            lacking=unknown.get(want.message_key, ()),
            chosen_by=chosen.get(place, ""),
        )
        for place, want in enumerate(wants)
    ]
    decided = restraint.decide_batch(asked, known, policy, now)
    settled = _reserve(decided, known, policy=policy, now=now)
    ids = decisions.record(settled, now=now, rules_id=decisions.note_rules(policy, now=now))
    going = [
        (want, known[want.customer_id, want.channel].address or "", decision_id)
        for want, one, decision_id in zip(wants, settled, ids, strict=True)
        if one.verdict is Verdict.SEND
    ]
    _queue(going, began, now=now)
    return settled


def _with_templates(wants: Wants) -> list[WantMessage]:
    """A message whose text is missing is dropped with that reason, and its run goes on: others are not held up."""
    there = content.latest_numbers({want.template for want in wants})
    return [
        want if want.template in there or want.status else replace(want, status=f"no template {want.template}")
        for want in wants
    ]


def _lacking(wants: Wants, began: Began) -> dict[UUID, tuple[str, ...]]:
    """What the texts print with no default and nobody knows; messages that lack nothing are left out."""
    texts = content.versions(content.latest_numbers({want.template for want in wants}).items())
    by_slug = {slug: version for (slug, _), version in texts.items() if demands(version)}
    asked = [want for want in wants if want.template in by_slug]
    people = customers.cards({want.customer_id for want in asked}) if asked else {}
    found = {
        want.message_key: lacking(
            by_slug[want.template],
            {
                **told_of(began.get(want.event_id or 0)),
                "customer": spoken_to(people.get(want.customer_id)),
            },
        )
        for want in asked
    }
    return {key: names for key, names in found.items() if names}


def _reserve(decided: Sequence[Decided], known: FactsOf, *, policy: Policy, now: datetime) -> list[Decided]:
    """Take the slots; a message that lost its slot to another process is held instead."""
    asked = [
        Reservation(
            one.candidate.key,
            one.candidate.customer_id,
            one.candidate.channel,
            one.candidate.topic,
            one.candidate.category,
        )
        for one in decided
        if one.verdict is Verdict.SEND
    ]
    zones = {one.customer_id: _zone_of(known[one.customer_id, one.channel], policy) for one in asked}
    granted = decisions.reserve(asked, caps=policy.caps, now=now, zones=zones)
    return [
        restraint.without_slot(one, now)
        if one.verdict is Verdict.SEND and one.candidate.key not in granted
        else one
        for one in decided
    ]


def _queue(going: Sequence[tuple[WantMessage, str, int]], reasons: Began, *, now: datetime) -> None:
    numbers = content.latest_numbers({want.template for want, _, _ in going})
    intents = [
        Intent(
            key=want.message_key,
            decision_id=decision_id,
            customer_id=want.customer_id,
            channel=want.channel,
            topic=want.topic,
            address=address,
            template=want.template,
            template_version=numbers[want.template],
            due_at=now,
            category=want.category,
            journey_id=want.journey_id,
            run_id=want.run_id,
            step=want.step,
            context=told_of(reasons.get(want.event_id or 0)),
        )
        for want, address, decision_id in going
    ]
    delivery.queue(intents, now=now)


def _candidate(want: WantMessage, began: tuple[str, Mapping[str, object]] | None) -> Candidate:
    name = began[0] if began else ""
    return Candidate(
        key=want.message_key,
        customer_id=want.customer_id,
        channel=want.channel,
        topic=want.topic,
        category=want.category,
        expires_at=want.expires_at,
        priority=want.priority,
        journey_id=want.journey_id,
        run_id=want.run_id,
        step=want.step,
        status=want.status,
        about=str(KIND_OF.get(name, "")),
    )


def _worth(candidate: Candidate, known: FactsOf, lifts: Lifts) -> Candidate:
    spending = known[candidate.customer_id, candidate.channel].spending
    minor, by = expected(candidate.journey_id, spending, lifts)
    return replace(candidate, expected_minor=minor, expected_by=by)


def _zone_of(facts: Facts, policy: Policy) -> ZoneInfo:
    return zone_or(facts.zone, policy.fallback_zone)


def _state_of(person: Person | None) -> Profile:
    if person is None:
        return Profile.UNKNOWN
    if person.erased_at is not None:
        return Profile.ERASED
    return Profile.PRESENT if person.merged_into_id is None else Profile.MERGED


def _hold(word: Hold | None) -> StaffHold | None:
    return StaffHold(word.until, word.by, word.reason) if word and word.until else None
