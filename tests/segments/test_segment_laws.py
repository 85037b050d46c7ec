"""Everyone = the live shape = past moments = a slow reference, for bases and rules that nobody thought of."""

import json
import os
from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.segments import segments_reference as reference
from tests.segments.segments_kit import (
    Base,
    bare,
    base_of,
    in_everyone,
    in_members,
    in_subjects,
    leaf_answers,
    looked_again,
)

from tactful.segments.domain.features import HAPPENED
from tactful.segments.domain.nodes import All, Leaf, Node, Not
from tactful.segments.domain.nodes import Any as AnyOf
from tactful.segments.domain.reading import read
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import to_json

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
TICKS = [timedelta(0), timedelta(microseconds=1), -timedelta(microseconds=1), timedelta(hours=5)]
NAMES = ["Viewed", "Bought", "it's; --"]
KEYS = ["plan", "price", "a/b~c", "'); DROP"]
TEXTS = [
    "Tea",
    "tea",
    "5",
    "5.0",
    "12.50",
    "",
    "O'Neil",
    "Ünï",
    "true",
    "2026-02-20",
    "2026-02-28T12:00:00+02:00",
    "1e2",
]
CATEGORIES = ["Tea", "Mugs"]

moments = st.builds(
    lambda days, tick: bare(NOW - timedelta(days=days) + tick), st.integers(-2, 40), st.sampled_from(TICKS)
)
loose = st.one_of(st.sampled_from(TEXTS), st.integers(-3, 12), st.booleans(), st.none(), st.just(12.5))
documents = st.dictionaries(st.sampled_from(KEYS), loose, max_size=3).map(json.dumps)
owners = st.integers(1, 4)
amounts = st.integers(0, 30).map(lambda number: number * 50)

customers = st.fixed_dictionaries(
    {
        "active": st.sampled_from([True, True, True, False]),
        "country": st.sampled_from(["DE", "FR", "", None]),
        "birth_date": st.sampled_from([None, date(1990, 5, 1), date(2026, 2, 20)]),
        "is_test": st.booleans(),
        "last_seen_at": st.none() | moments,
        "attributes": documents,
    }
)
orders = st.fixed_dictionaries(
    {
        "customer_id": owners,
        "status": st.sampled_from(["completed", "completed", "cancelled"]),
        "currency": st.sampled_from(["EUR", "EUR", "USD"]),
        "completed_at": moments | st.none(),
        "revenue_minor": amounts,
        "discount_minor": amounts,
        "margin_minor": amounts,
    }
)
lines = st.fixed_dictionaries(
    {
        "customer_id": owners,
        "order_id": st.integers(1, 4),
        "completed_at": moments | st.none(),
        "category": st.sampled_from(CATEGORIES),
        "revenue_minor": amounts,
        "discount_minor": amounts,
        "margin_minor": amounts,
    }
)
returns = st.fixed_dictionaries({"customer_id": owners, "at": moments, "amount_minor": amounts})
events = st.fixed_dictionaries(
    {"customer_id": owners, "name": st.sampled_from(NAMES), "occurred_at": moments, "properties": documents}
)
consents = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": owners,
            "channel": st.sampled_from(["email", "sms"]),
            "topic": st.sampled_from(["news", "*"]),
            "granted": st.booleans(),
            "since": moments,
        }
    ),
    max_size=6,
    unique_by=lambda row: (row["customer_id"], row["channel"], row["topic"]),
)
bases = st.fixed_dictionaries(
    {
        "customers": st.lists(customers, min_size=1, max_size=4),
        "orders": st.lists(orders, max_size=8),
        "order_lines": st.lists(lines, max_size=6),
        "order_returns": st.lists(returns, max_size=3),
        "events": st.lists(events, max_size=12),
        "consents": consents,
    }
).map(base_of)

