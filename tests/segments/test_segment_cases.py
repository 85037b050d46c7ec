"""The table of cases in `cases.yaml`, in both shapes, and what is refused."""

import json
import re
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.segments import segments_reference as reference
from tests.segments.segments_kit import (
    TERMS,
    Base,
    bare,
    base_of,
    in_everyone,
    in_members,
    in_subjects,
    leaf_answers,
)

from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import parse_moment
from tactful.segments.compiler import members
from tactful.segments.domain.files import parse_file
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.spelling import Lexicon, spelled
from tactful.segments.domain.tree import MAX_DEPTH, MAX_NODES, MAX_SEQUENCES, parse

TABLE = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))
MOMENTS = {"occurred_at", "completed_at", "at", "since", "last_seen_at", "created_at", "due_at", "done_at"}


@cache
def base(name: str) -> Base:
    rows = TABLE["bases"][name]
    return base_of({table: [_row(row) for row in given] for table, given in rows.items()})


def _row(given: dict[str, Any]) -> dict[str, Any]:
    row = dict(given)
    for key, value in given.items():
        if key in MOMENTS:
            row[key] = bare(parse_moment(value))
        if isinstance(value, dict):
            row[key] = json.dumps(value)
    row.setdefault("completed_at", None)
    return row


def meant(case: dict[str, Any]) -> Node:
    known = case.get("lexicon", {})
    segments = {slug: parse(rule) for slug, rule in known.get("segments", {}).items()}
    stages = tuple((slug, parse(rule)) for slug, rule in known.get("stages", []))
    return spelled(parse(case["rule"]), Lexicon(segments, stages))


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["says"])
def test_a_rule_means_what_the_table_says(case: dict[str, Any]) -> None:
    if "refused" in case:
        with pytest.raises(InvalidInput, match=re.escape(case["refused"])):
            meant(case)
        return
    tree = meant(case)
    at = parse_moment(case.get("at", TABLE["now"]))
    rows = replace(base(case["base"]), nights=tuple(map(parse_moment, case.get("nights", [at.isoformat()]))))
    expected = set(case["in"])
    asked = [(row["id"], at) for row in rows.of("customers")]
    assert reference.members(rows, tree, at) == expected
    assert in_everyone(rows, tree, at) == expected
    assert in_members(rows, [tree, tree], at) == [expected, expected]
    assert {asked[number][0] for number in in_subjects(rows, [tree], asked)[0]} == expected
    told = leaf_answers(rows, tree, [customer for customer, _ in asked], at)
    assert {customer for customer, (met, _) in told.items() if met} == expected


@pytest.mark.parametrize("case", TABLE["refused"], ids=lambda case: json.dumps(case["rule"], default=str))
def test_a_rule_that_cannot_be_understood_is_refused_with_its_place(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(case["rule"])
    assert case["because"] in refused.value.message


def test_a_rule_without_bottom_is_refused() -> None:
    rule: object = {"everyone": True}
    for _ in range(MAX_DEPTH + 1):
        rule = {"not": rule}
    with pytest.raises(InvalidInput, match="deeper"):
        parse(rule)


def test_a_rule_without_end_is_refused() -> None:
    with pytest.raises(InvalidInput, match="more than"):
        parse({"any": [{"everyone": True}] * MAX_NODES})
    one = {"sequence": [{"event": "Viewed"}, {"event": "Bought"}]}
    assert parse({"any": [one] * MAX_SEQUENCES})
    with pytest.raises(InvalidInput, match="more than 50 sequences"):
        parse({"any": [one] * (MAX_SEQUENCES + 1)})


def test_rows_are_left_out_within_an_aggregate_for_a_filter_costs_room_for_all_others() -> None:
    periods = [{"orders": "count", "at_least": 1, "in_last_days": day} for day in (7, 30)]
    assert "FILTER" not in members((parse({"all": periods}),), terms=TERMS).sql


def test_the_table_is_long_enough() -> None:
    assert len(TABLE["cases"]) >= 150
    says = [case["says"] for case in TABLE["cases"]]
    assert len(set(says)) == len(says)


def test_dates_that_yaml_made_are_the_dates_that_were_written() -> None:
    written = parse({"attribute": "birth_date", "before": "2026-01-31"})
    assert parse({"attribute": "birth_date", "before": date(2026, 1, 31)}) == written
    moment = datetime.fromisoformat("2026-01-31T10:00:00+02:00")
    assert parse({"attribute": "last_seen_at", "before": moment}) == parse(
        {"attribute": "last_seen_at", "before": "2026-01-31T08:00:00Z"}
    )


def test_a_file_holds_a_rule_bare_or_under_its_key() -> None:
    rule = parse({"attribute": "country", "is": "DE"})
    assert parse_file("{attribute: country, is: DE}") == rule
    assert parse_file('name: Germans\nrule: {"attribute": "country", "is": "DE"}') == rule


def test_the_country_no_is_no_denial() -> None:
    assert parse_file("{attribute: country, is: NO}") == parse({"attribute": "country", "is": "NO"})


@pytest.mark.parametrize("text", ["{", "", "a: 2026-02-30", "&a [*a]", "!!python/object:os.system x", "[" * 5000])
def test_a_file_without_a_rule_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_file(text)
