"""What a rule means, said slowly and obviously, one customer at a time. The compiled SQL must agree with it."""

import json
import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any

from tests.segments.segments_kit import CURRENCY, Base, Row, bare

from tactful.segments.domain.nodes import (
    Ago,
    All,
    Attribute,
    Between,
    Bound,
    Comparison,
    Consent,
    EventCount,
    EventMoment,
    Everyone,
    Holds,
    LastDays,
    Measure,
    Node,
    Not,
    Op,
    Orders,
    Which,
    Window,
    Word,
)
from tactful.segments.domain.nodes import Any as AnyOf

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)


def members(base: Base, tree: Node, at: datetime) -> set[int]:
    moment = bare(at)
    return {row["id"] for row in base.of("customers") if row["active"] and holds(tree, row, base, moment)}


def holds(node: Node, customer: Row, base: Base, at: datetime) -> bool:
    if isinstance(node, All):
        return all(holds(child, customer, base, at) for child in node.nodes)
    if isinstance(node, AnyOf):
        return any(holds(child, customer, base, at) for child in node.nodes)
    if isinstance(node, Not):
        return not holds(node.node, customer, base, at)
    return leaf_holds(node, customer, base, at)


def leaf_holds(leaf: Node, customer: Row, base: Base, at: datetime) -> bool:
    if isinstance(leaf, Everyone):
        return True
    if isinstance(leaf, Attribute):
        if leaf.field.startswith("custom."):
            value = json.loads(customer["attributes"]).get(leaf.field.removeprefix("custom."))
        else:
            value = customer.get(leaf.field)
        return fits(value, leaf.comparison, at)
    if isinstance(leaf, Consent):
        return word(leaf, customer, base, at) is leaf.word
    if isinstance(leaf, EventCount):
        rows = [
            row
            for row in events(leaf.event, leaf.where, customer, base, at)
            if inside(row["occurred_at"], leaf.window, at)
        ]
        return compare(leaf.bound, len(rows), leaf.times)
    if isinstance(leaf, EventMoment):
        moments = [row["occurred_at"] for row in events(leaf.event, leaf.where, customer, base, at)]
        if not moments:
            return False
        moment = max(moments) if leaf.which is Which.LAST else min(moments)
        edge = at - timedelta(days=leaf.days)
        return moment < edge if leaf.ago is Ago.MORE else moment > edge
    assert isinstance(leaf, Orders)
    value = measured(leaf, customer, base, at)
    limit = Fraction(str(leaf.number)) * (100 if leaf.measure.money else 1)
    return value is not None and compare(leaf.bound, value, limit)


def compare(bound: Bound, value: Any, limit: Any) -> bool:
    tests: dict[Bound, Callable[[], bool]] = {
        Bound.AT_LEAST: lambda: value >= limit,
        Bound.AT_MOST: lambda: value <= limit,
        Bound.EXACTLY: lambda: value == limit,
        Bound.GREATER: lambda: value > limit,
        Bound.LESS: lambda: value < limit,
    }
    return bool(tests[bound]())


def word(leaf: Consent, customer: Row, base: Base, at: datetime) -> Word:
    said = {
        row["topic"]: row["granted"]
        for row in base.of("consents")
        if row["customer_id"] == customer["id"] and row["channel"] == leaf.channel and row["since"] <= at
    }
    if said.get("*") is False:
        return Word.WITHDRAWN
    if leaf.topic not in said:
        return Word.UNSET
    return Word.GIVEN if said[leaf.topic] else Word.WITHDRAWN


def events(name: str, where: Any, customer: Row, base: Base, at: datetime) -> list[Row]:
    return [
        row
        for row in base.of("events")
        if row["customer_id"] == customer["id"]
        and row["name"] == name
        and row["occurred_at"] <= at
        and all(fits(json.loads(row["properties"]).get(each.name), each.comparison, at) for each in where)
    ]


