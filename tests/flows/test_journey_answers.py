"""What the guide to journeys answers about awkward moments; and that each answer has a test."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.flows.conftest import Shop

from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.flows import calendar as reading
from tactful.flows import react
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.journeys.domain.calendar import Recurring, occurrences
from tactful.journeys.domain.lint import RULES

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "journeys.md"
DAY = timedelta(days=1)
OutsideHoldout = Callable[[], None]


def outcome_of(shop: Shop, user: str) -> str | None:
    runs = journeys.runs_of_customer(customers.internal_ids([user])[user])
    return next(run.outcome for run in runs if run.journey == "after-first-purchase")


def test_a_text_that_is_gone_drops_the_message_with_that_reason_and_the_run_goes_on(
    shop: Shop, outside_holdout: OutsideHoldout
) -> None:
    source = journeys.journey("after-first-purchase").summary.source
    gone = source["steps"] | {"thank-you": source["steps"]["thank-you"] | {"template": "gone"}}
    services.save(source | {"steps": gone}, now=shop.now)
    shop.join("ann")
    shop.buy("ann")
    shop.work()
    shop.wait(DAY)
    ann = customers.internal_ids(["ann"])["ann"]
    (decision,) = decisions.of_customer(ann).rows
    assert decision.verdict == "drop"
    assert any("no template gone" in str(dict(seen.saw)) for seen in decision.reasons)
    (run,) = [run for run in journeys.runs_of_customer(ann) if run.journey == "after-first-purchase"]
    assert (run.step, run.ended_at) == ("first-days", None)


def test_the_runs_of_who_is_erased_end_at_once(shop: Shop, outside_holdout: OutsideHoldout) -> None:
    for user, order in (("ann", "o1"), ("bob", "o2")):
        shop.join(user)
        shop.buy(user, order)
    shop.work()
    assert services.forget([customers.internal_ids(["ann"])["ann"]], now=shop.now) == 1
    assert outcome_of(shop, "ann") == services.ERASED
    assert outcome_of(shop, "bob") is None


def test_a_clock_that_goes_back_lets_nobody_in_twice_and_does_nothing_early(
    shop: Shop, outside_holdout: OutsideHoldout
) -> None:
    source = journeys.journey("after-first-purchase").summary.source
    daily = {"slug": "daily", "entry": {"schedule": {"at": "18:00", "zone": "company"}}, "reentry": "any_time"}
    services.save(source | daily, now=shop.now)
    services.activate("daily", now=shop.now)
    shop.join("ann")
    shop.buy("ann")
    shop.work()
    shop.clock.advance(DAY / 2)
    assert reading.read(shop.now) == 1
    shop.work()
    before = shop.now - DAY / 4
    assert reading.read(before) == 0
    while react.tick(now=before):
        pass
    assert reading.read(shop.now) == 0
    ann = customers.internal_ids(["ann"])["ann"]
    assert decisions.of_customer(ann).rows == ()
    assert sorted(run.journey for run in journeys.runs_of_customer(ann)) == ["after-first-purchase", "daily"]


def test_a_time_that_comes_twice_when_clocks_go_back_is_used_once() -> None:
    night = datetime(2026, 10, 25, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    rule = Recurring(at=datetime(2026, 1, 1, 2, 30, tzinfo=UTC).time())
    assert occurrences(rule, berlin, after=night - DAY / 4, until=night + DAY / 4) == [
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    ]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(test_\w+)`", GUIDE.read_text(encoding="utf-8")))))
def test_each_test_that_the_guide_names_exists(name: str) -> None:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert any(f"def {name}(" in text for text in texts)


def test_the_guide_explains_every_rule_of_lint() -> None:
    listed = re.findall(r"^\| `(\w+)` \| (must|should) \|", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(listed) == {name: str(severity) for name, (severity, _) in RULES.items()}
