"""A tree as one condition over features."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from sqlglot import exp

from tactful.kernel import money
from tactful.segments.compiler import literals
from tactful.segments.compiler.comparisons import compared, moment_of
from tactful.segments.compiler.moments import Moment
from tactful.segments.compiler.passes import Passes
from tactful.segments.domain.catalogue import CUSTOM, kind_of
from tactful.segments.domain.features import At, Feature, Field, Fold, Purchases, Times, Topic, feature_of, folds_of
from tactful.segments.domain.nodes import (
    Ago,
    All,
    Any,
    Attribute,
    Bound,
    Consent,
    EventCount,
    EventMoment,
    Leaf,
    Measure,
    Node,
    Not,
    Orders,
    Word,
)

_SHAPES: Mapping[Bound, type[exp.Binary]] = {
    Bound.AT_LEAST: exp.GTE,
    Bound.AT_MOST: exp.LTE,
    Bound.EXACTLY: exp.EQ,
    Bound.GREATER: exp.GT,
    Bound.LESS: exp.LT,
}


class Conditions:
    """Turns trees into conditions and asks the passes for the folds they need."""

    def __init__(self, moment: Moment, *, currency: str) -> None:
        self.passes = Passes(moment, currency=currency)
        self._moment = moment
        self._currency = currency

    def met(self, node: Node) -> exp.Expr:
        """True, or else false or NULL. Only `not` needs to know the two apart, and asks for it."""
        match node:
            case All(nodes):
                return exp.and_(*(self.met(child) for child in nodes))
            case Any(nodes):
                return exp.or_(*(self.met(child) for child in nodes))
            case Not(child):
                return exp.Not(this=self.decided(child))
        return self._leaf(node)

    def decided(self, node: Node) -> exp.Expr:
        """True or false, never NULL."""
        return exp.Coalesce(this=self.met(node), expressions=[literals.false()])

    def value(self, feature: Feature) -> exp.Expr:
        """The feature's value; NULL is unset. Money in minor units."""
        folds = [self.passes.column(fold) for fold in folds_of(feature)]
        match feature:
            case Field(name):
                return _field(name)
            case Topic():
                return _word(*folds)
            case Times():
                return _or_zero(folds[0])
            case At():
                return folds[0]
            case Purchases(measure=measure):
                return self._measure(measure, folds)

    def since(self, source: Fold | Field) -> exp.Expr:
        """The moment of a fold or a field, from which a closing counts."""
        if isinstance(source, Field):
            return moment_of(_field(source.name), kind_of(source.name))
        return self.passes.column(source)

    def _measure(self, measure: Measure, folds: list[exp.Expr]) -> exp.Expr:
        if measure.age:
            return literals.call("date_sub", literals.text("day"), folds[0], self._moment.now())
        if measure in {Measure.COUNT, Measure.REVENUE, Measure.MARGIN}:
            return _or_zero(folds[0])
        if measure is Measure.DISCOUNT_SHARE:
            return _ratio(_or_zero(folds[0]), exp.Add(this=_or_zero(folds[0]), expression=_or_zero(folds[1])))
        above = folds[0] if measure is Measure.AVERAGE else _or_zero(folds[0])
        return _ratio(above, folds[1])

    def _leaf(self, leaf: Leaf) -> exp.Expr:
        feature = feature_of(leaf)
        if feature is None:
            return literals.true()
        return self._COMPARED[type(leaf)](self, leaf, self.value(feature))

    def _attribute(self, leaf: Attribute, value: exp.Expr) -> exp.Expr:
        return compared(value, kind_of(leaf.field), leaf.comparison, self._moment)

    def _consent(self, leaf: Consent, value: exp.Expr) -> exp.Expr:
        if leaf.word is Word.UNSET:
            return exp.Is(this=value, expression=exp.Null())
        given = literals.true() if leaf.word is Word.GIVEN else literals.false()
        return exp.EQ(this=value, expression=given)

    def _event_count(self, leaf: EventCount, value: exp.Expr) -> exp.Expr:
        return _SHAPES[leaf.bound](this=value, expression=literals.number(leaf.times))

    def _event_moment(self, leaf: EventMoment, value: exp.Expr) -> exp.Expr:
        shape = exp.LT if leaf.ago is Ago.MORE else exp.GT
        return shape(this=value, expression=self._moment.ago(leaf.days))

    def _orders(self, leaf: Orders, value: exp.Expr) -> exp.Expr:
        limit = Decimal(str(leaf.number))
        if leaf.measure.money:
            limit = limit.scaleb(money.exponent(self._currency))
        return _SHAPES[leaf.bound](this=value, expression=literals.number(format(limit, "f")))

    _COMPARED: Mapping[type, Callable[..., exp.Expr]] = {
        Attribute: _attribute,
        Consent: _consent,
        EventCount: _event_count,
        EventMoment: _event_moment,
        Orders: _orders,
    }


def _field(name: str) -> exp.Expr:
    if name.startswith(CUSTOM):
        return literals.within_json(literals.column("c", "attributes"), name.removeprefix(CUSTOM))
    return literals.column("c", name)


def _word(topic: exp.Expr, every: exp.Expr) -> exp.Expr:
    """The word on the topic, unless everything on the channel was stopped."""
    stopped = exp.EQ(this=every, expression=literals.false())
    return exp.Case(ifs=[exp.If(this=stopped, true=literals.false())], default=topic)


def _or_zero(value: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=value.copy(), expressions=[exp.Literal.number(0)])


def _ratio(above: exp.Expr, below: exp.Expr) -> exp.Expr:
    """A share or an average; unset where there is nothing to divide by."""
    nonzero = exp.Nullif(this=below.copy(), expression=exp.Literal.number(0))
    return exp.Div(this=above, expression=nonzero)
