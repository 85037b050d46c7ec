"""The import of one file, read top to bottom: open, understand, stage, settle, append, react."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, groupby, islice
from pathlib import Path

import msgspec
from django.db import transaction

from tactful.events import services as events
from tactful.flows import react
from tactful.flows.importing import orders
from tactful.flows.importing.guess import guess_mapping
from tactful.flows.importing.mapping import ROW, Kind, Mapping
from tactful.flows.importing.messages import Message, identify, track
from tactful.flows.importing.past import pasts
from tactful.flows.importing.rejects import FOLDER, Rejects
from tactful.flows.importing.rows import Accepted, Happening, Judge, Line, Person, compile_judge
from tactful.flows.importing.staging import Stage, Staged, known_messages, staging
from tactful.flows.importing.tables import BATCH, Cells, Notation, Table, open_table
from tactful.kernel.errors import InvalidInput
from tactful.team import queries as team

Progress = Callable[[str, int, int | None], object]
READING, WORKING = "reading", "working in"

_SAMPLE = 1_000
_SETTLED_ROWS = 5_000  # rows whose customers are looked up together
_APPENDED = 4_000  # messages put into the inbox and worked in together


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row: rows = imported + merged + rejected.

    imported: the row told something new. merged: an equal row of the file, or what is known already, says it all.
    rejected: refused, for the reason that stands in `reasons` and beside the row in `rejected_file`.
    `dates`: for how many orders each date that the mapping names is new, or different from before.
    """

    rows: int
    imported: int
    merged: int
    rejected: int
    rejected_file: Path | None
    reasons: dict[str, int]
    returns_without_order: int
    currencies: tuple[str, ...]
    dates: dict[str, int]
    mapping: str
    dry_run: bool


@dataclass(slots=True)
class _Tally:
    imported: int = 0
    merged: int = 0
    returns_without_order: int = 0
    currencies: set[str] = field(default_factory=set)
    dates: Counter[str] = field(default_factory=Counter)


def import_file(
    path: Path,
    *,
    kind: Kind,
    mapping: Mapping | None,
    dry_run: bool,
    now: datetime,
    folder: Path,
    progress: Progress = lambda _phase, _done, _total: None,
) -> ImportReport:
    """Work a file in through the one door, as history: it starts no journey.

    `folder` is the data folder, in whose `imports` the refused rows are written. A dry run writes nothing and
    reports the same numbers. Run again after it was interrupted, it goes on where it stopped.
    `progress` hears how far it is and may raise to stop it: what was worked in by then stays.
    Raises InvalidInput when the file cannot be read or lacks a column.
    """
    company = team.workspace()
    table, mapping = _open(path, kind, mapping, zone=company.zone)
    judge = compile_judge(mapping, table.header, now=now, currency=company.currency)
    rejects = Rejects(folder=None if dry_run else folder / FOLDER, stem=path.stem, header=table.header, now=now)
    if not dry_run:
        react.drain(now=now)  # what an interrupted import left in the inbox is known from here on
    try:
        with staging() as stage:
            rows = _read(table, judge, stage, rejects, progress)
            tally = _settle(
                stage, mapping, rejects, _Door(mapping, dry_run=dry_run, now=now), table, progress, rows
            )
        rejected_file = rejects.close()
    finally:
        rejects.discard()
    return ImportReport(
        rows=rows,
        imported=tally.imported,
        merged=tally.merged,
        rejected=rejects.count,
        rejected_file=rejected_file,
        reasons=dict(rejects.reasons.most_common()),
        returns_without_order=tally.returns_without_order,
        currencies=tuple(sorted(tally.currencies)),
        dates={name: tally.dates[name] for name in mapping.dates},
        mapping=mapping.name,
        dry_run=dry_run,
    )


def _open(path: Path, kind: Kind, mapping: Mapping | None, *, zone: str) -> tuple[Table, Mapping]:
    if mapping is not None:
        notation = Notation(mapping.decimal, mapping.encoding, mapping.delimiter, mapping.header)
        return open_table(path, notation), mapping
    table = open_table(path, Notation())
    sample = list(islice(table.rows, _SAMPLE))
    guessed = guess_mapping(table.header, sample, kind, zone=zone)
    return Table(table.header, chain(sample, table.rows), table.total, corrected=table.corrected), guessed


def _read(table: Table, judge: Judge, stage: Stage, rejects: Rejects, progress: Progress) -> int:
    """Understand every row; what is understood waits on the stage. Returns the number of rows."""
    count = 0
    while cells := list(islice(table.rows, BATCH)):
        understood: list[tuple[int, Accepted, Cells]] = []
        refused: list[tuple[Cells, str]] = []
        for number, row in enumerate(cells, start=count + 1):
            try:
                understood.append((number, judge(row), row))
            except InvalidInput as fault:
                refused.append((row, fault.message))
        stage.add(understood)
        rejects.add(refused)
        count += len(cells)
        progress(READING, count, table.total)
    return count


