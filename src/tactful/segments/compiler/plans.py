"""Plans: the finished SQL of a set of trees, for everyone at one moment or for subjects at their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.conditions import Conditions
from tactful.segments.compiler.existence import Existence, split
from tactful.segments.compiler.moments import GivenMoment, OneMoment, OwnMoments
from tactful.segments.compiler.passes import Passes, alias, event_names, longest_window
from tactful.segments.domain.closing import Closing, Daily, closings
from tactful.segments.domain.features import Feature, Table, fails_without, features_of
from tactful.segments.domain.nodes import Leaf, Node, leaves


@dataclass(frozen=True, slots=True)
class Read:
    """What a plan reads of a table: for events only those names, and nothing older than so many days if given."""

    table: Table
    columns: frozenset[str]
    names: tuple[str, ...] = ()
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """SQL over lake tables for everyone."""

    sql: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """SQL over rows of customers, and what it reads of them. Where it asks for a moment, that is given with it."""

    sql: str
    reads: tuple[Read, ...]
    asks_moment: bool = False

    def parameters(self, at: datetime) -> dict[str, datetime]:
        """What to give with the text, for a moment."""
        return {"at": at.astimezone(UTC).replace(tzinfo=None)} if self.asks_moment else {}


@dataclass(frozen=True, slots=True)
class Explained:
    """A plan whose columns are: subject, met, then each feature's value, then each leaf's answer."""

    plan: RowsPlan
    features: tuple[Feature, ...]
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A plan whose columns are: customer_id, each tree's answer, then the moments from which closings count.

    `spans`: for each such moment how much later an answer may change. `daily`: it may change every day.
    """

    plan: RowsPlan
    trees: int
    spans: tuple[tuple[timedelta, ...], ...]
    daily: bool


def everyone(tree: Node, *, at: datetime, currency: str) -> Plan:
    """Customers who meet one tree at a moment: column `customer_id`, in no order.

    What can only be met with (or only without) some row of a table is asked as a semi join, without counting.
    """
    moment = OneMoment(at)
    rest, existences = split(tree)
    conditions = Conditions(moment, currency=currency)
    met = [conditions.met(node) for node in rest]
    picked = exp.select(literals.column("c", "customer_id")).from_(_customers())
    for table in conditions.passes.tables():
        needed = any(fails_without(node, table) for node in rest)
        picked = _joined(picked, conditions.passes.everyones(table), table, "customer_id", needed=needed)
    picked = picked.where(_active(), *met, copy=False)
    if existences and conditions.passes.tables():
        # Counted first: left to itself, the engine would build the semi joins on the whole base.
        picked = exp.select(literals.column("c", "customer_id")).from_(picked.subquery("c"))
    for number, existence in enumerate(existences):
        picked = _tested(picked, existence, conditions.passes, f"x{number}")
    tables = [*conditions.passes.tables(), *(each.fold.table for each in existences)]
    return Plan(_sql(picked), tuple(dict.fromkeys([Table.CUSTOMERS, *tables])))


@lru_cache(maxsize=256)
def members(trees: tuple[Node, ...], *, currency: str) -> RowsPlan:
    """All customers against a set of trees: columns `customer_id`, `m0`, `m1` … (boolean), in no order.

    The moment is a parameter, so that the text is made once. The engine sees its value before it plans, and skips
    files and row groups by it as by a constant.
    """
    conditions = Conditions(GivenMoment(), currency=currency)
    return _members(_answers(trees, conditions), conditions.passes)


@lru_cache(maxsize=256)
def watched(trees: tuple[Node, ...], *, currency: str) -> Watched:
    """As `members`, with the moments `w0`, `w1` … from which the next change by time alone is counted."""
    conditions = Conditions(GivenMoment(), currency=currency)
    closes = closings(trees)
    sources = tuple(dict.fromkeys(each.source for each in closes if isinstance(each, Closing)))
    columns = [conditions.since(source).as_(f"w{number}") for number, source in enumerate(sources)]
    plan = _members([*_answers(trees, conditions), *columns], conditions.passes)
    spans = tuple(
        tuple(sorted({each.span for each in closes if isinstance(each, Closing) and each.source == source}))
        for source in sources
    )
    return Watched(plan, len(trees), spans, daily=Daily() in closes)


