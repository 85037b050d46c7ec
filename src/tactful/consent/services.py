"""Consent, preferences and suppressions follow from events; staff may suppress an address and lift that."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tactful.consent import models, queries, refusals, topics
from tactful.consent.domain import addresses
from tactful.consent.domain.consent import EVERYTHING, State, Word, Words, merge, say
from tactful.consent.domain.reading import (
    GIVEN,
    NAMES,
    PREFERENCES,
    REASONS,
    Choice,
    Silenced,
    read_choice,
    read_silenced,
    read_words,
)
from tactful.consent.queries import installation_key
from tactful.customers import queries as customers
from tactful.events.domain.parse import Located
from tactful.kernel.errors import InvalidInput
from tactful.kernel.sql import statements

_SQL = statements(Path(__file__).with_name("consent.sql"))


@dataclass(frozen=True, slots=True)
class Projection:
    """Customers with a word on consent or frequency, and events that could not be read, with the reason.

    `quieted`: customers whose address may have been silenced, or may be written to again.
    """

    customers: frozenset[int]
    problems: tuple[tuple[UUID, str], ...]
    quieted: frozenset[int] = frozenset()


@dataclass(slots=True)
class _Batch:
    states: dict[tuple[int, str], Words]
    topics: set[str]
    retired: frozenset[str]
    records: list[dict[str, Any]] = field(default_factory=list)
    choices: list[tuple[Choice, Located]] = field(default_factory=list)
    silenced: list[tuple[Silenced, Located]] = field(default_factory=list)
    welcomed: dict[tuple[int, str], datetime] = field(default_factory=dict)
    problems: list[tuple[UUID, str]] = field(default_factory=list)


def project(events: Sequence[Located], *, now: datetime, key: bytes | None = None) -> Projection:  # noqa: ARG001 -- all projections are called alike
    """Work a batch of events into consent, preferences and suppressions. The same events again change nothing.

    An import never weakens: without a newer time of its own its yes does not overrule a no, and it lifts no
    suppression. `key` is that of the address hashes, by default the installation's.
    """
    concerned = [event for event in events if event.name in NAMES and _speaks(event)]
    if not concerned:
        return Projection(frozenset(), ())
    ids = {event.customer_id for event in concerned if event.customer_id is not None}
    there = queries.every_topic()
    known, retired = {topic.slug for topic in there}, frozenset(topic.slug for topic in there if topic.retired)
    batch = _Batch(states=_states(ids), topics=set(known), retired=retired)
    for event in concerned:
        try:
            _read(batch, event)
        except InvalidInput as fault:
            batch.problems.append((event.key, fault.message))
    topics.note(batch.topics - known)
    _execute("record", batch.records)
    _save_states(batch.states)
    _save_choices(batch.choices)
    _save_silence(batch, key or installation_key())
    return Projection(frozenset(ids), tuple(batch.problems), _quieted(batch))


@dataclass(frozen=True, slots=True)
class Replaced:
    """What a merge made of a word of the record that stays. `before` is None where it had none."""

    channel: str
    topic: str
    before: State | None
    after: State


@dataclass(frozen=True, slots=True)
class Moved:
    """What followed a merge, by the customer it came from: ids of records, and the words that changed."""

    records: dict[int, list[int]]
    replaced: dict[int, list[Replaced]]


def move_customers(pairs: Sequence[tuple[int, int]]) -> Moved:
    """Consent follows customers into the record they were merged into, (from, into): a no on either side wins.

    The states of the record that goes stay beside it: it is written to no more, and a merge can be taken back.
    """
    moved = Moved({}, {})
    if not pairs:
        return moved
    states = _states({each for pair in pairs for each in pair})
    for from_id, into_id in pairs:
        for customer_id, channel in [place for place in states if place[0] == from_id]:
            ours = states.get((into_id, channel), {})
            joined = states[into_id, channel] = merge(ours, states[customer_id, channel])
            moved.replaced.setdefault(from_id, []).extend(
                Replaced(channel, topic, ours.get(topic), word)
                for topic, word in joined.items()
                if ours.get(topic) != word
            )
    _save_states(states)
    with connection.cursor() as cursor:
        for from_id, into_id in pairs:  # merges are rare and few, and may build on each other
            cursor.execute(_SQL["move_records"], {"from": from_id, "into": into_id})
            moved.records[from_id] = sorted(row[0] for row in cursor.fetchall())
            cursor.execute(_SQL["merge_preferences"], {"from": from_id, "into": into_id})
    return moved


def give_back(records: Sequence[int], replaced: Sequence[Any], *, from_id: int, into_id: int) -> None:
    """Undo `move_customers`, from `Moved` as JSON kept it: the proof goes back, words become what they were.

    A word said since then stays. A yes that only the other record had given becomes a no: silence is no consent.
    How often the person wants to hear stays as the merge made it, the stricter of the two.
    """
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"ids": list(records), "from_id": from_id, "into_id": into_id}
        cursor.execute(_SQL["return_records"], params)
    states = _states({into_id})
    for word in msgspec.convert(replaced, list[Replaced]):
        words = states.get((into_id, word.channel), {})
        if words.get(word.topic) == word.after:
            words[word.topic] = word.before or State(granted=False, since=word.after.since)
    _save_states(states)


def suppress(
    address: str, *, channel: str, reason: str, source: str, now: datetime, key: bytes | None = None
) -> None:
    """Let an address get nothing on a channel from now on. Raises InvalidInput for a reason that does not exist."""
    if reason not in REASONS:
        raise InvalidInput(f"{reason!r} is no reason to suppress an address; use one of {', '.join(REASONS)}")
    if not address.strip():
        raise InvalidInput("the address is empty")
    _suppress([_suppression(address, channel, reason, now, source, key or installation_key())])
    refusals.follow(_owners(address, channel), key=key)


def lift(address: str, *, channel: str, key: bytes | None = None) -> bool:
    """Let an address be written to again, where consent allows it. Whether it was suppressed."""
    hashed = addresses.hash_of(address, channel=channel, key=key or installation_key())
    deleted, _ = models.Suppression.objects.filter(channel=channel, address_hash=hashed).delete()
    refusals.follow(_owners(address, channel), key=key)
    return deleted > 0


def _quieted(batch: _Batch) -> frozenset[int]:
    said = [event.customer_id for _, event in batch.silenced if event.customer_id is not None]
    # A bounce may tell of an address that has come to somebody else since.
    named = [addresses.normal(each.address, channel=each.channel) for each, _ in batch.silenced if each.address]
    owners = customers.owners("email", named).values() if named else ()
    return frozenset([*said, *owners, *(customer_id for customer_id, _ in batch.welcomed)])


def _owners(address: str, channel: str) -> Collection[int]:
    kind = "email" if channel == "email" else "phone"
    return customers.owners(kind, [addresses.normal(address, channel=channel)]).values()


def forget(customer_ids: Collection[int], addresses: Collection[tuple[str, str]], *, now: datetime) -> None:
    """Take out what erased customers said. Their addresses (channel, address) get nothing from now on."""
    key = installation_key()
    rows = [_suppression(address, channel, "erased", now, "erasure", key) for channel, address in addresses]
    _suppress(list({(row["channel"], row["address_hash"]): row for row in rows}.values()))
    for model in (models.ConsentRecord, models.ConsentState, models.Preference, models.Refusal):
        model.objects.filter(customer_id__in=customer_ids).delete()


def _speaks(event: Located) -> bool:
    """Whether there is anything in it for consent: most identify events have no word on it."""
    return event.customer_id is not None and (event.kind != "identify" or "consents" in event.traits)


def _read(batch: _Batch, event: Located) -> None:
    customer_id = event.customer_id or 0
    timeless = event.historical and event.occurred_at == event.received_at
    words = read_words(event.name, event.properties, event.traits, at=event.occurred_at, timeless=timeless)
    silenced = read_silenced(event.name, event.properties, at=event.occurred_at)
    if event.name == PREFERENCES:
        batch.choices.append((read_choice(event.properties, at=event.occurred_at), event))
    if silenced:
        batch.silenced.append((silenced, event))
    for word in words:
        states = batch.states.setdefault((customer_id, word.channel), {})
        before = dict(states)
        say(states, word, topics=batch.topics - batch.retired)
        batch.topics |= {word.topic} - {EVERYTHING}
        if not word.weak or states != before:
            batch.records.append(_record(word, event))
        if word.granted and not word.weak and not event.historical and event.name == GIVEN:
            welcome = batch.welcomed.get((customer_id, word.channel), word.at)
            batch.welcomed[customer_id, word.channel] = max(welcome, word.at)


def _record(word: Word, event: Located) -> dict[str, Any]:
    return {
        "message_key": event.key,
        "customer_id": event.customer_id,
        "channel": word.channel,
        "topic": word.topic,
        "granted": word.granted,
        "at": word.at,
        "method": word.method,
        "text": word.text,
        "source": event.source,
    }


def _states(customer_ids: Collection[int]) -> dict[tuple[int, str], Words]:
    found: dict[tuple[int, str], Words] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_SQL["states_of"], {"customers": list(customer_ids)})
        for customer_id, channel, topic, granted, since in cursor:
            found[customer_id, channel][topic] = State(granted, since)
    return dict(found)


def _save_states(states: Mapping[tuple[int, str], Words]) -> None:
    rows = [
        {
            "customer_id": customer_id,
            "channel": channel,
            "topic": topic,
            "granted": state.granted,
            "since": state.since,
        }
        for (customer_id, channel), words in states.items()
        for topic, state in words.items()
    ]
    _execute("save_states", rows)


def _save_choices(choices: Sequence[tuple[Choice, Located]]) -> None:
    if not choices:
        return
    ids = {event.customer_id for _, event in choices if event.customer_id is not None}
    kept: dict[int, dict[str, Any]] = {
        row.customer_id: {"paused_until": row.paused_until, "per_week": row.per_week, "updated_at": row.updated_at}
        for row in models.Preference.objects.filter(customer_id__in=ids)
    }
    for choice, event in choices:
        customer_id = event.customer_id or 0
        before = kept.get(customer_id)
        if before and (event.historical or before["updated_at"] > choice.at):
            continue
        after = {"paused_until": None, "per_week": None, **(before or {}), "updated_at": choice.at}
        after.update({name: getattr(choice, name) for name in choice.said})
        kept[customer_id] = after
    _execute("save_preferences", [{"customer_id": customer_id, **row} for customer_id, row in kept.items()])


def _save_silence(batch: _Batch, key: bytes) -> None:
    """Suppress what must be left alone, then take back what people have agreed to anew."""
    if not batch.silenced and not batch.welcomed:
        return
    ids = {event.customer_id for _, event in batch.silenced} | {place[0] for place in batch.welcomed}
    cards = customers.cards({each for each in ids if each is not None})
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for silenced, event in batch.silenced:
        gate = batch.states.get((event.customer_id or 0, silenced.channel), {}).get(EVERYTHING)
        if silenced.reason == "unsubscribed_all" and gate and gate.granted:
            continue  # he has agreed anew since; this word came late
        address = silenced.address or _address(cards.get(event.customer_id or 0), silenced.channel)
        if address:
            row = _suppression(address, silenced.channel, silenced.reason, event.received_at, event.source, key)
            row["said_at"] = silenced.at
            place = (row["channel"], row["address_hash"])
            rows[place] = _weightier(rows.get(place), row)
    _suppress(list(rows.values()))
    welcomed = []
    for (customer_id, channel), at in batch.welcomed.items():
        address = _address(cards.get(customer_id), channel)
        if address:
            hashed = addresses.hash_of(address, channel=channel, key=key)
            welcomed.append({"channel": channel, "address_hash": hashed, "at": at})
    _execute("welcome_back", welcomed)


def _address(card: customers.Profile | None, channel: str) -> str | None:
    if card is None:
        return None
    return card.email if channel == "email" else card.phone


def _suppression(address: str, channel: str, reason: str, at: datetime, source: str, key: bytes) -> dict[str, Any]:
    return {
        "channel": channel,
        "address_hash": addresses.hash_of(address, channel=channel, key=key),
        "reason": reason,
        "at": at,
        "said_at": at,
        "source": source,
    }


def _weightier(one: dict[str, Any] | None, other: dict[str, Any]) -> dict[str, Any]:
    """The weightier reason, since the first of both was heard; of one reason the later word."""
    if one is None:
        return other
    stays = max(one, other, key=lambda row: (REASONS.index(row["reason"]), row["said_at"]))
    return {**stays, "at": min(one["at"], other["at"])}


def _suppress(rows: Sequence[dict[str, Any]]) -> None:
    _execute("suppress", rows, reasons=list(REASONS))


def _execute(name: str, rows: Sequence[dict[str, Any]], **parameters: Any) -> None:
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], {"rows": msgspec.json.encode(rows).decode(), **parameters})
