"""What is counted of events and records in the slow reference."""

import json
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from tests.segments.reference_values import as_exact, as_text, compare, fits, inside
from tests.segments.segments_kit import Base, Row

from tactful.segments.domain.conditions import EventAmount, EventCount, EventShare, How, Records


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


def own(customer: Row, field: str) -> Any:
    """What is known under a name that a company gave, of the customer himself or of his firm."""
    if field.startswith("company."):
        return json.loads(customer.get("company") or "{}").get(field.removeprefix("company."))
    return json.loads(customer["attributes"]).get(field.removeprefix("custom."))


def count_holds(leaf: EventCount, customer: Row, base: Base, at: datetime) -> bool:
    return compare(leaf.bound, len(events_in(leaf, customer, base, at)), leaf.times)


def amount_holds(leaf: EventAmount, customer: Row, base: Base, at: datetime) -> bool:
    made = amount(leaf, customer, base, at)
    return made is not None and compare(leaf.bound, made, Fraction(str(leaf.number)))


def amount(leaf: EventAmount, customer: Row, base: Base, at: datetime) -> Any:
    """None where it is unset."""
    values = [json.loads(row["properties"]).get(leaf.of) for row in events_in(leaf, customer, base, at)]
    values = [value for value in values if value is not None]
    if leaf.how is How.DISTINCT:
        return len({as_text(value) for value in values})
    numbers = numbers_of(leaf, customer, base, at)
    if leaf.how is How.SUM:
        return sum(numbers)
    if not numbers:
        return None
    if leaf.how is How.AVERAGE:
        return Fraction(sum(numbers)) / len(numbers)
    return min(numbers) if leaf.how is How.SMALLEST else max(numbers)


def numbers_of(leaf: EventAmount, customer: Row, base: Base, at: datetime) -> list[Any]:
    values = [json.loads(row["properties"]).get(leaf.of) for row in events_in(leaf, customer, base, at)]
    return [number for value in values if value is not None and (number := as_exact(value)) is not None]


def share_holds(leaf: EventShare, customer: Row, base: Base, at: datetime) -> bool:
    made = share(leaf, customer, base, at)
    return made is not None and compare(leaf.bound, made, Fraction(str(leaf.number)))


def share(leaf: EventShare, customer: Row, base: Base, at: datetime) -> Fraction | None:
    rows = events_in(leaf, customer, base, at)
    part = [row for row in rows if meets_all(row, leaf.part, at)]
    return Fraction(len(part), len(rows)) if rows else None


def records_hold(leaf: Records, customer: Row, base: Base, at: datetime) -> bool:
    return compare(leaf.bound, records(leaf, customer, base, at), leaf.number)


def records(leaf: Records, customer: Row, base: Base, at: datetime) -> int:
    kept = RECORDS[leaf.kind]
    rows = [
        row
        for row in base.theirs(kept.table, customer)
        if row[kept.since] <= at
        and inside(row[kept.since], leaf.window, customer, at)
        and is_so(leaf.state, come(row, kept.over, at), come(row, kept.late, at))
    ]
    return len(rows)


def come(row: Row, column: str, at: datetime) -> bool:
    return row.get(column) is not None and row[column] <= at


def is_so(state: str, over: bool, late: bool) -> bool:
    if state == "any":
        return True
    if state in {"done", "closed", "answered"}:
        return over
    return not over and (late or state == "open")


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
