"""Journeys that were measured go first among equals, and each decision says what it expected."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from tests.flows.conftest import Shop

from tactful.analytics import uplift
from tactful.analytics.domain.welch import Group, difference
from tactful.analytics.uplift import Uplift
from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.decisions import services
from tactful.decisions.domain.expected import Lift
from tactful.flows import expecting
from tactful.journeys import queries as journeys

pytestmark = pytest.mark.usefixtures("outside_holdout")
SIDES = {
    1: (Group(400, 900.0, 90_000.0), Group(400, 600.0, 90_000.0)),
    2: (Group(400, 610.0, 90_000.0), Group(400, 600.0, 90_000.0)),
    3: (Group(9, 900.0, 90_000.0), Group(9, 100.0, 90_000.0)),
}


def test_only_what_is_no_chance_is_kept_and_what_is_proven_no_more_is_forgotten(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {number: Uplift(*sides, difference(*sides), 0) for number, sides in SIDES.items()}
    monkeypatch.setattr(uplift, "uplifts", lambda *_args, **_more: found)
    monkeypatch.setattr(expecting, "reading", _nothing_to_read)
    services.save_lifts([Lift(7, 10, 10)], now=shop.now)
    assert expecting.measure(shop.now) == 1
    kept = decisions.lifts()
    assert (kept.by_journey, kept.share) == ({1: 300}, 0.5)


@contextmanager
def _nothing_to_read(*_args: Any, **_more: Any) -> Iterator[None]:
    yield None


def test_a_decision_says_what_was_expected_of_its_message_and_by_what(shop: Shop) -> None:
    (number,) = [row.id for row in journeys.journeys() if row.slug == "after-first-purchase"]
    shop.join("ada")
    shop.join("bob")
    shop.buy("ada", order="one")
    shop.work()
    shop.wait(timedelta(days=1, minutes=1))
    assert _seen("ada") == (round(1200 * 30 / 365 * 0.05), "usual")
    services.save_lifts([Lift(number, 77, 100)], now=shop.now)
    shop.buy("bob", order="two")
    shop.work()
    shop.wait(timedelta(days=1, minutes=1))
    assert _seen("bob") == (77, "uplift")


def _seen(user: str) -> tuple[object, object]:
    (number,) = customers.internal_ids([user]).values()
    last = decisions.of_customer(number).rows[0]
    (seen,) = [one.saw for one in last.reasons if one.rule == "arbitration"]
    return seen["expected_minor"], seen["expected_by"]
