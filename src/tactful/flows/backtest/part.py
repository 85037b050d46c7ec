"""One part of the base lived through: its rows become lives, and what the lives ask is answered together."""

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tactful.consent.domain.addresses import hash_of
from tactful.consent.domain.consent import Word
from tactful.consent.domain.reading import PREFERENCES, Choice, read_choice
from tactful.consent.queries import installation_key
from tactful.decisions.domain.facts import OpenMatter, TouchSeen
from tactful.decisions.services import CONTACT, CONTACTS
from tactful.experiments.domain.holdout import in_holdout
from tactful.flows.backtest.facts import Bought, History, Matter, Real, Timeline
from tactful.flows.backtest.life import Answers, Life, Rules
from tactful.flows.backtest.parts import ALWAYS_HEARD, SQL, Parts, show
from tactful.flows.backtest.question import telling
from tactful.flows.backtest.tally import Tally
from tactful.flows.backtest.world import World
from tactful.flows.beginnings import Told, last_word, with_earlier
from tactful.flows.spoken import spoken
from tactful.journeys.domain.definition import PLANNED, SEGMENT_EVENTS, planned
from tactful.journeys.domain.matching import key_in
from tactful.journeys.domain.runs import Known, Person, Plan, Stimulus
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import zone, zone_or
from tactful.lake.engine import Reader, opened
from tactful.sales.domain.holding import Hold
from tactful.sales.domain.holding import read as read_hold
from tactful.segments.compiler.moments import bare
from tactful.segments.services import asked_of_past

_T = TypeVar("_T")
_read = msgspec.json.Decoder().decode
_SEGMENTS = frozenset(SEGMENT_EVENTS.values())


@dataclass(frozen=True, slots=True)
class Row:
    """A customer as he is known today."""

    id: int
    zone: str | None
    is_test: bool
    email: str | None
    phone: str | None
    attributes: str | None
    born: date | None
    country: str | None
    first_name: str | None
    last_name: str | None
    city: str | None
    language: str | None


def live_through(world: World, parts: Parts, number: int, folder: Path) -> Tally:
    """Everybody of one part, from the beginning of the period to its end. Touches no database."""
    was_on = gc.isenabled()
    gc.disable()  # millions of small values, and no rings among them
    try:
        with opened(folder) as reader:
            show(reader, parts, number)
            return _Part(world, reader).live()
    finally:
        if was_on:
            gc.enable()


