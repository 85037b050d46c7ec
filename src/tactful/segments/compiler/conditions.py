"""A tree as one condition over features."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import cast

from sqlglot import exp

from tactful.kernel import money
from tactful.segments.compiler import literals
from tactful.segments.compiler.chains import CHANGE, HAPPENED
from tactful.segments.compiler.comparisons import compared, days_until, moment_of, number_of
from tactful.segments.compiler.measures import beside_rows, due_again, measured, or_zero, ranked, ratio, reached
from tactful.segments.compiler.moments import Moment
from tactful.segments.compiler.passes import Passes
from tactful.segments.domain.catalogue import COMPANY, CUSTOM, kind_of
from tactful.segments.domain.closing import Rank, Rhythm, Source
from tactful.segments.domain.comparisons import Bound
from tactful.segments.domain.conditions import (
    Ago,
    Attribute,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    Everyone,
    How,
    InList,
    Leaf,
    Near,
    Orders,
    Percentile,
    Records,
    Refused,
    Sample,
    Sequence,
    Word,
)
from tactful.segments.domain.cuts import Cut
from tactful.segments.domain.features import (
    Amount,
    At,
    Feature,
    Field,
    Happened,
    Kept,
    Listed,
    Purchases,
    Rankable,
    Ranked,
    Refusals,
    Share,
    Times,
    Topic,
    feature_of,
)
from tactful.segments.domain.folding import folds_of
from tactful.segments.domain.nodes import All, Any, Meaning, Node, Not
from tactful.segments.domain.terms import Terms

CUTS = "cuts"


class NotSpelledOut(TypeError):
    """A short word, or a group in the place of a condition, was asked: `spelled` puts its meaning beside it."""


_SHAPES: Mapping[Bound, type[exp.Binary]] = {
    Bound.AT_LEAST: exp.GTE,
    Bound.AT_MOST: exp.LTE,
    Bound.EXACTLY: exp.EQ,
    Bound.GREATER: exp.GT,
    Bound.LESS: exp.LT,
}


class Conditions:
    """Turns trees into conditions and asks the passes for the folds they need."""

    def __init__(self, moment: Moment, terms: Terms) -> None:
        self.passes = Passes(moment, terms)
        self._moment = moment
        self._terms = terms
        self.cuts: set[Cut] = set()

    def met(self, node: Node) -> exp.Expr:
        """True, or else false or NULL. Only `not` needs to know the two apart, and asks for it."""
        match node:
            case All(nodes):
                return exp.and_(*(self.met(child) for child in nodes))
            case Any(nodes):
                return exp.or_(*(self.met(child) for child in nodes))
            case Not(child):
                return exp.Not(this=self.decided(child))
            case Meaning(node=child):
                return self.met(child)
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
            case Times() | Kept() | Refusals() | Amount(how=How.DISTINCT):
                return or_zero(folds[0])
            case Amount(how=how):
                # Added up as decimals, compared as any number.
                made = or_zero(folds[0]) if how is How.SUM else folds[0]
                return exp.cast(made, exp.DType.DOUBLE)
            case At():
                return folds[0]
            case Share():
                return ratio(or_zero(folds[0]), folds[1])
            case Purchases(measure=measure):
                return measured(measure, folds, self._moment)
            case Ranked(of):
                return self._ranked(of, folds)
            case Happened(sequence):
                return self.passes.chain(sequence, HAPPENED)
        return _listed(*folds) if isinstance(feature, Listed) else beside_rows(feature)

    def _ranked(self, of: Rankable, folds: list[exp.Expr]) -> exp.Expr:
        """The number of who has any; NULL for everybody else, who has no rank."""
        match of:
            case Purchases(measure=measure):
                return ranked(measure, folds, self._moment)
            case Field():
                return number_of(self.value(of))
            case Amount(how=How.SUM):
                return exp.cast(folds[0], exp.DType.DOUBLE)
            case Times() | Kept() | Amount(how=How.DISTINCT):
                return exp.Nullif(this=self.value(of), expression=exp.Literal.number(0))
        return self.value(of)

    def since(self, source: Source) -> exp.Expr:
        """The moment of a source, from which a closing counts."""
        match source:
            case Field(name):
                return moment_of(_field(name), kind_of(name))
            case Happened(sequence):
                return self.passes.chain(sequence, CHANGE)
            case Rank(percentile):
                folds = [self.passes.column(fold) for fold in folds_of(_feature(percentile))]
                return reached(cast("Orders", percentile.of).measure, folds, self._cut(percentile))
            case Rhythm(measure, times):
                return due_again([self.passes.column(fold) for fold in folds_of(measure)], times)
        return self.passes.column(source)

    def ranked(self, leaf: Percentile) -> exp.Expr:
        """What a percentile ranks customers by."""
        return self.value(_feature(leaf))

    def days_until(self, field: Field) -> exp.Expr:
        """Days until a yearly day returns."""
        return days_until(_field(field.name), kind_of(field.name), self._moment)

    def _leaf(self, leaf: Node) -> exp.Expr:
        if isinstance(leaf, Everyone):
            return literals.true()
        value = self.value(_feature(leaf))
        return self._COMPARED[type(leaf)](self, leaf, value)

    def _attribute(self, leaf: Attribute, value: exp.Expr) -> exp.Expr:
        return compared(value, kind_of(leaf.field), leaf.comparison, self._moment)

    def _consent(self, leaf: Consent, value: exp.Expr) -> exp.Expr:
        if leaf.word is Word.UNSET:
            return exp.Is(this=value, expression=exp.Null())
        given = literals.true() if leaf.word is Word.GIVEN else literals.false()
        return exp.EQ(this=value, expression=given)

    def _count(self, leaf: EventCount, value: exp.Expr) -> exp.Expr:
        return _bounded(leaf.bound, value, leaf.times)

    def _number(self, leaf: EventAmount | EventShare | Records, value: exp.Expr) -> exp.Expr:
        return _bounded(leaf.bound, value, leaf.number)

    def _event_moment(self, leaf: EventMoment, value: exp.Expr) -> exp.Expr:
        shape = exp.LT if leaf.ago is Ago.MORE else exp.GT
        return shape(this=value, expression=self._moment.ago(leaf.days))

    def _orders(self, leaf: Orders, value: exp.Expr) -> exp.Expr:
        limit = Decimal(str(leaf.number))
        if leaf.measure.money:
            limit = limit.scaleb(money.exponent(self._terms.currency))
        return _SHAPES[leaf.bound](this=value, expression=literals.number(format(limit, "f")))

    def _percentile(self, leaf: Percentile, value: exp.Expr) -> exp.Expr:
        return _SHAPES[leaf.bound](this=value, expression=self._cut(leaf))

    def _cut(self, leaf: Percentile) -> exp.Expr:
        """The last cut made until the moment; NULL before the first."""
        cut = Cut.of(leaf)
        self.cuts.add(cut)
        latest = exp.select(literals.call("arg_max", literals.column("k", "value"), literals.column("k", "at")))
        known = latest.from_(exp.to_table(CUTS).as_("k")).where(
            exp.EQ(this=literals.column("k", "measure"), expression=literals.text(cut.measure)),
            exp.EQ(this=literals.column("k", "percent"), expression=literals.number(cut.percent)),
            exp.LTE(this=literals.column("k", "at"), expression=self._moment.now()),
        )
        return known.subquery()

    def _near(self, leaf: Near, value: exp.Expr) -> exp.Expr:
        return _bounded(Bound.AT_MOST, value, leaf.kilometres)

    def _sample(self, leaf: Sample, value: exp.Expr) -> exp.Expr:
        lots = round(leaf.share * 2**32)
        if lots >= 2**32:
            return literals.true()
        return exp.LT(this=value, expression=literals.text(f"{lots:08x}"))

    def _refused(self, _: Refused, value: exp.Expr) -> exp.Expr:
        return exp.GTE(this=value, expression=exp.Literal.number(1))

    def _plain(self, _: Leaf, value: exp.Expr) -> exp.Expr:
        return value

    _COMPARED: Mapping[type, Callable[..., exp.Expr]] = {
        Attribute: _attribute,
        Consent: _consent,
        EventCount: _count,
        EventMoment: _event_moment,
        EventAmount: _number,
        EventShare: _number,
        Records: _number,
        Orders: _orders,
        Percentile: _percentile,
        Near: _near,
        Sample: _sample,
        InList: _plain,
        Refused: _refused,
        Sequence: _plain,
    }


def _feature(leaf: Node) -> Feature:
    feature = feature_of(leaf)
    if feature is None:
        raise NotSpelledOut(f"{leaf} looks at nothing by itself")
    return feature


def _bounded(bound: Bound, value: exp.Expr, number: float) -> exp.Expr:
    return _SHAPES[bound](this=value, expression=literals.number(number))


def _field(name: str) -> exp.Expr:
    if name.startswith(CUSTOM):
        return literals.within_json(literals.column("c", "attributes"), name.removeprefix(CUSTOM))
    if name.startswith(COMPANY):
        return literals.within_json(literals.column("c", "company"), name.removeprefix(COMPANY))
    return literals.column("c", name)


def _word(topic: exp.Expr, every: exp.Expr) -> exp.Expr:
    """The word on the topic, unless everything on the channel was stopped."""
    stopped = exp.EQ(this=every, expression=literals.false())
    return exp.Case(ifs=[exp.If(this=stopped, true=literals.false())], default=topic)


def _listed(joined: exp.Expr, left: exp.Expr) -> exp.Expr:
    """On the list is who joined it and has not left it since."""
    stayed = exp.or_(exp.Is(this=left, expression=exp.Null()), exp.GT(this=joined, expression=left.copy()))
    return exp.and_(exp.Not(this=exp.Is(this=joined.copy(), expression=exp.Null())), stayed)
