"""Plans: the finished SQL of a set of trees, for everyone at one moment or for subjects at their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.conditions import Conditions
from tactful.segments.compiler.existence import Existence, split
from tactful.segments.compiler.moments import GivenMoment, OneMoment, OwnMoments, value_of
from tactful.segments.compiler.passes import Passes, alias, event_names
from tactful.segments.compiler.reach import longest_window
from tactful.segments.domain.closing import Anniversary, Closes, Midnight, closings
from tactful.segments.domain.comparisons import Whose
from tactful.segments.domain.conditions import Leaf, Percentile
from tactful.segments.domain.cuts import Cut
from tactful.segments.domain.features import Feature, features_of
from tactful.segments.domain.folds import Table
from tactful.segments.domain.nodes import Node, leaves
from tactful.segments.domain.terms import Terms
from tactful.segments.domain.without import fails_without


@dataclass(frozen=True, slots=True)
class Read:
    """What a plan reads of a table: for events only those names, and nothing older than so many days if given."""

    table: str
    columns: frozenset[str]
    names: tuple[str, ...] = ()
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """SQL over lake tables for everyone.

    `midnights`: of which days from today the relation `midnights(zone, as_of, days, starts)` is needed.
    `query`: the expression that `sql` was written from, for other engines.
    `cuts`: which cuts are needed in the relation `cuts(measure, percent, at, value)`.
    """

    sql: str
    tables: tuple[str, ...]
    midnights: frozenset[int] = frozenset()
    cuts: frozenset[Cut] = frozenset()
    query: exp.Select = field(default_factory=exp.Select, compare=False)


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """SQL over rows of customers, and what it reads of them.

    `asks`: parameters of a plan for one moment, columns that the subjects need of a plan for their own.
    """

    sql: str
    reads: tuple[Read, ...]
    terms: Terms
    asks: tuple[str, ...] = ()
    midnights: frozenset[int] = frozenset()
    cuts: frozenset[Cut] = frozenset()

    def parameters(self, at: datetime) -> dict[str, date]:
        """What is asked for, at a moment."""
        return {name: value_of(name, at, self.terms) for name in self.asks}


@dataclass(frozen=True, slots=True)
class Explained:
    """A plan whose columns are: subject, met, then each feature's value, then each leaf's answer."""

    plan: RowsPlan
    features: tuple[Feature, ...]
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A plan whose columns are: customer_id, each tree's answer, `zone` if asked for, and what closings count from.

    `waits`: what each of those columns is waited for.
    """

    plan: RowsPlan
    trees: int
    waits: tuple[tuple[Closes, ...], ...]


def everyone(tree: Node, *, at: datetime, terms: Terms) -> Plan:
    """Customers who meet one tree at a moment: column `customer_id`, in no order.

    What can only be met with (or only without) some row of a table is asked as a semi join, without counting.
    """
    rest, existences = split(tree)
    conditions = Conditions(OneMoment(at, terms), terms)
    passes = conditions.passes
    met = [conditions.met(node) for node in rest]
    picked = exp.select(literals.column("c", "customer_id")).from_(_customers())
    for table in passes.tables():
        needed = any(fails_without(node, table) for node in rest)
        kind = "inner" if needed else "left"
        picked = _joined(picked, passes.everyones(table), alias(table), "customer_id", kind=kind)
    for name, rows in passes.chains("customer_id").items():
        picked = _joined(picked, rows, name, "customer_id", kind="left")
    picked = picked.where(_active(), *met, copy=False)
    if existences and passes.tables():
        # Counted first: left to itself, the engine would build the semi joins on the whole base.
        picked = exp.select(literals.column("c", "customer_id")).from_(picked.subquery("c", copy=False))
    for number, existence in enumerate(existences):
        picked = _tested(picked, existence, passes, f"x{number}")
    chained = [Table.EVENTS] if passes.chained_events() else []
    tables = [Table.CUSTOMERS, *passes.tables(), *chained, *(each.fold.table for each in existences)]
    own = passes.own_midnights() | {day for each in existences for day in passes.midnights_of(each.fold)}
    return Plan(_sql(picked), tuple(dict.fromkeys(map(str, tables))), own, frozenset(conditions.cuts), query=picked)


