"""Which aggregates make a feature."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from tactful.segments.domain.catalogue import RECORDS
from tactful.segments.domain.comparisons import Window
from tactful.segments.domain.conditions import Measure, Property, Which
from tactful.segments.domain.features import (
    Amount,
    At,
    Feature,
    Kept,
    Listed,
    Purchases,
    Ranked,
    Refusals,
    Share,
    Times,
    Topic,
)
from tactful.segments.domain.folds import (
    EVERY_TOPIC,
    About,
    During,
    Fold,
    Has,
    InCurrency,
    InMonths,
    Named,
    OfCategory,
    OfProperty,
    On,
    Purchased,
    Table,
    Test,
    What,
)
from tactful.segments.domain.spelling import JOINED, LEFT, LIST


def folds_of(feature: Feature) -> tuple[Fold, ...]:
    """The aggregates that make a feature, in the order in which the compiler puts them together."""
    make = _FOLDS.get(type(feature))
    return make(feature) if make else ()


def _topic(feature: Topic) -> tuple[Fold, ...]:
    topics = (feature.topic, EVERY_TOPIC)
    return tuple(Fold(Table.CONSENTS, What.WORD, (About(feature.channel, topic),)) for topic in topics)


def _times(feature: Times) -> tuple[Fold, ...]:
    tests = (*_event(feature.event, feature.where), *_during(feature.window))
    return (Fold(Table.EVENTS, What.ROWS, tests),)


def _at(feature: At) -> tuple[Fold, ...]:
    what = What.LAST if feature.which is Which.LAST else What.FIRST
    return (Fold(Table.EVENTS, what, _event(feature.event, feature.where)),)


def _amount(feature: Amount) -> tuple[Fold, ...]:
    tests = (*_event(feature.event, feature.where), *_during(feature.window))
    return (Fold(Table.EVENTS, What(str(feature.how)), tests, OfProperty(feature.of)),)


def _share(feature: Share) -> tuple[Fold, ...]:
    tests = (*_event(feature.event, feature.where), *_during(feature.window))
    part = (*_event(feature.event, (*feature.where, *feature.part)), *_during(feature.window))
    return (Fold(Table.EVENTS, What.ROWS, part), Fold(Table.EVENTS, What.ROWS, tests))


def _kept(feature: Kept) -> tuple[Fold, ...]:
    kind = RECORDS[feature.kind]
    return (Fold(kind.table, What.ROWS, (*kind.states[feature.state], *_during(feature.window))),)


def _listed(feature: Listed) -> tuple[Fold, ...]:
    return tuple(
        Fold(Table.EVENTS, What.LAST, (Named(name), Has(LIST.named(feature.name)))) for name in (JOINED, LEFT)
    )


def _event(event: str, where: tuple[Property, ...]) -> tuple[Test, ...]:
    return (Named(event), *(Has(each) for each in where))


def _during(window: Window | None) -> tuple[Test, ...]:
    return () if window is None else (During(window),)


_PARTS: Mapping[Measure, tuple[What, ...]] = {
    Measure.COUNT: (What.ROWS,),
    Measure.REVENUE: (What.REVENUE,),
    Measure.MARGIN: (What.MARGIN,),
    Measure.AVERAGE: (What.REVENUE, What.ROWS),
    Measure.SMALLEST: (What.SMALLEST,),
    Measure.LARGEST: (What.LARGEST,),
    Measure.DAYS_SINCE_LAST: (What.LAST,),
    Measure.DAYS_SINCE_FIRST: (What.FIRST,),
    Measure.AVERAGE_GAP: (What.FIRST, What.LAST, What.ROWS),
    Measure.OVERDUE: (What.FIRST, What.LAST, What.ROWS),
    Measure.CATEGORIES: (What.CATEGORIES,),
    Measure.PRODUCTS: (What.PRODUCTS,),
    Measure.CATEGORY_SHARE: (What.REVENUE,),
    Measure.DISCOUNT_SHARE: (What.DISCOUNT, What.REVENUE),
    Measure.RETURNED_SHARE: (What.RETURNED, What.REVENUE),
}
_BY_LINE = frozenset({Measure.CATEGORIES, Measure.PRODUCTS})


def _purchases(feature: Purchases) -> tuple[Fold, ...]:
    during = (*_during(feature.window), *((InMonths(feature.months),) if feature.months else ()))
    parts = _PARTS[feature.measure]
    summed = (InCurrency(),) if feature.measure.money or feature.measure.share else ()
    if feature.category is not None or feature.measure in _BY_LINE:
        category = (OfCategory(feature.category),) if feature.category is not None else ()
        folds = tuple(Fold(Table.ORDER_LINES, _by_line(what), (*category, *summed, *during)) for what in parts)
        whole = Fold(Table.ORDER_LINES, What.REVENUE, (*summed, *during))
        return (*folds, whole) if feature.measure is Measure.CATEGORY_SHARE else folds
    tests = (Purchased(), *summed, *during)
    return tuple(
        Fold(Table.ORDER_RETURNS, what, (*summed, *during))
        if what is What.RETURNED
        else Fold(Table.ORDERS, what, tests)
        for what in parts
    )


def _by_line(what: What) -> What:
    return What.ORDERS if what is What.ROWS else what


_FOLDS: Mapping[type, Callable[..., tuple[Fold, ...]]] = MappingProxyType(
    {
        Topic: _topic,
        Times: _times,
        At: _at,
        Amount: _amount,
        Share: _share,
        Purchases: _purchases,
        Ranked: lambda feature: folds_of(feature.of),
        Kept: _kept,
        Listed: _listed,
        Refusals: lambda feature: (Fold(Table.REFUSALS, What.ROWS, (On(feature.channel),)),),
    }
)
