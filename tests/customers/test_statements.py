from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from tests.events.test_parse import json_values

from tactful.customers.domain.profile import Sheet, absorb, amend, release
from tactful.customers.domain.statements import read

MOMENT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("traits", "columns"),
    [
        ({"firstName": "Ann", "lastName": "Lee"}, {"first_name": "Ann", "last_name": "Lee"}),
        ({"first_name": " Ann "}, {"first_name": "Ann"}),
        ({"name": "Ann van der Lee"}, {"first_name": "Ann", "last_name": "van der Lee"}),
        ({"name": "Other", "firstName": "Ann"}, {"first_name": "Ann"}),
        ({"language": "de-AT", "timezone": "Europe/Vienna"}, {"language": "de", "zone": "Europe/Vienna"}),
        (
            {"country": "Germany", "state": "NRW", "city": "Bonn"},
            {"country": "DE", "region": "NRW", "city": "Bonn"},
        ),
        ({"birthday": "1990-05-17T00:00:00Z"}, {"birth_date": date(1990, 5, 17)}),
        ({"city": "Bonn", "address": {"city": "Köln", "country": "de"}}, {"city": "Bonn", "country": "DE"}),
        ({"city": 12345, "is_test": True, "source": "fair"}, {"city": "12345", "is_test": True, "source": "fair"}),
        ({"firstName": None, "city": "", "country": None}, {}),
        ({"owner": " Max@Example.com "}, {"owner": "max@example.com"}),
        ({"owner": ""}, {"owner": None}),
        ({"owner": None}, {}),
    ],
)
def test_traits_become_columns(traits: dict[str, Any], columns: dict[str, Any]) -> None:
    assert read(traits).columns == columns


@pytest.mark.parametrize(
    ("traits", "attributes"),
    [
        ({"plan": "gold", "seats": 3, "old": None}, {"plan": "gold", "seats": 3, "old": None}),
        ({"owner": "Max"}, {"invalid_owner": "Max"}),
        ({"owner": ["max@example.com"]}, {"invalid_owner": ["max@example.com"]}),
        ({"consents": [{"channel": "email"}], "name": "Ann", "createdAt": "2020-01-01"}, {}),
        ({"firstName": {"odd": 1}}, {"firstName": {"odd": 1}}),
        ({"timezone": "Mars/Base"}, {"invalid_zone": "Mars/Base"}),
        ({"birthday": "soon"}, {"invalid_birth_date": "soon"}),
        ({"address": {"street": "Hauptstr. 1"}}, {"address": {"street": "Hauptstr. 1"}}),
        ({"createdAt": "long ago"}, {"createdAt": "long ago"}),
    ],
)
def test_the_rest_stays_an_attribute(traits: dict[str, Any], attributes: dict[str, Any]) -> None:
    assert read(traits).attributes == attributes


@pytest.mark.parametrize(
    ("email", "good", "bad"),
    [("Ann@Example.com", "ann@example.com", None), ("ann@", None, "ann@"), (12, None, "12"), (None, None, None)],
)
def test_an_address_is_good_bad_or_not_given(email: object, good: str | None, bad: str | None) -> None:
    statement = read({"email": email})
    assert (statement.email, statement.bad_email, statement.attributes) == (good, bad, {})


@given(json_values)
@settings(deadline=None)
def test_no_trait_of_any_shape_breaks_the_reading(value: object) -> None:
    names = (
        "email phone card messenger firstName name language zone country region city birthday source address"
        " is_test createdAt consents"
    )
    assert "consents" not in read(dict.fromkeys(names.split(), value)).attributes


def test_attributes_merge_one_level_deep_and_null_removes() -> None:
    sheet = Sheet(1, MOMENT, attributes={"a": 1, "b": {"x": 1}, "c": 3})
    amend(sheet, {"b": {"y": 2}, "c": None, "gone": None})
    assert (sheet.attributes, sheet.changed) == ({"a": 1, "b": {"y": 2}}, True)


@pytest.mark.parametrize(("told", "changed"), [({"a": 1}, False), ({"a": True}, True), ({"b": None}, False)])
def test_only_another_value_is_a_change(told: dict[str, Any], changed: bool) -> None:
    sheet = Sheet(1, MOMENT, attributes={"a": 1})
    amend(sheet, told)
    assert sheet.changed is changed


def test_what_a_merge_fills_in_its_undoing_takes_away() -> None:
    into = Sheet(1, MOMENT, first_name="Ann", attributes={"a": 1})
    gone = Sheet(2, MOMENT, first_name="Anna", birth_date=date(1990, 5, 17), attributes={"a": 2, "b": 3})
    filled = absorb(into, gone)
    assert (into.first_name, into.birth_date, into.attributes) == ("Ann", date(1990, 5, 17), {"a": 1, "b": 3})
    filled.columns["birth_date"] = "1990-05-17"  # as it comes back from JSON
    release(into, filled)
    assert (into.first_name, into.birth_date, into.attributes) == ("Ann", None, {"a": 1})
