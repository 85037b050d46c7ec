"""What a rule means, said slowly and obviously, one customer at a time. The compiled SQL must agree with it."""

import hashlib
import json
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.segments.segments_kit import TERMS, Base, Row, bare

from tactful.segments.domain.nodes import (
    Ago,
    All,
    Attribute,
    Between,
    Bound,
    CalendarDays,
    Comparison,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    Everyone,
    Holds,
    How,
    InList,
    LastDays,
    Meaning,
    Measure,
    Near,
    Node,
    Not,
    Op,
    Orders,
    Records,
    Sample,
    Sequence,
    Which,
    Whose,
    Window,
    Word,
)
from tactful.segments.domain.nodes import Any as AnyOf

NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
# An offset counts only after seconds.
MOMENT = re.compile(r"[1-9]\d{3}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?)?)?", re.ASCII)


DAY = timedelta(days=1)
EARTH_KM = 6371.0088
MOST = 10**15  # no number beyond it is counted


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
    if isinstance(node, Meaning):
        return holds(node.node, customer, base, at)
    return leaf_holds(node, customer, base, at)


def leaf_holds(leaf: Node, customer: Row, base: Base, at: datetime) -> bool:
    return LEAVES[type(leaf)](leaf, customer, base, at)


def attribute_holds(leaf: Attribute, customer: Row, base: Base, at: datetime) -> bool:
    if leaf.field.startswith("custom."):
        value = own(customer, leaf.field.removeprefix("custom."))
    else:
        value = customer.get(leaf.field)
    return fits(value, leaf.comparison, at)


def own(customer: Row, name: str) -> Any:
    return json.loads(customer["attributes"]).get(name)


def count_holds(leaf: EventCount, customer: Row, base: Base, at: datetime) -> bool:
    return compare(leaf.bound, len(events_in(leaf, customer, base, at)), leaf.times)


def event_moment_holds(leaf: EventMoment, customer: Row, base: Base, at: datetime) -> bool:
    moments = [row["occurred_at"] for row in events(leaf.event, leaf.where, customer, base, at)]
    if not moments:
        return False
    moment = max(moments) if leaf.which is Which.LAST else min(moments)
    edge = at - timedelta(days=leaf.days)
    return bool(moment < edge if leaf.ago is Ago.MORE else moment > edge)


def amount_holds(leaf: EventAmount, customer: Row, base: Base, at: datetime) -> bool:
    values = [json.loads(row["properties"]).get(leaf.of) for row in events_in(leaf, customer, base, at)]
    values = [value for value in values if value is not None]
    if leaf.how is How.DISTINCT:
        return compare(leaf.bound, len({as_text(value) for value in values}), Fraction(str(leaf.number)))
    numbers = [number for value in values if (number := as_exact(value)) is not None]
    if leaf.how is How.SUM:
        return compare(leaf.bound, sum(numbers), Fraction(str(leaf.number)))
    if not numbers:
        return False
    if leaf.how is How.AVERAGE:
        made = Fraction(sum(numbers)) / len(numbers)
    else:
        made = min(numbers) if leaf.how is How.SMALLEST else max(numbers)
    return compare(leaf.bound, made, Fraction(str(leaf.number)))


def share_holds(leaf: EventShare, customer: Row, base: Base, at: datetime) -> bool:
    rows = events_in(leaf, customer, base, at)
    if not rows:
        return False
    part = [row for row in rows if meets_all(row, leaf.part, at)]
    return compare(leaf.bound, Fraction(len(part), len(rows)), Fraction(str(leaf.number)))


def sequence_holds(leaf: Sequence, customer: Row, base: Base, at: datetime) -> bool:
    """Tries every way to pick one event per step."""
    first, *others = leaf.steps
    chains = [[row] for row in events(first.event, first.where, customer, base, at)]
    if leaf.days is not None:
        chains = [chain for chain in chains if at - timedelta(days=leaf.days) < chain[0]["occurred_at"]]
    for step in others:
        chains = [
            [*chain, row]
            for chain in chains
            for row in events(step.event, step.where, customer, base, at)
            if follows(row["occurred_at"], chain[-1]["occurred_at"], step.within_days)
        ]
    if leaf.absent is None:
        return bool(chains)
    days = leaf.absent.within_days
    assert days is not None
    spoilers = [row["occurred_at"] for row in events(leaf.absent.event, leaf.absent.where, customer, base, at)]
    return any(
        chain[-1]["occurred_at"] + timedelta(days=days) <= at
        and not any(follows(moment, chain[-1]["occurred_at"], days) for moment in spoilers)
        for chain in chains
    )


