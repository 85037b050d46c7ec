"""Small bases written by hand or made up, and the two compiled shapes asked over them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from django.db import connection

from tactful.catalog.lake import ORDER_LINES, ORDER_RETURNS, ORDERS
from tactful.consent.lake import CONSENTS
from tactful.customers.lake import CUSTOMERS
from tactful.events.lake import EVENTS
from tactful.lake.arrow import schema_of
from tactful.lake.engine import over
from tactful.lake.tables import LakeTable
from tactful.segments.compiler import everyone, explained, members, subjects, watched
from tactful.segments.domain.nodes import Leaf, Node
from tactful.segments.domain.terms import Terms
from tactful.segments.waiting import looked_again as waiting

TABLES: tuple[LakeTable, ...] = (CUSTOMERS, CONSENTS, EVENTS, ORDERS, ORDER_LINES, ORDER_RETURNS)
CURRENCY = "EUR"
TERMS = Terms(CURRENCY, "Europe/Berlin")
Row = dict[str, Any]


@dataclass
class Base:
    """Rows by lake table; what is not named in a row is unset, or as `DEFAULTS` says."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def of(self, table: str) -> list[Row]:
        return self.rows.get(table, [])

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
    "order_lines": {"category": "", "revenue_minor": 0, "discount_minor": 0, "margin_minor": 0},
    "order_returns": {"amount_minor": 0},
    "consents": {"channel": "email", "topic": "news", "granted": True, "since": LONG_AGO},
    "events": {"properties": "{}"},
}


def base_of(rows: Mapping[str, Sequence[Row]]) -> Base:
    """A base from rows that name only what matters; ids are counted where they are not given."""
    filled: dict[str, list[Row]] = {}
    for table, given in rows.items():
        filled[table] = [{"id": number, **DEFAULTS[table], **row} for number, row in enumerate(given, start=1)]
    for row in filled.get("customers", []):
        row["customer_id"] = row["id"]
    return Base(filled)


def in_everyone(base: Base, tree: Node, at: datetime) -> set[int]:
    with over(base.arrow()) as reader:
        found = [row[0] for row in reader.rows(everyone(tree, at=at, terms=TERMS).sql)]
    assert len(found) == len(set(found)), "a customer came twice"
    return set(found)


def in_members(base: Base, trees: Sequence[Node], at: datetime) -> list[set[int]]:
    plan = members(tuple(trees), terms=TERMS)
    with over(base.arrow()) as reader:
        rows = reader.rows(plan.sql, plan.parameters(at))
    return [{row[0] for row in rows if row[1 + number]} for number in range(len(trees))]


def looked_again(base: Base, trees: Sequence[Node], at: datetime) -> dict[int, datetime]:
    """For those who have to be looked at again because of time alone: when."""
    plan = watched(tuple(trees), terms=TERMS)
    with over(base.arrow()) as reader:
        answers = reader.arrow(plan.plan.sql, plan.plan.parameters(at))
    return dict(waiting(plan, answers, at))


def in_subjects(base: Base, trees: Sequence[Node], asked: Sequence[tuple[int, datetime]]) -> list[set[int]]:
    """Per tree the positions of the subjects that meet it."""
    plan = subjects(tuple(trees), terms=TERMS)
    with over({**base.arrow(), "subjects": _subjects(asked)}) as reader:
        rows = reader.rows(plan.sql)
    return [{row[0] for row in rows if row[1 + number]} for number in range(len(trees))]


def leaf_answers(
    base: Base, tree: Node, customer_ids: Sequence[int], at: datetime
) -> dict[int, tuple[bool, dict[Leaf, bool]]]:
    """What explanations are made of: per active customer the answer, and that of every condition."""
    plan = explained(tree, terms=TERMS)
    asked = [(customer_id, at) for customer_id in customer_ids]
    with over({**base.arrow(), "subjects": _subjects(asked)}) as reader:
        rows = reader.rows(plan.plan.sql)
    return {
        customer_ids[subject]: (met, dict(zip(plan.leaves, rest[len(plan.features) :], strict=True)))
        for subject, met, *rest in rows
    }


def _subjects(asked: Sequence[tuple[int, datetime]]) -> pa.Table:
    return pa.table(
        {
            "subject": pa.array(range(len(asked)), pa.int64()),
            "customer_id": pa.array([customer for customer, _ in asked], pa.int64()),
            "as_of": pa.array([bare(at) for _, at in asked], pa.timestamp("us")),
        }
    )


def bare(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _arrow(table: LakeTable, rows: Sequence[Row]) -> pa.Table:
    schema = schema_of(table)
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], schema.field(name).type) for name in schema.names}
    )


INSERTS: Mapping[str, str] = {
    "customers": """
        INSERT INTO customers_customer (id, external_id, country, city, first_name, birth_date, is_test,
                                        last_seen_at, attributes, created_at, updated_at, erased_at)
        SELECT id, 'c' || id, country, city, first_name, birth_date, is_test, last_seen_at AT TIME ZONE 'UTC',
               attributes, created_at AT TIME ZONE 'UTC', created_at, CASE WHEN NOT active THEN created_at END
        FROM jsonb_to_recordset(%s) AS given(id bigint, country text, city text, first_name text, birth_date date,
            is_test boolean, last_seen_at timestamp, attributes jsonb, created_at timestamp, active boolean)""",
    "consents": """
        INSERT INTO consent_consentstate (customer_id, channel, topic, granted, since)
        SELECT customer_id, channel, topic, granted, since AT TIME ZONE 'UTC'
        FROM jsonb_to_recordset(%s)
            AS given(customer_id bigint, channel text, topic text, granted boolean, since timestamp)""",
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
        INSERT INTO catalog_orderline (order_id, line, customer_id, completed_at, sku, category, quantity,
                                       price_minor, revenue_minor, discount_minor, margin_minor)
        SELECT order_id, row_number() OVER (), customer_id, completed_at AT TIME ZONE 'UTC', 'sku', category, 1,
               0, revenue_minor, discount_minor, margin_minor
        FROM jsonb_to_recordset(%s) AS given(order_id bigint, customer_id bigint, completed_at timestamp,
            category text, revenue_minor bigint, discount_minor bigint, margin_minor bigint)""",
    "order_returns": """
        INSERT INTO catalog_orderreturn (external_id, customer_id, currency, at, amount_minor, margin_minor, lines)
        SELECT gen_random_uuid(), customer_id, 'EUR', at AT TIME ZONE 'UTC', amount_minor, 0, '[]'
        FROM jsonb_to_recordset(%s) AS given(customer_id bigint, at timestamp, amount_minor bigint)""",
}


def put(base: Base) -> None:
    """Write a base into PostgreSQL."""
    with connection.cursor() as cursor:
        for table, rows in base.rows.items():
            given = [
                {
                    name: json.loads(value) if name in {"attributes", "properties"} else value
                    for name, value in row.items()
                }
                for row in rows
            ]
            cursor.execute(INSERTS[table], [json.dumps(given, default=lambda value: value.isoformat())])


def _plain(name: str, value: Any) -> Any:
    return json.loads(value) if name in {"attributes", "properties"} else value
