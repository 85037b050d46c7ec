"""The schema of a rule: made from the catalogue, takes what is read, and refuses what people get wrong."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator
from tests.segments.segments_strategies import rules

from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.schema import schema
from tactful.segments.domain.tree import KINDS, parse
from tactful.segments.domain.writing import to_json

FILE = Path(__file__).parents[2] / "docs" / "segment.schema.json"
TABLE = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(schema())

WRONG: list[Any] = [
    {},
    [],
    "everyone",
    None,
    {"everyone": False},
    {"everyone": True, "sql": "1=1"},
    {"all": []},
    {"any": {"everyone": True}},
    {"not": [{"everyone": True}]},
    {"all": [{"everyone": True}], "any": [{"everyone": True}]},
    {"attribute": "password", "is": "x"},
    {"attribute": "custom.", "is": "x"},
    {"attribute": "country"},
    {"attribute": "country", "is": 5},
    {"attribute": "country", "is": "DE", "in": ["FR"]},
    {"attribute": "country", "in": []},
    {"attribute": "country", "greater": 5},
    {"attribute": "country", "contains": ""},
    {"attribute": "country", "set": 1},
    {"attribute": "country", "is": "a\0b"},
    {"attribute": "country", "is": "x" * 1001},
    {"attribute": "birth_date", "is": "yesterday"},
    {"attribute": "birth_date", "anniversary_in_days": 367},
    {"attribute": "birth_date", "anniversary_in_days": -1},
    {"attribute": "created_at", "is": "2026-01-01"},
    {"attribute": "last_seen_at", "in_next_days": 0},
    {"attribute": "last_seen_at", "in_last_days": 1.5},
    {"attribute": "custom.visits", "between": [1]},
    {"attribute": "custom.visits", "between": [1, 2, 3]},
    {"attribute": "custom.visits", "between": [1, "2026-01-01"]},
    {"attribute": "custom.visits", "greater": "5"},
    {"attribute": "custom.visits", "is": None},
    {"consent": {"channel": "email"}, "is": "given"},
    {"consent": {"channel": "email", "topic": "news"}, "is": "maybe"},
    {"consent": {"channel": "email", "topic": "news"}},
    {"event": ""},
    {"event": "X", "count": {}},
    {"event": "X", "count": {"at_least": 1, "at_most": 2}},
    {"event": "X", "count": {"greater": 1}},
    {"event": "X", "count": {"at_least": -1}},
    {"event": "X", "never": False},
    {"event": "X", "never": True, "count": {"exactly": 0}},
    {"event": "X", "in_last_days": 3, "in_last_calendar_days": 3},
    {"event": "X", "in_last_days": 3, "clock": "customer"},
    {"event": "X", "in_last_calendar_days": 3, "clock": "mine"},
    {"event": "X", "within": {"from": "2026-01-01"}},
    {"event": "X", "where": []},
    {"event": "X", "where": [{"property": "a"}]},
    {"event": "X", "where": [{"property": "a", "anniversary_in_days": 3}]},
    {"event": "X", "last": {"more_than_days_ago": 0}},
    {"event": "X", "last": {"more_than_days_ago": 3}, "in_last_days": 4},
    {"event": "X", "sum": "price"},
    {"event": "X", "sum": "price", "average": "price", "at_least": 1},
    {"event": "X", "sum": "price", "at_least": 1, "at_most": 2},
    {"event": "X", "share_where": [], "at_least": 0.5},
    {"sequence": [{"event": "X"}]},
    {"sequence": []},
    {"sequence": [{"event": "X"}] * 6},
    {"sequence": [{"event": "X", "within_days": 1}, {"event": "Y"}]},
    {"sequence": [{"event": "X"}, {"event": "Y"}], "then_not": {"event": "Z"}},
    {"sequence": [{"event": "X"}, {"within_days": 2}]},
    {"orders": "wishes", "at_least": 1},
    {"orders": "count"},
    {"orders": "count", "at_least": 1e16},
    {"orders": "days_since_last", "at_least": 1, "in_last_days": 3},
    {"orders": "average_gap_days", "at_least": 1, "months": [1]},
    {"orders": "smallest", "at_least": 1, "category": "Tea"},
    {"orders": "returned_share", "at_least": 1, "category": "Tea"},
    {"orders": "category_share", "at_least": 1},
    {"orders": "count", "at_least": 1, "months": [13]},
    {"orders": "count", "at_least": 1, "months": 12},
    {"orders": "count", "at_least": -5},
    {"orders": "discount_share", "greater": 60},
    {"orders": "days_since_last", "at_most": -1},
    {"event": "X", "share_where": [{"property": "a", "set": True}], "at_least": 50},
    {"event": "X", "distinct": "a", "at_least": -1},
    {"percentile": {"orders": "revenue"}, "exactly": 50},
    {"percentile": {"orders": "revenue", "at_least": 5}, "at_least": 50},
    {"percentile": {"event": "X", "count": {"at_least": 2}}, "at_least": 50},
    {"percentile": {"event": "X", "last": {"more_than_days_ago": 3}}, "at_least": 50},
    {"percentile": {"attribute": "country"}, "at_least": 50},
    {"percentile": {"attribute": "custom.score", "greater": 5}, "at_least": 50},
    {"percentile": {"attribute": "custom.score", "orders": "count"}, "at_least": 50},
    {"percentile": {"record": "note", "state": "any"}, "at_least": 50},
    {"percentile": {"sample": 0.5}, "at_least": 50},
    {"percentile": {}, "at_least": 50},
    {"percentile": {"orders": "revenue"}, "at_least": 101},
    {"rfm": {}},
    {"rfm": {"recency": [6]}},
    {"record": "task"},
    {"record": "note", "state": "open"},
    {"record": "task", "state": "late"},
    {"record": "task", "state": "open", "never": True, "count": {"exactly": 0}},
    {"message": "read"},
    {"reachable": "sms", "topic": "news"},
    {"reachable": "email"},
    {"near": {"latitude": 91, "longitude": 0}, "within_km": 5},
    {"near": {"latitude": 50, "longitude": 0}},
    {"near": {"latitude": 50, "longitude": 0}, "within_km": 0},
    {"sample": 1.1, "seed": "a"},
    {"sample": 0.1},
    {"list": ""},
    {"segment": 5},
    {"stage": None},
]


def test_the_file_is_what_the_catalogue_gives() -> None:
    """To write it anew: TACTFUL_WRITE=1 pytest tests/segments/test_segment_schema.py"""
    made = json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("TACTFUL_WRITE"):
        FILE.write_text(made, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == made
    Draft202012Validator.check_schema(schema())


def test_every_kind_of_condition_has_its_form() -> None:
    forms = schema()["$defs"]
    assert isinstance(forms, dict)
    assert {form["$ref"].removeprefix("#/$defs/") for form in forms["node"]["anyOf"]} == set(KINDS)


@settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, max_examples=100)
@given(rule=rules)
def test_what_is_read_fits_the_schema_as_it_was_given_and_as_it_is_written(rule: object) -> None:
    assert list(VALIDATOR.iter_errors(rule)) == []
    assert list(VALIDATOR.iter_errors(to_json(parse(rule)))) == []


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["says"])
def test_the_cases_fit_the_schema(case: dict[str, Any]) -> None:
    assert list(VALIDATOR.iter_errors(json.loads(json.dumps(case["rule"], default=str)))) == []


@pytest.mark.parametrize("rule", WRONG, ids=lambda rule: json.dumps(rule)[:60])
def test_what_people_get_wrong_is_refused_by_both(rule: object) -> None:
    assert not VALIDATOR.is_valid(rule)
    with pytest.raises(InvalidInput):
        parse(rule)
