"""From the compiled expression to a small vocabulary, the same for all dialects.

The compiler writes DuckDB. Where a step means more than its parts (a text read as a moment, a column seen in a
zone) the whole step becomes one word, so that a dialect's table says how it says *that*, not how it says DuckDB.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.engines.errors import Untranslatable


def in_words(query: exp.Expr) -> exp.Expr:
    """The same query; whatever is not plain SQL is an Anonymous function of our vocabulary."""
    return _worded(query.copy())


def _worded(node: exp.Expr) -> exp.Expr:
    """From the leaves up, but idioms of several levels are looked at before their parts."""
    whole = _whole(node)
    if whole is not None:
        return _with_children(whole)
    node = _with_children(node)
    make = _NODES.get(type(node))
    return make(node) if make else node


def _with_children(node: exp.Expr) -> exp.Expr:
    for child in list(node.iter_expressions()):
        worded = _worded(child)
        if worded is not child:
            child.replace(worded)
    return node


def _whole(node: exp.Expr) -> exp.Expr | None:
    """A step of several levels as one word; None where there is none."""
    if isinstance(node, exp.AtTimeZone) and isinstance(node.this, exp.AtTimeZone):
        if node.this.args["zone"].name != "UTC":
            raise Untranslatable("a moment that is not in UTC")
        return literals.call("in_zone", node.this.this.copy(), node.args["zone"].copy())
    if isinstance(node, exp.Avg):
        return _average(node.this)
    if _called(node, "make_timestamp") and _called(node.expressions[0], "epoch_us"):
        read = node.expressions[0].expressions[0]
        if isinstance(read, exp.TryCast) and read.to.this is exp.DType.TIMESTAMPTZ:
            return literals.call("text_as_moment", read.this.copy())
    return None


def _average(value: exp.Expr) -> exp.Expr:
    """Sum by number: engines round averages of decimals in ways of their own."""
    return literals.call("average_of_decimals", exp.Sum(this=value.copy()), exp.Count(this=value.copy()))


def _called(node: exp.Expr, name: str) -> bool:
    return isinstance(node, exp.Anonymous) and node.name == name


def _read(node: exp.Expr) -> exp.Expr:
    word = _READ.get(node.args["to"].sql(dialect="duckdb"))
    if word is None:
        raise Untranslatable(f"a text read as {node.args['to']}")
    return literals.call(word, node.this.copy())


def _cast(node: exp.Expr) -> exp.Expr:
    type_ = node.args["to"].this
    if node.this.is_string and type_ is exp.DType.TIMESTAMP:
        return literals.call("moment", node.this.copy(), exp.Literal.number(_microseconds(node.this.name)))
    if node.this.is_string and type_ is exp.DType.DATE:
        return literals.call("day", node.this.copy())
    if isinstance(node.this, exp.Null):
        return exp.Null()
    return literals.call(f"as_{node.args['to'].this.value.lower()}", node.this.copy())


def _microseconds(moment: str) -> int:
    return (datetime.fromisoformat(moment) - _EPOCH) // timedelta(microseconds=1)


def _moved(name: str) -> Callable[[exp.Expr], exp.Expr]:
    def moved(node: exp.Expr) -> exp.Expr:
        span = node.args["expression"]
        if not isinstance(span, exp.Interval):
            return node
        return literals.call(name, node.this.copy(), exp.Literal.number(span.name))

    return moved


def _differ(node: exp.Expr) -> exp.Expr:
    return literals.call("differ", node.this.copy(), node.args["expression"].copy())


def _divided(node: exp.Expr) -> exp.Expr:
    return literals.call("divided", node.this.copy(), node.args["expression"].copy())


def _function(node: exp.Expr) -> exp.Expr:
    """A function with a unit or a pointer in its first or last argument has that in its name or as a plain key."""
    if node.name in {"date_sub", "date_diff"}:
        unit, *rest = node.expressions
        return literals.call(f"{node.name}_{unit.name}", *(each.copy() for each in rest))
    if node.name == "json_extract_string":
        document, pointer = node.expressions
        key = pointer.name.removeprefix("/").replace("~1", "/").replace("~0", "~")
        word = "json_text" if _PLAIN_KEY.fullmatch(key) else "json_text_of_any_key"
        return literals.call(word, document.copy(), literals.text(key))
    if node.name == "least" and len(node.expressions) == 1:
        alone: exp.Expr = node.expressions[0]
        return alone.copy()
    return node


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 -- moments of the lake are UTC without zone
_PLAIN_KEY = re.compile("[A-Za-z0-9_ -]+")  # means itself in every engine's own paths
_READ = {"DOUBLE": "text_as_number", "DECIMAL(38, 9)": "text_as_decimal", "DATE": "text_as_date"}
_NODES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.TryCast: _read,
    exp.Cast: _cast,
    exp.Add: _moved("later_by_days"),
    exp.Sub: _moved("earlier_by_days"),
    exp.NullSafeNEQ: _differ,
    exp.Div: _divided,
    exp.Anonymous: _function,
}
