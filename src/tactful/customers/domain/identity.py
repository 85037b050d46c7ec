"""Whose event is it? Identifiers, in the order of events, become people.

The rules, strongest first:
1. Whose event it is, say a hint of our own sources, else the company's own id (`user_id`), else e-mail, card,
   messenger, phone, and at last the anonymous id of a browser.
2. A user id seen for the first time takes over the record that the event's other identifiers lead to, if that
   record has no user id yet.
3. A record known only by anonymous ids merges into the known one as soon as one event names both. Two records with
   different user ids never merge: a contested address stays with its first owner.
4. A phone or a browser may be shared: neither joins people who have different e-mail addresses.
5. Records that a person took apart stay apart.

Events are settled one by one, so it does not matter how a stream of them is cut into batches.
"""

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field

import msgspec

from tactful.customers.domain.contacts import phone_of
from tactful.customers.domain.statements import Statement
from tactful.events.domain.parse import Parsed

USER, ANONYMOUS, EMAIL, PHONE, CARD, MESSENGER = "user_id", "anonymous_id", "email", "phone", "card", "messenger"

Key = tuple[str, str]  # kind, value


class Record(msgspec.Struct):
    """What the rules need to know of a record. `known`: by more than a browser."""

    has_user: bool = False
    has_email: bool = False
    known: bool = False
    country: str | None = None


@dataclass(slots=True)
class Book:
    """What is on record before the batch. `looked_up` are the identifiers that were asked for, owned or not."""

    owners: dict[Key, int] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    hints: dict[int, int] = field(default_factory=dict)
    apart: set[frozenset[int]] = field(default_factory=set)
    looked_up: set[Key] = field(default_factory=set)


class Claim(msgspec.Struct):
    """The names that an event gives its person."""

    hint: int | None
    user_id: str | None
    anonymous_id: str | None
    told: bool = False  # it says something about the person, maybe names that follow here
    previous_id: str | None = None
    email: str | None = None
    phone: str | None = None
    raw_phone: str | None = None
    card: str | None = None
    messenger: str | None = None
    country: str | None = None

    @property
    def only_key(self) -> Key | None:
        """The one identifier of an event that says nothing else: most events are such."""
        if self.hint is not None or self.previous_id is not None or self.told:
            return None
        if self.anonymous_id is None:
            return None if self.user_id is None else (USER, self.user_id)
        return (ANONYMOUS, self.anonymous_id) if self.user_id is None else None

    @property
    def names_somebody(self) -> bool:
        return any(
            (self.user_id, self.anonymous_id, self.email, self.phone, self.raw_phone, self.card, self.messenger)
        )


@dataclass(frozen=True, slots=True)
class Attached:
    """An identifier that found its first owner, by the event at `index`."""

    index: int
    kind: str
    value: str
    record: int


@dataclass(frozen=True, slots=True)
class Met:
    """Two records found to be one by the event at `index`, through an identifier of the kind `rule`."""

    index: int
    gone: int
    into: int
    rule: str


@dataclass(frozen=True, slots=True)
class Contested:
    """An identifier that somebody else owns, and keeps."""

    index: int
    kind: str
    value: str
    record: int


@dataclass(slots=True)
class Settlement:
    """Who is who. Records that the batch made have negative numbers: -1 is the first of them.

    `placed` is each event's record right after that event, `phones` the E.164 numbers understood by then;
    `wanted` are identifiers that came up and were not looked up.
    """

    placed: list[int | None] = field(default_factory=list)
    attached: list[Attached] = field(default_factory=list)
    merges: list[Met] = field(default_factory=list)
    contested: list[Contested] = field(default_factory=list)
    phones: dict[int, str] = field(default_factory=dict)
    wanted: set[Key] = field(default_factory=set)
    parents: dict[int, int] = field(default_factory=dict)
    made: int = 0

    def root(self, record: int) -> int:
        """The record that this one has become part of, or itself."""
        parents = self.parents
        while record in parents:
            record = parents[record]
        return record