class _Part:
    """The rows of a part by customer."""

    def __init__(self, world: World, reader: Reader) -> None:
        self._world = world
        self._reader = reader
        definition = world.asked.definition
        number = world.asked.journey_id or 0
        self._rules = Rules(
            plan=Plan(number, 0, definition, enters=True, acts=True),
            policy=world.policy,
            since=world.asked.since,
            until=world.asked.until,
            zone=zone(world.company),
            lifts=world.lifts,
            texts=world.texts,
            keep=world.keep,
        )
        entry = definition.entry.condition
        self._answers = Answers(entry.key if entry else "", world.keys)
        names = telling(definition)
        asked = {"names": sorted(names), "until": bare(world.asked.until)}
        self._told = _by_customer(reader.rows(SQL["told"], asked), _told) if names else {}

    def live(self) -> Tally:
        tally = Tally()
        heard = self._heard()
        self._ask_at_the_door(heard)
        lives = [life.go() for life in self._lives(heard, tally)]
        while lives:
            asking: list[Iterator[tuple[int, datetime]]] = []
            subjects: list[tuple[int, datetime]] = []
            for life in lives:
                if (subject := next(life, None)) is not None:
                    asking.append(life)
                    subjects.append(subject)
            self._answer(subjects)
            lives = asking
        return tally

    def _answer(self, subjects: Sequence[tuple[int, datetime]]) -> None:
        # What was asked before has been heard: nobody goes back in time.
        self._answers.way.clear()
        if subjects and self._world.way:
            met = asked_of_past(self._world.way, self._reader, subjects)
            self._answers.way.update(zip(subjects, met, strict=True))

    def _ask_at_the_door(self, heard: Mapping[int, Sequence[Stimulus]]) -> None:
        definition = self._rules.plan.definition
        if self._world.entry is None:
            return
        subjects = [
            (customer_id, stimulus.moment)
            for customer_id, stimuli in heard.items()
            for stimulus in stimuli
            if stimulus.may_start
            and definition.entry.event.fits(stimulus.name, stimulus.properties)
            and (definition.key == "customer" or key_in(stimulus.properties, definition.key))
        ]
        subjects = list(dict.fromkeys(subjects))
        met = asked_of_past(self._world.entry, self._reader, subjects)
        self._answers.entries = {subject: answer for subject, (answer,) in zip(subjects, met, strict=True)}

    def _lives(self, heard: Mapping[int, Sequence[Stimulus]], tally: Tally) -> Iterator[Life]:
        rows = {row[0]: Row(*row) for row in self._reader.rows(SQL["people"])}
        histories = self._histories([rows[number] for number in heard if number in rows])
        definition = self._rules.plan.definition
        asking: set[tuple[str, str]] = set()
        people = {number: self._person(row) for number, row in rows.items()} if definition.looks_at_people else {}
        for customer_id, history in histories.items():
            stimuli = heard[customer_id]
            began = {one.id: one for one in _told_by(stimuli, self._told.get(customer_id, ()))}
            events = {one.id: one.properties for one in began.values()} if definition.looks_at_events else {}
            yield Life(
                stimuli,
                rules=self._rules,
                known=Known(self._answers, people, events),
                began=began,
                timeline=Timeline(
                    history, topics=self._world.topics, retired=self._world.retired, policy=self._world.policy
                ),
                tally=tally,
                asking=asking,
            )

    def _person(self, row: Row) -> Person:
        attributes = {**_read(row.attributes or "{}"), "birth_date": row.born, "birthday": row.born}
        return Person(zone_or(row.zone, self._world.company), attributes)

    def _heard(self) -> dict[int, list[Stimulus]]:
        """What each customer's journey hears, in order; of customers who were never called, nothing."""
        asked = self._world.asked
        found: dict[int, list[Stimulus]] = defaultdict(list)
        params = {
            "names": sorted(asked.definition.event_names),
            "of_segments": sorted(_SEGMENTS),
            "since": bare(asked.since),
            "until": bare(asked.until),
            "told_since": bare(self._world.told_since),
        }
        for customer_id, number, name, at, received, properties in self._reader.rows(SQL["heard"], params):
            found[customer_id].append(
                Stimulus(
                    customer_id,
                    _aware(at),
                    name,
                    _read(properties or "{}"),
                    number,
                    _aware(received) if received else None,
                )
            )
        called = self._reader.rows(SQL["called_in_part"])
        slug, kind = asked.definition.slug, asked.definition.key
        for customer_id, at, name, segment, key in called:
            about = planned(slug, kind, key) if name == PLANNED else {"segment": segment}
            word = last_word(kind, key, self._told.get(customer_id, ()), by=_aware(at)) if key else None
            found[customer_id].append(Stimulus(customer_id, _aware(at), name, about, word.id if word else None))
        for customer_id in {row[0] for row in called}:
            found[customer_id].sort(key=lambda stimulus: stimulus.moment)
        return found

    def _histories(self, rows: Sequence[Row]) -> dict[int, History]:
        until = {"until": bare(self._world.asked.until)}
        words = _by_customer(self._reader.rows(SQL["words"], until), _word)
        touched = {**until, "without": self._world.without}
        real = _by_customer(self._reader.rows(SQL["touches"], touched), self._real)
        choices, holds, met = self._said(until)
        matters = _by_customer(self._reader.rows(SQL["matters"], touched), _matter)
        of_years = {**until, "since": bare(self._world.asked.since)}
        orders = _by_customer(self._reader.rows(SQL["bought"], of_years), _bought)
        silenced = self._silenced(rows)
        return {
            row.id: History(
                customer_id=row.id,
                zone=row.zone,
                country=row.country,
                is_test=row.is_test,
                in_holdout=self._held_out(row.id),
                addresses=self._addresses(row),
                silenced=silenced.get(row.id, {}),
                words=words.get(row.id, ()),
                choices=choices.get(row.id, ()),
                holds=holds.get(row.id, ()),
                real=real.get(row.id, ()),
                met=met.get(row.id, ()),
                matters=matters.get(row.id, ()),
                orders=orders.get(row.id, ()),
                spoken=_spoken(row) if self._world.texts else {},
            )
            for row in rows
        }

    def _said(
        self, until: Mapping[str, datetime]
    ) -> tuple[dict[int, list[Choice]], dict[int, list[Hold]], dict[int, list[TouchSeen]]]:
        choices: dict[int, list[Choice]] = defaultdict(list)
        holds: dict[int, list[Hold]] = defaultdict(list)
        met: dict[int, list[TouchSeen]] = defaultdict(list)
        asked = {**until, "names": list(ALWAYS_HEARD)}
        for customer_id, name, at, text in self._reader.rows(SQL["said"], asked):
            try:
                if name in CONTACTS:
                    met[customer_id].append(TouchSeen(_aware(at), CONTACTS[name], CONTACT))
                elif name == PREFERENCES:
                    choices[customer_id].append(read_choice(_read(text or "{}"), at=_aware(at)))
                else:
                    holds[customer_id].append(read_hold(name, _read(text or "{}"), at=_aware(at)))
            except InvalidInput:
                continue  # set aside with its reason when it came in
        return choices, holds, met

    def _silenced(self, rows: Iterable[Row]) -> dict[int, dict[str, datetime]]:
        key = installation_key()
        found: dict[int, dict[str, datetime]] = defaultdict(dict)
        for channel, since in self._world.suppressed.items():
            if not since:
                continue
            for row in rows:
                address = _address(row, channel)
                at = since.get(hash_of(address, channel=channel, key=key)) if address else None
                if at:
                    found[row.id][channel] = at
        return found

    def _real(
        self, at: datetime, channel: str, category: str, topic: str, journey_id: int | None, number: int
    ) -> Real:
        priority = self._world.priorities.get(journey_id or 0, 0)
        return Real(TouchSeen(_aware(at), channel, category, topic), priority, journey_id, number)

    def _addresses(self, row: Row) -> dict[str, str]:
        return {channel: address for channel in self._world.channels if (address := _address(row, channel))}

    def _held_out(self, customer_id: int) -> bool:
        if self._world.holdout is None:
            return False
        seed, share = self._world.holdout
        return in_holdout(seed, customer_id, share)