@lru_cache(maxsize=256)
def subjects(trees: tuple[Node, ...], *, currency: str) -> RowsPlan:
    """Subjects against a set of trees: columns `subject`, `m0`, `m1` …; who is no active customer is absent.

    Needs the relation `subjects(subject, customer_id, as_of)`. Cached by the trees: the text holds no moment.
    """
    conditions = Conditions(OwnMoments(), currency=currency)
    return _subjects_plan(conditions.passes, _answers(trees, conditions))


@lru_cache(maxsize=64)
def explained(tree: Node, *, currency: str) -> Explained:
    """One tree with all its features and leaves, for subjects."""
    conditions = Conditions(OwnMoments(), currency=currency)
    met = conditions.decided(tree).as_("met")
    features = features_of([tree])
    found = tuple(dict.fromkeys(leaves(tree)))
    values = [conditions.value(feature).as_(f"v{number}") for number, feature in enumerate(features)]
    answers = [conditions.decided(leaf).as_(f"m{number}") for number, leaf in enumerate(found)]
    return Explained(_subjects_plan(conditions.passes, [met, *values, *answers]), features, found)


def _answers(trees: Sequence[Node], conditions: Conditions) -> list[exp.Expr]:
    return [conditions.decided(tree).as_(f"m{number}") for number, tree in enumerate(trees)]


def _members(columns: Sequence[exp.Expr], passes: Passes) -> RowsPlan:
    picked = exp.select(literals.column("c", "customer_id")).from_(_customers())
    reads = []
    for table in passes.tables():
        rows = passes.everyones(table)
        reads.append(_read(table, rows, passes))
        picked = _joined(picked, rows, table, "customer_id", needed=False)
    picked = picked.select(*columns, copy=False).where(_active(), copy=False)
    asks = picked.find(exp.Parameter) is not None
    return RowsPlan(_sql(picked), (*reads, Read(Table.CUSTOMERS, _columns(picked, "c"))), asks_moment=asks)


def _subjects_plan(passes: Passes, columns: Sequence[exp.Expr]) -> RowsPlan:
    subject = literals.column("s", "subject")
    same = exp.EQ(this=literals.column("c", "customer_id"), expression=literals.column("s", "customer_id"))
    picked = exp.select(subject).from_(exp.to_table("subjects").as_("s")).join(_customers(), on=same)
    reads = []
    for table in passes.tables():
        on = exp.EQ(this=literals.column(alias(table), "subject"), expression=subject.copy())
        rows = passes.subjects(table)
        reads.append(_read(table, rows, passes))
        picked = picked.join(rows.subquery(alias(table)), on=on, join_type="left", copy=False)
    picked = picked.select(*columns, copy=False).where(_active(), copy=False)
    reads.append(Read(Table.CUSTOMERS, _columns(picked, "c")))
    return RowsPlan(_sql(picked), tuple(reads))


def _read(table: Table, rows: exp.Select, passes: Passes) -> Read:
    folds = passes.folds(table)
    return Read(table, _columns(rows, "t"), tuple(event_names(folds)), longest_window(folds))


def _columns(picked: exp.Select, name: str) -> frozenset[str]:
    return frozenset(column.name for column in picked.find_all(exp.Column) if column.table == name)


def _joined(picked: exp.Select, rows: exp.Select, table: Table, key: str, *, needed: bool) -> exp.Select:
    on = exp.EQ(this=literals.column(alias(table), key), expression=literals.column("c", "customer_id"))
    return picked.join(rows.subquery(alias(table)), on=on, join_type="inner" if needed else "left", copy=False)


def _tested(picked: exp.Select, existence: Existence, passes: Passes, name: str) -> exp.Select:
    on = exp.EQ(this=literals.column(name, "customer_id"), expression=literals.column("c", "customer_id"))
    rows = passes.rows(existence.fold).subquery(name)
    return picked.join(rows, on=on, join_type="semi" if existence.wanted else "anti", copy=False)


def _customers() -> exp.Expr:
    return exp.to_table(str(Table.CUSTOMERS)).as_("c")


def _active() -> exp.Expr:
    return literals.column("c", "active")


def _sql(picked: exp.Select) -> str:
    return picked.sql(dialect="duckdb")
