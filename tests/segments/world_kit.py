"""A made-up shop on a real PostgreSQL, worked by the engine on a virtual clock, and its rows read back by hand."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection
from tests.segments import segments_reference as reference
from tests.segments.reference_ranks import cut_at
from tests.segments.segments_kit import Base, bare
from tests.segments.world_stream import DAY, HOUR, Stream

from tactful.events import services as door
from tactful.flows import merging, nightly, react, setting_up
from tactful.flows.tables import TABLES
from tactful.kernel.clock import VirtualClock
from tactful.kernel.errors import Conflict
from tactful.kernel.ids import key_of
from tactful.sales import services as sales
from tactful.segments import queries, services
from tactful.segments.domain.conditions import Percentile
from tactful.segments.domain.cuts import Cut
from tactful.segments.domain.nodes import leaves
from tactful.team import queries as team
from tactful.team import services as office

START = datetime(2026, 3, 24, 12, tzinfo=UTC)  # five days before the clocks go forward in Berlin
INSTANT = timedelta(microseconds=1)
RULES: dict[str, object] = {
    "germans": {"attribute": "country", "is": "DE"},
    "renewing": {"attribute": "custom.renewal", "in_next_days": 3},
    "today": {"event": "Product Viewed", "in_last_calendar_days": 2, "clock": "customer"},
    "viewers": {"event": "Product Viewed", "count": {"at_least": 2}, "in_last_days": 3},
    "quiet": {
        "all": [
            {"reachable": "email", "topic": "news"},
            {"event": "Product Viewed", "never": True, "in_last_days": 7},
        ]
    },
    "no-words": {"consent": {"channel": "email", "topic": "news"}, "is": "withdrawn"},
    "spenders": {"orders": "revenue", "at_least": 30, "in_last_days": 7},
    "march": {"orders": "count", "category": "Tea", "at_least": 1, "months": [3]},
    "late-again": {"orders": "times_own_gap", "at_least": 1.5},
    "sent-back": {"orders": "returned_share", "greater": 0.2},
    "left-carts": {
        "sequence": [{"event": "Product Viewed"}, {"event": "Product Added", "within_days": 2}],
        "then_not": {"event": "Order Completed", "within_days": 1},
    },
    "carts": {"event": "Product Added", "sum": "value", "at_least": 10, "in_last_days": 14},
    "listed": {"all": [{"list": "vip"}, {"not": {"segment": "germans"}}]},
    "overdue": {"record": "task", "state": "overdue"},
    "top": {"percentile": {"orders": "revenue"}, "greater": 60},
    "recent": {"percentile": {"orders": "days_since_last"}, "at_most": 40},
    "month-by-own-clock": {
        "percentile": {"orders": "revenue", "in_last_calendar_days": 20, "clock": "customer"},
        "at_least": 50,
    },
    "best": {"rfm": {"recency": [4, 5], "money": [3, 4, 5]}},
}  # fmt: skip
ROWS = {
    "customers": """SELECT id, id AS customer_id, external_id, email, phone, zone, country, birth_date, is_test,
        attributes::text,
        (SELECT traits::text FROM customers_company AS f WHERE f.id = company_id) AS company,
        created_at, last_seen_at, merged_into_id IS NULL AND erased_at IS NULL AS active
        FROM customers_customer""",
    "events": """SELECT id, customer_id, name, occurred_at, properties::text FROM events_event
        WHERE customer_id IS NOT NULL""",
    "orders": """SELECT id, customer_id, status, currency, completed_at, revenue_minor, discount_minor, margin_minor
        FROM catalog_order WHERE customer_id IS NOT NULL""",
    "order_lines": """SELECT id, order_id, customer_id, completed_at, currency, sku, category, revenue_minor,
        discount_minor, margin_minor FROM catalog_orderline WHERE customer_id IS NOT NULL""",
    "order_returns": """SELECT id, customer_id, currency, at, amount_minor FROM catalog_orderreturn
        WHERE customer_id > 0""",
    "consents": "SELECT id, customer_id, channel, topic, granted, since FROM consent_consentstate",
    "tasks": "SELECT id, customer_id, created_at, due_at, done_at FROM sales_task",
    "tickets": "SELECT id, customer_id, opened_at, late_at, closed_at FROM sales_ticket",
    "proposals": "SELECT id, customer_id, opened_at, late_at, closed_at FROM sales_proposal",
}


def asked(sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())


def rows_now(*, currency: str = "EUR") -> Base:
    """Everything that conditions look at, as PostgreSQL has it, by statements of our own."""
    found: dict[str, list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        for table, sql in ROWS.items():
            cursor.execute(sql)
            names = [column.name for column in cursor.description or ()]
            found[table] = [
                {
                    name: bare(value) if isinstance(value, datetime) else value
                    for name, value in zip(names, row, strict=True)
                }
                for row in cursor.fetchall()
            ]
    kept = asked("SELECT measure, percent, at, value FROM segments_cut")
    return Base(
        found, cuts=[(measure, percent, at, value) for measure, percent, at, value in kept], currency=currency
    )


@dataclass
class World:
    """One seed's shop."""

    seed: int
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START))
    undone: int = 0

    def __post_init__(self) -> None:
        self.dice = Random(self.seed)
        self.stream = Stream(self.dice)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def open(self) -> None:
        """Some have bought before the segments are made and filled."""
        setting_up.prepare(now=self.now)
        office.save_workspace(replace(team.workspace(), zone="Europe/Berlin", currency="EUR"))
        first = [self.stream.buyer(number, self.now) for number in range(6)]
        door.append((("api:shop", False, json.dumps(each)) for each in first), now=self.now)
        self.work()
        for slug, rule in RULES.items():
            services.save(slug=slug, name=slug, definition=rule, goal="g", action="a", now=self.now)
        nightly.fill_segments(self.now)

    def live(self) -> None:
        """A few things happen, the engine works, time passes."""
        said = [self.stream.next(self.now) for _ in range(self.dice.randint(1, 12))]
        door.append((("api:shop", past, json.dumps(each)) for past, each in said), now=self.now)
        self.work()
        act = self.dice.choices(
            [self._nothing, self._flush, self._cut, self._recount, self._erase, self._take_apart, self._task],
            [6, 2, 2, 1, 0.5, 1, 1],
        )[0]
        act()
        self.clock.advance(self.dice.choice([INSTANT, HOUR, 5 * HOUR, 12 * HOUR, DAY, DAY, 3 * DAY]))
        while react.tick(now=self.now, limit=self.dice.choice([1, 5, 100])):
            pass

    def work(self) -> None:
        """The engine, in batches of any size, each at a moment of its own."""
        taken = 1
        while taken:
            self.clock.advance(INSTANT)
            taken = react.react(now=self.now, limit=self.dice.choice([1, 3, 7, 100]))

    def compare(self) -> None:
        """Live = lake = the scope of subjects = the slow reference, for every segment."""
        if self.dice.random() < 0.5:
            self._flush()
        base, at, before = rows_now(), self.now, self.now - self.dice.randint(1, 200) * HOUR
        everybody = sorted(row["id"] for row in base.of("customers"))
        segments = queries.segments()
        trees = [segment.tree for segment in segments]
        held = services.evaluate(
            trees, [(each, when) for each in everybody for when in (at, before)], tables=TABLES
        )
        for segment, met in zip(segments, held, strict=True):
            expected = sorted(reference.members(base, segment.tree, at))
            where = f"{segment.slug} at {at.isoformat()}, seed {self.seed}"
            assert queries.member_ids(segment.slug) == expected, f"live: {where}"
            lake = services.ids(segment.slug, at=at, tables=TABLES, folder=nightly.FOLDER)
            assert lake == expected, f"lake: {where}"
            assert [each for each, inside in zip(everybody, met[::2], strict=True) if inside] == expected, where
            earlier = reference.members(base, segment.tree, before)
            assert {each for each, inside in zip(everybody, met[1::2], strict=True) if inside} == earlier, where

    def _nothing(self) -> None:
        pass

    def _flush(self) -> None:
        nightly.flush_lake(self.now)

    def _cut(self) -> None:
        """The night: the cuts are those that the slow way makes of the same rows."""
        base = rows_now()
        nightly.cut_percentiles(self.now)
        ranks = {leaf for row in queries.segments() for leaf in leaves(row.tree) if isinstance(leaf, Percentile)}
        wanted = {
            (cut.measure, cut.percent): cut_at(leaf, base, bare(self.now))
            for leaf in ranks
            for cut in [Cut.of(leaf)]
        }
        made = asked("SELECT measure, percent, value FROM segments_cut WHERE at = %s", [self.now])
        assert {(measure, percent): value for measure, percent, value in made} == {
            name: float(value) for name, value in wanted.items() if value is not None
        }
        self.work()

    def _recount(self) -> None:
        """Where the engine has kept up, holding everyone against everything finds nothing."""
        while react.tick(now=self.now):
            pass
        assert nightly.recount_segments(self.now) == 0, f"seed {self.seed} at {self.now}"

    def _erase(self) -> None:
        """No service erases yet: the mark is set, and the customer looked at again."""
        ids = [
            row[0] for row in asked("SELECT id FROM customers_customer WHERE merged_into_id IS NULL ORDER BY id")
        ]
        gone = self.dice.choice(ids)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE customers_customer SET erased_at = %s WHERE id = %s", [self.now, gone])
        services.look_again([gone], now=self.now)

    def _take_apart(self) -> None:
        merges = asked("SELECT id FROM customers_merge WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1")
        for (merge_id,) in merges:
            try:
                merging.undo(merge_id, now=self.now)
            except Conflict:
                continue
            self.undone += 1
            self.work()

    def _task(self) -> None:
        ids = [
            row[0] for row in asked("SELECT id FROM customers_customer WHERE merged_into_id IS NULL ORDER BY id")
        ]
        whose = self.dice.choice(ids)
        due = self.now + self.dice.choice([-1, 2, 30]) * HOUR
        sales.create_tasks([sales.NewTask(key_of(str(self.now)), whose, "Call", self.now, due)])
        services.look_again([whose], now=self.now)


def histories() -> dict[tuple[int, int], list[tuple[datetime, bool]]]:
    """Who entered and left which segment when, of records that never were two."""
    found: defaultdict[tuple[int, int], list[tuple[datetime, bool]]] = defaultdict(list)
    for customer, segment, at, entered in asked(
        """SELECT customer_id, segment_id, at, entered FROM segments_memberchange AS change
        WHERE NOT EXISTS (SELECT FROM customers_merge AS merge
                          WHERE change.customer_id IN (merge.from_customer_id, merge.into_customer_id))
        ORDER BY id"""
    ):
        found[customer, segment].append((at, entered))
    return dict(found)


def told() -> dict[tuple[int, str], list[tuple[datetime, bool]]]:
    """The same, as events in the log tell it."""
    found: defaultdict[tuple[int, str], list[tuple[datetime, bool]]] = defaultdict(list)
    for customer, slug, at, name in asked(
        """SELECT customer_id, properties ->> 'segment', occurred_at, name FROM events_event
        WHERE name IN ('Segment Entered', 'Segment Left') ORDER BY occurred_at, id"""
    ):
        found[customer, slug].append((at, name == "Segment Entered"))
    return dict(found)