def claim_of(event: Parsed, statement: Statement | None) -> Claim:
    """The names in an event and in what it says about its person."""
    claim = Claim(event.customer_id, event.user_id, event.anonymous_id)
    if event.kind == "alias":
        claim.previous_id = event.previous_id
    if statement is not None:
        claim.told = True
        claim.email = statement.email
        claim.raw_phone = statement.phone
        claim.card = statement.card
        claim.messenger = statement.messenger
        claim.country = statement.columns.get("country")
        if statement.phone is not None:
            claim.phone = phone_of(statement.phone, claim.country)
    return claim


def keys_of(claim: Claim) -> Iterator[Key]:
    """The identifiers to look up for a claim."""
    only = claim.only_key
    if only is not None:
        yield only
        return
    if claim.user_id is not None:
        yield USER, claim.user_id
    if claim.anonymous_id is not None:
        yield ANONYMOUS, claim.anonymous_id
    yield from _personal(claim)
    if claim.previous_id is not None:
        yield ANONYMOUS, claim.previous_id
        yield USER, claim.previous_id


def settle(claims: Sequence[Claim], book: Book) -> Settlement:
    """Whose events these are, given what is on record; `book` is not changed."""
    settling = _Settling(book)
    for index, claim in enumerate(claims):
        settling.result.placed.append(settling.place(index, claim))
    return settling.result


def _personal(claim: Claim) -> Iterator[Key]:
    if claim.email is not None:
        yield EMAIL, claim.email
    if claim.card is not None:
        yield CARD, claim.card
    if claim.messenger is not None:
        yield MESSENGER, claim.messenger
    if claim.phone is not None:
        yield PHONE, claim.phone


