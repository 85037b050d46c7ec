"""What events do to a customer's row, and what they leave alone."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.customers.conftest import START, Event, settle
from tests.events.test_parse import json_values

from tactful.customers import queries
from tactful.customers.queries import Profile
from tactful.kernel.errors import InvalidInput

pytestmark = pytest.mark.django_db


def the(number: int | None) -> Profile:
    return queries.cards([number or 0])[number or 0]


def test_an_identify_fills_the_card(event: Event) -> None:
    traits = {
        "email": "Ann@Example.com",
        "phone": "030 1234567",
        "country": "Germany",
        "name": "Ann Lee",
        "plan": "gold",
    }
    [number] = settle(event("identify", userId=7, traits=traits)).customer_ids
    profile = the(number)
    assert (profile.external_id, profile.email, profile.phone) == ("7", "ann@example.com", "+49301234567")
    assert (profile.name, profile.country, profile.attributes) == ("Ann Lee", "DE", {"plan": "gold"})
    assert (profile.created_at, profile.last_seen_at) == (START, START)
    points = {(point.channel, point.address, point.status) for point in queries.contact_points(number or 0)}
    assert points == {("email", "ann@example.com", "ok"), ("phone", "+49301234567", "ok")}
    assert [(name.kind, name.value) for name in queries.identifiers(number or 0)] == [
        ("email", "ann@example.com"), ("phone", "+49301234567"), ("user_id", "7"),
    ]  # fmt: skip


def test_an_address_that_cannot_be_one_is_kept_and_marked(event: Event) -> None:
    [number] = settle(event("identify", userId="u1", traits={"email": "ann@", "phone": "12"})).customer_ids
    assert the(number).email is None
    assert the(number).attributes == {"invalid_email": "ann@", "invalid_phone": "12"}
    points = {(point.channel, point.address, point.status) for point in queries.contact_points(number or 0)}
    assert points == {("email", "ann@", "invalid"), ("phone", "12", "invalid")}
    settle(event("identify", userId="u1", traits={"email": "ann@example.com"}))
    assert the(number).email == "ann@example.com"
    assert the(number).attributes == {"invalid_phone": "12"}


def test_a_new_address_takes_the_place_of_the_old_one_which_still_leads_here(event: Event) -> None:
    for email in ("old@example.com", "new@example.com"):
        [number] = settle(event("identify", userId="u1", traits={"email": email})).customer_ids
    assert the(number).email == "new@example.com"
    assert settle(event("identify", traits={"email": "old@example.com"})).customer_ids == [number]


def test_the_same_identify_again_writes_nothing(event: Event) -> None:
    traits = {
        "email": "ann@example.com",
        "phone": "+49301234567",
        "country": "DE",
        "plan": 1.5,
        "tags": ["a", {"b": 1}],
    }
    settle(event("identify", userId="u1", traits=traits))
    again = event("identify", userId="u1", traits=traits, minutes=30)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        resolution = settle(again)
    assert resolution.changed == set()
    assert not [query["sql"] for query in captured if "UPDATE" in query["sql"] or "INSERT" in query["sql"]]


@pytest.mark.parametrize(
    ("minutes", "fields", "seen"),
    [
        (59, {}, START),
        (61, {}, START + timedelta(minutes=61)),
        (-600, {}, START),
        (90, {"source": "segments", "customerId": 0}, START),
        (90, {"source": "delivery", "event": "Email Sent"}, START),
        (90, {"source": "delivery", "event": "Email Opened"}, START + timedelta(minutes=90)),
        (90, {"source": "import:a.csv", "kind": "identify", "historical": True}, START),
    ],
)
def test_last_seen_moves_by_the_hour_and_only_by_his_own_acts(
    event: Event, minutes: int, fields: dict[str, Any], seen: Any
) -> None:
    settle(event(userId="u1"))
    [number] = settle(event(userId="u1", minutes=minutes, **fields)).customer_ids
    assert the(number).last_seen_at == seen


def test_history_that_comes_later_makes_the_customer_older(event: Event) -> None:
    settle(event(userId="u1"))
    [number] = settle(event(userId="u1", minutes=-10_000, source="import:a.csv", historical=True)).customer_ids
    assert the(number).created_at == START - timedelta(minutes=10_000)
    settle(event("identify", userId="u1", traits={"createdAt": "2019-05-01T00:00:00Z"}))
    assert the(number).created_at.year == 2019


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"context": {"campaign": {"source": "newsletter"}}}, "newsletter"),
        ({"context": {"campaign": "odd"}}, None),
        ({"source": "import:a.csv"}, "import"),
        ({"kind": "identify", "traits": {"source": "fair"}}, "fair"),
    ],
)
def test_a_new_customer_knows_where_he_came_from(event: Event, fields: dict[str, Any], source: str | None) -> None:
    [number] = settle(event(userId="u1", **fields)).customer_ids
    assert the(number).source == source


def test_a_group_makes_a_company_and_puts_the_customer_into_it(event: Event) -> None:
    first = event("group", userId="u1", groupId="acme", traits={"name": "Acme", "size": 12})
    number, other = settle(first, event("group", userId="u2", groupId="acme", traits={"size": 13})).customer_ids
    company_id = the(number).company_id or 0
    assert the(other).company_id == company_id
    firm = queries.companies([company_id])[company_id]
    assert (firm.external_id, firm.name, firm.traits) == ("acme", "Acme", {"name": "Acme", "size": 13})
    settle(event("group", userId="u1", groupId="acme", traits={"size": None, "name": "Acme Ltd"}))
    firm = queries.companies([company_id])[company_id]
    assert (firm.name, firm.traits) == ("Acme Ltd", {"name": "Acme Ltd"})


def test_a_batch_costs_the_same_number_of_statements_whatever_its_size(event: Event) -> None:
    def statements(count: int, name: str) -> int:
        events = [
            event("identify", userId=f"{name}{number}", anonymousId=f"{name}-{number}",
                  traits={"email": f"{name}{number}@example.com", "phone": "030 1234567", "country": "DE"})
            for number in range(count)
        ]  # fmt: skip
        settle(*[event(anonymousId=f"{name}-{number}") for number in range(count)])
        with CaptureQueriesContext(connection) as captured:
            settle(*events)
        return len(captured)

    assert statements(3, "few") == statements(60, "many")


TRAITS = ["email", "phone", "card", "country", "name", "city", "zone", "birthday", "createdAt", "plan"]
odd = st.dictionaries(st.sampled_from(TRAITS), json_values)


@given(st.lists(odd, min_size=1, max_size=5), json_values)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_traits_hold_the_customer_is_found_and_kept(event: Event, told: list[Any], anything: Any) -> None:
    events = []
    for traits in [*told, {"more": anything}]:
        with suppress(InvalidInput):  # a number beyond 64 bits is refused at the door
            events.append(event("identify", userId="u1", traits=traits))
            events.append(event("group", userId="u1", groupId="g", traits=traits))
    first, again = settle(*events), settle(*events)
    assert len({*first.customer_ids, *again.customer_ids}) == min(len(events), 1)
