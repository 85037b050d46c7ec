"""What is made of the rows that a fold counts."""

from collections.abc import Callable, Mapping

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.comparisons import exact_of, moment_of
from tactful.segments.domain.catalogue import Kind
from tactful.segments.domain.folds import HAPPENED, Fold, OfColumn, OfProperty, What


def aggregate(fold: Fold, counted: exp.Expr | None) -> exp.Expr:
    """The aggregate of a fold over the rows `t`, of those only of which the condition is true, if there is one.

    Not by FILTER: for each filtered aggregate the engine sets room aside for the columns of all of them, and
    a rule of 500 conditions took six times as long. For few aggregates the two cost the same.
    """
    value = _aggregated(fold)
    if counted is not None:
        value = exp.Case(ifs=[exp.If(this=counted, true=value)])
    return _AGGREGATES[fold.what](value)


def _aggregated(fold: Fold) -> exp.Expr:
    """What is aggregated: a property or a column where one is named."""
    if fold.what is What.ROWS:
        return exp.Literal.number(1)
    if isinstance(fold.of, OfProperty) and fold.what in _NUMERIC:
        return exact_of(_property(fold.of))
    if fold.of is not None:
        return _property(fold.of) if fold.what is What.DISTINCT else moment_in(fold.of)
    return literals.column("t", _COLUMNS.get(fold.what) or HAPPENED[fold.table])


def _property(of: OfProperty | OfColumn) -> exp.Expr:
    return literals.within_json(literals.column("t", "properties"), of.name)


def moment_in(of: OfProperty | OfColumn) -> exp.Expr:
    """The moment in a property or column of the row `t`."""
    if isinstance(of, OfColumn):
        return literals.column("t", of.name)
    return moment_of(_property(of), Kind.JSON)


def _distinct(value: exp.Expr) -> exp.Expr:
    return exp.Count(this=exp.Distinct(expressions=[value]))


def _named(value: exp.Expr) -> exp.Expr:
    """Not what has no name: goods of no category are of no category."""
    return exp.Nullif(this=value, expression=literals.text(""))


_NUMERIC = frozenset({What.SUM, What.AVERAGE, What.SMALLEST, What.LARGEST})
_COLUMNS: Mapping[What, str] = {
    What.REVENUE: "revenue_minor",
    What.MARGIN: "margin_minor",
    What.DISCOUNT: "discount_minor",
    What.RETURNED: "amount_minor",
    What.ORDERS: "order_id",
    What.CATEGORIES: "category",
    What.PRODUCTS: "sku",
    What.SMALLEST: "revenue_minor",
    What.LARGEST: "revenue_minor",
    What.WORD: "granted",
}
_AGGREGATES: Mapping[What, Callable[[exp.Expr], exp.Expr]] = {
    What.ROWS: lambda value: exp.Count(this=value),
    What.ORDERS: _distinct,
    What.CATEGORIES: lambda value: _distinct(_named(value)),
    What.PRODUCTS: lambda value: _distinct(_named(value)),
    What.DISTINCT: _distinct,
    What.WORD: lambda value: literals.call("bool_and", value),
    What.LAST: lambda value: exp.Max(this=value),
    What.FIRST: lambda value: exp.Min(this=value),
    What.LARGEST: lambda value: exp.Max(this=value),
    What.SMALLEST: lambda value: exp.Min(this=value),
    **dict.fromkeys(
        (What.REVENUE, What.MARGIN, What.DISCOUNT, What.RETURNED, What.SUM), lambda value: exp.Sum(this=value)
    ),
    What.AVERAGE: lambda value: exp.Avg(this=value),
}