days = st.integers(1, 40)
edges = st.sampled_from(["2026-02-20", "2026-02-28T12:00:00Z", "2026-03-01"])
literals = st.one_of(
    st.fixed_dictionaries({"is": st.sampled_from([*TEXTS, 5, 12.5, True, False])}),
    st.fixed_dictionaries({"is_not": st.sampled_from([*TEXTS, 5, True])}),
    st.fixed_dictionaries({"in": st.lists(st.sampled_from([*TEXTS, 5, 100, False]), min_size=1, max_size=3)}),
    st.fixed_dictionaries({"contains": st.sampled_from(["e", "TEA", "'"])}),
    st.fixed_dictionaries({"starts": st.sampled_from(["t", "5", "ü"])}),
    st.fixed_dictionaries({"greater": st.sampled_from([4, 5, 12.5])}),
    st.fixed_dictionaries({"less": st.sampled_from([5, 12.5, 0])}),
    st.fixed_dictionaries({"set": st.booleans()}),
    st.fixed_dictionaries({"before": edges}),
    st.fixed_dictionaries({"after": edges}),
    st.fixed_dictionaries({"in_last_days": days}),
)
windows = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"in_last_days": days}),
    st.just({"within": {"from": "2026-02-01", "to": "2026-02-20"}}),
    st.just({"within": {"from": "2026-02-01T06:00:00Z", "to": "2026-03-01T12:00:00Z"}}),
)
wheres = st.one_of(
    st.just({}),
    st.builds(
        lambda key, comparison: {"where": [{"property": key, **comparison}]}, st.sampled_from(KEYS), literals
    ),
)
counts = st.builds(
    lambda bound, times: {"count": {bound: times}},
    st.sampled_from(["at_least", "at_most", "exactly"]),
    st.integers(0, 3),
)
bounds = st.sampled_from(["at_least", "at_most", "exactly", "greater", "less"])
leaves = st.one_of(
    st.just({"everyone": True}),
    st.builds(
        lambda country: {"attribute": "country", **country},
        st.sampled_from([{"is": "DE"}, {"is_not": "DE"}, {"in": ["DE", ""]}, {"set": False}, {"starts": "d"}]),
    ),
    st.builds(
        lambda said: {"attribute": "birth_date", **said},
        st.sampled_from(
            [{"is": "1990-05-01"}, {"before": "2026-02-20"}, {"after": "1990-05-01"}, {"in_last_days": 30}]
        ),
    ),
    st.builds(lambda said: {"attribute": "is_test", "is": said}, st.booleans()),
    st.builds(
        lambda said: {"attribute": "last_seen_at", **said},
        st.one_of(
            st.fixed_dictionaries({"in_last_days": days}),
            st.fixed_dictionaries({"after": edges}),
            st.fixed_dictionaries({"set": st.booleans()}),
        ),
    ),
    st.builds(lambda key, said: {"attribute": f"custom.{key}", **said}, st.sampled_from(KEYS), literals),
    st.builds(
        lambda channel, said: {"consent": {"channel": channel, "topic": "news"}, "is": said},
        st.sampled_from(["email", "sms"]),
        st.sampled_from(["given", "withdrawn", "unset"]),
    ),
    st.builds(
        lambda name, count, window, where: {"event": name, **count, **window, **where},
        st.sampled_from(NAMES),
        counts | st.just({"never": True}) | st.just({}),
        windows,
        wheres,
    ),
    st.builds(
        lambda name, which, ago, number, where: {"event": name, which: {ago: number}, **where},
        st.sampled_from(NAMES),
        st.sampled_from(["last", "first"]),
        st.sampled_from(["more_than_days_ago", "less_than_days_ago"]),
        days,
        wheres,
    ),
    st.builds(
        lambda measure, bound, number, window: {"orders": measure, bound: number, **window},
        st.sampled_from(["count", "revenue", "margin", "average", "discount_share", "returned_share"]),
        bounds,
        st.sampled_from([0, 1, 2, 5, 7.5, 0.5, 10]),
        windows,
    ),
    st.builds(
        lambda measure, bound, number: {"orders": measure, bound: number},
        st.sampled_from(["days_since_last", "days_since_first"]),
        bounds,
        st.integers(0, 30),
    ),
    st.builds(
        lambda measure, bound, number, category: {"orders": measure, bound: number, "category": category},
        st.sampled_from(["count", "revenue", "margin", "average", "discount_share", "days_since_last"]),
        bounds,
        st.sampled_from([0, 1, 2, 7.5]),
        st.sampled_from(CATEGORIES),
    ),
)
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda nodes: {"all": nodes}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda nodes: {"any": nodes}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda node: {"not": node}, inner),
    ),
    max_leaves=5,
)
whens = st.builds(lambda back, tick: NOW - timedelta(days=back) + tick, st.integers(0, 20), st.sampled_from(TICKS))
EXAMPLES = int(os.environ.get("TACTFUL_EXAMPLES", "1"))  # times as many, for a long search


