"""Questions about rules, saved or not: who meets them, how many, and why one customer does or does not."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tactful.kernel.money import exponent
from tactful.lake.engine import reading
from tactful.lake.tables import LakeTable
from tactful.segments import live, queries
from tactful.segments.compiler import Plan, everyone, explained
from tactful.segments.domain.features import Feature, Purchases, feature_of
from tactful.segments.domain.nodes import All, Any, Leaf, Node, Not
from tactful.segments.domain.reading import phrase, read
from tactful.segments.live import Subject
from tactful.team.queries import workspace

Rule = Node | str


def evaluate(
    trees: Sequence[Node], subjects: Sequence[Subject], *, tables: Sequence[LakeTable]
) -> list[list[bool]]:
    """Per tree, whether each subject (customer, moment) meets it, from PostgreSQL as this transaction sees it.

    The two lists are aligned with `trees` and `subjects`. Merged, erased and unknown customers meet nothing.
    """
    return live.answers(trees, subjects, tables=tables, currency=workspace().currency)


def ids(rule: Rule, *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> list[int]:
    """Customers who meet a rule (a tree, or a segment by its slug) as of a moment, over the lake; sorted."""
    plan = _everyone(rule, at)
    with reading(_used(plan, tables), folder=folder) as reader:
        return sorted(row[0] for row in reader.rows(plan.sql))


def count(rule: Rule, *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> int:
    """How many customers meet a rule as of a moment, over the lake."""
    plan = _everyone(rule, at)
    with reading(_used(plan, tables), folder=folder) as reader:
        # The plan is made by the compiler; nothing of a rule is pasted in.
        return int(reader.rows(f"SELECT count(*) FROM ({plan.sql}) AS met")[0][0])  # noqa: S608 -- compiled


def explain(rule: Rule, customer_id: int, *, now: datetime, tables: Sequence[LakeTable]) -> dict[str, object]:
    """Why a customer does or does not meet a rule: JSON values.

    `matches`, `reading`, `at`, and `tree`: per node `kind`, `met` and for groups `nodes`, for conditions `reading`
    and the `value` seen (null is unset; money in major units, moments in ISO 8601). Of somebody who is no active
    customer nothing is known: `active` is false and no condition is met.
    """
    tree = tree_of(rule)
    currency = workspace().currency
    plan = explained(tree, currency=currency)
    row = live.asked_one(plan.plan, (customer_id, now), tables=tables)
    told: dict[str, object] = {"active": row is not None, "reading": read(tree), "at": now.isoformat()}
    if row is None:
        nothing = _Seen({}, dict.fromkeys(plan.leaves, False), currency)
        return {**told, "matches": False, "tree": nothing.node(tree)}
    matches, *seen = row
    values = dict(zip(plan.features, seen, strict=False))
    met = {leaf: bool(answer) for leaf, answer in zip(plan.leaves, seen[len(values) :], strict=True)}
    return {**told, "matches": bool(matches), "tree": _Seen(values, met, currency).node(tree)}


def tree_of(rule: Rule) -> Node:
    """The tree itself, or that of the segment with this slug. Raises SegmentUnknown."""
    return queries.segment(rule).tree if isinstance(rule, str) else rule


class _Seen:
    """What was computed about one customer, laid along the tree."""

    def __init__(self, values: Mapping[Feature, object], met: Mapping[Leaf, bool], currency: str) -> None:
        self._values = values
        self._met = met
        self._currency = currency

    def node(self, node: Node) -> dict[str, object]:
        match node:
            case All(nodes):
                children = [self.node(child) for child in nodes]
                return {"kind": "all", "met": all(child["met"] for child in children), "nodes": children}
            case Any(nodes):
                children = [self.node(child) for child in nodes]
                return {"kind": "any", "met": any(child["met"] for child in children), "nodes": children}
            case Not(child):
                inner = self.node(child)
                return {"kind": "not", "met": not inner["met"], "nodes": [inner]}
        return {"kind": "condition", "met": self._met[node], "reading": phrase(node), "value": self._value(node)}

    def _value(self, leaf: Leaf) -> object:
        feature = feature_of(leaf)
        value = self._values.get(feature) if feature is not None else None
        if isinstance(feature, Purchases) and feature.measure.money and value is not None:
            return float(Decimal(str(value)).scaleb(-exponent(self._currency)))
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC).isoformat()
        return value if isinstance(value, bool | int | float | str | None) else str(value)


def _everyone(rule: Rule, at: datetime) -> Plan:
    return everyone(tree_of(rule), at=at, currency=workspace().currency)


def _used(plan: Plan, tables: Sequence[LakeTable]) -> list[LakeTable]:
    return [table for table in tables if table.name in plan.tables]
