"""What measures of purchases mean in the slow reference."""

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.segments.reference_values import DAY, compare, inside, local_day
from tests.segments.segments_kit import Base, Row

from tactful.segments.domain.conditions import Measure, Orders


def orders_hold(leaf: Orders, customer: Row, base: Base, at: datetime) -> bool:
    value = measured(leaf, customer, base, at)
    limit = Fraction(str(leaf.number)) * (100 if leaf.measure.money else 1)
    return value is not None and compare(leaf.bound, value, limit)


def measured(leaf: Orders, customer: Row, base: Base, at: datetime) -> Any:
    """The measure, None where it is unset."""
    measure = leaf.measure
    if measure in {Measure.CATEGORIES, Measure.PRODUCTS, Measure.CATEGORY_SHARE} or leaf.category is not None:
        return measured_by_line(leaf, customer, base, at)
    rows = [row for row in happened("orders", leaf, customer, base, at) if row["status"] == "completed"]
    moments = [row["completed_at"] for row in rows]
    if measure is Measure.COUNT:
        return len(rows)
    if measure.age:
        return age(measure, moments, at)
    if measure.rhythm:
        return rhythm(measure, moments, at)
    rows = [row for row in rows if row["currency"] == base.currency]
    revenues = [row["revenue_minor"] for row in rows]
    if measure is Measure.RETURNED_SHARE:
        returned = sum(
            row["amount_minor"]
            for row in base.theirs("order_returns", customer)
            if row["currency"] == base.currency and row["at"] <= at and inside(row["at"], leaf.window, customer, at)
        )
        return Fraction(returned, sum(revenues)) if sum(revenues) else None
    return money(measure, rows, revenues)


def money(measure: Measure, rows: list[Row], revenues: list[int]) -> Any:
    discount = sum(row["discount_minor"] for row in rows)
    if measure is Measure.REVENUE:
        return sum(revenues)
    if measure is Measure.MARGIN:
        return sum(row["margin_minor"] for row in rows)
    if measure is Measure.AVERAGE:
        return Fraction(sum(revenues), len(rows)) if rows else None
    if measure is Measure.SMALLEST:
        return min(revenues, default=None)
    if measure is Measure.LARGEST:
        return max(revenues, default=None)
    assert measure is Measure.DISCOUNT_SHARE
    return Fraction(discount, sum(revenues) + discount) if sum(revenues) + discount else None


def measured_by_line(leaf: Orders, customer: Row, base: Base, at: datetime) -> Any:
    every = happened("order_lines", leaf, customer, base, at)
    if leaf.measure.money or leaf.measure.share:
        every = [row for row in every if row["currency"] == base.currency]
    rows = [row for row in every if leaf.category is None or row["category"] == leaf.category]
    revenue = sum(row["revenue_minor"] for row in rows)
    purchases = {row["order_id"] for row in rows}
    if leaf.measure is Measure.CATEGORIES:
        return len({row["category"] for row in rows if row["category"]})
    if leaf.measure is Measure.PRODUCTS:
        return len({row["sku"] for row in rows if row["sku"]})
    if leaf.measure is Measure.CATEGORY_SHARE:
        whole = sum(row["revenue_minor"] for row in every)
        return Fraction(revenue, whole) if whole else None
    if leaf.measure is Measure.COUNT:
        return len(purchases)
    if leaf.measure is Measure.AVERAGE:
        return Fraction(revenue, len(purchases)) if purchases else None
    if leaf.measure.age:
        return age(leaf.measure, [row["completed_at"] for row in rows], at)
    return money(leaf.measure, rows, [row["revenue_minor"] for row in rows])


def happened(table: str, leaf: Orders, customer: Row, base: Base, at: datetime) -> list[Row]:
    return [
        row
        for row in base.theirs(table, customer)
        if row["completed_at"] is not None
        and row["completed_at"] <= at
        and inside(row["completed_at"], leaf.window, customer, at)
        and (not leaf.months or local_day(row["completed_at"], None).month in leaf.months)
    ]


def age(measure: Measure, moments: list[datetime], at: datetime) -> int | None:
    if not moments:
        return None
    return (at - (max(moments) if measure is Measure.DAYS_SINCE_LAST else min(moments))) // DAY


def rhythm(measure: Measure, moments: list[datetime], at: datetime) -> Fraction | None:
    if len(moments) < 2:
        return None
    gap = Fraction((max(moments) - min(moments)) // timedelta(microseconds=1), len(moments) - 1)
    if measure is Measure.AVERAGE_GAP:
        return gap / (DAY // timedelta(microseconds=1))
    return Fraction((at - max(moments)) // timedelta(microseconds=1)) / gap if gap else None
