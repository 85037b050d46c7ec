"""What ranks mean in the slow reference: a number against the numbers of all who have one."""

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from typing import Any

from tests.segments.reference_events import amount, events_in, numbers_of, own, records, share
from tests.segments.reference_purchases import measured
from tests.segments.reference_values import as_number, compare
from tests.segments.segments_kit import Base, Row, bare

from tactful.segments.domain.conditions import (
    Attribute,
    EventAmount,
    EventCount,
    EventShare,
    How,
    Measure,
    Numeric,
    Orders,
    Percentile,
    Records,
)
from tactful.segments.domain.cuts import Cut


def percentile_holds(leaf: Percentile, customer: Row, base: Base, at: datetime) -> bool:
    """Holds the rank of who has one against the last cut; before the first night there is none."""
    value, limit = ranked(leaf.of, customer, base, at), last_cut(leaf, base, at)
    return value is not None and limit is not None and compare(leaf.bound, value, limit)


def ranked(leaf: Numeric, customer: Row, base: Base, at: datetime) -> Any:
    """The number of who has any; nobody else has a rank. Numbers of events are held as any number, not exactly."""
    match leaf:
        case Orders():
            return of_purchases(leaf, customer, base, at)
        case Attribute(field):
            return as_number(own(customer, field))
        case EventCount():
            return len(events_in(leaf, customer, base, at)) or None
        case Records():
            return records(leaf, customer, base, at) or None
        case EventShare():
            made = share(leaf, customer, base, at)
            return None if made is None else float(made)
    return of_amount(leaf, customer, base, at)


def of_amount(leaf: EventAmount, customer: Row, base: Base, at: datetime) -> Any:
    made = amount(leaf, customer, base, at)
    if leaf.how is How.DISTINCT:
        return made or None
    return float(made) if numbers_of(leaf, customer, base, at) else None


def of_purchases(leaf: Orders, customer: Row, base: Base, at: datetime) -> Any:
    value = measured(leaf, customer, base, at)
    if leaf.measure in {Measure.COUNT, Measure.CATEGORIES, Measure.PRODUCTS}:
        return value or None
    if leaf.measure in {Measure.REVENUE, Measure.MARGIN}:
        # Nothing paid for something bought is a rank; nothing bought is none.
        bought = measured(replace(leaf, measure=Measure.AVERAGE), customer, base, at)
        return value if bought is not None else None
    return value


def last_cut(leaf: Percentile, base: Base, at: datetime) -> Any:
    if base.cuts is not None:
        wanted = Cut.of(leaf)
        kept = [cut for cut in base.cuts if cut[:2] == (wanted.measure, wanted.percent) and bare(cut[2]) <= at]
        return max(kept, key=lambda cut: cut[2])[3] if kept else None
    nights = [bare(night) for night in base.nights if bare(night) <= at]
    if not nights:
        return None
    if (leaf, max(nights)) not in base.made:
        base.made[leaf, max(nights)] = cut_at(leaf, base, max(nights))
    return base.made[leaf, max(nights)]


def cut_at(leaf: Percentile, base: Base, night: datetime) -> Any:
    """The smallest value that at least so many percent of all who have one do not exceed."""
    everybody = (ranked(leaf.of, row, base, night) for row in base.of("customers") if row["active"])
    values = sorted(value for value in everybody if value is not None)
    share = Fraction(str(leaf.percent)) / 100
    reaching = (value for place, value in enumerate(values, start=1) if place >= share * len(values))
    return next(reaching, None)
