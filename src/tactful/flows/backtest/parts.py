"""The past, cut into parts by customer: what the journey, its conditions and the policy look at, and no more.

Customers do not depend on each other, so each part can be lived through by itself, in a process of its own, with as
much memory as one part needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from tactful.consent.domain.reading import PREFERENCES
from tactful.decisions.services import CONTACTS
from tactful.flows.backtest.called import Called
from tactful.flows.backtest.question import Asked, telling
from tactful.flows.tables import TABLES
from tactful.journeys.domain.runs import TOO_OLD_TO_START
from tactful.kernel.sql import statements
from tactful.lake.engine import Reader
from tactful.lake.tables import Type
from tactful.sales.domain.holding import HELD, RESUMED
from tactful.segments.compiler.moments import bare
from tactful.segments.services import PastRules

SQL = statements(Path(__file__).with_name("backtest.sql"))
CALLED = "called"
ALWAYS_HEARD = (PREFERENCES, HELD, RESUMED, *CONTACTS)
PART = 10_000  # customers
_EVENTS = "events"

# What the facts of the policy and the stimuli of the machine are made of.
_OWN: Mapping[str, frozenset[str]] = {
    "customers": frozenset(
        {"id", "active", "zone", "is_test", "email", "phone", "attributes", "birth_date", "country"}
    )
    | {"first_name", "last_name", "city", "language"},
    _EVENTS: frozenset({"id", "name", "occurred_at", "received_at", "historical", "properties"}),
    "consent_words": frozenset({"id", "channel", "topic", "granted", "at", "how"}),
    "deliveries": frozenset({"id", "queued_at", "channel", "category", "topic", "state", "journey_id"}),
    "tickets": frozenset({"opened_at", "closed_at"}),
    "proposals": frozenset({"opened_at", "closed_at"}),
    "tasks": frozenset({"created_at", "done_at", "journey_id"}),
    "orders": frozenset({"status", "completed_at", "margin_minor", "returned_margin_minor", "discount_minor"}),
}
_CALLED = {"customer_id": "BIGINT", "at": "TIMESTAMP", "name": "VARCHAR", "segment": "VARCHAR", "key": "VARCHAR"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Columns of a table; of events, the names (None: of all)."""

    columns: frozenset[str]
    names: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the parts lie, how many there are, how many customers are in all of them, and what is in them."""

    place: Path
    count: int
    customers: int
    tables: Mapping[str, Wanted] = field(default_factory=dict)

    @property
    def each(self) -> int:
        """Customers of a part, about."""
        return -(-self.customers // self.count)


def cut(
    reader: Reader, asked: Asked, called: Sequence[Called], rules: Iterable[PastRules | None], place: Path
) -> Parts:
    """Write the parts of everybody who may enter, from the lake as the reader shows it."""
    reader.register(CALLED, _relation(called))
    early, late = bare(asked.since - TOO_OLD_TO_START), bare(asked.until)
    entry = asked.definition.entry.event.name
    reader.run(_filled("callers", reader), (entry, early, late, early, late))
    reader.run(SQL["called"])
    (customers,) = reader.rows(_filled("counted", reader))[0]
    wanted = _wanted(asked, [each for each in rules if each])
    count = max(1, -(-customers // PART))
    for name, want in wanted.items():
        _write(reader, name, want, place, count)
    columns = Wanted(frozenset(_CALLED))
    _copy(reader, CALLED, CALLED, columns, place, count)
    return Parts(place, count, customers, wanted)


def show(reader: Reader, parts: Parts, number: int) -> None:
    """Bring one part into the reader's memory, each table under its name."""
    types = {table.name: {column.name: _stored(column.type) for column in table.columns} for table in TABLES}
    for name, want in parts.tables.items():
        known = {column: types[name][column] for column in sorted(want.columns | {"customer_id"})}
        _bring(reader, name, known, parts.place / name / f"part={number}")
    _bring(reader, CALLED, _CALLED, parts.place / CALLED / f"part={number}")


def _bring(reader: Reader, name: str, types: Mapping[str, str], folder: Path) -> None:
    columns = ", ".join(f'"{column}" {type_}' for column, type_ in types.items())
    reader.run(f'CREATE OR REPLACE TEMP TABLE "{name}" ({columns})')
    if folder.exists():
        listed = ", ".join(f'"{column}"' for column in types)
        files = f"read_parquet('{folder.absolute()}/*.parquet')"
        reader.run(f'INSERT INTO "{name}" SELECT {listed} FROM {files}')  # noqa: S608 -- names of our own


def _wanted(asked: Asked, rules: Sequence[PastRules]) -> dict[str, Wanted]:
    names = asked.definition.event_names | telling(asked.definition) | set(ALWAYS_HEARD)
    found = {name: Wanted(columns, names if name == _EVENTS else None) for name, columns in _OWN.items()}
    for each in rules:
        for read in each.reads:
            before = found.get(read.table, Wanted(frozenset(), frozenset()))
            both = None
            if read.table == _EVENTS and read.names and before.names is not None:
                both = before.names | set(read.names)
            found[read.table] = Wanted(before.columns | read.columns, both)
    return found


def _write(reader: Reader, name: str, want: Wanted, place: Path, count: int) -> None:
    kept = "true"
    if want.names is not None and name == _EVENTS:
        kept = f"name IN ({', '.join(_text(each) for each in sorted(want.names))})"
    _copy(reader, name, reader.relation(name), want, place, count, kept=kept)


def _copy(
    reader: Reader, name: str, rows: str, want: Wanted, place: Path, count: int, *, kept: str = "true"
) -> None:
    listed = ", ".join(f'"{column}"' for column in sorted(want.columns | {"customer_id"}))
    reader.run(
        SQL["cut"].format(columns=listed, parts=count, rows=rows, kept=kept, place=f"{place.absolute()}/{name}")
    )


def _filled(name: str, reader: Reader) -> str:
    return SQL[name].format(**{table.name: reader.relation(table.name) for table in TABLES})


def _relation(called: Sequence[Called]) -> pa.Table:
    return pa.table(
        {
            "customer_id": pa.array([each.customer_id for each in called], pa.int64()),
            "at": pa.array([bare(each.at) for each in called], pa.timestamp("us")),
            "name": pa.array([each.name for each in called], pa.string()),
            "segment": pa.array([each.segment for each in called], pa.string()),
            "key": pa.array([each.key for each in called], pa.string()),
        }
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _stored(type_: Type) -> str:
    return Type.TEXT.value if type_ is Type.JSON else type_.value
