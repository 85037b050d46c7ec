"""What a rule says of customers who have no rows in a table."""

from tactful.segments.domain.conditions import Consent, EventAmount, EventCount, How, Measure, Orders, Records, Word
from tactful.segments.domain.features import feature_of
from tactful.segments.domain.folding import folds_of
from tactful.segments.domain.nodes import All, Any, Meaning, Node, Not

ALWAYS_SET = frozenset(
    {Measure.COUNT, Measure.REVENUE, Measure.MARGIN, Measure.CATEGORIES, Measure.PRODUCTS}
)  # fmt: skip


def meets_empty(leaf: Node) -> bool:
    """Whether a condition on rows is met by a customer who has none of them."""
    match leaf:
        case EventCount(bound=bound, times=number) | Records(bound=bound, number=number):
            return bound.meets(0, number)
        case EventAmount(how=How.SUM | How.DISTINCT, bound=bound, number=number):
            return bound.meets(0, number)
        case Orders(measure=measure, bound=bound, number=number) if measure in ALWAYS_SET:
            return bound.meets(0, number)
        case Consent(word=word):
            return word is Word.UNSET
    return False


def fails_without(node: Node, table: str) -> bool:
    """Whether the rule is certainly not met by customers without rows in the table that it counts."""
    match node:
        case All(nodes):
            return any(fails_without(child, table) for child in nodes)
        case Any(nodes):
            return all(fails_without(child, table) for child in nodes)
        case Not(child):
            return holds_without(child, table)
        case Meaning(node=child):
            return fails_without(child, table)
    return _decides(node, table) and not meets_empty(node)


def holds_without(node: Node, table: str) -> bool:
    """Whether the rule is certainly met by customers without rows in the table."""
    match node:
        case All(nodes):
            return all(holds_without(child, table) for child in nodes)
        case Any(nodes):
            return any(holds_without(child, table) for child in nodes)
        case Not(child):
            return fails_without(child, table)
        case Meaning(node=child):
            return holds_without(child, table)
    return _decides(node, table) and meets_empty(node)


def _decides(leaf: Node, table: str) -> bool:
    """Whether nothing but rows of this table can move the condition away from what it is without rows.

    Returns alone are no share of anything: the share is unset without orders, whatever came back.
    """
    feature = feature_of(leaf)
    return feature is not None and {fold.table for fold in folds_of(feature)[-1:]} == {table}
