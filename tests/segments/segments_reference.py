"""What a rule means, said slowly and obviously, one customer at a time. The compiled SQL must agree with it."""

import hashlib
import json
import math
from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple

from tests.segments.reference_purchases import orders_hold, percentile_holds
from tests.segments.reference_values import as_exact, as_number, as_text, compare, fits, inside
from tests.segments.segments_kit import Base, Row, bare

from tactful.segments.domain.nodes import (
    Ago,
    All,
    Attribute,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    Everyone,
    How,
    InList,
    Meaning,
    Near,
    Node,
    Not,
    Orders,
    Percentile,
    Records,
    Sample,
    Sequence,
    Which,
    Word,
)
from tactful.segments.domain.nodes import Any as AnyOf

EARTH_KM = 6371.0088


class Kept(NamedTuple):
    """Where records of a kind are, and the columns of their moments."""

    table: str
    since: str
    late: str
    over: str


RECORDS = {
    "task": Kept("tasks", "created_at", "due_at", "done_at"),
    "ticket": Kept("tickets", "opened_at", "late_at", "closed_at"),
    "proposal": Kept("proposals", "opened_at", "late_at", "closed_at"),
}


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
        return fits(own(customer, leaf.field.removeprefix("custom.")), leaf.comparison, at)
    return fits(customer.get(leaf.field), leaf.comparison, at, clock=leaf.field in {"created_at", "last_seen_at"})


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


def records_hold(leaf: Records, customer: Row, base: Base, at: datetime) -> bool:
    kept = RECORDS[leaf.kind]
    rows = [
        row
        for row in base.theirs(kept.table, customer)
        if row[kept.since] <= at
        and inside(row[kept.since], leaf.window, customer, at)
        and is_so(leaf.state, come(row, kept.over, at), come(row, kept.late, at))
    ]
    return compare(leaf.bound, len(rows), leaf.number)


def come(row: Row, column: str, at: datetime) -> bool:
    return row.get(column) is not None and row[column] <= at


def is_so(state: str, over: bool, late: bool) -> bool:
    if state == "any":
        return True
    if state in {"done", "closed", "answered"}:
        return over
    return not over and (late or state == "open")


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


def word(leaf: Consent, customer: Row, base: Base, at: datetime) -> Word:
    said = {
        row["topic"]: row["granted"]
        for row in base.theirs("consents", customer)
        if row["channel"] == leaf.channel and row["since"] <= at
    }
    if said.get("*") is False:
        return Word.WITHDRAWN
    if leaf.topic not in said:
        return Word.UNSET
    return Word.GIVEN if said[leaf.topic] else Word.WITHDRAWN


def events(name: str, where: Any, customer: Row, base: Base, at: datetime) -> list[Row]:
    return [
        row
        for row in base.theirs("events", customer)
        if row["name"] == name and row["occurred_at"] <= at and meets_all(row, where, at)
    ]


def meets_all(event: Row, where: Any, at: datetime) -> bool:
    if not where:
        return True
    properties = json.loads(event["properties"])
    return all(fits(properties.get(each.name), each.comparison, at) for each in where)


def events_in(leaf: EventCount | EventAmount | EventShare, customer: Row, base: Base, at: datetime) -> list[Row]:
    return [
        row
        for row in events(leaf.event, leaf.where, customer, base, at)
        if inside(row["occurred_at"], leaf.window, customer, at)
    ]


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
    Percentile: percentile_holds,
    Records: records_hold,
    Near: near_holds,
    Sample: sample_holds,
    InList: list_holds,
}
