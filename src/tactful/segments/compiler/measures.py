"""Numbers made of folds: measures of purchases, shares, distances, lots."""

from sqlglot import exp

from tactful.segments.compiler import literals
from tactful.segments.compiler.comparisons import number_of
from tactful.segments.compiler.moments import Moment
from tactful.segments.domain.conditions import Measure
from tactful.segments.domain.features import Distance, Draw

EARTH_KM = 6371.0088
_DAY = 86_400_000_000  # microseconds
_FAR = 3_000_000_000_000_000  # microseconds, 95 years: nobody is awaited longer

_PLAIN = frozenset(
    {Measure.COUNT, Measure.REVENUE, Measure.MARGIN, Measure.CATEGORIES, Measure.PRODUCTS}
)  # fmt: skip

_COUNTED = frozenset({Measure.COUNT, Measure.CATEGORIES, Measure.PRODUCTS})


def measured(measure: Measure, folds: list[exp.Expr], moment: Moment) -> exp.Expr:
    """A measure of purchases from its folds; NULL is unset, money in minor units."""
    if measure.age:
        return literals.call("date_sub", literals.text("day"), folds[0], moment.now())
    if measure.rhythm:
        return _rhythm(measure, folds, moment)
    if measure in _PLAIN:
        return or_zero(folds[0])
    if measure in {Measure.SMALLEST, Measure.LARGEST}:
        return folds[0]
    if measure is Measure.DISCOUNT_SHARE:
        return ratio(or_zero(folds[0]), exp.Add(this=or_zero(folds[0]), expression=or_zero(folds[1])))
    above = folds[0] if measure is Measure.AVERAGE else or_zero(folds[0])
    return ratio(above, folds[1])


def ranked(measure: Measure, folds: list[exp.Expr], moment: Moment) -> exp.Expr:
    """The measure of who has bought at all; NULL for everybody else, who has no rank."""
    value = measured(measure, folds, moment)
    if measure in _PLAIN:
        plain = folds[0].copy()
        return exp.Nullif(this=plain, expression=exp.Literal.number(0)) if measure in _COUNTED else plain
    return value


def reached(measure: Measure, folds: list[exp.Expr], cut: exp.Expr) -> exp.Expr:
    """The moment at which an age or a rhythm comes up with a cut; NULL where it never does."""
    if measure is Measure.OVERDUE:
        return _waited(folds[1], exp.Mul(this=_gap(folds), expression=cut))
    if measure.age:
        whole = exp.Mul(this=exp.Floor(this=cut), expression=exp.Literal.number(_DAY))
        return _waited(folds[0], whole)
    return exp.cast(exp.Null(), exp.DType.TIMESTAMP)


def due_again(folds: list[exp.Expr], times: float) -> exp.Expr:
    """The moment at which the time since the last purchase is so many times the own gap; NULL far away."""
    return _waited(folds[1], exp.Mul(this=_gap(folds), expression=literals.number(times)))


def _waited(since: exp.Expr, wait: exp.Expr) -> exp.Expr:
    """So many microseconds after a moment, which may be none: what is nothing then is more an instant later."""
    near = exp.and_(
        exp.GTE(this=wait, expression=exp.Literal.number(0)),
        exp.LT(this=wait.copy(), expression=exp.Literal.number(_FAR)),
    )
    span = literals.call("to_microseconds", exp.cast(wait.copy(), exp.DType.BIGINT))
    return exp.Case(ifs=[exp.If(this=near, true=exp.Add(this=since.copy(), expression=span))])


def beside_rows(feature: Distance | Draw) -> exp.Expr:
    """The value of a feature that needs no rows but the customer's own."""
    return _distance(feature) if isinstance(feature, Distance) else _lot(feature)


def or_zero(value: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=value.copy(), expressions=[exp.Literal.number(0)])


def ratio(above: exp.Expr, below: exp.Expr) -> exp.Expr:
    """A share or an average; unset where there is nothing to divide by."""
    nonzero = exp.Nullif(this=below.copy(), expression=exp.Literal.number(0))
    return exp.Div(this=above, expression=nonzero)


def _rhythm(measure: Measure, folds: list[exp.Expr], moment: Moment) -> exp.Expr:
    if measure is Measure.OVERDUE:
        first, last, count = folds
        # Whole numbers divided once: a quotient of a quotient would miss "exactly 1.5 times".
        waited = exp.cast(_between(last, moment.now()), exp.DType.INT128)
        return ratio(exp.Mul(this=waited, expression=_gaps(count)), _between(first, last))
    return exp.Div(this=_gap(folds), expression=exp.cast(exp.Literal.number(_DAY), exp.DType.DOUBLE))


def _gap(folds: list[exp.Expr]) -> exp.Expr:
    """Microseconds between purchases on average; NULL below two."""
    first, last, count = folds
    return ratio(_between(first, last), _gaps(count))


def _gaps(count: exp.Expr) -> exp.Expr:
    return exp.Paren(this=exp.Sub(this=count.copy(), expression=exp.Literal.number(1)))


def _between(start: exp.Expr, end: exp.Expr) -> exp.Expr:
    return literals.call("date_diff", literals.text("microsecond"), start.copy(), end.copy())


def _distance(place: Distance) -> exp.Expr:
    """Kilometres along a great circle (haversine), on a sphere of the Earth's mean radius."""
    latitude, longitude = _radians("latitude", 90), _radians("longitude", 180)
    here = literals.call("radians", literals.number(place.latitude))
    there = literals.call("radians", literals.number(place.longitude))
    north = _squared_half(exp.Sub(this=latitude, expression=here))
    east = _squared_half(exp.Sub(this=longitude, expression=there))
    shrunk = exp.Mul(
        this=exp.Mul(this=literals.call("cos", latitude.copy()), expression=literals.call("cos", here.copy())),
        expression=east,
    )
    inner = exp.Add(this=north, expression=shrunk)
    # Not `least`, which passes over NULL: who has no place would be at the end of the world.
    over = exp.If(this=exp.GT(this=inner, expression=exp.Literal.number(1)), true=exp.Literal.number(1))
    bounded = exp.Case(ifs=[over], default=inner.copy())
    angle = literals.call("asin", literals.call("sqrt", bounded))
    return exp.Mul(this=literals.number(2 * EARTH_KM), expression=angle)


def _radians(name: str, most: int) -> exp.Expr:
    """An angle of the customer's place; NULL where it is none on Earth, with which the engine could not count."""
    degrees = number_of(literals.within_json(literals.column("c", "attributes"), name))
    real = exp.LTE(this=literals.call("abs", degrees), expression=exp.Literal.number(most))
    return exp.Case(ifs=[exp.If(this=real, true=literals.call("radians", degrees.copy()))])


def _squared_half(angle: exp.Expr) -> exp.Expr:
    half = exp.Div(this=exp.Paren(this=angle), expression=exp.Literal.number(2))
    return literals.call("pow", literals.call("sin", half), exp.Literal.number(2))


def _lot(feature: Draw) -> exp.Expr:
    whose = exp.cast(literals.column("c", "customer_id"), exp.DType.VARCHAR)
    text = exp.DPipe(this=literals.text(f"{feature.seed}:"), expression=whose)
    return literals.call("substr", literals.call("md5", text), exp.Literal.number(1), exp.Literal.number(8))
