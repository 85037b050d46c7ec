"""A compiled query in the words of another engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from tactful.segments.engines.errors import Untranslatable
from tactful.segments.engines.idioms import in_words

Rewrite = Callable[[exp.Expr], exp.Expr]

# Means the same in every engine that we know, as sqlglot writes it.
PLAIN: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Select, exp.From, exp.Join, exp.Subquery, exp.Where, exp.Group, exp.Table, exp.TableAlias, exp.Alias,
        exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.And, exp.Or,
        exp.Not, exp.Is, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.In, exp.Case, exp.If, exp.Coalesce,
        exp.Nullif, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.DPipe, exp.Count, exp.Distinct, exp.Sum, exp.Avg,
        exp.Min, exp.Max,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an engine says what the compiler means.

    `words`: per word of the vocabulary (see `idioms`) its spelling, the arguments as {0}, {1} or {all}.
    `shapes`: how nodes are written that are not plain there. A word without a spelling is refused.
    """

    engine: str
    sqlglot: str
    words: Mapping[str, str]
    shapes: Mapping[type[exp.Expr], Rewrite] = field(default_factory=dict)
    whole: Rewrite | None = None  # what is said of the finished query


def translated(query: exp.Expr, dialect: Dialect) -> str:
    """The SQL of a query in a dialect. Raises Untranslatable."""
    said = _said(in_words(query), dialect)
    return (dialect.whole(said) if dialect.whole else said).sql(dialect=dialect.sqlglot)


def _said(node: exp.Expr, dialect: Dialect) -> exp.Expr:
    for child in list(node.iter_expressions()):
        said = _said(child, dialect)
        if said is not child:
            child.replace(said)
    if isinstance(node, exp.Anonymous):
        return _word(node, dialect)
    if rewrite := dialect.shapes.get(type(node)):
        return rewrite(node)
    if type(node) not in PLAIN:
        raise Untranslatable(type(node).__name__)
    return node


def _word(node: exp.Expr, dialect: Dialect) -> exp.Expr:
    spelling = dialect.words.get(node.name)
    if spelling is None:
        raise Untranslatable(node.name)
    # Each argument is SQL that sqlglot wrote: names and literals are quoted by now.
    said = [each.sql(dialect=dialect.sqlglot) for each in node.expressions]
    return exp.Var(this=spelling.format(*said, all=", ".join(said)))
