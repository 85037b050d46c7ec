"""Orders and deals whose dates let customers into journeys: those that may be due, and whether they still stand.

What was cancelled or answered lets nobody in, neither when the calendar is read nor when the moment has come.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tactful.catalog import queries as catalog
from tactful.flows import beginnings
from tactful.flows.beginnings import Told
from tactful.journeys.domain import calendar
from tactful.journeys.domain.calendar import OnDate
from tactful.sales import deals


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose a thing is now, the key that a run about it has, and the event that last told of it."""

    customer_id: int
    key: str
    event_id: int | None = None


def dated(rule: OnDate, *, after: datetime, until: datetime) -> list[tuple[str, int, object]]:
    """(number, customer, date or moment) of the orders or proposals that may be due in (after, until]."""
    if rule.is_moment:
        spans = calendar.spans_in_question(rule, after=after, until=until)
        return [*(catalog.dated_at(rule.attribute, spans) if rule.of == "order" else deals.sent(spans))]
    days = calendar.days_in_question(rule, after=after, until=until)
    look = catalog.dated_on if rule.of == "order" else deals.dated_on
    return [*look(rule.attribute, days)]


def told(asked: Collection[str]) -> frozenset[str]:
    """Those of these dates (`order.delivery_at`, `deal.valid_until`) that an event has told of something."""
    names = {
        of: {name for about, _, name in (each.partition(".") for each in asked) if about == of}
        for of in ("order", "deal")
    }
    known = {"order": catalog.dates_told(names["order"]), "deal": deals.dates_told(names["deal"])}
    return frozenset(f"{of}.{name}" for of, some in known.items() for name in some)


def standing(of: str, numbers: Collection[str], *, now: datetime) -> Mapping[str, Standing]:
    """Those of these orders or proposals that were neither cancelled nor answered."""
    found = _standing(of, numbers)
    told = beginnings.telling(of, {one.customer_id for one in found.values()})
    return {number: _with_word(of, one, told.get(one.customer_id, ()), now) for number, one in found.items()}


def _with_word(of: str, one: Standing, told: Sequence[Told], now: datetime) -> Standing:
    word = beginnings.last_word(of, one.key, told, by=now)
    return replace(one, event_id=word.id) if word else one


def _standing(of: str, numbers: Collection[str]) -> Mapping[str, Standing]:
    if of == "order":
        return {number: Standing(customer, number) for number, customer in catalog.standing(numbers).items()}
    if of == "deal":
        return {number: Standing(*found) for number, found in deals.unanswered(numbers).items()}
    return {}  # the journey was changed since: what it is about now is nobody's thing