@lru_cache(maxsize=256)
def members(trees: tuple[Node, ...], *, terms: Terms) -> RowsPlan:
    """All customers against a set of trees: columns `customer_id`, `m0`, `m1` … (boolean), in no order.

    The moment is a parameter, so that the text is made once. The engine sees its value before it plans, and skips
    files and row groups by it as by a constant.
    """
    moment = GivenMoment(terms)
    conditions = Conditions(moment, terms)
    return _members(_answers(trees, conditions), conditions, moment, terms)


@lru_cache(maxsize=256)
def ranks(leaf: Percentile, *, terms: Terms) -> RowsPlan:
    """What all customers are ranked by for a percentile: columns `customer_id`, `value` (NULL without a rank)."""
    moment = GivenMoment(terms)
    conditions = Conditions(moment, terms)
    return _members([conditions.ranked(leaf).as_("value")], conditions, moment, terms)


@lru_cache(maxsize=256)
def watched(trees: tuple[Node, ...], *, terms: Terms) -> Watched:
    """As `members`, with what the next change by time alone is counted from: `w0`, `w1` …"""
    moment = GivenMoment(terms)
    conditions = Conditions(moment, terms)
    waits: dict[object, list[Closes]] = {}
    columns = _answers(trees, conditions)
    for closes in closings(trees):
        source = ("year", closes.field) if isinstance(closes, Anniversary) else closes.source
        if source not in waits:
            columns.append(_awaited(closes, conditions).as_(f"w{len(waits)}"))
        waits.setdefault(source, []).append(closes)
    if any(isinstance(each, Midnight) and each.whose is Whose.CUSTOMER for each in closings(trees)):
        columns.append(literals.column("c", "zone").as_("zone"))
    plan = _members(columns, conditions, moment, terms)
    return Watched(plan, len(trees), tuple(map(tuple, waits.values())))


def _awaited(closes: Closes, conditions: Conditions) -> exp.Expr:
    if isinstance(closes, Anniversary):
        return conditions.days_until(closes.field)
    return exp.cast(conditions.since(closes.source), exp.DType.TIMESTAMP)


@lru_cache(maxsize=256)
def subjects(trees: tuple[Node, ...], *, terms: Terms) -> RowsPlan:
    """Subjects against a set of trees: columns `subject`, `m0`, `m1` …; who is no active customer is absent.

    Needs the relation `subjects(subject, customer_id, as_of)`. Cached by the trees: the text holds no moment.
    """
    moment = OwnMoments(terms)
    conditions = Conditions(moment, terms)
    return _subjects_plan(conditions, _answers(trees, conditions), moment, terms)


@lru_cache(maxsize=64)
def explained(tree: Node, *, terms: Terms) -> Explained:
    """One tree with all its features and leaves, for subjects."""
    moment = OwnMoments(terms)
    conditions = Conditions(moment, terms)
    met = conditions.decided(tree).as_("met")
    features = features_of([tree])
    found = tuple(dict.fromkeys(leaves(tree)))
    values = [conditions.value(feature).as_(f"v{number}") for number, feature in enumerate(features)]
    answers = [conditions.decided(leaf).as_(f"m{number}") for number, leaf in enumerate(found)]
    plan = _subjects_plan(conditions, [met, *values, *answers], moment, terms)
    return Explained(plan, features, found)


def _answers(trees: Sequence[Node], conditions: Conditions) -> list[exp.Expr]:
    return [conditions.decided(tree).as_(f"m{number}") for number, tree in enumerate(trees)]


