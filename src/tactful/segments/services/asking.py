"""Questions about rules, saved or not: who meets them, how many, and why one customer does or does not."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tactful.kernel.money import exponent
from tactful.lake.engine import Reader, reading
from tactful.lake.tables import LakeTable
from tactful.segments import cuts, live, queries
from tactful.segments.calendar import midnights
from tactful.segments.compiler import CUTS, MIDNIGHTS, Plan, RowsPlan, everyone, explained
from tactful.segments.domain.changing import to_be_in, to_be_out
from tactful.segments.domain.closed import closed
from tactful.segments.domain.conditions import InSegment, Leaf, Message, Reachable, Rfm, Stage, Technology
from tactful.segments.domain.cuts import Cut
from tactful.segments.domain.features import Draw, Feature, Purchases, Ranked, feature_of
from tactful.segments.domain.nodes import All, Any, Meaning, Node, Not, shorts
from tactful.segments.domain.phrases import phrase
from tactful.segments.domain.possible import Now
from tactful.segments.domain.reading import read
from tactful.segments.domain.spelling import Lexicon, spelled
from tactful.segments.domain.terms import Terms
from tactful.segments.live import Subject
from tactful.segments.services import elsewhere

Rule = Node | str


def evaluate(
    trees: Sequence[Node], subjects: Sequence[Subject], *, tables: Sequence[LakeTable]
) -> list[list[bool]]:
    """Per tree, whether each subject (customer, moment) meets it, from PostgreSQL as this transaction sees it.

    The two lists are aligned with `trees` and `subjects`. Merged, erased and unknown customers meet nothing.
    """
    known = queries.lexicon() if any(True for tree in trees for _ in shorts(tree)) else Lexicon()
    return live.answers([spelled(tree, known) for tree in trees], subjects, tables=tables, terms=queries.terms())


def ids(rule: Rule, *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> list[int]:
    """Customers who meet a rule (a tree, or a segment by its slug) as of a moment, over the lake; sorted."""
    if (engine := elsewhere.chosen()) is not None:
        return elsewhere.ids(engine, tree_of(rule), at=at, tables=tables, folder=folder)
    plan = _everyone(rule, at)
    with over_lake(plan.tables, plan, [at], tables=tables, folder=folder) as reader:
        return sorted(each for each in reader.arrow(plan.sql)["customer_id"].to_pylist() if each is not None)


def count(rule: Rule, *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> int:
    """How many customers meet a rule as of a moment, over the lake."""
    if (engine := elsewhere.chosen()) is not None:
        return elsewhere.count(engine, tree_of(rule), at=at, tables=tables, folder=folder)
    plan = _everyone(rule, at)
    with over_lake(plan.tables, plan, [at], tables=tables, folder=folder) as reader:
        # The plan is made by the compiler; nothing of a rule is pasted in.
        return int(reader.rows(f"SELECT count(*) FROM ({plan.sql}) AS met")[0][0])  # noqa: S608 -- compiled


def explain(rule: Rule, customer_id: int, *, now: datetime, tables: Sequence[LakeTable]) -> dict[str, object]:
    """Why a customer does or does not meet a rule: JSON values.

    `matches`, `reading`, `at`, and `tree`: per node `kind`, `met` and for groups `nodes`, for conditions `reading`
    and the `value` seen, of a stage its slug as `stage` (null is unset; money in major units, moments in ISO 8601).
    `changes`: the fewest conditions that would have to hold (`should`), or no longer hold, for the answer to be the
    other one, each with what must go on being so `beside` it; empty where nothing that can happen would do. Of who
    is no active customer nothing is known: `active` is false and no condition is met.
    """
    tree = tree_of(rule)
    terms = queries.terms()
    plan = explained(tree, terms=terms)
    row = live.asked_one(plan.plan, (customer_id, now), tables=tables)
    told: dict[str, object] = {"active": row is not None, "reading": read(tree), "at": now.isoformat()}
    if row is None:
        nothing = _Seen({}, dict.fromkeys(plan.leaves, False), terms)
        return {**told, "matches": False, "tree": nothing.node(tree), "changes": []}
    matches, *seen = row
    values = dict(zip(plan.features, seen, strict=False))
    met = {leaf: bool(answer) for leaf, answer in zip(plan.leaves, seen[len(values) :], strict=True)}
    seer = _Seen(values, met, terms)
    as_he_is = Now(met, values, closed(met, now, terms))
    needed = to_be_out(tree, as_he_is) if matches else to_be_in(tree, as_he_is)
    changes = [
        {
            "reading": phrase(each.leaf),
            "should": each.hold,
            "value": seer.value(each.leaf),
            "beside": [{"reading": phrase(leaf), "should": hold} for leaf, hold in each.beside],
        }
        for each in needed
    ]
    return {**told, "matches": bool(matches), "tree": seer.node(tree), "changes": changes}


def tree_of(rule: Rule) -> Node:
    """The tree itself, or that of the segment with this slug, with its short words spelled out.

    Raises SegmentUnknown, and InvalidInput for a tree that refers to what does not exist.
    """
    return queries.segment(rule).tree if isinstance(rule, str) else spelled(rule, queries.lexicon())


@contextmanager
def over_lake(
    names: Iterable[str],
    plan: Plan | RowsPlan,
    moments: Sequence[datetime],
    *,
    tables: Sequence[LakeTable],
    folder: Path,
) -> Iterator[Reader]:
    """The lake as a plan reads it, with the midnights and cuts that it asks; missing cuts are made here."""
    wanted = set(names)
    with reading([table for table in tables if table.name in wanted], folder=folder) as reader:
        if plan.cuts:
            reader.register(CUTS, cuts.relation(_cuts(reader, plan.cuts, min(moments))))
        if plan.midnights:
            reader.register(MIDNIGHTS, midnights(moments, plan.midnights, queries.terms()))
        yield reader


class _Seen:
    """What was computed about one customer, laid along the tree."""

    def __init__(self, values: Mapping[Feature, object], met: Mapping[Leaf, bool], terms: Terms) -> None:
        self._values = values
        self._met = met
        self._currency = terms.currency

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
            case Meaning(short, meant):
                inner = self.node(meant)
                named = {"stage": short.slug} if isinstance(short, Stage) else {}
                return {"kind": "word", "met": inner["met"], "reading": phrase(short), "nodes": [inner], **named}
            case Message() | Technology() | Reachable() | Rfm() | InSegment() | Stage():
                raise TypeError(f"{node} was not spelled out")
        return {"kind": "condition", "met": self._met[node], "reading": phrase(node), "value": self.value(node)}

    def value(self, leaf: Node) -> object:
        """What was seen of the feature that a condition looks at."""
        feature = feature_of(leaf)
        value = self._values.get(feature) if feature is not None else None
        bought = feature.of if isinstance(feature, Ranked) else feature
        if isinstance(bought, Purchases) and bought.measure.money and value is not None:
            return float(Decimal(str(value)).scaleb(-exponent(self._currency)))
        if isinstance(feature, Draw) and isinstance(value, str):
            return round(int(value, 16) / 16 ** len(value), 4)
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC).isoformat()
        return value if isinstance(value, bool | int | float | str | None) else str(value)


def _cuts(reader: Reader, wanted: frozenset[Cut], at: datetime) -> list[cuts.Row]:
    stored = queries.cuts(wanted)
    there = {(measure, percent) for measure, percent, when, _ in stored if when <= at}
    missing = [cut for cut in wanted if (cut.measure, cut.percent) not in there]
    return [*stored, *cuts.made(reader, missing, at=at, terms=queries.terms())]


def _everyone(rule: Rule, at: datetime) -> Plan:
    return everyone(tree_of(rule), at=at, terms=queries.terms())
