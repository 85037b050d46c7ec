"""The law of the lake: whatever happened, in whatever order, it tells what PostgreSQL tells."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.lake.world import ALL, NOW, files, insert, other_connection, run, shown, truth

from tactful.catalog.lake import ORDERS
from tactful.events.lake import EVENTS
from tactful.lake import layout
from tactful.lake.services import compact, flush, rebuild, remove_old

TABLES = (EVENTS, ORDERS)
# Rows that the slow transaction holds are left out: waiting for it in the same thread would last for ever.
_THESE = "WHERE id IN (SELECT id FROM {source} WHERE {which} FOR UPDATE SKIP LOCKED)"
_TOUCH = f"UPDATE {{source}} SET historical = NOT historical {_THESE}"  # noqa: S608 -- filled in by the test alone
_DELETE = f"DELETE FROM {{source}} {_THESE}"  # noqa: S608 -- likewise
_MOVE = f"UPDATE {{source}} SET customer_id = {{into}} {_THESE}"  # noqa: S608 -- likewise


class World:
    """A database with a second, slower transaction, and the lake beside it."""

    def __init__(self, folder: Path, slow):
        self.folder, self.slow = folder, slow

    def insert(self, table, count, customer):
        insert(table, count=count, customer=customer)

    def insert_slowly(self, table, count, customer):
        insert(table, count=count, customer=customer, link=self.slow)

    def touch(self, table, nth):
        run(_TOUCH.format(source=table.source, which=f"mod(id, {nth}) = 0"))

    def touch_slowly(self, table, nth):
        self.slow.execute(_TOUCH.format(source=table.source, which=f"mod(id, {nth}) = 0"))

    def move(self, table, customer, into):
        run(_MOVE.format(source=table.source, into=into, which=f"customer_id = {customer}"))

    def delete(self, table, nth):
        run(_DELETE.format(source=table.source, which=f"mod(id, {nth}) = 0"))

    def commit(self):
        self.slow.commit()

    def roll_back(self):
        self.slow.rollback()

    def flush(self):
        flush(TABLES, folder=self.folder, now=NOW)

    def compact(self):
        compact(TABLES, folder=self.folder, now=NOW)

    def rebuild(self):
        rebuild(TABLES, folder=self.folder, now=NOW)

    def remove_old(self):
        remove_old(self.folder, NOW)


_CUSTOMER = st.one_of(st.none(), st.integers(1, 6))
_TABLE = st.sampled_from(TABLES)
_STEP = st.one_of(
    st.tuples(st.just(World.insert), _TABLE, st.integers(1, 9), _CUSTOMER),
    st.tuples(st.just(World.insert_slowly), _TABLE, st.integers(1, 4), _CUSTOMER),
    st.tuples(st.sampled_from([World.touch, World.touch_slowly, World.delete]), _TABLE, st.integers(2, 5)),
    st.tuples(st.just(World.move), _TABLE, st.integers(1, 6), st.integers(1, 6)),
    st.tuples(st.sampled_from([World.flush, World.compact, World.rebuild, World.remove_old])),
    st.tuples(st.sampled_from([World.flush, World.commit, World.roll_back])),
)


@given(steps=st.lists(_STEP, min_size=3, max_size=14))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_and_tail_together_equal_postgresql_after_every_step(folder: Path, monkeypatch, steps):
    monkeypatch.setattr(layout, "TARGET", 6)  # so that chunks, splits and tiers happen with a few rows
    monkeypatch.setattr(layout, "_LARGE_TAIL", 18)
    run("TRUNCATE events_event, catalog_order, lake_laketable, lake_lakefile, lake_lakegone")
    with other_connection() as slow:
        world = World(folder, slow)
        for act, *values in steps:
            act(world, *values)
            for table in TABLES:
                assert shown(table, folder) == truth(table), table.name
        slow.rollback()


def test_what_a_slow_transaction_commits_after_the_flush_is_seen_and_flushed_later(folder):
    with other_connection() as slow:
        insert(EVENTS, link=slow)  # takes the lower id
        insert(EVENTS, count=3)
        assert flush([EVENTS], folder=folder, now=NOW) == {"events": 3}
        assert len(shown(EVENTS, folder)) == 3
        slow.commit()
    assert shown(EVENTS, folder) == truth(EVENTS)
    assert len(truth(EVENTS)) == 4
    flush([EVENTS], folder=folder, now=NOW)
    assert shown(EVENTS, folder) == truth(EVENTS)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_merge_moves_flushed_rows_to_the_other_customer(folder, table):
    insert(table, count=5, customer=7)
    insert(table, count=5, customer=900)
    flush([table], folder=folder, now=NOW)
    run(_MOVE.format(source=table.source, into=900, which="customer_id = 7"))
    assert [row[1] for row in shown(table, folder)] == [900] * 10
    flush([table], folder=folder, now=NOW)
    assert [row[1] for row in shown(table, folder)] == [900] * 10


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_deleted_row_is_gone_at_once_and_stays_gone(folder, table):
    insert(table, count=4)
    flush([table], folder=folder, now=NOW)
    run(_DELETE.format(source=table.source, which="mod(id, 2) = 0"))
    assert len(shown(table, folder)) == 2
    flush([table], folder=folder, now=NOW)
    assert shown(table, folder) == truth(table)
    assert run("SELECT count(*) FROM lake_lakegone") == [(0,)], "no file holds it any more"


def test_a_table_without_rows_is_empty_before_and_after_its_flush(folder):
    for _ in range(2):
        assert all(shown(table, folder) == [] for table in ALL)
        assert flush(ALL, folder=folder, now=NOW) == {table.name: 0 for table in ALL}
    assert files(folder) == set()


def test_rebuild_gives_the_same_answers_from_new_files(folder):
    insert(EVENTS, count=50)
    insert(ORDERS, count=50, customer=None)
    flush(TABLES, folder=folder, now=NOW)
    before, kept = [shown(table, folder) for table in TABLES], files(folder)
    assert rebuild(TABLES, folder=folder, now=NOW) == {"events": 50, "orders": 50}
    assert [shown(table, folder) for table in TABLES] == before
    assert files(folder) > kept


def test_rows_marked_by_another_cluster_are_marked_anew_by_a_rebuild(folder):
    insert(EVENTS, count=3)
    run("ALTER TABLE events_event DISABLE TRIGGER lake_touched")
    run("UPDATE events_event SET changed_in = '9000000000000'::xid8")  # as a restored dump leaves them
    run("ALTER TABLE events_event ENABLE TRIGGER lake_touched")
    rebuild([EVENTS], folder=folder, now=NOW)
    assert shown(EVENTS, folder) == truth(EVENTS)
    assert run("SELECT count(*) FROM events_event WHERE changed_in >= '9000000000000'::xid8") == [(0,)]
