"""Small bases written by hand or made up, and the compiled shapes asked over them."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection

from tactful.catalog.lake import ORDER_LINES, ORDER_RETURNS, ORDERS
from tactful.consent.lake import CONSENTS, REFUSALS
from tactful.customers.lake import CUSTOMERS
from tactful.events.lake import EVENTS
from tactful.lake.arrow import schema_of
from tactful.lake.engine import over
from tactful.lake.tables import LakeTable
from tactful.sales.lake import TASKS
from tactful.segments import cuts, queries
from tactful.segments.calendar import midnights
from tactful.segments.compiler import CUTS, MIDNIGHTS, RowsPlan, everyone, explained, members, subjects, watched
from tactful.segments.compiler.moments import bare as _bare
from tactful.segments.domain.conditions import Leaf
from tactful.segments.domain.cuts import Cut
from tactful.segments.domain.folds import HAPPENED
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.terms import Terms
from tactful.segments.live import Rows, members_at, members_in, of_subjects
from tactful.segments.waiting import looked_again as waiting

TABLES: tuple[LakeTable, ...] = (CUSTOMERS, CONSENTS, REFUSALS, EVENTS, ORDERS, ORDER_LINES, ORDER_RETURNS, TASKS)
CURRENCY = "EUR"
TERMS = Terms(CURRENCY, "Europe/Berlin")
Row = dict[str, Any]
CutRow = tuple[str, float, datetime, float]


@dataclass
class Base:
    """Rows by lake table; what is not named in a row is unset, or as `DEFAULTS` says.

    `nights`: when the cuts of percentiles were made, over these rows. `cuts`: those made when the rows were others.
    """

    rows: dict[str, list[Row]] = field(default_factory=dict)
    nights: tuple[datetime, ...] = ()
    cuts: list[CutRow] | None = None
    currency: str = CURRENCY
    made: dict[object, Any] = field(default_factory=dict)  # cuts that the reference has made already

    def of(self, table: str) -> list[Row]:
        return self.rows.get(table, [])

    def theirs(self, table: str, customer: Row) -> list[Row]:
        """The rows of one customer."""
        return self._by_customer[table].get(customer["id"], [])

    @cached_property
    def _by_customer(self) -> Mapping[str, Mapping[int, list[Row]]]:
        found: defaultdict[str, defaultdict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for table, rows in self.rows.items():
            for row in rows:
                found[table][row["customer_id"]].append(row)
        return found

    def arrow(self) -> dict[str, pa.Table]:
        return {table.name: _arrow(table, self.of(table.name)) for table in TABLES}


LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)
DEFAULTS: Mapping[str, Row] = {
    "customers": {"active": True, "is_test": False, "attributes": "{}", "created_at": LONG_AGO},
    "orders": {
        "status": "completed",
        "currency": CURRENCY,
        "revenue_minor": 0,
        "discount_minor": 0,
        "margin_minor": 0,
    },
    "order_lines": {
        "sku": "sku",
        "category": "",
        "currency": CURRENCY,
        "revenue_minor": 0,
        "discount_minor": 0,
        "margin_minor": 0,
    },
    "order_returns": {"currency": CURRENCY, "amount_minor": 0},
    "consents": {"channel": "email", "topic": "news", "granted": True, "since": LONG_AGO},
    "refusals": {"channel": "email", "since": LONG_AGO},
    "events": {"properties": "{}"},
    "tasks": {"created_at": LONG_AGO, "due_at": LONG_AGO},
}


def base_of(rows: Mapping[str, Sequence[Row]], *, nights: Sequence[datetime] = ()) -> Base:
    """A base from rows that name only what matters; ids are counted where they are not given."""
    filled: dict[str, list[Row]] = {}
    for table, given in rows.items():
        filled[table] = [{"id": number, **DEFAULTS[table], **row} for number, row in enumerate(given, start=1)]
    for row in filled.get("customers", []):
        row["customer_id"] = row["id"]
    return Base(filled, tuple(nights))


def in_everyone(base: Base, tree: Node, at: datetime, *, terms: Terms = TERMS) -> set[int]:
    plan = everyone(tree, at=at, terms=terms)
    tables = {name: rows for name, rows in base.arrow().items() if name in plan.tables}
    if plan.midnights:
        tables[MIDNIGHTS] = midnights([at], plan.midnights, terms)
    if plan.cuts:
        tables[CUTS] = cuts.relation(made_at_night(base, plan.cuts, terms))
    with over(tables) as reader:
        found = [row[0] for row in reader.rows(plan.sql)]
    assert len(found) == len(set(found)), "a customer came twice"
    return set(found)


def in_members(base: Base, trees: Sequence[Node], at: datetime, *, terms: Terms = TERMS) -> list[set[int]]:
    plan = members(tuple(trees), terms=terms)
    with kept_cuts(base, plan, terms):
        found = members_at(plan, loaded(plan, base, [at]), at)
    return [members_in(found, number) for number in range(len(trees))]


def looked_again(base: Base, trees: Sequence[Node], at: datetime, *, terms: Terms = TERMS) -> dict[int, datetime]:
    """For those who have to be looked at again because of time alone: when."""
    plan = watched(tuple(trees), terms=terms)
    with kept_cuts(base, plan.plan, terms):
        return dict(waiting(plan, members_at(plan.plan, loaded(plan.plan, base, [at]), at), at))


def in_subjects(
    base: Base, trees: Sequence[Node], asked: Sequence[tuple[int, datetime]], *, terms: Terms = TERMS
) -> list[set[int]]:
    """Per tree the positions of the subjects that meet it."""
    plan = subjects(tuple(trees), terms=terms)
    with kept_cuts(base, plan, terms):
        rows = of_subjects(plan, loaded(plan, base, [at for _, at in asked]), asked) if asked else []
    return [{row[0] for row in rows if row[1 + number]} for number in range(len(trees))]


def leaf_answers(
    base: Base, tree: Node, customer_ids: Sequence[int], at: datetime, *, terms: Terms = TERMS
) -> dict[int, tuple[bool, dict[Leaf, bool]]]:
    """What explanations are made of: per active customer the answer, and that of every condition."""
    plan = explained(tree, terms=terms)
    asked = [(customer_id, at) for customer_id in customer_ids]
    with kept_cuts(base, plan.plan, terms):
        rows = of_subjects(plan.plan, loaded(plan.plan, base, [at]), asked)
    return {
        customer_ids[subject]: (met, dict(zip(plan.leaves, rest[len(plan.features) :], strict=True)))
        for subject, met, *rest in rows
    }


def loaded(plan: RowsPlan, base: Base, moments: Sequence[datetime]) -> Rows:
    """As `live.load` would: only the tables, columns and rows that the plan says it reads."""
    found = {}
    for read in plan.reads:
        rows = base.arrow()[read.table]
        if read.names:
            rows = rows.filter(pc.is_in(rows["name"], pa.array(read.names)))
        if read.days is not None:
            edge = bare(min(moments) - timedelta(days=read.days))
            rows = rows.filter(pc.greater(rows[HAPPENED[read.table]], pa.scalar(edge, pa.timestamp("us"))))
        wanted = {"id", "customer_id", *read.columns, *([HAPPENED[read.table]] if read.table in HAPPENED else [])}
        found[read.table] = rows.select([name for name in rows.column_names if name in wanted])
    return Rows(found)


def made_at_night(base: Base, wanted: Iterable[Cut], terms: Terms) -> list[CutRow]:
    """The cuts as the nights made them."""
    with over(base.arrow()) as reader:
        return [row for night in base.nights for row in cuts.made(reader, wanted, at=night, terms=terms)]


@contextmanager
def kept_cuts(base: Base, plan: RowsPlan, terms: Terms) -> Iterator[None]:
    """Let the live scope find the cuts of the nights where it looks for them."""
    rows = made_at_night(base, plan.cuts, terms) if plan.cuts else []
    with patch.object(queries, "cuts", lambda _wanted: rows):
        yield


def bare(moment: datetime) -> datetime:
    return _bare(moment) if moment.tzinfo else moment


def _arrow(table: LakeTable, rows: Sequence[Row]) -> pa.Table:
    schema = schema_of(table)
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], schema.field(name).type) for name in schema.names}
    )


INSERTS: Mapping[str, str] = {
    "customers": """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(%s) AS given(id bigint, country text, city text, first_name text,
                birth_date date, is_test boolean, last_seen_at timestamp, attributes jsonb, company jsonb,
                created_at timestamp, active boolean)
        ),
        firms AS (
            INSERT INTO customers_company (external_id, name, traits, created_at, updated_at)
            SELECT 'f' || id, '', company, now(), now() FROM given WHERE company IS NOT NULL
            RETURNING id, external_id
        )
        INSERT INTO customers_customer (id, external_id, country, city, first_name, birth_date, is_test,
                                        last_seen_at, attributes, created_at, updated_at, erased_at, company_id)
        SELECT given.id, 'c' || given.id, country, city, first_name, birth_date, is_test,
               last_seen_at AT TIME ZONE 'UTC', attributes,
               created_at AT TIME ZONE 'UTC', created_at, CASE WHEN NOT active THEN created_at END,
               firms.id
        FROM given LEFT JOIN firms ON firms.external_id = 'f' || given.id""",
    "consents": """
        INSERT INTO consent_consentstate (customer_id, channel, topic, granted, since)
        SELECT customer_id, channel, topic, granted, since AT TIME ZONE 'UTC'
        FROM jsonb_to_recordset(%s)
            AS given(customer_id bigint, channel text, topic text, granted boolean, since timestamp)""",
    "refusals": """
        INSERT INTO consent_refusal (customer_id, channel, reason, since)
        SELECT customer_id, channel, 'manual', since AT TIME ZONE 'UTC'
        FROM jsonb_to_recordset(%s) AS given(customer_id bigint, channel text, since timestamp)""",
    "events": """
        INSERT INTO events_event (message_key, kind, name, customer_id, occurred_at, received_at, source,
                                  historical, properties)
        SELECT gen_random_uuid(), 'track', name, customer_id, occurred_at AT TIME ZONE 'UTC',
               occurred_at AT TIME ZONE 'UTC', 'test', false, properties
        FROM jsonb_to_recordset(%s)
            AS given(customer_id bigint, name text, occurred_at timestamp, properties jsonb)""",
    "orders": """
        INSERT INTO catalog_order (external_id, customer_id, status, currency, placed_at, completed_at,
                                   revenue_minor, discount_minor, shipping_minor, tax_minor, margin_minor,
                                   margin_estimated, returned_minor, returned_margin_minor, historical)
        SELECT gen_random_uuid(), customer_id, status, currency, now(), completed_at AT TIME ZONE 'UTC',
               revenue_minor, discount_minor, 0, 0, margin_minor, false, 0, 0, false
        FROM jsonb_to_recordset(%s) AS given(customer_id bigint, status text, currency text, completed_at timestamp,
            revenue_minor bigint, discount_minor bigint, margin_minor bigint)""",
    "order_lines": """
        INSERT INTO catalog_orderline (order_id, line, customer_id, completed_at, currency, sku, category, quantity,
                                       price_minor, revenue_minor, discount_minor, margin_minor)
        SELECT order_id, row_number() OVER (), customer_id, completed_at AT TIME ZONE 'UTC', currency, 'sku',
               category, 1, 0, revenue_minor, discount_minor, margin_minor
        FROM jsonb_to_recordset(%s) AS given(order_id bigint, customer_id bigint, completed_at timestamp,
            currency text, category text, revenue_minor bigint, discount_minor bigint, margin_minor bigint)""",
    "order_returns": """
        INSERT INTO catalog_orderreturn (external_id, customer_id, currency, at, amount_minor, margin_minor, lines)
        SELECT gen_random_uuid(), customer_id, currency, at AT TIME ZONE 'UTC', amount_minor, 0, '[]'
        FROM jsonb_to_recordset(%s)
            AS given(customer_id bigint, currency text, at timestamp, amount_minor bigint)""",
}


_DOCUMENTS = frozenset({"attributes", "properties", "company"})


def put(base: Base) -> None:
    """Write a base into PostgreSQL."""
    with connection.cursor() as cursor:
        for table, rows in base.rows.items():
            given = [
                {
                    name: json.loads(value) if value is not None and name in _DOCUMENTS else value
                    for name, value in row.items()
                }
                for row in rows
            ]
            cursor.execute(INSERTS[table], [json.dumps(given, default=lambda value: value.isoformat())])