def _members(columns: Sequence[exp.Expr], conditions: Conditions, moment: GivenMoment, terms: Terms) -> RowsPlan:
    passes = conditions.passes
    picked = exp.select(literals.column("c", "customer_id")).from_(_customers())
    parts = {table: passes.everyones(table) for table in passes.tables()}
    chains = passes.chains("customer_id")
    for table, rows in parts.items():
        picked = _joined(picked, rows, alias(table), "customer_id", kind="left")
    for name, rows in chains.items():
        picked = _joined(picked, rows, name, "customer_id", kind="left")
    picked = picked.select(*columns, copy=False).where(_active(), copy=False)
    reads = (*_reads(passes, parts, list(chains.values())), _customers_read(picked, passes))
    return RowsPlan(
        _sql(picked), reads, terms, tuple(sorted(moment.asked)), passes.own_midnights(), frozenset(conditions.cuts)
    )


def _subjects_plan(
    conditions: Conditions, columns: Sequence[exp.Expr], moment: OwnMoments, terms: Terms
) -> RowsPlan:
    passes = conditions.passes
    subject = literals.column("s", "subject")
    same = exp.EQ(this=literals.column("c", "customer_id"), expression=literals.column("s", "customer_id"))
    picked = exp.select(subject).from_(exp.to_table("subjects").as_("s")).join(_customers(), on=same)
    parts = {table: passes.subjects(table) for table in passes.tables()}
    chains = passes.chains("subject")
    named = {**{alias(table): rows for table, rows in parts.items()}, **chains}
    for name, rows in named.items():
        on = exp.EQ(this=literals.column(name, "subject"), expression=subject.copy())
        picked = picked.join(rows.subquery(name, copy=False), on=on, join_type="left", copy=False)
    picked = picked.select(*columns, copy=False).where(_active(), copy=False)
    reads = (*_reads(passes, parts, list(chains.values())), _customers_read(picked, passes))
    return RowsPlan(
        _sql(picked), reads, terms, tuple(sorted(moment.asked)), passes.own_midnights(), frozenset(conditions.cuts)
    )


def _reads(passes: Passes, parts: dict[str, exp.Select], chains: Sequence[exp.Select]) -> Iterator[Read]:
    """What is read of each table: by its pass, and of events by sequences too."""
    for table, rows in parts.items():
        folds = passes.folds(table)
        columns, names, days = _columns(rows, "t"), event_names(folds), longest_window(folds)
        if table == Table.EVENTS and chains:
            columns |= _chain_columns(chains)
            names, days = list(dict.fromkeys([*names, *passes.chained_events()])), None
        yield Read(str(table), columns, tuple(names), days)
    if chains and Table.EVENTS not in parts:
        yield Read(str(Table.EVENTS), _chain_columns(chains), tuple(passes.chained_events()))


def _chain_columns(chains: Sequence[exp.Select]) -> frozenset[str]:
    return frozenset().union(*(_columns(rows, "t") for rows in chains))


def _customers_read(picked: exp.Select, passes: Passes) -> Read:
    zone = {"zone"} if passes.own_midnights() else set()
    return Read(str(Table.CUSTOMERS), _columns(picked, "c") | zone)


def _columns(picked: exp.Select, name: str) -> frozenset[str]:
    return frozenset(column.name for column in picked.find_all(exp.Column) if column.table == name)


def _joined(picked: exp.Select, rows: exp.Select, name: str, key: str, *, kind: str) -> exp.Select:
    on = exp.EQ(this=literals.column(name, key), expression=literals.column("c", "customer_id"))
    return picked.join(rows.subquery(name, copy=False), on=on, join_type=kind, copy=False)


def _tested(picked: exp.Select, existence: Existence, passes: Passes, name: str) -> exp.Select:
    on = exp.EQ(this=literals.column(name, "customer_id"), expression=literals.column("c", "customer_id"))
    rows = passes.rows(existence.fold).subquery(name, copy=False)
    return picked.join(rows, on=on, join_type="semi" if existence.wanted else "anti", copy=False)


def _customers() -> exp.Expr:
    return exp.to_table(str(Table.CUSTOMERS)).as_("c")


def _active() -> exp.Expr:
    return literals.column("c", "active")


def _sql(picked: exp.Select) -> str:
    return picked.sql(dialect="duckdb")