class _Settling:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.owners = dict(book.owners)
        self.records = dict(book.records)
        self.written: set[int] = set()  # records that are no longer the book's own
        self.result = Settlement()

    def place(self, index: int, claim: Claim) -> int | None:
        key = claim.only_key
        if key is not None:
            owner = self._owner(*key)
            if owner is not None:
                return owner
        record = self._choose(claim)
        if record is None:
            if not claim.names_somebody:
                return None
            record = self._make()
        if claim.country is not None:
            self._writable(record).country = claim.country
        if claim.raw_phone is not None:
            claim = self._with_phone(index, claim, record)
        return self._take_names(index, claim, record)

    def _choose(self, claim: Claim) -> int | None:
        if claim.hint is not None and claim.hint in self.book.hints:
            return self.result.root(self.book.hints[claim.hint])
        if claim.user_id is not None:
            return self._owner(USER, claim.user_id) or self._without_user(claim)
        return next(self._others(claim), None)

    def _without_user(self, claim: Claim) -> int | None:
        """The record that a new user id takes over."""
        if claim.previous_id is not None:
            renamed = self._owner(USER, claim.previous_id)
            if renamed is not None:
                return renamed
            visitor = self._owner(ANONYMOUS, claim.previous_id)
            if visitor is not None and not self.records[visitor].has_user:
                return visitor
        return next((record for record in self._others(claim) if not self.records[record].has_user), None)

    def _others(self, claim: Claim) -> Iterator[int]:
        """Records to which the identifiers below the user id lead, strongest first."""
        for kind, value in _personal(claim):
            owner = self._owner(kind, value)
            if owner is not None and not (kind == PHONE and self._clash(claim, owner)):
                yield owner
        if claim.anonymous_id is not None:
            owner = self._owner(ANONYMOUS, claim.anonymous_id)
            if owner is not None and not self._clash(claim, owner):
                yield owner

    def _clash(self, claim: Claim, owner: int) -> bool:
        """Whether the owner has an e-mail address other than the one that is claimed."""
        if claim.email is None or not self.records[owner].has_email:
            return False
        return self._owner(EMAIL, claim.email) != owner

    def _with_phone(self, index: int, claim: Claim, record: int) -> Claim:
        phone = claim.phone or phone_of(claim.raw_phone or "", self.records[record].country)
        if phone is not None:
            self.result.phones[index] = phone
        return msgspec.structs.replace(claim, phone=phone)

    def _take_names(self, index: int, claim: Claim, record: int) -> int:
        if claim.user_id is not None:
            record = self._take_user(index, claim, record)
        for kind, value in _personal(claim):
            record = self._take(index, kind, value, record)
        if claim.anonymous_id is not None:
            record = self._take(index, ANONYMOUS, claim.anonymous_id, record)
        if claim.previous_id is not None:
            record = self._take_previous(index, claim.previous_id, record)
        return record

    def _take_user(self, index: int, claim: Claim, record: int) -> int:
        """A record has one user id, unless an alias says that it got another."""
        user_id = claim.user_id or ""
        if self._owner(USER, user_id) is None and self.records[record].has_user:
            renamed = claim.previous_id is not None and self._owner(USER, claim.previous_id) == record
            if not renamed:
                return record
        return self._take(index, USER, user_id, record)

    def _take_previous(self, index: int, previous_id: str, record: int) -> int:
        owner = self._owner(USER, previous_id)
        if owner is not None:
            return record if owner == record else self._meet(index, (USER, previous_id), owner, record)
        owner = self._owner(ANONYMOUS, previous_id)
        if owner is None:
            return self._take(index, ANONYMOUS, previous_id, record)
        # An alias says more than a shared browser does: it also joins a record with an address.
        return record if owner == record else self._meet(index, ("alias", previous_id), owner, record)

    def _take(self, index: int, kind: str, value: str, record: int) -> int:
        owner = self._owner(kind, value)
        if owner is None:
            self._attach(index, kind, value, record)
            return record
        return record if owner == record else self._meet(index, (kind, value), owner, record)

    def _attach(self, index: int, kind: str, value: str, record: int) -> None:
        self.owners[kind, value] = record
        self.result.attached.append(Attached(index, kind, value, record))
        facts = self._writable(record)
        facts.has_user = facts.has_user or kind == USER
        facts.has_email = facts.has_email or kind == EMAIL
        facts.known = facts.known or kind != ANONYMOUS

    def _meet(self, index: int, key: Key, owner: int, record: int) -> int:
        """One event names two records: they become one, or the identifier stays where it is."""
        kind, value = key
        theirs, ours = self.records[owner], self.records[record]
        if not self._may_merge(kind, owner, record):
            if kind != ANONYMOUS:
                self.result.contested.append(Contested(index, kind, value, record))
            return record
        theirs_stays = (theirs.has_user, theirs.known) > (ours.has_user, ours.known)
        gone, into = (record, owner) if theirs_stays else (owner, record)
        self._merge(index, gone, into, kind)
        return into

    def _may_merge(self, kind: str, owner: int, record: int) -> bool:
        theirs, ours = self.records[owner], self.records[record]
        if (theirs.has_user and ours.has_user) or frozenset((owner, record)) in self.book.apart:
            return False
        if kind == ANONYMOUS:
            return not theirs.known
        return not (kind == PHONE and theirs.has_email and ours.has_email)

    def _merge(self, index: int, gone: int, into: int, rule: str) -> None:
        self.result.parents[gone] = into
        self.result.merges.append(Met(index, gone, into, rule))
        lost, kept = self.records[gone], self._writable(into)
        kept.has_user = kept.has_user or lost.has_user
        kept.has_email = kept.has_email or lost.has_email
        kept.known = kept.known or lost.known
        kept.country = kept.country or lost.country

    def _make(self) -> int:
        self.result.made += 1
        record = -self.result.made
        self.records[record] = Record()
        self.written.add(record)
        return record

    def _writable(self, record: int) -> Record:
        """The record's facts, copied from the book when they first change: a batch is settled again at times."""
        if record not in self.written:
            self.written.add(record)
            self.records[record] = copy(self.records[record])
        return self.records[record]

    def _owner(self, kind: str, value: str) -> int | None:
        key = (kind, value)
        owner = self.owners.get(key)
        if owner is None:
            if key not in self.book.looked_up:
                self.result.wanted.add(key)
            return None
        return self.result.root(owner)
