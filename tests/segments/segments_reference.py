"""What a rule means, said slowly and obviously, one customer at a time. The compiled SQL must agree with it."""

import hashlib
import json
import math
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.segments.reference_events import amount_holds, count_holds, events, own, records_hold, share_holds
from tests.segments.reference_purchases import orders_hold
from tests.segments.reference_ranks import percentile_holds
from tests.segments.reference_values import as_number, fits
from tests.segments.segments_kit import Base, Row, bare

from tactful.segments.domain.catalogue import OPEN
from tactful.segments.domain.conditions import (
    Ago,
    Attribute,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    Everyone,
    InList,
    Near,
    Orders,
    Percentile,
    Records,
    Refused,
    Sample,
    Sequence,
    Which,
    Word,
)
from tactful.segments.domain.nodes import All, Meaning, Node, Not
from tactful.segments.domain.nodes import Any as AnyOf

EARTH_KM = 6371.0088


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
    if leaf.field.startswith(OPEN):
        return fits(own(customer, leaf.field), leaf.comparison, at)
    return fits(customer.get(leaf.field), leaf.comparison, at, clock=leaf.field in {"created_at", "last_seen_at"})


def event_moment_holds(leaf: EventMoment, customer: Row, base: Base, at: datetime) -> bool:
    moments = [row["occurred_at"] for row in events(leaf.event, leaf.where, customer, base, at)]
    if not moments:
        return False
    moment = max(moments) if leaf.which is Which.LAST else min(moments)
    edge = at - timedelta(days=leaf.days)
    return bool(moment < edge if leaf.ago is Ago.MORE else moment > edge)


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


def refused(leaf: Refused, customer: Row, base: Base, at: datetime) -> bool:
    rows = base.theirs("refusals", customer)
    return any(row["channel"] == leaf.channel and row["since"] <= at for row in rows)


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
    Refused: refused,
}