def calm(examples: int) -> settings:
    return settings(
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=EXAMPLES == 1,
        max_examples=examples * EXAMPLES,
    )


@calm(100)
@given(base=bases, rule=rules, at=whens)
def test_everyone_and_the_live_shape_agree_with_the_reference(base: Base, rule: object, at: datetime) -> None:
    tree = parse(rule)
    expected = reference.members(base, tree, at)
    asked = [(row["id"], at) for row in base.of("customers")]
    assert in_everyone(base, tree, at) == expected
    assert in_members(base, [tree], at) == [expected]
    assert {asked[position][0] for position in in_subjects(base, [tree], asked)[0]} == expected


@calm(25)
@given(base=bases, given=st.lists(rules, min_size=2, max_size=4), moments=st.lists(whens, min_size=2, max_size=4))
def test_a_set_of_rules_at_many_moments_gives_what_each_gives_alone(
    base: Base, given: list[object], moments: list[datetime]
) -> None:
    trees = [parse(rule) for rule in given]
    asked = [(row["id"], at) for row in base.of("customers") for at in moments]
    together = in_subjects(base, trees, asked)
    assert in_members(base, trees, moments[0]) == [reference.members(base, tree, moments[0]) for tree in trees]
    for tree, found in zip(trees, together, strict=True):
        expected = {at: reference.members(base, tree, at) for at in moments}
        assert found == {n for n, (customer, at) in enumerate(asked) if customer in expected[at]}


@calm(100)
@given(base=bases, rule=rules, at=whens, share=st.floats(0, 1))
def test_until_a_customer_is_looked_at_again_time_alone_changes_nothing(
    base: Base, rule: object, at: datetime, share: float
) -> None:
    tree = parse(rule)
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
    tree = parse(rule)
    inside = reference.members(base, tree, at)
    told = leaf_answers(base, tree, [row["id"] for row in base.of("customers")], at)
    assert {customer for customer, (met, _) in told.items() if met} == inside
    assert all(combined(tree, leaves) == met for met, leaves in told.values())


@calm(200)
@given(rule=rules)
def test_a_rule_survives_being_written_and_read(rule: object) -> None:
    tree = parse(rule)
    assert parse(json.loads(json.dumps(to_json(tree)))) == tree
    assert read(tree).startswith("Customers ")


def still_to_come(base: Base, customer_id: int, at: datetime) -> list[datetime]:
    """When something happens to a customer after the moment."""
    return [
        row[column].replace(tzinfo=UTC)
        for table, column in HAPPENED.items()
        for row in base.of(table)
        if row["customer_id"] == customer_id and row[column] is not None and row[column] > bare(at)
    ]


def combined(node: Node, met: dict[Leaf, bool]) -> bool:
    if isinstance(node, All):
        return all(combined(child, met) for child in node.nodes)
    if isinstance(node, AnyOf):
        return any(combined(child, met) for child in node.nodes)
    return not combined(node.node, met) if isinstance(node, Not) else met[node]
