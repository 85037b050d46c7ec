"""The passes over the tables: each reads its table once for all folds that a set of trees needs."""

from collections.abc import Iterable, Mapping, Sequence

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.comparisons import compared
from tactful.segments.compiler.moments import Moment
from tactful.segments.domain.catalogue import Kind
from tactful.segments.domain.features import (
    HAPPENED,
    About,
    During,
    Fold,
    Has,
    InCurrency,
    Named,
    OfCategory,
    Purchased,
    Says,
    Table,
    Test,
    What,
)
from tactful.segments.domain.nodes import LastDays, Window

_SUMMED: Mapping[What, str] = {
    What.REVENUE: "revenue_minor",
    What.MARGIN: "margin_minor",
    What.DISCOUNT: "discount_minor",
    What.RETURNED: "amount_minor",
}


class Passes:
    """The folds asked for so far, each with the column that holds it."""

    def __init__(self, moment: Moment, *, currency: str) -> None:
        self._moment = moment
        self._currency = currency
        self._folds: dict[Table, dict[Fold, str]] = {}

    def column(self, fold: Fold) -> exp.Expr:
        """The fold's value, NULL (or nothing counted) where the customer has no such rows."""
        folds = self._folds.setdefault(fold.table, {})
        name = folds.setdefault(fold, f"f{len(folds)}")
        return literals.column(alias(fold.table), name)

    def tables(self) -> list[Table]:
        return list(self._folds)

    def folds(self, table: Table) -> Sequence[Fold]:
        return list(self._folds[table])

    def everyones(self, table: Table) -> exp.Select:
        """The pass for all customers: grouped by customer."""
        key = literals.column("t", "customer_id")
        return self._select(table, key.as_("customer_id")).from_(_table(table)).group_by(key)

    def subjects(self, table: Table) -> exp.Select:
        """The pass for subjects: grouped by subject, each row seen from the subject's moment."""
        key = literals.column("s", "subject")
        same = exp.EQ(this=literals.column("t", "customer_id"), expression=literals.column("s", "customer_id"))
        subjects = exp.to_table("subjects").as_("s")
        picked = self._select(table, key.as_("subject")).from_(subjects).join(_table(table), on=same)
        return picked.group_by(key)

    def rows(self, fold: Fold) -> exp.Select:
        """The customers with any row that passes the fold's tests; one may come more than once."""
        picked = exp.select(literals.column("t", "customer_id")).from_(_table(fold.table))
        return picked.where(self._happened(fold.table), *self._tests(fold.tests, fold.table))

    def _select(self, table: Table, key: exp.Expr) -> exp.Select:
        folds = self._folds[table]
        common = _common(folds)
        picked = exp.select(key)
        for fold, name in folds.items():
            rest = [test for test in fold.tests if test not in common]
            value = _aggregate(fold)
            if rest:
                value = exp.Filter(this=value, expression=exp.Where(this=exp.and_(*self._tests(rest, table))))
            picked = picked.select(value.as_(name, quoted=True))
        return picked.where(self._happened(table), *self._tests(common, table), *self._reach(folds))

    def _happened(self, table: Table) -> exp.Expr:
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

    def _tests(self, tests: Iterable[Test], table: Table) -> list[exp.Expr]:
        return [self._test(test, table) for test in tests]

    def _test(self, test: Test, table: Table) -> exp.Expr:
        match test:
            case Named(event):
                return _equal("name", event)
            case Has(wanted):
                value = literals.within_json(literals.column("t", "properties"), wanted.name)
                return compared(value, Kind.JSON, wanted.comparison, self._moment)
            case During(window):
                return self._during(literals.column("t", HAPPENED[table]), window)
            case Purchased():
                return _equal("status", "completed")
            case InCurrency():
                return _equal("currency", self._currency)
            case OfCategory(category):
                return _equal("category", category)
            case About(channel, topic):
                return exp.and_(_equal("channel", channel), _equal("topic", topic))
            case Says(granted):
                said = literals.true() if granted else literals.false()
                return exp.EQ(this=literals.column("t", "granted"), expression=said)

    def _during(self, when: exp.Expr, window: Window) -> exp.Expr:
        if isinstance(window, LastDays):
            return exp.GT(this=when, expression=self._moment.ago(window.days))
        return exp.and_(
            exp.GTE(this=when, expression=literals.moment(window.start.begins)),
            exp.LT(this=when.copy(), expression=literals.moment(window.end.over)),
        )


def alias(table: Table) -> str:
    """How a table's pass is called in the outer query."""
    return f"p_{table}"


def event_names(folds: Iterable[Fold]) -> list[str]:
    """The names of events that the folds look at, once."""
    return list(dict.fromkeys(test.event for fold in folds for test in fold.tests if isinstance(test, Named)))


def longest_window(folds: Iterable[Fold]) -> int | None:
    """The days that the longest of the folds' windows looks back; None if any looks at more than last days."""
    windows = [_window(fold) for fold in folds]
    days = [window.days for window in windows if isinstance(window, LastDays)]
    return max(days) if days and len(days) == len(windows) else None


def _window(fold: Fold) -> Window | None:
    return next((test.window for test in fold.tests if isinstance(test, During)), None)


def _common(folds: Iterable[Fold]) -> tuple[Test, ...]:
    """The tests that every fold has: they filter before anything is aggregated."""
    first, *others = folds
    return tuple(test for test in first.tests if all(test in other.tests for other in others))


def _aggregate(fold: Fold) -> exp.Expr:
    if fold.what is What.ROWS:
        return exp.Count(this=exp.Star())
    if fold.what is What.ORDERS:
        return exp.Count(this=exp.Distinct(expressions=[literals.column("t", "order_id")]))
    if fold.what is What.WORD:
        return literals.call("bool_and", literals.column("t", "granted"))
    if fold.what in {What.LAST, What.FIRST}:
        shape = exp.Max if fold.what is What.LAST else exp.Min
        return shape(this=literals.column("t", HAPPENED[fold.table]))
    return exp.Sum(this=literals.column("t", _SUMMED[fold.what]))


def _table(table: Table) -> exp.Expr:
    return exp.to_table(str(table)).as_("t")


def _among(name: str, values: Iterable[str]) -> list[exp.Expr]:
    """That a column has one of the values, where there are several to choose from."""
    listed = [literals.text(value) for value in dict.fromkeys(values)]
    return [exp.In(this=literals.column("t", name), expressions=listed)] if len(listed) > 1 else []


def _equal(name: str, value: str) -> exp.Expr:
    return exp.EQ(this=literals.column("t", name), expression=literals.text(value))
