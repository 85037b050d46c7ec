"""What became of messages and what people say to them: in at the one door, as everything.

A stop does not wait for the engine: the same event that goes into the inbox is worked into consent at once, in the
same transaction. The engine meets it again later, by the same key, and changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from tactful.consent import queries as consent
from tactful.consent import services as consents
from tactful.consent.domain.consent import EVERYTHING, ConsentFacts, allows
from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.decisions.domain.facts import RuleSaw
from tactful.delivery import health, visits
from tactful.delivery import queries as delivery
from tactful.delivery.domain.sorting import Fate, refusal
from tactful.delivery.domain.values import Claimed, DeliveryRow
from tactful.events import services as events
from tactful.events.domain.parse import locate, parse
from tactful.flows.telling import DELIVERY, PUBLIC, about, append, track
from tactful.journeys import queries as journeys
from tactful.journeys.domain.choosing import Chosen, chosen_by
from tactful.journeys.domain.definition import Definition
from tactful.kernel.errors import NotFound

KEEP = "keep"
"""The choice that leaves frequency and pause as they are."""
FREQUENCIES: Mapping[str, tuple[timedelta | None, int | None]] = {
    "any": (None, None),
    "weekly": (None, 1),
    "pause_30": (timedelta(days=30), None),
    "pause_90": (timedelta(days=90), None),
}
"""Pause from now and messages a week, by the name of the choice."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The person behind a page, and the message he came from, if it is still known."""

    customer_id: int
    email: str | None
    message: DeliveryRow | None


@dataclass(frozen=True, slots=True)
class TopicChoice:
    """A topic on a channel and whether the person hears about it."""

    channel: str
    slug: str
    name: str
    description: str
    wanted: bool

    @property
    def key(self) -> str:
        """By what the page calls it."""
        return f"{self.channel}:{self.slug}"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose so far. `frequency` is a name of FREQUENCIES, or KEEP where his choice is another one."""

    topics: tuple[TopicChoice, ...]
    frequency: str
    paused_until: datetime | None
    per_week: int | None


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chooses: yes or no by (channel, topic), and a name of FREQUENCIES or KEEP."""

    topics: Mapping[tuple[str, str], bool]
    frequency: str = KEEP


@dataclass(frozen=True, slots=True)
class Why:
    """The facts behind a message. `began_with` is the event that started its journey, else None; `chosen` how that
    journey chooses whom it writes to."""

    message: DeliveryRow
    began_with: str | None
    chosen: Chosen
    agreed: consent.Proof | None
    topic: str
    rules: tuple[RuleSaw, ...]


def sent(messages: Sequence[Claimed], *, now: datetime) -> None:
    """These messages were handed over."""
    append(DELIVERY, [about(item, "Email Sent", f"sent:{item.key}", now) for item in messages], now)


def bounced(messages: Sequence[tuple[Claimed, str]], *, now: datetime) -> None:
    """The addresses of these messages refuse for good, in the words of their servers."""
    payloads = [
        about(item, "Email Bounced", f"bounced:{item.key}", now, bounce="hard", reason=reason, address=item.address)
        for item, reason in messages
    ]
    append(DELIVERY, payloads, now)


def turned_away(messages: Sequence[tuple[Claimed, str]], *, given_up: Collection[int], now: datetime) -> None:
    """Messages that receivers did not take at an attempt, with their words; `given_up` are the ids of those
    that are not tried again. Refusals because of us are told at once, refusals for now when it stays at that: the
    brake and the count of soft bounces hear of them. Nobody is suppressed for it here."""
    payloads = [
        about(item, "Email Bounced", f"away:{item.key}:{item.attempt}", now, bounce=fate.value, reason=reason)
        for item, reason in messages
        if (fate := refusal(reason)) and (fate is not Fate.SOFT or item.id in given_up)
    ]
    append(DELIVERY, payloads, now)


def tire(keys: Collection[UUID], *, now: datetime) -> int:
    """After soft bounces of these messages: addresses that refused for now too often bounce for good."""
    worn = health.worn_out(keys) if keys else []
    known = delivery.by_keys({key for key, _, _ in worn})
    payloads = [
        about(
            known[key],
            "Email Bounced",
            f"worn out:{key}",
            now,
            bounce="hard",
            address=address,
            reason=f"refused for now in {count} sends over at least {health.WORN_OUT_SPAN.days} days",
        )
        for key, address, count in worn
        if key in known
    ]
    append(DELIVERY, payloads, now)
    return len(payloads)


def opened(delivery_id: int, *, now: datetime, agent: str, looks: bool) -> None:
    """Somebody or something fetched the image of a message; `visiting.settle` tells who, a few seconds later."""
    visits.note(delivery_id, 0, agent=agent, looks=looks, now=now)


def clicked(delivery_id: int, link_id: int, *, now: datetime, agent: str, looks: bool) -> str:
    """Where a link leads. Who followed it is told by `visiting.settle` a few seconds later.

    Raises NotFound for a link that does not exist any more.
    """
    url = delivery.link_url(link_id)
    visits.note(delivery_id, link_id, agent=agent, looks=looks, now=now)
    return url


def reader(*, delivery_id: int, customer_id: int) -> Reader | None:
    """Who stands behind a link: the customer of the message, as merges have it today; None where he was erased."""
    message = _message(delivery_id)
    person = customers.card(message.customer_id if message else customer_id)
    if person is None or person.erased_at:
        return None
    return Reader(person.id, person.email, message)