def inside(moment: datetime, window: Window | None, at: datetime) -> bool:
    if window is None:
        return True
    if isinstance(window, LastDays):
        return at - timedelta(days=window.days) < moment <= at
    assert isinstance(window, Between)
    return bare(window.start.begins) <= moment < bare(window.end.over)


def measured(leaf: Orders, customer: Row, base: Base, at: datetime) -> Any:
    table = "orders" if leaf.category is None else "order_lines"
    rows = [
        row
        for row in base.of(table)
        if row["customer_id"] == customer["id"]
        and row["completed_at"] is not None
        and row["completed_at"] <= at
        and inside(row["completed_at"], leaf.window, at)
        and (row["status"] == "completed" if leaf.category is None else row["category"] == leaf.category)
    ]
    if leaf.category is None and (leaf.measure.money or leaf.measure.share):
        rows = [row for row in rows if row["currency"] == CURRENCY]
    count = len(rows) if leaf.category is None else len({row["order_id"] for row in rows})
    revenue = sum(row["revenue_minor"] for row in rows)
    discount = sum(row["discount_minor"] for row in rows)
    if leaf.measure is Measure.COUNT:
        return count
    if leaf.measure is Measure.REVENUE:
        return revenue
    if leaf.measure is Measure.MARGIN:
        return sum(row["margin_minor"] for row in rows)
    if leaf.measure is Measure.AVERAGE:
        return Fraction(revenue, count) if count else None
    if leaf.measure.age:
        moments = [row["completed_at"] for row in rows]
        moment = (max if leaf.measure is Measure.DAYS_SINCE_LAST else min)(moments, default=None)
        return None if moment is None else (at - moment) // timedelta(days=1)
    if leaf.measure is Measure.DISCOUNT_SHARE:
        return Fraction(discount, revenue + discount) if revenue + discount else None
    returned = sum(
        row["amount_minor"]
        for row in base.of("order_returns")
        if row["customer_id"] == customer["id"] and row["at"] <= at and inside(row["at"], leaf.window, at)
    )
    return Fraction(returned, revenue) if revenue else None


def fits(value: Any, comparison: Comparison, at: datetime) -> bool:
    op = comparison.op
    if op is Op.SET:
        return (value is not None) is comparison.value.raw
    if op is Op.IS_NOT:
        return not same(value, comparison.value)
    if value is None:
        return False
    if op in {Op.IS, Op.IN}:
        return any(same(value, each) for each in comparison.values)
    raw = comparison.value.raw
    if op is Op.CONTAINS:
        return str(raw).lower() in as_text(value).lower()
    if op is Op.STARTS:
        return as_text(value).lower().startswith(str(raw).lower())
    if op in {Op.GREATER, Op.LESS}:
        number = as_number(value)
        return number is not None and (number > float(raw) if op is Op.GREATER else number < float(raw))
    moment = as_moment(value)
    return moment is not None and moment_fits(moment, comparison, at)


def moment_fits(moment: datetime, comparison: Comparison, at: datetime) -> bool:
    op = comparison.op
    if op is Op.BEFORE:
        return moment < bare(comparison.value.begins)
    if op is Op.AFTER:
        edge = bare(comparison.value.over)
        return moment >= edge if comparison.value.holds is Holds.DAY else moment > edge
    return at - timedelta(days=int(str(comparison.value.raw))) < moment <= at


def same(value: Any, literal: Any) -> bool:
    if value is None:
        return False
    if literal.holds is Holds.NUMBER:
        number = as_number(value)
        return number is not None and number == float(literal.raw)
    if literal.holds is Holds.TRUTH:
        return as_text(value) == ("true" if literal.raw else "false")
    if literal.holds is Holds.DAY:
        return bool(value == literal.raw)
    return as_text(value) == literal.raw


def as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value)


def as_number(value: Any) -> float | None:
    text = as_text(value)
    return float(text) if NUMBER.fullmatch(text) else None


def as_moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    text = as_text(value)
    if not MOMENT.fullmatch(text):
        return None
    try:
        return bare(datetime.fromisoformat(text))
    except ValueError:
        return None
