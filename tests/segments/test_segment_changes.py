"""What would have to change for somebody to be in a segment, or out of it."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tactful.segments.domain.changing import Needed, to_be_in, to_be_out
from tactful.segments.domain.nodes import All, InList, Leaf, Node, Not
from tactful.segments.domain.nodes import Any as AnyOf

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
    assert to_be_in(rule, met) == (Needed(c, hold=False),)
    assert to_be_out(rule, met) == ()
    assert to_be_out(rule, {a: True, b: True, c: False}) == (Needed(a, hold=False), Needed(c, hold=True))


@given(node=nodes, met=answers)
def test_the_changes_named_do_what_they_say_and_fewer_do_not(node: Node, met: dict[Leaf, bool]) -> None:
    every = [dict(zip(LEAVES, each, strict=True)) for each in product((True, False), repeat=len(LEAVES))]
    for wanted, needed in ((True, to_be_in(node, met)), (False, to_be_out(node, met))):
        able = [sum(other[leaf] != met[leaf] for leaf in LEAVES) for other in every if holds(node, other) == wanted]
        if able:
            assert holds(node, changed(met, needed)) == wanted
        assert len(needed) == min(able, default=0)
