"""The passes over the tables: each reads its table once for all folds that a set of trees needs."""

from collections.abc import Iterable

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.aggregates import aggregate
from tactful.segments.compiler.chains import chained
from tactful.segments.compiler.filters import Filters, local
from tactful.segments.compiler.moments import Moment
from tactful.segments.compiler.reach import reached, window_of
from tactful.segments.domain.comparisons import CalendarDays, Whose
from tactful.segments.domain.conditions import Sequence, Step
from tactful.segments.domain.folds import HAPPENED, Fold, Has, Named, Table, Test
from tactful.segments.domain.terms import Terms

MIDNIGHTS = "midnights"


class Passes:
    """The folds asked for so far, each with the column that holds it."""

    def __init__(self, moment: Moment, terms: Terms) -> None:
        self._moment = moment
        self._filters = Filters(moment, terms)
        self._folds: dict[str, dict[Fold, str]] = {}
        self._chains: dict[Sequence, str] = {}

    def column(self, fold: Fold) -> exp.Expr:
        """The fold's value, NULL (or nothing counted) where the customer has no such rows."""
        folds = self._folds.setdefault(fold.table, {})
        name = folds.setdefault(fold, f"f{len(folds)}")
        return literals.column(alias(fold.table), name)

    def chain(self, sequence: Sequence, column: str) -> exp.Expr:
        """Of a sequence: whether it `happened`, and when the answer may `change`."""
        return literals.column(self._chains.setdefault(sequence, f"q{len(self._chains)}"), column)

    def tables(self) -> list[str]:
        return list(self._folds)

    def folds(self, table: str) -> list[Fold]:
        return list(self._folds[table])

    def own_midnights(self) -> frozenset[int]:
        """Of which days, counted from today, the midnights of customers' own zones are asked for."""
        return frozenset(days for folds in self._folds.values() for days in _own_midnights(folds))

    def everyones(self, table: str) -> exp.Select:
        """The pass for all customers: grouped by customer."""
        key = literals.column("t", "customer_id")
        picked = self._select(table, key.as_("customer_id")).from_(_table(table), copy=False)
        return self._with_midnights(picked, self._folds[table]).group_by(key, copy=False)

    def subjects(self, table: str) -> exp.Select:
        """The pass for subjects: grouped by subject, each row seen from the subject's moment."""
        key = literals.column("s", "subject")
        same = exp.EQ(this=literals.column("t", "customer_id"), expression=literals.column("s", "customer_id"))
        subjects = exp.to_table("subjects").as_("s")
        picked = self._select(table, key.as_("subject")).from_(subjects, copy=False)
        picked = picked.join(_table(table), on=same, copy=False)
        return self._with_midnights(picked, self._folds[table]).group_by(key, copy=False)

    def chains(self, key: str) -> dict[str, exp.Select]:
        """The pass of each sequence by its alias, for all customers or, by the key `subject`, for subjects."""
        return {alias: self._chain(sequence, key) for sequence, alias in self._chains.items()}

    def _chain(self, sequence: Sequence, key: str) -> exp.Select:
        steps = [*sequence.steps, *([sequence.absent] if sequence.absent else [])]
        picked = chained(sequence, [self._step(step, key) for step in steps], self._moment, key)
        if key == "subject":
            # The moment of each is the subject's own.
            same = exp.EQ(this=literals.column("s", "subject"), expression=literals.column("e0", "key"))
            picked = picked.join(exp.to_table("subjects").as_("s"), on=same, copy=False)
        return picked

    def _step(self, step: Step, key: str) -> exp.Select:
        tests: list[Test] = [Named(step.event), *(Has(each) for each in step.where)]
        when = literals.column("t", HAPPENED[Table.EVENTS])
        whose = literals.column("t" if key == "customer_id" else "s", key)
        picked = exp.select(whose.as_("key"), when.as_("occurred_at")).from_(_table(Table.EVENTS))
        if key == "subject":
            same = exp.EQ(this=literals.column("t", "customer_id"), expression=literals.column("s", "customer_id"))
            picked = picked.join(exp.to_table("subjects").as_("s"), on=same, copy=False)
        return picked.where(self._happened(Table.EVENTS), *self._filters.of(tests, Table.EVENTS), copy=False)

    def chained_events(self) -> list[str]:
        """The names of the events that sequences look at."""
        steps = [step for each in self._chains for step in (*each.steps, *([each.absent] if each.absent else []))]
        return list(dict.fromkeys(step.event for step in steps))

    def rows(self, fold: Fold) -> exp.Select:
        """The customers with any row that passes the fold's tests; one may come more than once."""
        picked = exp.select(literals.column("t", "customer_id")).from_(_table(fold.table))
        passed = (*self._hints(fold.tests), *self._filters.of(fold.tests, fold.table))
        return self._with_midnights(picked.where(self._happened(fold.table), *passed, copy=False), [fold])

    def _select(self, table: str, key: exp.Expr) -> exp.Select:
        folds = self._folds[table]
        common = _common(folds)
        picked = exp.select(key)
        for fold, name in folds.items():
            rest = [test for test in fold.tests if test not in common]
            value = aggregate(fold, self._counted(rest, table) if rest else None)
            picked = picked.select(value.as_(name, quoted=True), copy=False)
        inside = (*self._filters.of(common, table), *reached(folds, common, self._filters))
        return picked.where(self._happened(table), *self._hints(common), *inside, copy=False)

    def _counted(self, tests: list[Test], table: str) -> exp.Expr:
        """That a row passes the tests; a document is opened only where the row passes all others.

        Beside an aggregate the engine asks every side of an AND of every row, but a branch of a CASE only of those
        that take it.
        """
        plain = [test for test in tests if not isinstance(test, Has)]
        opened: list[Test] = [test for test in tests if isinstance(test, Has)]
        first, then = ([*self._filters.of(plain, table), *self._hints(opened)], self._filters.of(opened, table))
        if not first or not then:
            return exp.and_(*first, *then)
        return exp.Case(ifs=[exp.If(this=exp.and_(*first), true=exp.and_(*then))], default=literals.false())

    def _hints(self, tests: Iterable[Test]) -> list[exp.Expr]:
        return self._filters.hints(test for test in tests if isinstance(test, Has))

    def _happened(self, table: str) -> exp.Expr:
        return exp.LTE(this=literals.column("t", HAPPENED[table]), expression=self._moment.now())

    def midnights_of(self, fold: Fold) -> list[int]:
        """Of which days a fold asks for the midnights of customers' own zones."""
        return _own_midnights([fold])

    def _with_midnights(self, picked: exp.Select, folds: Iterable[Fold]) -> exp.Select:
        """Joined with the midnights of the customers' zones, where folds ask for them."""
        days = _own_midnights(folds)
        if not days:
            return picked
        same = exp.EQ(this=literals.column("z", "customer_id"), expression=literals.column("t", "customer_id"))
        picked = picked.join(exp.to_table(str(Table.CUSTOMERS)).as_("z"), on=same, join_type="left", copy=False)
        for number in days:
            picked = picked.join(*self.midnights(number), join_type="left", copy=False)
        return picked

    def midnights(self, days: int) -> tuple[exp.Expr, exp.Expr]:
        """The relation of midnights so many days from today, and how it is joined to the customer `z`."""
        name = local(days)
        on = exp.and_(
            exp.EQ(this=literals.column(name, "zone"), expression=literals.column("z", "zone")),
            exp.EQ(this=literals.column(name, "as_of"), expression=self._moment.now()),
            exp.EQ(this=literals.column(name, "days"), expression=literals.number(days)),
        )
        return exp.to_table(MIDNIGHTS).as_(name), on


def alias(table: str) -> str:
    """How a table's pass is called in the outer query."""
    return f"p_{table}"


def event_names(folds: Iterable[Fold]) -> list[str]:
    """The names of events that the folds look at, once."""
    return list(dict.fromkeys(test.event for fold in folds for test in fold.tests if isinstance(test, Named)))


def _own_midnights(folds: Iterable[Fold]) -> list[int]:
    windows = [window_of(fold) for fold in folds]
    own = {1 - each.days for each in windows if isinstance(each, CalendarDays) and each.whose is Whose.CUSTOMER}
    return sorted(own)


def _common(folds: Iterable[Fold]) -> tuple[Test, ...]:
    """The tests that every fold has: they filter before anything is aggregated."""
    first, *others = folds
    return tuple(test for test in first.tests if all(test in other.tests for other in others))


def _table(table: str) -> exp.Expr:
    return exp.to_table(str(table)).as_("t")
