"""Rows of a few customers, as the running transaction has them."""

import pytest
from django.db import ProgrammingError, transaction
from tests.lake.world import ALL, insert, run, truth

from tactful.catalog.lake import ORDERS
from tactful.customers.lake import CUSTOMERS
from tactful.events.lake import EVENTS
from tactful.lake.arrow import schema_of
from tactful.lake.rows import of_customers

_PERSON = """
    INSERT INTO customers_customer (email, first_name, birth_date, attributes, is_test, created_at, updated_at)
    VALUES (%s, %s, %s, %s, true, '2026-01-02T03:04:05.6Z', now()) RETURNING id"""


@pytest.mark.django_db
@pytest.mark.parametrize("table", ALL, ids=lambda table: table.name)
def test_nobody_has_no_rows_but_all_columns(table):
    assert of_customers(table, []).schema == schema_of(table)
    found = of_customers(table, [1])
    assert found.schema == schema_of(table)
    assert found.num_rows == 0


@pytest.mark.django_db
def test_rows_equal_what_postgresql_tells_with_null_and_empty_and_odd_text_apart():
    for customer in (1, 2, 3, None):
        insert(ORDERS, count=10, customer=customer)
        insert(EVENTS, count=3, customer=customer)
    for table in (ORDERS, EVENTS):
        wanted = [row for row in truth(table) if row[1] in (1, 3)]
        found = of_customers(table, [1, 3]).sort_by("id").to_pylist()
        assert [tuple(row.values()) for row in found] == wanted


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first_name", "attributes"),
    [
        ("", "{}"),
        (None, '{"a": null}'),
        ('"', '{"b": "\\\\"}'),
        ("a,b\nc\r\nd", '{"n": 1.5}'),
        ("\\N", "[]"),
        ("\\.", '""'),
    ],
)
def test_text_of_every_kind_comes_back_as_it_was(first_name, attributes):
    ((person,),) = run(_PERSON, [None, first_name, "1980-02-29", attributes])
    (found,) = of_customers(CUSTOMERS, [person]).to_pylist()
    ((name, json),) = run("SELECT first_name, attributes::text FROM customers_customer WHERE id = %s", [person])
    assert (found["first_name"], found["attributes"]) == (name, json)
    assert found["created_at"].isoformat() == "2026-01-02T03:04:05.600000"
    assert found["birth_date"].isoformat() == "1980-02-29"
    assert (found["is_test"], found["active"], found["last_seen_at"]) == (True, True, None)


@pytest.mark.django_db(transaction=True)
def test_what_the_running_transaction_wrote_is_seen_and_undone_with_it():
    with transaction.atomic():
        insert(EVENTS, customer=8)
        assert of_customers(EVENTS, [8]).num_rows == 1
        transaction.set_rollback(True)
    assert of_customers(EVENTS, [8]).num_rows == 0


@pytest.mark.django_db
def test_a_further_condition_takes_parameters():
    insert(EVENTS, count=2)
    assert of_customers(EVENTS, [1], where="name = %s", params=["Product Viewed"]).num_rows == 2
    assert of_customers(EVENTS, [1], where="name = %s", params=["it's not"]).num_rows == 0


@pytest.mark.django_db
def test_a_condition_that_postgresql_refuses_leaves_the_connection_usable():
    with pytest.raises(ProgrammingError, match="nowhere"), transaction.atomic():
        of_customers(EVENTS, [1], where="nowhere = 1")
    assert of_customers(EVENTS, [1]).num_rows == 0
