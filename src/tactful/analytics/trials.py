"""What became of the texts under test, counted in the lake.

A customer counts once his message was sent and his window is over, by the arm that he drew (whatever came between).
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from tactful.catalog.lake import ORDERS
from tactful.customers.lake import CUSTOMERS
from tactful.delivery.lake import DELIVERIES
from tactful.events.lake import EVENTS
from tactful.experiments.domain.sequential import Sample
from tactful.experiments.domain.values import MARGIN, Metric
from tactful.experiments.domain.verdicts import Facts
from tactful.experiments.lake import ASSIGNMENTS
from tactful.experiments.records import ExperimentFacts
from tactful.journeys.domain.matching import PropertyTest, all_fit
from tactful.kernel.sql import statements
from tactful.lake.engine import Reader

TABLES = (ASSIGNMENTS, DELIVERIES, CUSTOMERS, ORDERS, EVENTS)
GUARD_DAYS = 3  # after sending, in which a complaint or an unsubscribe counts against the text
GUARDS = ("unsubscribes", "complaints")
_SQL = statements(Path(__file__).with_suffix(".sql"))


def facts(reader: Reader, one: ExperimentFacts, *, now: datetime, currency: str) -> Facts:
    """Everything that a verdict needs. Money in minor units of `currency`; orders in others are left out."""
    _prepare(reader, one, now)
    rows = reader.rows(_SQL["counts"])
    counted = dict.fromkeys(one.shares, 0)
    for arm, _, _, closed, *_ in rows:
        if arm in counted:
            counted[arm] += closed
    first, last, sent = ([moment.replace(tzinfo=UTC) for row in rows if (moment := row[at])] for at in (4, 5, 6))
    return Facts(
        samples=_samples(reader, one, counted, currency),
        guards=_guards(reader, one),
        epochs=[
            ({arm: sent for arm, epoch, sent, *_ in rows if epoch == number}, one.shares_in(number))
            for number in sorted({row[1] for row in rows})
        ],
        started_at=one.started_at,
        counted_from=min(first, default=None),
        counted_to=max(last, default=None),
        sent_to=max(sent, default=None),
        now=now,
    )


def people(reader: Reader, one: ExperimentFacts, *, arm: str, of: str, now: datetime, currency: str) -> list[int]:
    """The customers behind a number of an arm, ascending: sent, counted, or did (what the metric counts)."""
    _prepare(reader, one, now)
    if of != "did":
        rows = reader.rows(_SQL["people"], {"arm": arm, "closed": of == "counted"})
        return [customer for (customer,) in rows]
    return list(dict.fromkeys(customer for side, customer in _doers(reader, one, currency) if side == arm))


def _prepare(reader: Reader, one: ExperimentFacts, now: datetime) -> None:
    values = {
        "experiment": one.id,
        "now": now.astimezone(UTC).replace(tzinfo=None),
        "seconds": _seconds(one.design.metric),
        "guard_days": GUARD_DAYS,
    }
    reader.run(_SQL["sent"], values)


def _samples(reader: Reader, one: ExperimentFacts, counted: dict[str, int], currency: str) -> dict[str, Sample]:
    if one.design.metric.by == MARGIN:
        values = {"currency": currency, "seconds": _seconds(one.design.metric)}
        found = {arm: rest for arm, *rest in reader.rows(_SQL["margins"], values)}
        return {arm: Sample(count, *found.get(arm, (0.0, 0.0, 0))) for arm, count in counted.items()}
    did = list(dict.fromkeys(_doers(reader, one, currency)))
    return {arm: Sample.of_hits(count, sum(side == arm for side, _ in did)) for arm, count in counted.items()}


def _doers(reader: Reader, one: ExperimentFacts, currency: str) -> Iterator[tuple[str, int]]:
    """Arm and customer of everybody who did what the metric counts, once for each time."""
    metric = one.design.metric
    seconds = _seconds(metric)
    if metric.by == MARGIN:
        for arm, customer in reader.rows(_SQL["bought"], {"currency": currency, "seconds": seconds}):
            yield arm, customer
        return
    tests = [_test(**test) for test in metric.where]
    for arm, customer, properties in reader.rows(_SQL["did"], {"event": metric.event, "seconds": seconds}):
        if not tests or all_fit(tests, json.loads(properties or "{}")):
            yield arm, customer


def _test(property: str, operator: str, operand: object) -> PropertyTest:  # noqa: A002 -- the stored name
    return PropertyTest(property, operator, tuple(operand) if isinstance(operand, list) else operand)


def _guards(reader: Reader, one: ExperimentFacts) -> dict[str, dict[str, Sample]]:
    found = {arm: rest for arm, *rest in reader.rows(_SQL["guards"], {"guard_days": GUARD_DAYS})}
    return {
        guard: {arm: Sample.of_hits(rest[0], rest[at]) for arm in one.shares if (rest := found.get(arm, [0, 0, 0]))}
        for at, guard in enumerate(GUARDS, start=1)
    }


def _seconds(metric: Metric) -> int:
    return int(metric.within.total_seconds())