def follows(later: datetime, earlier: datetime, days: int | None) -> bool:
    return earlier < later and (days is None or later <= earlier + timedelta(days=days))


def orders_hold(leaf: Orders, customer: Row, base: Base, at: datetime) -> bool:
    value = measured(leaf, customer, base, at)
    limit = Fraction(str(leaf.number)) * (100 if leaf.measure.money else 1)
    return value is not None and compare(leaf.bound, value, limit)


def records_hold(leaf: Records, customer: Row, base: Base, at: datetime) -> bool:
    assert leaf.kind == "task"
    rows = [
        row
        for row in base.of("tasks")
        if row["customer_id"] == customer["id"]
        and row["created_at"] <= at
        and inside(row["created_at"], leaf.window, customer, at)
        and task_is(leaf.state, row, at)
    ]
    return compare(leaf.bound, len(rows), leaf.number)


def task_is(state: str, task: Row, at: datetime) -> bool:
    done = task.get("done_at") is not None and task["done_at"] <= at
    late = task.get("due_at") is not None and task["due_at"] <= at
    return {"any": True, "open": not done, "overdue": not done and late, "done": done}[state]


def near_holds(leaf: Near, customer: Row, base: Base, at: datetime) -> bool:
    """The haversine formula, on a sphere of the Earth's mean radius."""
    latitude, longitude = as_number(own(customer, "latitude")), as_number(own(customer, "longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return False
    north = math.sin(math.radians(latitude - leaf.latitude) / 2) ** 2
    east = math.sin(math.radians(longitude - leaf.longitude) / 2) ** 2
    shrunk = math.cos(math.radians(latitude)) * math.cos(math.radians(leaf.latitude)) * east
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1, north + shrunk))) <= leaf.kilometres


def sample_holds(leaf: Sample, customer: Row, base: Base, at: datetime) -> bool:
    """A lot of 32 bits per customer and seed."""
    lot = hashlib.md5(f"{leaf.seed}:{customer['id']}".encode(), usedforsecurity=False).hexdigest()[:8]
    return int(lot, 16) < round(leaf.share * 2**32)


def list_holds(leaf: InList, customer: Row, base: Base, at: datetime) -> bool:
    joined, left = (
        [
            row["occurred_at"]
            for row in events(name, (), customer, base, at)
            if json.loads(row["properties"]).get("list") == leaf.name
        ]
        for name in ("List Joined", "List Left")
    )
    return bool(joined) and (not left or max(joined) > max(left))


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
        and meets_all(row, where, at)
    ]


def meets_all(event: Row, where: Any, at: datetime) -> bool:
    properties = json.loads(event["properties"])
    return all(fits(properties.get(each.name), each.comparison, at) for each in where)


def events_in(leaf: EventCount | EventAmount | EventShare, customer: Row, base: Base, at: datetime) -> list[Row]:
    return [
        row
        for row in events(leaf.event, leaf.where, customer, base, at)
        if inside(row["occurred_at"], leaf.window, customer, at)
    ]


def inside(moment: datetime, window: Window | None, customer: Row, at: datetime) -> bool:
    if window is None:
        return True
    if isinstance(window, LastDays):
        return at - timedelta(days=window.days) < moment <= at
    if isinstance(window, CalendarDays):
        zone = customer.get("zone") if window.whose is Whose.CUSTOMER else None
        # By the calendar on the wall, not by midnights: today is one day, yesterday two.
        return moment <= at and (local_day(at, zone) - local_day(moment, zone)).days < window.days
    assert isinstance(window, Between)
    return bare(window.start.begins) <= moment < bare(window.end.over)


