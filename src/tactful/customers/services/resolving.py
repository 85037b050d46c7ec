"""Events find their customers: load what their identifiers lead to, settle in memory, write what has changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import msgspec

from tactful.customers.domain import identity, profile
from tactful.customers.domain.identity import Book, Claim, Key, Record, Settlement
from tactful.customers.domain.profile import Sheet
from tactful.customers.domain.statements import Statement, statement_of
from tactful.customers.services import companies, merging, tables
from tactful.events.domain.parse import Parsed

_CHANNELS = {identity.EMAIL: "email", identity.PHONE: "phone"}


@dataclass(frozen=True, slots=True)
class Resolution:
    """Whose the events are.

    `customer_ids` stands beside the events (None: nobody's) and knows of the merges already. `created` and
    `changed` (profile or last seen; not those created) are ids that stay. `merged` are pairs (from, into): the
    caller moves what other capabilities keep. `addressed`: those who gave an address, merged or not.
    """

    customer_ids: list[int | None] = field(default_factory=list)
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)
    merged: list[tuple[int, int]] = field(default_factory=list)
    addressed: frozenset[int] = frozenset()


def resolve(parsed: Sequence[Parsed], *, now: datetime) -> Resolution:
    """Find or make the customers of events, in their order, and update their profiles. Needs a transaction."""
    if not parsed:
        return Resolution()
    tables.run("lock", {})
    statements = [statement_of(event) for event in parsed]
    claims = [identity.claim_of(event, statement) for event, statement in zip(parsed, statements, strict=True)]
    # 1. What is on record about the names that came up.
    book, sheets = Book(), dict[int, Sheet]()
    _look_up(book, sheets, keys={key for claim in claims for key in identity.keys_of(claim)}, claims=claims)
    # 2. Who is who.
    settlement = _settle(claims, book, sheets)
    # 3. What was said about whom, in order.
    company_ids, colleagues = companies.ids_of(parsed, now=now)
    batch = _Batch(parsed, statements, settlement, sheets, company_ids)
    batch.work()
    # 4. Write.
    written = _write(batch, now=now)
    return replace(written, changed=written.changed | colleagues - written.created)


def _look_up(book: Book, sheets: dict[int, Sheet], *, keys: set[Key], claims: Iterable[Claim] = ()) -> None:
    """Add to the book who owns these identifiers, and load the records."""
    for kind, value, customer_id in tables.owners_of(keys):
        book.owners[kind, value] = customer_id
    book.looked_up |= keys
    hints = sorted({claim.hint for claim in claims if claim.hint is not None})
    if hints:
        book.hints.update((hint, stays) for hint, stays in tables.read("hinted", {"ids": hints}))
    missing = ({*book.owners.values(), *book.hints.values()}) - sheets.keys()
    for sheet in tables.sheets_of(missing):
        sheets[sheet.id] = sheet
        has_user, has_email = sheet.external_id is not None, sheet.email is not None
        book.records[sheet.id] = Record(has_user, has_email, sheet.known, sheet.country)


def _settle(claims: Sequence[Claim], book: Book, sheets: dict[int, Sheet]) -> Settlement:
    """Settle, again where it turns out that more should have been looked up (phones, pairs taken apart)."""
    while True:
        settlement = identity.settle(claims, book)
        pairs = [(met.gone, met.into) for met in settlement.merges if met.gone > 0 and met.into > 0]
        apart = {frozenset(pair) for pair in tables.read("apart", tables.pairs_of(pairs))} if pairs else set()
        if not settlement.wanted and apart <= book.apart:
            return settlement
        book.apart |= apart
        if settlement.wanted:
            _look_up(book, sheets, keys=settlement.wanted)


class _Point(msgspec.Struct):
    customer_id: int
    channel: str
    address: str
    status: str
    since: datetime


class _Batch:
    """The records of a batch while its events are told to them one by one."""

    def __init__(
        self,
        parsed: Sequence[Parsed],
        statements: Sequence[Statement | None],
        settlement: Settlement,
        sheets: dict[int, Sheet],
        company_ids: dict[str, int],
    ) -> None:
        self.parsed = parsed
        self.statements = statements
        self.settlement = settlement
        self.sheets = sheets
        self.company_ids = company_ids
        self.points: dict[tuple[int, str, str], _Point] = {}
        self.merges: list[merging.Merging] = []
        self.addressed: set[int] = set()
        self._attached = _by_index(settlement.attached)
        self._met = _by_index(settlement.merges)
        self._contested = {(row.index, row.kind) for row in settlement.contested}

    def work(self) -> None:
        for index, (event, record) in enumerate(zip(self.parsed, self.settlement.placed, strict=True)):
            if record is None:
                continue
            self._name(index, event)
            self._merge(index)
            sheet = self._sheet(record, event)
            profile.see(sheet, event)
            statement = self.statements[index]
            if statement is not None:
                profile.tell(sheet, statement)
                self._reach(index, sheet, statement)
            if event.kind == "group" and event.group_id is not None:
                sheet.put("company_id", self.company_ids[event.group_id])

    def _sheet(self, record: int, event: Parsed) -> Sheet:
        sheet = self.sheets.get(record)
        if sheet is None:
            sheet = self.sheets[record] = profile.new_sheet(record, event)
        return sheet

    def _name(self, index: int, event: Parsed) -> None:
        """Identifiers that found an owner: the main ones also stand in his row."""
        for row in self._attached.get(index, ()):
            sheet = self._sheet(row.record, event)
            if row.kind == identity.USER:
                sheet.put("external_id", row.value)
            elif row.kind in _CHANNELS:
                sheet.put(_CHANNELS[row.kind], row.value)
                self._point(row.record, _CHANNELS[row.kind], row.value, "ok", event.occurred_at)

    def _merge(self, index: int) -> None:
        for met in self._met.get(index, ()):
            event = self.parsed[index]
            gone, into = self._sheet(met.gone, event), self._sheet(met.into, event)
            created_at = into.created_at
            filled = profile.absorb(into, gone)
            gone.put("merged_into_id", met.into)
            self.merges.append(merging.Merging(met.gone, met.into, met.rule, filled, created_at))

    def _reach(self, index: int, sheet: Sheet, statement: Statement) -> None:
        """E-mail and phone, as they were understood and if nobody else owns them."""
        moment = self.parsed[index].occurred_at
        phone = self.settlement.phones.get(index)
        told = (
            ("email", statement.email, statement.bad_email),
            ("phone", phone, None if phone else statement.phone),
        )
        for channel, address, bad in told:
            if bad is not None:
                profile.amend(sheet, {f"invalid_{channel}": bad})
                self._point(sheet.id, channel, bad, "invalid", moment)
            elif address is not None and (index, channel) in self._contested:
                self._point(sheet.id, channel, address, "contested", moment)
            elif address is not None:
                if getattr(sheet, channel) != address:
                    self.addressed.add(sheet.id)  # perhaps one that he had before
                sheet.put(channel, address)
                profile.amend(sheet, {f"invalid_{channel}": None})

    def _point(self, record: int, channel: str, address: str, status: str, moment: datetime) -> None:
        known = self.points.get((record, channel, address))
        if known is None or (known.status, status) == ("contested", "ok"):
            self.points[record, channel, address] = _Point(record, channel, address, status, moment)


_Row = TypeVar("_Row", identity.Attached, identity.Met)


def _by_index(rows: Sequence[_Row]) -> dict[int, list[_Row]]:
    found: dict[int, list[_Row]] = {}
    for row in rows:
        found.setdefault(row.index, []).append(row)
    return found


def _write(batch: _Batch, *, now: datetime) -> Resolution:
    settlement, sheets = batch.settlement, batch.sheets
    numbers = _numbers(settlement)

    def final(record: int) -> int:
        root = settlement.root(record)
        return root if root > 0 else numbers[root]

    def own(record: int) -> int:
        """Where a row is written before merges move it: what is on record already stands for itself."""
        return record if record > 0 else final(record)

    created = [sheet for record, sheet in sheets.items() if record in numbers]
    changed = [sheet for record, sheet in sheets.items() if record > 0 and sheet.changed]
    for sheet in created:
        sheet.id = numbers[sheet.id]
    for sheet in changed:
        if sheet.merged_into_id is not None:
            sheet.merged_into_id = final(sheet.merged_into_id)
    tables.write("insert_sheets", sorted(created, key=lambda sheet: sheet.id), now=now)
    tables.write("update_sheets", changed, now=now)
    since = [event.occurred_at for event in batch.parsed]
    tables.write("insert_identifiers", [
        {"kind": row.kind, "value": row.value, "customer_id": own(row.record), "since": since[row.index]}
        for row in settlement.attached
    ])  # fmt: skip
    addressed = {final(record) for record in batch.addressed.union(record for record, _, _ in batch.points)}
    points = {(own(point.customer_id), point.channel, point.address): point for point in batch.points.values()}
    for (customer_id, _, _), point in points.items():
        point.customer_id = customer_id
    tables.write("insert_contact_points", list(points.values()))
    merges = [replace(merge, into=final(merge.into)) for merge in batch.merges if merge.gone > 0]
    merging.write(merges, now=now)
    return Resolution(
        customer_ids=[None if record is None else final(record) for record in settlement.placed],
        created=set(numbers.values()),
        changed={sheet.id for sheet in changed if sheet.merged_into_id is None},
        merged=[(merge.gone, merge.into) for merge in merges],
        addressed=frozenset(addressed | {merge.into for merge in merges}),
    )


def _numbers(settlement: Settlement) -> dict[int, int]:
    """Ids for the records that the batch made and that stay, in the order in which they came up."""
    stay = [-made for made in range(1, settlement.made + 1) if -made not in settlement.parents]
    ids = tables.read("new_ids", {"count": len(stay)}) if stay else []
    return {record: row[0] for record, row in zip(stay, ids, strict=True)}
