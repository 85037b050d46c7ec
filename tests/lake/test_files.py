"""Files and manifest: what a crash leaves, who may write, what is merged, what is removed."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.lake.world import ALL, NOW, files, insert, other_connection, run, shown, truth

from tactful.catalog.lake import ORDERS
from tactful.events.lake import EVENTS
from tactful.jobs.services import lock_number
from tactful.lake import layout, services
from tactful.lake.engine import files_sql, opened, reading
from tactful.lake.manifest import Change, Overtaken, State, switch
from tactful.lake.queries import status
from tactful.lake.services import LakeBusy, compact, flush, flush_due, prepare, rebuild, remove_old
from tactful.lake.tables import Column, Type


def _files_of(table):
    return status([table])[0].files


def test_a_crash_before_the_switch_leaves_an_orphan_that_the_next_flush_removes(folder, monkeypatch):
    insert(EVENTS, count=5)
    with monkeypatch.context() as patch:
        patch.setattr(services, "switch", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            flush([EVENTS], folder=folder, now=NOW)
    orphans = files(folder)
    assert len(orphans) == 1
    assert shown(EVENTS, folder) == truth(EVENTS)
    flush([EVENTS], folder=folder, now=NOW)
    assert not files(folder) & orphans
    assert shown(EVENTS, folder) == truth(EVENTS)


def test_an_unfinished_file_is_never_read_and_is_removed(folder):
    insert(EVENTS, count=5)
    flush([EVENTS], folder=folder, now=NOW)
    unfinished = folder / "events" / "cut.parquet.unfinished"
    unfinished.write_bytes(b"PAR1 and then the power went")
    assert shown(EVENTS, folder) == truth(EVENTS)
    assert remove_old(folder, NOW) == 1
    assert not unfinished.exists()


def test_lost_files_are_answered_from_postgresql_until_the_next_flush_writes_them_anew(folder):
    insert(ORDERS, count=5)
    flush([ORDERS], folder=folder, now=NOW)
    for path in files(folder):
        (folder / path).unlink()
    assert shown(ORDERS, folder) == truth(ORDERS)
    assert flush([ORDERS], folder=folder, now=NOW) == {"orders": 5}
    assert shown(ORDERS, folder) == truth(ORDERS)
    assert _files_of(ORDERS) == 1


def test_a_table_declared_with_another_column_is_written_anew(folder):
    insert(EVENTS, count=5)
    flush([EVENTS], folder=folder, now=NOW)
    wider = replace(EVENTS, columns=(*EVENTS.columns, Column("source", Type.TEXT)))
    assert shown(wider, folder) == truth(wider)
    assert flush([wider], folder=folder, now=NOW) == {"events": 5}
    assert shown(wider, folder) == truth(wider)
    assert _files_of(wider) == 1


def test_while_one_process_writes_another_lets_it_be(folder):
    insert(EVENTS)
    with other_connection() as other:
        other.execute("SELECT pg_advisory_lock(%s)", [lock_number("lake")])
        assert flush([EVENTS], folder=folder, now=NOW) == {}
        assert flush_due([EVENTS], folder=folder, now=NOW) == {}
        assert compact([EVENTS], folder=folder, now=NOW) == {}
        assert remove_old(folder, NOW) == 0
        with pytest.raises(LakeBusy):
            rebuild([EVENTS], folder=folder, now=NOW)
        other.execute("SELECT pg_advisory_unlock(%s)", [lock_number("lake")])
        assert flush([EVENTS], folder=folder, now=NOW) == {"events": 1}


def test_a_writer_that_lost_its_lock_cannot_switch_files_that_another_has_switched(folder):
    insert(EVENTS, count=2)
    flush([EVENTS], folder=folder, now=NOW)
    shape = run("SELECT shape FROM lake_laketable WHERE name = 'events'")[0][0]
    late = Change(state=State(table=EVENTS, shape=shape, flushed_to=1), flushed_to=2)
    with pytest.raises(Overtaken):
        switch(late, now=NOW)
    assert shown(EVENTS, folder) == truth(EVENTS)


def test_superseded_files_stay_an_hour_for_those_who_read_them(folder):
    insert(ORDERS, count=2)
    flush([ORDERS], folder=folder, now=NOW)
    first = files(folder)
    with reading([ORDERS], folder=folder) as reader:
        insert(ORDERS, count=1)
        flush([ORDERS], folder=folder, now=NOW)
        remove_old(folder, NOW + timedelta(minutes=59))
        assert reader.rows("SELECT count(*) FROM orders") == [(2,)]
    assert first < files(folder)
    assert remove_old(folder, NOW + timedelta(minutes=61)) == 1
    assert not first & files(folder)


def test_many_small_files_of_a_time_table_become_few_and_stay_in_time_order(folder):
    for _ in range(17):
        insert(EVENTS, count=3)
        flush([EVENTS], folder=folder, now=NOW)
    assert _files_of(EVENTS) <= 3
    assert shown(EVENTS, folder) == truth(EVENTS)
    with opened(folder) as reader:
        for path in files(folder):
            moments = reader.rows(f"SELECT occurred_at FROM {files_sql(folder, [path])}")  # noqa: S608 -- a path of ours
            assert moments == sorted(moments)


def test_only_files_of_the_customers_concerned_are_written_again(folder, monkeypatch):
    monkeypatch.setattr(layout, "TARGET", 10)
    for customer in range(1, 41):
        insert(ORDERS, customer=customer)
    flush([ORDERS], folder=folder, now=NOW)
    before = files(folder)
    assert len(before) == 4
    insert(ORDERS, customer=25)
    flush([ORDERS], folder=folder, now=NOW)
    assert len(files(folder) - before) == 1
    assert shown(ORDERS, folder) == truth(ORDERS)


def test_a_file_that_outgrew_its_size_is_split_between_customers(folder, monkeypatch):
    insert(ORDERS, customer=1)
    flush([ORDERS], folder=folder, now=NOW)
    monkeypatch.setattr(layout, "TARGET", 10)
    for customer in range(1, 30):
        insert(ORDERS, customer=customer)
    flush([ORDERS], folder=folder, now=NOW)
    assert _files_of(ORDERS) == 3
    assert shown(ORDERS, folder) == truth(ORDERS)


def test_a_flush_that_does_not_pay_waits_an_hour_at_most(folder):
    insert(ORDERS, count=100)
    assert flush_due([ORDERS], folder=folder, now=NOW) == {"orders": 100}, "never flushed yet"
    insert(ORDERS)
    assert flush_due([ORDERS], folder=folder, now=NOW + timedelta(minutes=59)) == {}
    assert shown(ORDERS, folder) == truth(ORDERS)
    assert flush_due([ORDERS], folder=folder, now=NOW + timedelta(minutes=60)) == {"orders": 1}


def test_preparing_again_changes_nothing(folder):
    sources = ", ".join(f"'{table.source}'::regclass" for table in ALL)
    triggers = f"SELECT oid FROM pg_trigger WHERE tgname LIKE 'lake_%%' AND tgrelid IN ({sources}) ORDER BY 1"  # noqa: S608 -- names of our own tables
    before = run(triggers)
    prepare(ALL)
    assert run(triggers) == before
    assert len(before) == 2 * len(ALL)
