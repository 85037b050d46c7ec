"""A comparison of one value with what the rule says. Each gives a condition that is true, false or NULL."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.moments import Moment
from tactful.segments.domain.catalogue import Kind
from tactful.segments.domain.comparisons import Comparison, Holds, Op, Value
from tactful.segments.domain.places import MAX_NUMBER
from tactful.segments.domain.terms import begins, over

# What counts as a number or a moment where the company sent a text. DuckDB alone would take `1_000` and `infinity`.
NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?"
DATE = r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
MOMENT = DATE + r"([T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"


def compared(value: exp.Expr, kind: Kind, comparison: Comparison, moment: Moment) -> exp.Expr:
    """The condition that a value of this kind meets the comparison. NULL meets only `is_not` and `set: false`."""
    return _BY_OP[comparison.op](value, kind, comparison, moment)


def _is(value: exp.Expr, kind: Kind, comparison: Comparison, _: Moment) -> exp.Expr:
    return exp.EQ(this=_as(value, kind, comparison.value), expression=_literal(comparison.value))


def _is_not(value: exp.Expr, kind: Kind, comparison: Comparison, _: Moment) -> exp.Expr:
    """Not as IS DISTINCT FROM: inside an OR, DuckDB hands it to Arrow, which cannot do it, and fails."""
    other = exp.NEQ(this=_as(value, kind, comparison.value), expression=_literal(comparison.value))
    return exp.Coalesce(this=other, expressions=[literals.true()])


def _in(value: exp.Expr, kind: Kind, comparison: Comparison, _: Moment) -> exp.Expr:
    """By what the values are: a list may hold texts and numbers side by side."""
    groups: dict[Holds, list[Value]] = {}
    for each in comparison.values:
        groups.setdefault(each.holds, []).append(each)
    return exp.or_(
        *(
            exp.In(this=_as(value, kind, group[0]), expressions=[_literal(each) for each in group])
            for group in groups.values()
        )
    )


def _contains(value: exp.Expr, _: Kind, comparison: Comparison, __: Moment) -> exp.Expr:
    return literals.call("contains", *_any_case(value, comparison))


def _starts(value: exp.Expr, _: Kind, comparison: Comparison, __: Moment) -> exp.Expr:
    return literals.call("starts_with", *_any_case(value, comparison))


def _any_case(value: exp.Expr, comparison: Comparison) -> tuple[exp.Expr, exp.Expr]:
    return _folded(value), _folded(_literal(comparison.value))


def _folded(text: exp.Expr) -> exp.Expr:
    """Letter by letter in small.

    `lower` alone makes İ a plain i, though an accent makes another letter, and leaves a sigma at the end of a word
    another one than that of capitals.
    """
    for letter, small in _OF_THEIR_OWN:
        text = literals.call("replace", text, literals.text(letter), literals.text(small))
    return literals.call("lower", text)


_SIGMA, _LAST_SIGMA = "\N{GREEK SMALL LETTER SIGMA}", "\N{GREEK SMALL LETTER FINAL SIGMA}"
_OF_THEIR_OWN = (("İ", "i\N{COMBINING DOT ABOVE}"), (_LAST_SIGMA, _SIGMA))


def _greater(value: exp.Expr, kind: Kind, comparison: Comparison, _: Moment) -> exp.Expr:
    return exp.GT(this=_as(value, kind, comparison.value), expression=_literal(comparison.value))


def _less(value: exp.Expr, kind: Kind, comparison: Comparison, _: Moment) -> exp.Expr:
    return exp.LT(this=_as(value, kind, comparison.value), expression=_literal(comparison.value))


def _set(value: exp.Expr, _: Kind, comparison: Comparison, __: Moment) -> exp.Expr:
    unset = exp.Is(this=value, expression=exp.Null())
    return exp.Not(this=unset) if comparison.value.raw else unset


def _before(value: exp.Expr, kind: Kind, comparison: Comparison, moment: Moment) -> exp.Expr:
    return exp.LT(this=moment_of(value, kind), expression=_begin(comparison.value, kind, moment))


def _after(value: exp.Expr, kind: Kind, comparison: Comparison, moment: Moment) -> exp.Expr:
    """After a day is when it is over; after a moment is later than it."""
    edge = _end(comparison.value, kind, moment)
    shape = exp.GTE if comparison.value.holds is Holds.DAY else exp.GT
    return shape(this=moment_of(value, kind), expression=edge)


def _in_last_days(value: exp.Expr, kind: Kind, comparison: Comparison, moment: Moment) -> exp.Expr:
    when = moment_of(value, kind)
    days = int(str(comparison.value.raw))
    return exp.and_(
        exp.GT(this=when, expression=moment.ago(days)), exp.LTE(this=when.copy(), expression=moment.now())
    )


def _begin(value: Value, kind: Kind, moment: Moment) -> exp.Expr:
    """When a day of the rule begins: by the company's clock where moments are compared with it, which have a clock.

    Dates have none, and what a company sent is mostly a date: it is held against the day itself.
    """
    return literals.moment(begins(value, moment.terms) if kind is Kind.MOMENT else value.begins)


def _end(value: Value, kind: Kind, moment: Moment) -> exp.Expr:
    return literals.moment(over(value, moment.terms) if kind is Kind.MOMENT else value.over)


def _between(value: exp.Expr, kind: Kind, comparison: Comparison, moment: Moment) -> exp.Expr:
    """Both ends included; a date as the greatest includes all of its day."""
    low, high = comparison.values
    if low.holds is Holds.NUMBER:
        number = _as(value, kind, low)
        return exp.and_(
            exp.GTE(this=number, expression=_literal(low)),
            exp.LTE(this=number.copy(), expression=_literal(high)),
        )
    when = moment_of(value, kind)
    shape = exp.LT if high.holds is Holds.DAY else exp.LTE
    return exp.and_(
        exp.GTE(this=when, expression=_begin(low, kind, moment)),
        shape(this=when.copy(), expression=_end(high, kind, moment)),
    )


def _in_next_days(value: exp.Expr, kind: Kind, comparison: Comparison, moment: Moment) -> exp.Expr:
    when = moment_of(value, kind)
    until = moment.ago(-int(str(comparison.value.raw)))
    return exp.and_(exp.GT(this=when, expression=moment.now()), exp.LTE(this=when.copy(), expression=until))


def _anniversary(value: exp.Expr, kind: Kind, comparison: Comparison, moment: Moment) -> exp.Expr:
    days = literals.number(int(str(comparison.value.raw)))
    return exp.LTE(this=days_until(value, kind, moment), expression=days)


def days_until(value: exp.Expr, kind: Kind, moment: Moment) -> exp.Expr:
    """Days from the company's today to the next return of a day, 0 for today; NULL where there is no day.

    `day + n years` is the 28th of February in years that lack the 29th.
    """
    today = moment.today()
    day = _day_of(value, kind, moment)
    years = exp.Sub(this=_year(today), expression=_year(day))
    this_year = _moved(day, years)
    next_year = _moved(day, exp.Add(this=years.copy(), expression=exp.Literal.number(1)))
    coming = exp.Case(
        ifs=[exp.If(this=exp.GTE(this=this_year, expression=today.copy()), true=this_year.copy())],
        default=next_year,
    )
    return literals.call("date_diff", literals.text("day"), today.copy(), coming)


def _day_of(value: exp.Expr, kind: Kind, moment: Moment) -> exp.Expr:
    """A date as it is; the day of a moment by the company's calendar."""
    if kind is Kind.DAY:
        return value.copy()
    day = exp.cast(moment.local(moment_of(value, kind)), exp.DType.DATE)
    if kind is not Kind.JSON:
        return day
    dated = literals.call("regexp_full_match", value.copy(), literals.text(DATE))
    plain = exp.TryCast(this=value.copy(), to=exp.DataType.build("DATE"))
    return exp.Case(ifs=[exp.If(this=dated, true=plain)], default=day)


