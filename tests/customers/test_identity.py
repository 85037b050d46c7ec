"""Whose event is it: the table of cases, the law about batches, and taking merges apart."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.customers.conftest import START, Event, ids_of, settle

from tactful.customers import queries, services
from tactful.customers.models import Customer, Identifier
from tactful.customers.services import resolve
from tactful.events.domain.parse import Parsed
from tactful.kernel.errors import Conflict, NotFound

pytestmark = pytest.mark.django_db

U1, U2 = {"userId": "u1"}, {"userId": "u2"}
A1, A2 = {"anonymousId": "a1"}, {"anonymousId": "a2"}


def told(*people: dict[str, Any], **traits: Any) -> dict[str, Any]:
    """An identify by these ids with these traits."""
    return {
        "kind": "identify",
        "traits": traits,
        **{key: value for person in people for key, value in person.items()},
    }


ANN, BEN = {"email": "ann@example.com"}, {"email": "ben@example.com"}
PHONE = {"phone": "+49301234567"}

# Each case: events, and which of them belong to one person in the end.
CASES: dict[str, tuple[list[dict[str, Any]], str]] = {
    "two events of one user": ([U1, U1], "aa"),
    "two users": ([U1, U2], "ab"),
    "a visitor who signs up is the same person": ([A1, U1 | A1, A1], "aaa"),
    "a visitor who turns out to be a known user": ([U1, A1, U1 | A1, A1], "aaaa"),
    "two browsers of one user": ([A1, A2, U1 | A1, U1 | A2], "aaaa"),
    "two users at one browser stay two, and the browser is the first one's": ([U1 | A1, U2 | A1, A1], "aba"),
    "a subscriber who registers later": ([told(**ANN), U1, told(U1, **ANN)], "aaa"),
    "a subscriber whose user id comes with the address": ([told(**ANN), told(U1, **ANN)], "aa"),
    "an address in another spelling": ([told(email="Ann@Example.com "), told(U1, **ANN)], "aa"),
    "two users with one address stay two": ([told(U1, **ANN), told(U2, **ANN), told(**ANN)], "aba"),
    "two addresses at one browser are two people": ([told(A1, **ANN), told(A1, **BEN), A1], "aba"),
    "an address brings its browser along": ([A1, told(A1, **ANN), told(A2, **ANN), A2], "aaaa"),
    "a new user id takes the subscriber of its browser": ([told(A1, **ANN), U1 | A1], "aa"),
    "a new user with his own address leaves the browser's subscriber alone": (
        [told(A1, **ANN), told(U1, A1, **BEN)],
        "ab",
    ),
    "one phone, no addresses": ([told(**PHONE), told(U1, **PHONE)], "aa"),
    "a family's phone": ([told(**ANN, **PHONE), told(**BEN, **PHONE)], "ab"),
    "a phone written nationally": ([told(U1, **PHONE), told(phone="030 1234567", country="DE")], "aa"),
    "a phone read with the country known before": (
        [told(**PHONE), told(U1, country="DE"), told(U1, phone="030 1234567")],
        "aaa",
    ),
    "a card number": ([told(card="c-77"), told(U1, card="c-77")], "aa"),
    "a messenger": ([told(messenger="telegram:7"), told(U1, messenger="telegram:7")], "aa"),
    "an alias joins a visitor": ([A1, U1, {"kind": "alias", "previousId": "a1", **U1}, A1], "aaaa"),
    "an alias that comes before its visitor": ([{"kind": "alias", "previousId": "a1", **U1}, A1, U1], "aaa"),
    "an alias joins a subscriber": (
        [told(A1, **ANN), U1, {"kind": "alias", "previousId": "a1", **U1}],
        "aaa",
    ),
    "an alias to a new user id renames": ([U1, {"kind": "alias", "previousId": "u1", **U2}, U2, U1], "aaaa"),
    "an alias never joins two users": ([U1, U2, {"kind": "alias", "previousId": "u1", **U2}, U1, U2], "abbab"),
    "an alias never takes another user's browser": (
        [U1 | A1, {"kind": "alias", "previousId": "a1", **U2}, U2, A1],
        "abba",
    ),
    "three records become one": (
        [told(**ANN), A1, told(card="c1"), told(A1, **ANN, card="c1"), told(U1, **ANN)],
        "aaaaa",
    ),
    "an event that only has an address": ([told(U1, **ANN), {"properties": ANN}], "aa"),
    "nobody": ([{"event": "Product Updated", "properties": {"sku": "1"}}], "-"),
}


def letters(ids: list[int | None]) -> str:
    names: dict[int, str] = {}
    return "".join("-" if number is None else names.setdefault(number, "abcdef"[len(names)]) for number in ids)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_whose_events_they_are_in_one_batch(case: str, event: Event) -> None:
    said, whose = CASES[case]
    assert letters(ids_of([event(**fields) for fields in said])) == whose


@pytest.mark.parametrize("case", CASES, ids=str)
def test_whose_events_they_are_one_by_one(case: str, event: Event) -> None:
    said, whose = CASES[case]
    assert letters(ids_of(*[[event(**fields)] for fields in said])) == whose


def test_ids_are_given_in_the_order_of_first_events(event: Event) -> None:
    found = ids_of([event(userId=f"u{number}") for number in (5, 3, 9, 1)])
    assert found == sorted(found, key=lambda number: number or 0)


def test_a_resolution_says_who_is_new_who_changed_and_who_merged(event: Event) -> None:
    first = settle(event(**A1), event(**told(U1, plan="gold")))
    visitor, user = first.customer_ids
    assert (first.created, first.changed, first.merged) == ({visitor, user}, set(), [])
    second = settle(event(**(U1 | A1)))
    assert second.customer_ids == [user]
    assert (second.created, second.merged) == (set(), [(visitor, user)])
    third = settle(event(**told(U1, plan="silver")))
    assert (third.created, third.changed, third.merged) == (set(), {user}, [])


def test_a_hint_of_our_own_leads_to_the_record_that_stays(event: Event) -> None:
    visitor, user = settle(event(**A1), event(**U1)).customer_ids
    settle(event(**(U1 | A1)))
    assert settle(event(source="staff", customerId=visitor)).customer_ids == [user]
    assert settle(event(source="staff", customerId=987654321)).customer_ids == [None]


def test_a_hint_can_add_an_address(event: Event) -> None:
    [user] = settle(event(**U1)).customer_ids
    settle(event("identify", source="staff", customerId=user, traits=ANN))
    assert settle(event(**told(**ANN))).customer_ids == [user]


def test_a_contested_address_stays_with_its_first_owner_and_is_seen_on_the_other_card(event: Event) -> None:
    first, second = settle(event(**told(U1, **ANN)), event(**told(U2, **ANN))).customer_ids
    assert first is not None
    assert second is not None
    profiles = queries.cards([first, second])
    assert (profiles[first].email, profiles[second].email) == ("ann@example.com", None)
    assert [(point.address, point.status) for point in queries.contact_points(second)] == [
        ("ann@example.com", "contested")
    ]


def test_a_merge_fills_in_what_the_other_did_not_know(event: Event) -> None:
    settle(
        event(**told(A1, firstName="Ann", city="Bonn", likes="tea")), event(**told(U1, city="Köln", plan="gold"))
    )
    [user] = settle(event(**(U1 | A1))).customer_ids
    profile = queries.cards([user or 0])[user or 0]
    assert (profile.first_name, profile.city) == ("Ann", "Köln")
    assert profile.attributes == {"likes": "tea", "plan": "gold"}


def test_a_merge_can_be_taken_apart_and_stays_so(event: Event) -> None:
    visitor, user = settle(
        event(**told(A1, firstName="Ann", likes="tea", **PHONE), minutes=-5), event(**told(U1, plan="gold", **ANN))
    ).customer_ids
    assert visitor is not None
    assert user is not None
    before = queries.cards([visitor, user])
    settle(event(**told(U1, **PHONE)))
    assert queries.cards([user])[user].first_name == "Ann"
    services.keep_moved("events", {visitor: [11, 12]})
    [merge] = queries.merges(user)
    undone = services.undo_merge(merge.id, now=START)
    assert (undone.from_id, undone.into_id, undone.moved) == (visitor, user, {"events": [11, 12]})
    assert queries.cards([visitor, user]) == before
    assert {name.value for name in queries.identifiers(visitor)} == {"a1", "+49301234567"}
    assert [point.address for point in queries.contact_points(visitor)] == ["+49301234567"]
    again = settle(event(**told(U1, **PHONE)), event(**A1))
    assert again.customer_ids == [user, visitor]
    assert again.merged == []


def test_what_was_told_after_a_merge_survives_its_undoing(event: Event) -> None:
    settle(event(**told(A1, firstName="Ann", likes="tea")), event(**U1))
    [user] = settle(event(**told(U1, A1, firstName="Anna", likes="coffee"))).customer_ids
    assert user is not None
    services.undo_merge(queries.merges(user)[0].id, now=START)
    profile = queries.cards([user])[user]
    assert (profile.first_name, profile.attributes) == ("Anna", {"likes": "coffee"})


def test_a_merge_is_undone_once_and_the_latest_first(event: Event) -> None:
    settle(event(**A1), event(**told(**ANN)), event(**U1))
    [subscriber] = settle(event(**told(A1, **ANN))).customer_ids
    settle(event(**told(U1, **ANN)))
    later, earlier = queries.merges(subscriber or 0)
    with pytest.raises(Conflict, match="undo that merge first"):
        services.undo_merge(earlier.id, now=START)
    services.undo_merge(later.id, now=START)
    with pytest.raises(Conflict, match="already"):
        services.undo_merge(later.id, now=START)
    services.undo_merge(earlier.id, now=START)
    with pytest.raises(NotFound):
        services.undo_merge(0, now=START)


def test_a_merged_record_leads_to_the_one_that_stays(event: Event) -> None:
    visitor, user = settle(event(**A1), event(**U1)).customer_ids
    settle(event(**(U1 | A1)))
    found = queries.card(visitor or 0)
    assert found is not None
    assert found.id == user
    assert queries.card(987654321) is None


people = st.fixed_dictionaries(
    {},
    optional={
        "userId": st.sampled_from(["u1", "u2", "u3"]),
        "anonymousId": st.sampled_from(["a1", "a2", "a3"]),
    },
)
traits = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["ann@example.com", "ben@example.com", "cat@example.com", "nonsense"]),
        "phone": st.sampled_from(["+49301234567", "030 1234567", "020 7946 0018"]),
        "country": st.sampled_from(["DE", "GB"]),
        "card": st.sampled_from(["c1", "c2"]),
        "firstName": st.sampled_from(["Ann", "Ben", None]),
        "plan": st.sampled_from(["gold", 1, True, None]),
    },
)
OLD = ["a1", "u1", "x"]
said = st.one_of(
    people,
    st.builds(lambda person, told: {"kind": "identify", "traits": told, **person}, people, traits),
    st.builds(lambda person, old: {"kind": "alias", "previousId": old, **person}, people, st.sampled_from(OLD)),
    st.builds(lambda person, firm: {"kind": "group", "groupId": firm, **person}, people, st.sampled_from("fg")),
)  # fmt: skip


def speaks(fields: dict[str, Any]) -> bool:
    if fields.get("kind") == "alias":
        return "userId" in fields
    told = fields.get("traits", {})
    return bool({"userId", "anonymousId"} & fields.keys() or told.get("email", "nonsense") != "nonsense")


def world() -> list[object]:
    """Everything known about the people there are, without ids."""
    names = {number: set[tuple[str, str]]() for number in Customer.objects.values_list("pk", flat=True)}
    for kind, value, number in Identifier.objects.values_list("kind", "value", "customer_id"):
        names[number].add((kind, value))
    described = []
    for customer in Customer.objects.filter(merged_into_id__isnull=True):
        firm = queries.companies([customer.company_id or 0]).get(customer.company_id or 0)
        points = {
            (point.channel, point.address, point.status) for point in queries.contact_points(int(customer.pk))
        }
        described.append(repr((
            sorted(names[int(customer.pk)]),
            customer.external_id, customer.email, customer.phone, customer.first_name, customer.country,
            sorted(customer.attributes.items()), customer.created_at, customer.last_seen_at,
            firm and firm.external_id, sorted(points),
        )))  # fmt: skip
    return sorted(described)


def told_in(batches: list[list[Parsed]]) -> tuple[str, list[object]]:
    with transaction.atomic():
        whose = letters(ids_of(*batches))
        found = world()
        transaction.set_rollback(True)
    return whose, found


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_does_not_matter_how_a_stream_is_cut_into_batches(event: Event, data: st.DataObject) -> None:
    stream = data.draw(st.lists(said.filter(speaks), min_size=1, max_size=12))
    events = [event(minutes=40 * place, **fields) for place, fields in enumerate(stream)]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)))))
    pieces = [events[start:end] for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    assert told_in([events]) == told_in([piece for piece in pieces if piece])


def test_an_empty_batch_is_nothing() -> None:
    assert resolve([], now=START + timedelta(days=1)).customer_ids == []