class _Door:
    """Messages on their way into the inbox, a few thousand at a time; worked in as they go."""

    def __init__(self, mapping: Mapping, *, dry_run: bool, now: datetime) -> None:
        self.source = f"import:{mapping.name}"
        self._dry_run, self._now = dry_run, now
        self._waiting: list[Message] = []

    def put(self, messages: Sequence[Message]) -> None:
        if self._dry_run:
            return
        self._waiting += messages
        if len(self._waiting) >= _APPENDED:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            with transaction.atomic():
                events.append(((self.source, True, message.payload) for message in self._waiting), now=self._now)
            self._waiting = []
            react.drain(now=self._now)


def _settle(
    stage: Stage, mapping: Mapping, rejects: Rejects, door: _Door, table: Table, progress: Progress, total: int
) -> _Tally:
    """Turn what waits on the stage into messages, a batch of customers at a time."""
    tally = _Tally()
    settle = _SETTLERS[mapping.kind]
    done = rejects.count
    for batch in _batches(stage.sorted()):
        refused = settle(batch, mapping, table, door, tally)
        if refused:
            cells = stage.cells([number for number, _ in refused])
            rejects.add([(cells[number], reason) for number, reason in refused])
        done += sum(len(rows) for _, rows in batch)
        progress(WORKING, done, total)
    door.flush()
    return tally


Batch = list[tuple[str, list[Staged]]]
Refused = list[tuple[int, str]]


def _batches(rows: Iterator[Staged]) -> Iterator[Batch]:
    """Rows by customer, so many customers together as make up a few thousand rows."""
    batch: Batch = []
    size = 0
    for customer, group in groupby(rows, key=lambda row: row.customer):
        batch.append((customer, list(group)))
        size += len(batch[-1][1])
        if size >= _SETTLED_ROWS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


_line = msgspec.json.Decoder(Line).decode
_person = msgspec.json.Decoder(Person).decode
_happening = msgspec.json.Decoder(Happening).decode


def _settle_orders(batch: Batch, mapping: Mapping, table: Table, door: _Door, tally: _Tally) -> Refused:
    rules = orders.Rules(
        merge_duplicates=mapping.merge_duplicates,
        order_per_row=ROW in mapping.order_from,
        own_numbers=mapping.order_from == ("order_id",),
        corrected=table.corrected,
    )
    known = pasts({customer: {row.group for row in rows if not row.refund} for customer, rows in batch})
    refused: Refused = []
    for customer, rows in batch:
        lines = [
            orders.StagedLine(row.number, row.at, row.group, row.refund, row.occurrence, row.owner, _line(row.data))
            for row in rows
        ]
        outcome = orders.settle(customer, lines, known[customer], rules)
        door.put(outcome.messages)
        tally.imported += outcome.imported
        tally.merged += outcome.merged
        tally.returns_without_order += outcome.returns_without_order
        tally.currencies |= outcome.currencies
        tally.dates += outcome.dates
        refused += outcome.refused
    return refused


def _settle_each(
    batch: Batch, mapping: Mapping, door: _Door, tally: _Tally, make: Callable[[Staged], Message]
) -> Refused:
    """Rows that are a message each: equal ones, and those the log has, say nothing new."""
    rows = sorted((row for _, group in batch for row in group), key=lambda row: (row.customer, row.at, row.number))
    fresh = [make(row) for row in rows if not (row.occurrence and mapping.merge_duplicates)]
    known = known_messages(door.source, [message.id for message in fresh])
    new = {message.id: message for message in fresh if message.id not in known}
    door.put(list(new.values()))
    tally.imported += len(new)
    tally.merged += len(rows) - len(new)
    return []


def _settle_customers(batch: Batch, mapping: Mapping, table: Table, door: _Door, tally: _Tally) -> Refused:
    del table

    def message(row: Staged) -> Message:
        person = _person(row.data)
        consents = [
            {"channel": channel, "topic": topic, "granted": granted, "method": door.source, "text": text}
            for channel, topic, granted, text in person.consents
        ]
        traits = {**person.traits, **({"consents": consents} if consents else {})}
        return identify(traits, customer=row.customer, at=row.at, identity=(row.group,))

    return _settle_each(batch, mapping, door, tally, message)


def _settle_events(batch: Batch, mapping: Mapping, table: Table, door: _Door, tally: _Tally) -> Refused:
    del table

    def message(row: Staged) -> Message:
        happening = _happening(row.data)
        identity = (row.group, row.occurrence) if not mapping.merge_duplicates else (row.group,)
        return track(happening.name, happening.properties, customer=row.customer, at=row.at, identity=identity)

    return _settle_each(batch, mapping, door, tally, message)


_SETTLERS = {Kind.ORDERS: _settle_orders, Kind.CUSTOMERS: _settle_customers, Kind.EVENTS: _settle_events}
