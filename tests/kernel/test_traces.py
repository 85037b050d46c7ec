"""What somebody was known by is found where it is his, and nowhere else."""

import json

import pytest

from tactful.kernel.traces import Traces

ZELDA = Traces(
    ids=frozenset({17}),
    identifiers=frozenset({"2026", "type", "zelda", "a"}),
    addresses=frozenset({"zelda@example.com", "+493012345678"}),
    names=frozenset({"Zelda Zara", "Zara Zelda"}),
    words=frozenset({"Zelda", "Zara", "A"}),
)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ({"userId": "zelda"}, True),
        ({"userId": "2026"}, True),
        ({"userId": 2026}, True),
        ({"user_id": "ZELDA"}, True),
        ({"context": {"traits": {"email": "Zelda@Example.com"}}}, True),
        ({"traits": {"phone": "+49 30 1234 5678"}}, True),
        ({"customerId": 17}, True),
        ({"customerId": 117}, False),
        ({"timestamp": "2026-03-02", "type": "track", "userId": "bob"}, False),
        ({"userId": "bob", "properties": {"note": "zelda said so", "year": 2026}}, False),
        ({"userId": "bob", "traits": {"spouse": "zelda@example.com"}}, False),
        ({"userId": "zelda2"}, False),
        ([], False),
        ("zelda", False),
    ],
)
def test_a_payload_is_his_if_it_names_him_as_who_it_is_about(payload: object, expected: bool) -> None:
    assert ZELDA.speaks_of(json.dumps(payload)) is expected


def test_what_is_no_json_is_his_if_his_address_stands_in_it() -> None:
    assert ZELDA.speaks_of('{"email": "zelda@example.com"')
    assert not ZELDA.speaks_of('{"email": "notzelda@example.com"')


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("Marketing waits for Zelda Zara", "Marketing waits for (erased)"),
        ("zelda@example.com asked", "(erased) asked"),
        ("call at 11:00, a type of 2026", "call at 11:00, a type of 2026"),
        ("Zelda is somebody else here", "Zelda is somebody else here"),
        (
            {"to": "ZELDA@example.com", "by": ["Zelda", "Zeldana"]},
            {"to": "(erased)", "by": ["(erased)", "Zeldana"]},
        ),
        ({"deep": [{"n": 5, "who": "Zara, Zelda Zara"}]}, {"deep": [{"n": 5, "who": "(erased), (erased)"}]}),
    ],
)
def test_whole_names_are_blotted_and_single_words_where_he_is_surely_meant(told: object, expected: object) -> None:
    assert ZELDA.blotted(told) == expected


def test_nothing_known_is_nowhere() -> None:
    nobody = Traces(frozenset(), frozenset(), frozenset(), frozenset())
    assert nobody.blotted("anything at all") == "anything at all"
    assert not nobody.speaks_of('{"userId": ""}')
