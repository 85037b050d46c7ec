"""Readers: one moment for all tables, nothing in the plan that is not needed, no way out of the folder."""

import threading

import duckdb
import pyarrow as pa
import pytest
from tests.lake.world import ALL, NOW, bring_to_rest, insert, other_connection, run

from tactful.catalog.lake import ORDERS
from tactful.events.lake import EVENTS
from tactful.lake.arrow import schema_of
from tactful.lake.engine import over, reading
from tactful.lake.services import flush

_RECENT = "SELECT count(*) FROM events WHERE occurred_at > TIMESTAMP '2026-02-10 00:00:00'"


def _plan(reader, sql):
    return reader.rows("EXPLAIN " + sql)[0][1]


def test_every_declared_column_is_read_from_its_table_in_its_type(folder):
    with reading(ALL, folder=folder) as reader:
        for table in ALL:
            described = [row[:2] for row in reader.rows(f'DESCRIBE "{table.name}"')]
            wanted = [
                (name, "VARCHAR" if type_.value == "JSON" else type_.value) for name, type_ in table.types().items()
            ]
            assert described == wanted
            assert reader.arrow(f'FROM "{table.name}"').schema == schema_of(table)


def test_an_idle_lake_is_read_like_bare_files_with_conditions_pushed_into_them(folder):
    insert(EVENTS, count=20)
    bring_to_rest([EVENTS], folder)
    with reading([EVENTS], folder=folder) as reader:
        plan = _plan(reader, _RECENT)
    assert "READ_PARQUET" in plan
    assert "Filters:" in plan.split("READ_PARQUET")[-1]
    assert not {"UNION", "JOIN", "ARROW_SCAN"} & set(plan.replace("│", " ").split())


def test_the_bare_relation_lets_json_conditions_into_the_files_and_is_there_while_the_lake_is_idle(folder):
    insert(EVENTS, count=20)
    bring_to_rest([EVENTS], folder)
    with reading([EVENTS, ORDERS], folder=folder) as reader:
        assert reader.relation("orders") == '"orders"', "it has no files"
        asked = f"SELECT count(*) FROM {reader.relation('events')} WHERE properties ->> 'empty' = ''"  # noqa: S608 -- ours
        assert reader.rows(asked) == [(20,)]
        assert "FILTER" not in _plan(reader, asked).replace("│", " ").split()
    insert(EVENTS)
    with reading([EVENTS], folder=folder) as reader:
        assert reader.relation("events") == '"events"'


def test_a_long_transaction_in_another_database_of_the_server_keeps_nothing_in_the_tail(folder):
    with other_connection(dbname="postgres") as elsewhere:
        elsewhere.execute("SELECT pg_current_xact_id()")
        insert(EVENTS)
        flush([EVENTS], folder=folder, now=NOW)
        with reading([EVENTS], folder=folder) as reader:
            assert reader.relation("events") != '"events"'


def test_new_rows_alone_need_no_join_with_the_files(folder):
    insert(EVENTS, count=20)
    flush([EVENTS], folder=folder, now=NOW)
    insert(EVENTS, count=5)
    with reading([EVENTS], folder=folder) as reader:
        plan = _plan(reader, _RECENT)
        assert reader.rows("SELECT count(*) FROM events") == [(25,)]
    assert "UNION" in plan
    assert "JOIN" not in plan


def test_changed_rows_are_joined_away_below_the_pushed_condition(folder):
    insert(EVENTS, count=20)
    flush([EVENTS], folder=folder, now=NOW)
    run("UPDATE events_event SET customer_id = 5 WHERE id = (SELECT min(id) FROM events_event)")
    with reading([EVENTS], folder=folder) as reader:
        plan = _plan(reader, _RECENT)
    assert "ANTI" in plan
    assert plan.count("occurred_at>") == 2, "in the files and in the tail"


def test_all_tables_show_one_moment_while_others_write_and_flush(folder):
    """A thread commits an event and an order together; no reader may ever see one without the other."""
    stop = threading.Event()

    def write() -> None:
        with other_connection() as link:
            while not stop.is_set():
                insert(EVENTS, link=link)
                insert(ORDERS, link=link)
                link.commit()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(25):
            with reading([EVENTS, ORDERS], folder=folder) as reader:
                counts = reader.rows("SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM orders)")
            assert counts[0][0] == counts[0][1]
            if turn % 5 == 0:
                flush([EVENTS, ORDERS], folder=folder, now=NOW)
    finally:
        stop.set()
        writer.join()
    assert counts[0][0] > 0


def test_json_is_asked_with_the_arrow_operator_and_null_differs_from_empty(folder):
    insert(EVENTS)
    flush([EVENTS], folder=folder, now=NOW)
    with reading([EVENTS], folder=folder) as reader:
        for name, value in (("empty", ""), ("null", None), ("odd", 'a\nb,"c" 🙂'), ("none", None)):
            assert reader.rows("SELECT properties ->> $name FROM events", {"name": name}) == [(value,)]


@pytest.mark.parametrize("path", ["/etc/passwd", "../elsewhere.parquet"])
def test_a_reader_reaches_no_file_outside_the_lake(folder, path):
    (folder.parent / "elsewhere.parquet").write_bytes(b"")
    with reading([EVENTS], folder=folder) as reader, pytest.raises(duckdb.Error):
        reader.rows("FROM read_text(?)", [str(folder / path)])


def test_given_rows_answer_under_the_names_of_their_tables():
    with over({"events": pa.table({"customer_id": [1, 1, 2]})}) as reader:
        reader.register("subjects", pa.table({"customer_id": [1]}))
        asked = "SELECT count(*) FROM events JOIN subjects USING (customer_id) WHERE customer_id = ?"
        assert reader.rows(asked, [1]) == [(2,)]


def test_readers_do_not_see_each_others_names():
    with over({"events": pa.table({"a": [1]})}) as one, over({"events": pa.table({"a": [2]})}) as two:
        assert (one.rows("FROM events"), two.rows("FROM events")) == ([(1,)], [(2,)])