def local_day(moment: datetime, zone: str | None) -> date:
    """The date on a calendar in the zone, or in the company's where the zone is unset or unknown."""
    known = zone if zone in available_timezones() else TERMS.zone
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(known)).date()


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
    rows = [row for row in rows if row["currency"] == TERMS.currency]
    revenues = [row["revenue_minor"] for row in rows]
    if measure is Measure.RETURNED_SHARE:
        returned = sum(
            row["amount_minor"]
            for row in base.of("order_returns")
            if row["customer_id"] == customer["id"]
            and row["at"] <= at
            and inside(row["at"], leaf.window, customer, at)
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
        for row in base.of(table)
        if row["customer_id"] == customer["id"]
        and row["completed_at"] is not None
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
    if op in {Op.GREATER, Op.LESS} or (op is Op.BETWEEN and comparison.value.holds is Holds.NUMBER):
        number = as_number(value)
        return number is not None and number_fits(number, comparison)
    if op is Op.ANNIVERSARY_IN_DAYS:
        return returns_within(as_day(value), int(str(raw)), at)
    moment = as_moment(value)
    return moment is not None and moment_fits(moment, comparison, at)


def number_fits(number: float, comparison: Comparison) -> bool:
    limits = [float(str(value.raw)) for value in comparison.values]
    if comparison.op is Op.BETWEEN:
        return limits[0] <= number <= limits[1]
    return number > limits[0] if comparison.op is Op.GREATER else number < limits[0]


def moment_fits(moment: datetime, comparison: Comparison, at: datetime) -> bool:
    op, value = comparison.op, comparison.value
    if op is Op.BEFORE:
        return moment < bare(value.begins)
    if op is Op.AFTER:
        return moment >= bare(value.over) if value.holds is Holds.DAY else moment > bare(value.begins)
    if op is Op.BETWEEN:
        high = comparison.values[1]
        ends = moment < bare(high.over) if high.holds is Holds.DAY else moment <= bare(high.begins)
        return bare(value.begins) <= moment and ends
    days = timedelta(days=int(str(value.raw)))
    if op is Op.IN_NEXT_DAYS:
        return at < moment <= at + days
    assert op is Op.IN_LAST_DAYS
    return at - days < moment <= at


def returns_within(day: date | None, days: int, at: datetime) -> bool:
    """Looks at today and each of the next days, by the company's calendar."""
    if day is None:
        return False
    today = local_day(at, None)
    return any(is_anniversary(today + timedelta(days=ahead), day) for ahead in range(days + 1))


def is_anniversary(today: date, day: date) -> bool:
    if (day.month, day.day) == (2, 29) and (today + DAY).month == 3 and today.month == 2:
        return True
    return (today.month, today.day) == (day.month, day.day)


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
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def as_number(value: Any) -> float | None:
    text = as_text(value)
    return float(text) if NUMBER.fullmatch(text) else None


def as_exact(value: Any) -> Fraction | None:
    """A number as it is added up: tenths are tenths; kept to nine places, and none beyond any counted here."""
    text = as_text(value)
    if not NUMBER.fullmatch(text) or abs(float(text)) > MOST:
        return None
    return round(Fraction(text), 9)


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


def as_day(value: Any) -> date | None:
    """A date as it is; the day of a moment by the company's calendar."""
    moment = as_moment(value)
    if moment is None:
        return None
    plain = isinstance(value, str) and len(value) == 10
    if plain or (isinstance(value, date) and not isinstance(value, datetime)):
        return moment.date()
    return local_day(moment, None)


LEAVES: dict[type, Callable[..., bool]] = {
    Everyone: lambda *_: True,
    Attribute: attribute_holds,
    Consent: lambda leaf, *known: word(leaf, *known) is leaf.word,
    EventCount: count_holds,
    EventMoment: event_moment_holds,
    EventAmount: amount_holds,
    EventShare: share_holds,
    Sequence: sequence_holds,
    Orders: orders_hold,
    Records: records_hold,
    Near: near_holds,
    Sample: sample_holds,
    InList: list_holds,
}