def unsubscribe(who: Reader, *, now: datetime, topic: str | None = None) -> None:
    """No more messages about a topic, or (None) no more marketing, on the message's channel; e-mail if unknown.

    Believed at once. Asked again, it changes nothing.
    """
    channel = who.message.channel if who.message else "email"
    _stop(who, [channel], topic or EVERYTHING, now)


def stop_everything(who: Reader, *, now: datetime) -> None:
    """No more marketing on any channel."""
    _stop(who, sorted(_channels(who.customer_id)), EVERYTHING, now)


def preferences(customer_id: int, *, now: datetime) -> Preferences:
    """What a person chose so far, for his page."""
    topics: list[TopicChoice] = []
    known = ConsentFacts()
    for channel in sorted(_channels(customer_id)):
        known = consent.facts([customer_id], channel=channel)[customer_id]
        topics += [
            TopicChoice(channel, topic.slug, topic.name, topic.description, wanted=allows(known, topic.slug))
            for topic in consent.topics()
        ]
    paused = known.paused_until if known.paused_until and known.paused_until > now else None
    return Preferences(tuple(topics), _frequency(paused, known.per_week), paused, known.per_week)


def save_preferences(who: Reader, choices: Choices, *, now: datetime) -> None:
    """Believe what a person chose. Only what differs from before is written down, with the words he saw."""
    before = preferences(who.customer_id, now=now)
    payloads = [
        _said(who, topic, now)
        for topic in before.topics
        if choices.topics.get((topic.channel, topic.slug), topic.wanted) != topic.wanted
    ]
    if choices.frequency in FREQUENCIES and choices.frequency != before.frequency:
        pause, per_week = FREQUENCIES[choices.frequency]
        until = (now + pause).isoformat() if pause else None
        chosen = {"paused_until": until, "per_week": per_week}
        payloads.append(
            track("Preferences Changed", who.customer_id, f"frequency:{_moment(who, now)}", now, chosen)
        )
    _believe(payloads, now)


def why(message: DeliveryRow) -> Why:
    """What led to a message."""
    try:
        rules = decisions.decision(message.decision_id).reasons
    except NotFound:
        rules = ()
    names = {topic.slug: topic.name for topic in consent.every_topic()}
    journey = journeys.entered_by(message.run_id) if message.run_id else None
    return Why(
        message=message,
        began_with=_began_with(journey),
        chosen=chosen_by(journey) if journey else Chosen.FITTING,
        agreed=_agreement(message),
        topic=names.get(message.topic, message.topic),
        rules=rules,
    )


def _message(delivery_id: int) -> DeliveryRow | None:
    try:
        return delivery.delivery(delivery_id)
    except NotFound:
        return None


def _stop(who: Reader, channels: Collection[str], topic: str, now: datetime) -> None:
    payloads = []
    for channel in channels:
        if consent.facts([who.customer_id], channel=channel)[who.customer_id].topics.get(topic) is False:
            continue
        said: dict[str, Any] = {"channel": channel, "topic": topic}
        if who.message and who.message.channel == channel:
            said |= {"message_key": str(who.message.key), "journey": who.message.journey_id}
        key = f"unsubscribed:{_moment(who, now)}:{channel}:{topic}"
        payloads.append(track("Unsubscribed", who.customer_id, key, now, said))
    _believe(payloads, now)


def _said(who: Reader, topic: TopicChoice, now: datetime) -> dict[str, Any]:
    """Yes or no to a topic: the opposite of what it was."""
    name = "Consent Withdrawn" if topic.wanted else "Consent Given"
    words = f"{topic.name}: {topic.description}" if topic.description else topic.name
    said = {"channel": topic.channel, "topic": topic.slug, "method": "preference page", "text": words}
    key = f"consent:{_moment(who, now)}:{topic.channel}:{topic.slug}"
    return track(name, who.customer_id, key, now, said)


def _moment(who: Reader, now: datetime) -> str:
    return f"{who.customer_id}:{now.isoformat()}"


def _channels(customer_id: int) -> set[str]:
    """E-mail, and every channel on which the person has ever had a say."""
    return {"email"} | {state.channel for state in consent.states_of(customer_id)}


def _frequency(paused_until: datetime | None, per_week: int | None) -> str:
    """The name of what was chosen. A pause always reads as one's own: its end is a day, not a span."""
    if paused_until:
        return KEEP
    return next((name for name, (pause, limit) in FREQUENCIES.items() if pause is None and limit == per_week), KEEP)


def _began_with(journey: Definition | None) -> str | None:
    """The event that starts a journey; None where it is a segment, or unknown."""
    return None if journey is None or journey.entry.segment else journey.entry.event.name


def _agreement(message: DeliveryRow) -> consent.Proof | None:
    """The last yes that covers a message."""
    for proof in consent.proof(message.customer_id):
        if proof.granted and proof.channel == message.channel and proof.topic in (message.topic, EVERYTHING):
            return proof
    return None


def _believe(payloads: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Into the inbox, and into consent at once."""
    if not payloads:
        return
    texts = [msgspec.json.encode(payload).decode() for payload in payloads]
    parsed = [parse(text, source=PUBLIC, received_at=now) for text in texts]
    with transaction.atomic():
        events.append([(PUBLIC, False, text) for text in texts], now=now)
        located = [locate(event, customer_id=event.customer_id, event_id=0) for event in parsed]
        consents.project(located, now=now)
