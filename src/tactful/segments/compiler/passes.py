"""The passes over the tables: each reads its table once for all folds that a set of trees needs."""

from collections.abc import Iterable

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.aggregates import aggregate
from tactful.segments.compiler.chains import chained
from tactful.segments.compiler.filters import Filters, local
from tactful.segments.compiler.moments import Moment
from tactful.segments.domain.features import HAPPENED, About, During, Fold, Has, Named, Table, Test
from tactful.segments.domain.nodes import CalendarDays, LastDays, Sequence, Step, Whose, Window
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
        picked = picked.where(self._happened(fold.table), *self._filters.of(fold.tests, fold.table), copy=False)
        return self._with_midnights(picked, [fold])

    def _select(self, table: str, key: exp.Expr) -> exp.Select:
        folds = self._folds[table]
        common = _common(folds)
        picked = exp.select(key)
        for fold, name in folds.items():
            rest = [test for test in fold.tests if test not in common]
            value = aggregate(fold)
            if rest:
                value = exp.Filter(this=value, expression=exp.Where(this=self._counted(rest, table)))
            picked = picked.select(value.as_(name, quoted=True), copy=False)
        inside = (*self._filters.of(common, table), *self._reach(folds))
        return picked.where(self._happened(table), *inside, copy=False)

    def _counted(self, tests: list[Test], table: str) -> exp.Expr:
        """That a row passes the tests; a document is opened only where the row passes all others.

        Beside an aggregate the engine asks every side of an AND of every row, but a branch of a CASE only of those
        that take it.
        """
        plain = [test for test in tests if not isinstance(test, Has)]
        opened = [test for test in tests if isinstance(test, Has)]
        if not plain or not opened:
            return exp.and_(*self._filters.of(tests, table))
        first, then = (exp.and_(*self._filters.of(some, table)) for some in (plain, opened))
        return exp.Case(ifs=[exp.If(this=first, true=then)], default=literals.false())

    def _happened(self, table: str) -> exp.Expr:
        return exp.LTE(this=literals.column("t", HAPPENED[table]), expression=self._moment.now())

    def _reach(self, folds: Iterable[Fold]) -> list[exp.Expr]:
        """Conditions that follow from the folds taken together: rows outside are in none of them."""
        tests = [test for fold in folds for test in fold.tests]
        days = longest_window(folds)
        found = [
            *_among("name", [test.event for test in tests if isinstance(test, Named)]),
            *_among("channel", [test.channel for test in tests if isinstance(test, About)]),
            *_among("topic", [test.topic for test in tests if isinstance(test, About)]),
        ]
        if days is not None and len({_window(fold) for fold in folds}) > 1:
            table = next(iter(folds)).table
            found.append(exp.GT(this=literals.column("t", HAPPENED[table]), expression=self._moment.ago(days)))
        return found

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


def longest_window(folds: Iterable[Fold]) -> int | None:
    """The days that the longest of the folds' windows looks back; None if any looks at more than last days."""
    days = [_looks_back(_window(fold)) for fold in folds]
    known = [number for number in days if number is not None]
    return max(known) if known and len(known) == len(days) else None


def _looks_back(window: Window | None) -> int | None:
    """Spans of 24 hours that surely hold the window: a local day may begin a day earlier, and last longer."""
    if isinstance(window, LastDays):
        return window.days
    return window.days + 2 if isinstance(window, CalendarDays) else None


def _window(fold: Fold) -> Window | None:
    return next((test.window for test in fold.tests if isinstance(test, During)), None)


def _own_midnights(folds: Iterable[Fold]) -> list[int]:
    windows = [_window(fold) for fold in folds]
    own = {1 - each.days for each in windows if isinstance(each, CalendarDays) and each.whose is Whose.CUSTOMER}
    return sorted(own)


def _common(folds: Iterable[Fold]) -> tuple[Test, ...]:
    """The tests that every fold has: they filter before anything is aggregated."""
    first, *others = folds
    return tuple(test for test in first.tests if all(test in other.tests for other in others))


def _table(table: str) -> exp.Expr:
    return exp.to_table(str(table)).as_("t")


def _among(name: str, values: Iterable[str]) -> list[exp.Expr]:
    """That a column has one of the values, where there are several to choose from."""
    listed = [literals.text(value) for value in dict.fromkeys(values)]
    return [exp.In(this=literals.column("t", name), expressions=listed)] if len(listed) > 1 else []
