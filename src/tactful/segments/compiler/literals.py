"""Typed literals and the few functions that the compiled SQL uses."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlglot import exp


def text(value: str) -> exp.Expr:
    return exp.Literal.string(value)


def number(value: int | float | str) -> exp.Expr:
    """A whole number as it is, any other as a double."""
    exact = Decimal(str(value))
    if exact == exact.to_integral_value():
        whole = int(exact)
        return exp.Literal.number(whole) if whole >= 0 else exp.Neg(this=exp.Literal.number(-whole))
    return exp.cast(exp.Literal.string(str(value)), exp.DType.DOUBLE)


def true() -> exp.Expr:
    return exp.Boolean(this=True)


def false() -> exp.Expr:
    return exp.Boolean(this=False)


def day(value: date) -> exp.Expr:
    return exp.cast(exp.Literal.string(value.isoformat()), exp.DType.DATE)


def moment(value: datetime) -> exp.Expr:
    """A moment as the lake keeps it: UTC, without zone."""
    bare = value.astimezone(UTC).replace(tzinfo=None)
    return exp.cast(exp.Literal.string(bare.isoformat(sep=" ")), exp.DType.TIMESTAMP)


def days(value: int) -> exp.Expr:
    """A span of so many times 24 hours."""
    return exp.Interval(this=exp.Literal.string(str(value)), unit=exp.var("DAY"))


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A function of DuckDB by its own name, which sqlglot does not translate."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def column(table: str, name: str) -> exp.Expr:
    return exp.column(name, table=table, quoted=True)


def within_json(document: exp.Expr, key: str) -> exp.Expr:
    """The text of a top-level key. A JSON pointer takes any key: only ~ and / have a meaning in it."""
    pointer = "/" + key.replace("~", "~0").replace("/", "~1")
    return call("json_extract_string", document, text(pointer))