def _by_customer(rows: Iterable[tuple[Any, ...]], make: Callable[..., _T]) -> dict[int, list[_T]]:
    found: dict[int, list[_T]] = defaultdict(list)
    for customer_id, *rest in rows:
        found[customer_id].append(make(*rest))
    return found


def _told(at: datetime, number: int, name: str, properties: str | None) -> Told:
    return Told(_aware(at), number, name, _read(properties or "{}"))


def _told_by(stimuli: Iterable[Stimulus], told: Sequence[Told]) -> Iterator[Told]:
    """The events that runs may begin with: those heard, and those that told of orders and deals."""
    yield from (with_earlier(one, told) for one in told)
    known = {one.id for one in told}
    for each in stimuli:
        if each.event_id is not None and each.event_id not in known:
            yield Told(each.at, each.event_id, each.name, each.properties)


def _word(channel: str, topic: str, granted: bool, at: datetime, how: str) -> Word:  # noqa: FBT001 -- a row's column
    return Word(channel, topic, granted, _aware(at), how, "", weak=False)


def _matter(kind: str, since: datetime, closed_at: datetime | None) -> Matter:
    return Matter(OpenMatter(kind, _aware(since)), _aware(closed_at) if closed_at else None)


def _bought(at: datetime, margin_minor: int, discount_minor: int) -> Bought:
    return Bought(_aware(at), margin_minor, discount_minor)


def _spoken(row: Row) -> dict[str, object]:
    return spoken({**asdict(row), "attributes": _read(row.attributes or "{}")})


def _address(row: Row, channel: str) -> str | None:
    return row.email if channel == "email" else row.phone


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)
