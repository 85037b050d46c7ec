"""What is counted of texts under test, on bases small enough to count by hand."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tests.analytics.base_kit import at, base_of

from tactful.analytics import trials
from tactful.experiments.domain.sequential import Sample
from tactful.experiments.domain.values import Arm, Design, Metric, Status
from tactful.experiments.domain.verdicts import Facts
from tactful.experiments.records import ExperimentFacts
from tactful.lake.engine import Reader

NOW = datetime(2026, 4, 1, tzinfo=UTC)
base = partial(base_of, trials.TABLES)
BOUGHT = Metric("event", timedelta(days=7), "Order Completed")


def trial(metric: Metric, stopped: dict[str, str] | None = None) -> ExperimentFacts:
    design = Design((Arm("a", "one", 0.5), Arm("b", "two", 0.5)), metric)
    return ExperimentFacts(
        1, 1, "letter", 1, 1, design, 0.05, Status.RUNNING, at("03-01"), None, "", "", stopped or {}, {}
    )


def got(customer: int, arm: str, **facts: Any) -> dict[str, Any]:
    return {"experiment_id": 1, "customer_id": customer, "arm": arm, "epoch": 0, "mixed": False,
            "message_key": f"m{customer}", **facts}  # fmt: skip


def sent(customer: int, day: str | None, **facts: Any) -> dict[str, Any]:
    return {"message_key": f"m{customer}", "customer_id": customer, "sent_at": day and at(day), **facts}


def people(*ids: int, **traits: Any) -> list[dict[str, Any]]:
    return [{"customer_id": each, "active": True, "is_test": False, **traits} for each in ids]


def bought(customer: int, day: str, margin: int, **facts: Any) -> dict[str, Any]:
    return {"customer_id": customer, "completed_at": at(day), "margin_minor": margin, "status": "completed",
            "currency": "EUR", "returned_margin_minor": 0, **facts}  # fmt: skip


def counted(reader: Reader, metric: Metric = BOUGHT) -> Facts:
    return trials.facts(reader, trial(metric), now=NOW, currency="EUR")


def test_customers_count_when_their_message_was_sent_and_their_window_is_over() -> None:
    rows = [got(1, "a"), got(2, "a"), got(3, "b"), got(4, "b"), got(5, "b", mixed=True), got(6, "a"), got(7, "a")]
    messages = [sent(1, "03-02"), sent(2, "03-28"), sent(3, "03-10"), sent(4, None), sent(5, "03-02"),
                sent(6, "03-02"), sent(7, "03-02")]  # fmt: skip
    known = people(1, 2, 3, 4, 5) + people(6, active=False) + people(7, is_test=True)
    with base(assignments=rows, deliveries=messages, customers=known) as reader:
        found = counted(reader)
    assert {arm: one.count for arm, one in found.samples.items()} == {"a": 1, "b": 1}
    assert found.epochs == [({"a": 2, "b": 1}, {"a": 0.5, "b": 0.5})]
    span = [moment and moment.day for moment in (found.counted_from, found.counted_to, found.sent_to)]
    assert span == [2, 10, 28]


def test_margin_is_that_of_the_window_net_of_returns_in_the_companys_currency() -> None:
    orders = [
        bought(1, "03-01", 900),  # before
        bought(1, "03-03", 400, returned_margin_minor=100),
        bought(1, "03-05", 50),
        bought(1, "03-20", 800),  # after the window
        bought(2, "03-03", 70, currency="USD"),
        bought(3, "03-03", 500, status="cancelled"),
    ]
    rows, messages = [got(n, "a") for n in (1, 2, 3)], [sent(n, "03-02") for n in (1, 2, 3)]
    with base(assignments=rows, deliveries=messages, customers=people(1, 2, 3), orders=orders) as reader:
        one = trial(Metric("margin", timedelta(days=7)))
        found = trials.facts(reader, one, now=NOW, currency="EUR")
        behind = trials.people(reader, one, arm="a", of="did", now=NOW, currency="EUR")
        closed = trials.people(reader, one, arm="a", of="counted", now=NOW, currency="EUR")
    assert found.samples["a"] == Sample(3, 350.0, 122_500.0, 1)
    assert found.samples["b"] == Sample(0, 0.0, 0.0, 0)
    assert (behind, closed) == ([1], [1, 2, 3])


@pytest.mark.parametrize(
    ("where", "hits"), [((), 2), (({"property": "plan", "operator": "in", "operand": ["gold"]},), 1)]
)
def test_an_event_counts_once_for_each_customer_and_by_its_properties(where: Any, hits: int) -> None:
    said = [
        {"customer_id": customer, "name": name, "occurred_at": at(day), "properties": f'{{"plan": "{plan}"}}'}
        for customer, name, day, plan in (
            (1, "Signed", "03-03", "gold"), (1, "Signed", "03-04", "gold"), (2, "Signed", "03-03", "tin"),
            (3, "Signed", "03-30", "gold"), (3, "Left", "03-03", "gold"),
        )
    ]  # fmt: skip
    rows, messages = [got(n, "b") for n in (1, 2, 3)], [sent(n, "03-02") for n in (1, 2, 3)]
    with base(assignments=rows, deliveries=messages, customers=people(1, 2, 3), events=said) as reader:
        found = counted(reader, Metric("event", timedelta(days=7), "Signed", where))
    assert found.samples["b"] == Sample.of_hits(3, hits)


def test_complaints_and_unsubscribes_count_for_three_days_after_sending() -> None:
    messages = [
        sent(1, "03-02", unsubscribed_at=at("03-03")),
        sent(2, "03-02", unsubscribed_at=at("03-09"), complained_at=at("03-02T01:00")),
        sent(3, "03-31", complained_at=at("03-31")),
    ]
    rows = [got(n, "a") for n in (1, 2, 3)]
    with base(assignments=rows, deliveries=messages, customers=people(1, 2, 3)) as reader:
        found = counted(reader)
    assert {guard: arms["a"] for guard, arms in found.guards.items()} == {
        "unsubscribes": Sample.of_hits(2, 1),
        "complaints": Sample.of_hits(2, 1),
    }
