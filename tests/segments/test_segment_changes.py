"""What would have to change for somebody to be in a segment, or out of it."""

from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.segments.domain.changing import Needed, to_be_in, to_be_out
from tactful.segments.domain.closed import closed
from tactful.segments.domain.conditions import Attribute, EventCount, InList, Leaf, Orders
from tactful.segments.domain.features import Draw, Feature, Field, Purchases, Times, feature_of, features_of
from tactful.segments.domain.nodes import All, Node, Not, leaves
from tactful.segments.domain.nodes import Any as AnyOf
from tactful.segments.domain.phrases import phrase
from tactful.segments.domain.possible import Now
from tactful.segments.domain.spelling import Lexicon, spelled
from tactful.segments.domain.terms import Terms
from tactful.segments.domain.tree import parse

NOW = datetime(2026, 2, 28, 22, 59, tzinfo=UTC)  # one minute before midnight in Berlin
LEAVES = tuple(InList(name) for name in "abcd")
nodes: st.SearchStrategy[Node] = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda children: All(tuple(children))),
        st.lists(inner, min_size=1, max_size=3).map(lambda children: AnyOf(tuple(children))),
        inner.map(Not),
    ),
    max_leaves=8,
)
answers = st.fixed_dictionaries({leaf: st.booleans() for leaf in LEAVES})


def holds(node: Node, met: dict[Leaf, bool]) -> bool:
    if isinstance(node, All):
        return all(holds(child, met) for child in node.nodes)
    if isinstance(node, AnyOf):
        return any(holds(child, met) for child in node.nodes)
    return not holds(node.node, met) if isinstance(node, Not) else met[node]  # type: ignore[index]


def changed(met: dict[Leaf, bool], needed: tuple[Needed, ...]) -> dict[Leaf, bool]:
    return {**met, **{each.leaf: each.hold for each in needed}}


def test_of_alternatives_the_one_with_the_fewest_changes_is_named() -> None:
    a, b, c, _ = LEAVES
    rule = AnyOf((All((a, b)), Not(c)))
    met: dict[Leaf, bool] = {a: False, b: False, c: True}
    assert to_be_in(rule, Now(met, {})) == (Needed(c, hold=False),)
    assert to_be_out(rule, Now(met, {})) == ()
    assert to_be_out(rule, Now({a: True, b: True, c: False}, {})) == (Needed(a, hold=False), Needed(c, hold=True))


def answered(rule: object, seen: dict[str, object], *, wanted: bool) -> list[tuple[str, bool]]:
    """What would have to change for a customer of whom these values were seen, by the short names below."""
    tree = spelled(parse(rule), Lexicon())
    values = {feature: seen[name] for feature in features_of([tree]) for name in [_NAMES[type(feature)]]}
    met = {leaf: true_of(leaf, values) for leaf in leaves(tree)}
    needed = (to_be_in if wanted else to_be_out)(
        tree, Now(met, values, closed(met, NOW, Terms("EUR", "Europe/Berlin")))
    )
    return [(phrase(leaf), hold) for each in needed for leaf, hold in ((each.leaf, each.hold), *each.beside)]


_NAMES: dict[type, str] = {Purchases: "number", Field: "word", Draw: "lot", Times: "number"}


def true_of(leaf: Leaf, values: dict[Feature, object]) -> bool:
    now = values.get(feature_of(leaf))  # type: ignore[arg-type]
    if isinstance(leaf, Orders | EventCount):
        limit = leaf.number if isinstance(leaf, Orders) else leaf.times
        return isinstance(now, int) and leaf.bound.meets(now, limit)
    if isinstance(leaf, Attribute):
        return now in [value.raw for value in leaf.comparison.values]
    return False


RISK = {"all": [{"orders": "days_since_last", "at_least": 40}, {"orders": "days_since_last", "at_most": 60}]}
LATE = {"orders": "days_since_last", "at_most": 120}
STAGE = {"all": [{"not": {"orders": "days_since_last", "at_most": 60}}, LATE]}
GERMAN, AUSTRIAN = {"attribute": "country", "is": "DE"}, {"attribute": "country", "is": "AT"}
SINCE = "whose last purchase was at {} days ago"