def _year(day: exp.Expr) -> exp.Expr:
    return literals.call("year", day.copy())


def _moved(day: exp.Expr, years: exp.Expr) -> exp.Expr:
    moved = exp.Add(this=day.copy(), expression=literals.call("to_years", exp.cast(years.copy(), exp.DType.INT)))
    return exp.cast(moved, exp.DType.DATE)


def _as(value: exp.Expr, kind: Kind, like: Value) -> exp.Expr:
    """A JSON value's text, read as what it is compared with."""
    if kind is Kind.JSON and like.holds is Holds.NUMBER:
        return number_of(value)
    if kind is Kind.JSON and like.holds is Holds.TRUTH:
        return exp.Case(
            ifs=[
                exp.If(this=exp.EQ(this=value.copy(), expression=literals.text(word)), true=meant)
                for word, meant in (("true", literals.true()), ("false", literals.false()))
            ]
        )
    return value.copy()


def number_of(value: exp.Expr) -> exp.Expr:
    """A text as a number, NULL where it looks like none."""
    return _matching(value, NUMBER, exp.TryCast(this=value.copy(), to=exp.DataType.build("DOUBLE")))


def exact_of(value: exp.Expr) -> exp.Expr:
    """A text as a number to be added up: tenths stay tenths, to nine places; none beyond any number counted."""
    near = exp.LTE(this=literals.call("abs", number_of(value)), expression=exp.Literal.number(MAX_NUMBER))
    exact = exp.TryCast(this=value.copy(), to=exp.DataType.build("DECIMAL(38, 9)"))
    return exp.Case(ifs=[exp.If(this=near, true=exact)])


def moment_of(value: exp.Expr, kind: Kind) -> exp.Expr:
    """A value as a moment, NULL where it is none."""
    if kind is Kind.JSON:
        read = exp.TryCast(this=value.copy(), to=exp.DataType.build("TIMESTAMPTZ"))
        return _matching(value, MOMENT, literals.call("make_timestamp", literals.call("epoch_us", read)))
    if kind is Kind.DAY:
        return exp.cast(value.copy(), exp.DType.TIMESTAMP)
    return value.copy()


def _matching(value: exp.Expr, pattern: str, read: exp.Expr) -> exp.Expr:
    fits = literals.call("regexp_full_match", value.copy(), literals.text(pattern))
    return exp.Case(ifs=[exp.If(this=fits, true=read)])


def _literal(value: Value) -> exp.Expr:
    raw = value.raw
    if isinstance(raw, bool):
        return literals.true() if raw else literals.false()
    if isinstance(raw, int | float):
        return literals.number(raw)
    if isinstance(raw, datetime):
        return literals.moment(raw)
    return literals.day(raw) if isinstance(raw, date) else literals.text(raw)


_BY_OP: Mapping[Op, Callable[[exp.Expr, Kind, Comparison, Moment], exp.Expr]] = {
    Op.IS: _is,
    Op.IS_NOT: _is_not,
    Op.IN: _in,
    Op.CONTAINS: _contains,
    Op.STARTS: _starts,
    Op.GREATER: _greater,
    Op.LESS: _less,
    Op.SET: _set,
    Op.BEFORE: _before,
    Op.AFTER: _after,
    Op.BETWEEN: _between,
    Op.IN_LAST_DAYS: _in_last_days,
    Op.IN_NEXT_DAYS: _in_next_days,
    Op.ANNIVERSARY_IN_DAYS: _anniversary,
}
