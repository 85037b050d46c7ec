"""Everyone = the live shape = past moments = a slow reference, for bases and rules that nobody thought of."""

import json
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.segments import segments_reference as reference
from tests.segments.segments_kit import (
    Base,
    bare,
    in_everyone,
    in_members,
    in_subjects,
    leaf_answers,
    looked_again,
)
from tests.segments.segments_strategies import LEXICON, meant, rank_rules, rules, whens
from tests.segments.strategies_bases import bases

from tactful.segments.domain.conditions import Leaf
from tactful.segments.domain.folds import HAPPENED
from tactful.segments.domain.nodes import All, Meaning, Not
from tactful.segments.domain.nodes import Any as AnyOf
from tactful.segments.domain.reading import read
from tactful.segments.domain.spelling import spelled
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import to_json

EXAMPLES = int(os.environ.get("TACTFUL_EXAMPLES", "1"))  # times as many, for a long search


def calm(examples: int) -> settings:
    return settings(
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=EXAMPLES == 1,
        max_examples=examples * EXAMPLES,
    )


def agree(base: Base, rule: object, at: datetime) -> None:
    """Every way of asking who is in gives what the reference says."""
    tree = meant(rule)
    expected = reference.members(base, tree, at)
    asked = [(row["id"], at) for row in base.of("customers")]
    assert in_everyone(base, tree, at) == expected
    assert in_members(base, [tree], at) == [expected]
    assert {asked[position][0] for position in in_subjects(base, [tree], asked)[0]} == expected


@calm(100)
@given(base=bases, rule=rules, at=whens)
def test_everyone_and_the_live_shape_agree_with_the_reference(base: Base, rule: object, at: datetime) -> None:
    agree(base, rule, at)


@calm(100)
@given(base=bases, rule=rank_rules, at=whens)
def test_ranks_among_buyers_agree_with_the_reference(base: Base, rule: object, at: datetime) -> None:
    agree(base, rule, at)


@calm(25)
@given(base=bases, given=st.lists(rules, min_size=2, max_size=4), moments=st.lists(whens, min_size=2, max_size=4))
def test_a_set_of_rules_at_many_moments_gives_what_each_gives_alone(
    base: Base, given: list[object], moments: list[datetime]
) -> None:
    trees = [meant(rule) for rule in given]
    asked = [(row["id"], at) for row in base.of("customers") for at in moments]
    together = in_subjects(base, trees, asked)
    assert in_members(base, trees, moments[0]) == [reference.members(base, tree, moments[0]) for tree in trees]
    for tree, found in zip(trees, together, strict=True):
        expected = {at: reference.members(base, tree, at) for at in moments}
        assert found == {n for n, (customer, at) in enumerate(asked) if customer in expected[at]}


@calm(100)
@given(base=bases, rule=rules | rank_rules, at=whens, share=st.floats(0, 1))
def test_until_a_customer_is_looked_at_again_time_alone_changes_nothing(
    base: Base, rule: object, at: datetime, share: float
) -> None:
    tree = meant(rule)
    inside = reference.members(base, tree, at)
    again = looked_again(base, [tree], at)
    assert all(due > at for due in again.values())
    for row in base.of("customers"):
        due = min([again.get(row["id"], at + timedelta(days=60)), *still_to_come(base, row["id"], at)])
        for moment in (due - timedelta(microseconds=1), at + (due - at) * share):
            if at < moment < due:
                assert (row["id"] in reference.members(base, tree, moment)) == (row["id"] in inside)


@calm(25)
@given(base=bases, rule=rules, at=whens)
def test_an_explanation_never_contradicts_membership(base: Base, rule: object, at: datetime) -> None:
    tree = meant(rule)
    inside = reference.members(base, tree, at)
    told = leaf_answers(base, tree, [row["id"] for row in base.of("customers")], at)
    assert {customer for customer, (met, _) in told.items() if met} == inside
    assert all(combined(tree, leaves) == met for met, leaves in told.values())


@calm(200)
@given(rule=rules)
def test_a_rule_survives_being_written_and_read(rule: object) -> None:
    tree = parse(rule)
    assert parse(json.loads(json.dumps(to_json(tree)))) == tree
    assert to_json(spelled(tree, LEXICON)) == to_json(tree)
    assert read(spelled(tree, LEXICON)) == read(tree)
    assert read(tree).startswith("Customers ")


def still_to_come(base: Base, customer_id: int, at: datetime) -> list[datetime]:
    """When something happens to a customer after the moment, or new cuts are made."""
    return [night for night in base.nights if night > at] + [
        row[column].replace(tzinfo=UTC)
        for table, column in HAPPENED.items()
        for row in base.of(table)
        if row["customer_id"] == customer_id and row[column] is not None and row[column] > bare(at)
    ]


def combined(node: Any, met: dict[Leaf, bool]) -> bool:
    if isinstance(node, All):
        return all(combined(child, met) for child in node.nodes)
    if isinstance(node, AnyOf):
        return any(combined(child, met) for child in node.nodes)
    if isinstance(node, Meaning):
        return combined(node.node, met)
    return not combined(node.node, met) if isinstance(node, Not) else met[node]
