"""Decisions, pressure and the house's restraint, read as plain values."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection

from tactful.decisions.domain.expected import Lift, Lifts, lifts_of
from tactful.decisions.domain.facts import CapRule, Guards, Policy, RuleSaw, TouchSeen
from tactful.kernel.errors import NotFound
from tactful.kernel.sql import statements
from tactful.kernel.time import QuietHours

_SQL = statements(Path(__file__).with_suffix(".sql"))
_SQL |= {name: _SQL[name].format(passes=_SQL["passes"]) for name in ("page", "reason_counts", "customers")}
_REASONS = 11  # where the statements have the reasons
SIDES = {"all": ("send", "hold", "drop"), "sent": ("send",), "silent": ("hold", "drop")}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the screen shows. None: everything. `since` is included, `until` is not."""

    verdict: str | None = None
    reason: str | None = None
    journey_id: int | None = None
    channel: str | None = None
    customer_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """One decision with every rule in order."""

    id: int
    customer_id: int
    journey_id: int | None
    run_id: int | None
    step: str
    channel: str
    topic: str
    category: str
    priority: int
    verdict: str
    reason: str
    reasons: tuple[RuleSaw, ...]
    at: datetime
    hold_until: datetime | None
    message_key: UUID

    @property
    def settled_by(self) -> RuleSaw | None:
        """The rule that settled it; None when nothing forbade."""
        return next((seen for seen in self.reasons if seen.rule == self.reason), None)


@dataclass(frozen=True, slots=True)
class Page:
    """Decisions, latest first. `before` leads to the next page; None on the last."""

    rows: tuple[DecisionRow, ...]
    before: int | None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """Decisions of one local day; `customers` are those behind them."""

    day: date
    verdict: str
    reason: str
    decisions: int
    customers: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Messages to one customer whose latest verdict was no `send`, by reason; `waits`: the last hold among them."""

    reason: str
    messages: int
    last: datetime
    waits: datetime | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An audit: messages checked, how many breaches were found, and the first of them."""

    at: datetime
    since: datetime | None
    until: datetime
    checked: int
    found: int
    breaches: tuple[Mapping[str, object], ...]


def caps() -> tuple[CapRule, ...]:
    """All caps, the shortest window first."""
    return tuple(CapRule(*row) for row in _rows("caps"))


def quiet_hours() -> QuietHours:
    """The quiet hours. Raises NotFound before `services.set_up`."""
    found = _rows("quiet_hours")
    if not found:
        raise NotFound("Quiet hours are not set up yet")
    return QuietHours(*found[0])


def guards() -> Guards:
    """What marketing waits for beside caps and quiet hours; as the house came where nobody changed it."""
    found = _rows("guards")
    return Guards(**(json.loads(found[0][0]) if found else {}))


def lifts() -> Lifts:
    """What journeys were last proven to bring."""
    return lifts_of([Lift(*row) for row in _rows("lifts")])


def audits(*, limit: int = 1) -> list[AuditRow]:
    """The latest audits of restraint, the last one first."""
    return [
        AuditRow(at, since, until, checked, found, tuple(json.loads(breaches)))
        for at, since, until, checked, found, breaches in _rows("audits", limit=limit)
    ]


def breaches_since(moment: datetime) -> int:
    """Messages that audits since this moment named."""
    count: int = _rows("breaches_since", since=moment)[0][0]
    return count


def policy(*, fallback_zone: str) -> Policy:
    """The house's restraint now; `fallback_zone` is the company's."""
    return Policy(caps=caps(), quiet=quiet_hours(), fallback_zone=fallback_zone, guards=guards())


def pressure(customer_ids: Collection[int], *, since: datetime) -> dict[int, tuple[TouchSeen, ...]]:
    """The touches of each customer after `since`, earliest first; customers without any are left out."""
    touches: dict[int, list[TouchSeen]] = defaultdict(list)
    for customer_id, *seen in _rows("pressure", customers=list(customer_ids), since=since):
        touches[customer_id].append(TouchSeen(*seen))
    return {customer_id: tuple(found) for customer_id, found in touches.items()}


def stopped(customer_id: int, *, since: datetime) -> list[Stopped]:
    """Marketing that was considered for a customer since and is held or dropped, the most frequent reason first."""
    return [Stopped(*row) for row in _rows("stopped", customer=customer_id, since=since)]


def page(filters: Filters, *, before: int | None = None, limit: int = 50) -> Page:
    """Decisions that pass the filters."""
    return _page(_rows("page", **_asked(filters), before=before, limit=limit + 1), limit)


def settling(filters: Filters, side: str, *, before: int | None = None, limit: int = 50) -> Page:
    """Whom a number of `people` counts, each customer once, by the decision that he is counted by.

    `side` is one of `SIDES`; of the filters the period (needed), the journey and the reason count.
    """
    rows = _rows(
        "settling",
        since=filters.since,
        until=filters.until,
        journey=filters.journey_id,
        verdicts=list(SIDES[side]),
        reason=filters.reason,
        before=before,
        limit=limit + 1,
    )
    return _page(rows, limit)


def of_customer(customer_id: int, *, before: int | None = None, limit: int = 50) -> Page:
    """What was decided for a customer."""
    return page(Filters(customer_id=customer_id), before=before, limit=limit)


def decision(decision_id: int) -> DecisionRow:
    """One decision. Raises NotFound."""
    rows = _rows("one", id=decision_id)
    if not rows:
        raise NotFound(f"There is no decision {decision_id}")
    return as_decision(rows[0])


def of_message(message_key: UUID) -> list[DecisionRow]:
    """Every decision on one message, in order."""
    return [as_decision(row) for row in _rows("of_message", key=message_key)]


def reason_counts(filters: Filters, *, zone: str = "UTC") -> list[ReasonCount]:
    """Decisions that pass the filters, per day of that zone, verdict and reason."""
    return [ReasonCount(*row) for row in _rows("reason_counts", **_asked(filters), zone=zone)]


def customers_behind(filters: Filters) -> int:
    """How many customers the decisions that pass the filters are about."""
    count: int = _rows("customers", **_asked(filters))[0][0]
    return count


def people(*, since: datetime, until: datetime, journey_id: int | None = None) -> dict[tuple[str, str], int]:
    """(verdict, reason) -> customers. Each customer counts once: as sent if anything was sent to him, else by the
    latest thing that stopped it."""
    rows = _rows("people", since=since, until=until, journey=journey_id)
    return {(verdict, reason): count for verdict, reason, count in rows}


def pressure_histogram(*, since: datetime, until: datetime) -> dict[int, int]:
    """Touches -> customers who had that many; service messages and customers without any are not in it."""
    return dict(_rows("pressure_histogram", since=since, until=until))


def as_decision(row: tuple[Any, ...]) -> DecisionRow:
    """A row of the statements that select decisions."""
    values = list(row)
    values[_REASONS] = tuple(RuleSaw(**one) for one in json.loads(values[_REASONS]))
    return DecisionRow(*values)


def _asked(filters: Filters) -> dict[str, Any]:
    return {
        "verdict": filters.verdict,
        "reason": filters.reason,
        "journey": filters.journey_id,
        "channel": filters.channel,
        "customer": filters.customer_id,
        "since": filters.since,
        "until": filters.until,
    }


def _page(rows: list[tuple[Any, ...]], limit: int) -> Page:
    """One row more than is shown tells that there are earlier ones."""
    shown = tuple(as_decision(row) for row in rows[:limit])
    return Page(shown, before=shown[-1].id if len(rows) > limit else None)


def _rows(name: str, **params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_SQL[name], params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