@pytest.mark.parametrize(
    ("rule", "seen", "wanted", "told"),
    [
        (RISK, 238, True, [(SINCE.format("most 60"), True), (SINCE.format("least 40"), True)]),
        (STAGE, 238, True, [(SINCE.format("most 120"), True), (SINCE.format("most 60"), False)]),
        ({"any": [{"orders": "count", "at_least": 1}, {"orders": "count", "exactly": 0}]}, 3, False, []),
        ({"orders": "count", "exactly": 0}, 3, True, [("who bought nothing", True)]),  # by cancelling
        (
            {"orders": "count", "exactly": 0, "in_last_days": 30},
            3,
            True,
            [("who bought nothing in the last 30 days", True)],
        ),
        ({"event": "Order Completed", "never": True}, 2, True, []),
        ({"all": [{"event": "X", "in_last_days": 3}, {"event": "X", "never": True}]}, 0, True, []),
        (
            {"all": [{"event": "X", "in_last_days": 3}, {"event": "X", "count": {"at_most": 5}}]},
            0,
            True,
            [("who did “X” in the last 3 days", True)],
        ),
        (
            {"event": "Order Completed", "count": {"at_most": 5}},
            2,
            False,
            [("who did “Order Completed” at most 5 times (not at all counts too)", False)],
        ),
        ({"all": [GERMAN, AUSTRIAN]}, "FR", True, []),
        (
            {"all": [GERMAN, {"attribute": "country", "in": ["AT", "DE"]}]},
            "FR",
            True,
            [
                ("whose country is “DE”", True),
                ("whose country is one of “AT”, “DE”", True),
            ],
        ),
        ({"sample": 0.1, "seed": "x"}, "70bb13e9", True, []),
        ({"everyone": True}, None, False, []),
    ],
)
def test_only_what_can_come_true_is_named_with_what_must_stay(
    rule: object, seen: object, wanted: bool, told: object
) -> None:
    assert answered(rule, dict.fromkeys(_NAMES.values(), seen), wanted=wanted) == told


JANUARY = {"within": {"from": "2026-01-01", "to": "2026-01-31"}}
FEBRUARY = {"within": {"from": "2026-02-01", "to": "2026-02-28"}}


@pytest.mark.parametrize(
    ("rule", "seen", "wanted", "possible"),
    [
        ({"event": "Viewed", **FEBRUARY}, 0, True, True),  # for a minute more
        ({"event": "Viewed", **JANUARY}, 0, True, False),
        ({"event": "Viewed", **JANUARY}, 2, False, False),
        ({"message": "opened", **JANUARY}, 0, True, False),
        ({"orders": "count", "at_least": 1, **JANUARY}, 0, True, False),
        ({"orders": "count", "at_least": 1, **JANUARY}, 1, False, True),  # by cancelling
        ({"orders": "count", "at_most": 1, **JANUARY}, 2, True, True),
        ({"orders": "count", "exactly": 2, **JANUARY}, 1, True, False),
        ({"orders": "count", "exactly": 2, **JANUARY}, 3, True, True),
        ({"orders": "average", "at_least": 5, **JANUARY}, None, True, False),
    ],
)
def test_of_a_period_that_is_over_only_what_is_cancelled_can_change_an_answer(
    rule: object, seen: object, wanted: bool, possible: bool
) -> None:
    told = answered(rule, dict.fromkeys(_NAMES.values(), seen), wanted=wanted)
    assert bool(told) is possible


def test_a_long_list_of_conditions_is_told_in_full() -> None:
    rule = {"all": [{"event": f"Step {number}"} for number in range(18)]}
    assert len(answered(rule, {"number": 0}, wanted=True)) == 18


@given(node=nodes, met=answers)
def test_the_changes_named_do_what_they_say_and_fewer_do_not(node: Node, met: dict[Leaf, bool]) -> None:
    every = [dict(zip(LEAVES, each, strict=True)) for each in product((True, False), repeat=len(LEAVES))]
    for wanted, needed in ((True, to_be_in(node, Now(met, {}))), (False, to_be_out(node, Now(met, {})))):
        able = [sum(other[leaf] != met[leaf] for leaf in LEAVES) for other in every if holds(node, other) == wanted]
        if able:
            assert holds(node, changed(met, needed)) == wanted
        assert len(needed) == min(able, default=0)
