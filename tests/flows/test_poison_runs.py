"""One customer's data never stops the others' journeys."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.conftest import Shop

from tactful.customers import queries as customers
from tactful.flows import react, steering
from tactful.journeys import queries as journeys
from tactful.journeys import services

PLAIN: dict[str, Any] = {
    "slug": "contract",
    "name": "Contract",
    "owner": "Sales",
    "failure_path": "Nothing",
    "category": "information",
    "topic": "tips",
    "entry": {"event": "Contract Signed"},
    "start": "pause",
    "steps": {
        "pause": {"type": "wait", "minutes": 1, "next": "until"},
        "until": {"type": "wait", "until": {"attribute": "renewal", "days": -30}, "next": "done"},
        "done": {"type": "exit"},
    },
}


@pytest.fixture
def signed(shop: Shop, outside_holdout: Callable[[], None]) -> Callable[..., None]:
    del outside_holdout

    def sign(user: str, renewal: str) -> None:
        services.activate(services.save(PLAIN, now=shop.now).slug, now=shop.now)
        shop.join(user, renewal=renewal)
        shop.track(user, "Contract Signed")
        shop.work()

    return sign


def run_of(user: str) -> Any:
    (run,) = [
        run for run in journeys.runs_of_customer(customers.internal_ids([user])[user]) if run.journey == "contract"
    ]
    return run


@pytest.mark.parametrize(
    ("date", "ends"),
    [("0001-01-01T00:00:00Z", True), ("9999-12-31", False), ("1850-05-05", True), ("2026-02-30", True)],
)
def test_dates_that_mean_none_are_long_ago_or_never(
    shop: Shop, signed: Callable[..., None], date: str, *, ends: bool
) -> None:
    signed("ann", date)
    shop.wait(timedelta(minutes=2))
    assert (run_of("ann").outcome == "finished") is ends


def test_a_run_that_fails_ends_with_its_error_and_holds_up_nobody(
    shop: Shop, signed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    signed("ann", "2026-03-01")
    signed("bob", "2026-03-01")
    ann = customers.internal_ids(["ann"])["ann"]
    moved = steering._move

    def trip(batch: Any) -> None:
        if any(run.customer_id == ann for run in batch.runs):
            raise OverflowError("date value out of range")
        moved(batch)

    monkeypatch.setattr(steering, "_move", trip)
    shop.clock.advance(timedelta(minutes=2))
    assert react.tick(now=shop.now) > 0
    assert run_of("ann").outcome == "failed:OverflowError"
    assert run_of("bob").outcome == "finished"
