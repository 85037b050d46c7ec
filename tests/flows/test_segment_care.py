"""What hangs on a segment, and the care that is taken of it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tactful.customers import queries as customers
from tactful.events import services as events
from tactful.flows import nightly, react, segment_care
from tactful.flows.tables import TABLES
from tactful.journeys import services as journeys
from tactful.kernel.errors import Conflict
from tactful.lake.services import prepare
from tactful.segments import queries, services
from tactful.segments.domain.tree import parse

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_a_segment_that_a_running_journey_begins_with_is_not_archived() -> None:
    services.install_ready(now=NOW)
    journeys.install_ready(now=NOW)
    asking = {slug for slug, count in segment_care.uses().items() if count}
    assert asking, "no ready journey begins with a segment any more: choose another way to show this"
    for journey in ("after-first-purchase", "reactivation-by-hypothesis"):
        journeys.activate(journey, now=NOW)
    for slug in asking:
        with pytest.raises(Conflict, match="needs this segment"):
            segment_care.archive(slug, now=NOW)
    free = next(row.slug for row in queries.segments() if row.slug not in asking)
    segment_care.archive(free, now=NOW)
    assert free not in {row.slug for row in queries.segments()}


@pytest.mark.django_db(transaction=True)
def test_a_rank_that_only_a_journey_asks_for_is_cut_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "FOLDER", tmp_path)
    rule = {"percentile": {"orders": "revenue"}, "greater": 50}
    for number, revenue in enumerate((10, 20)):
        bought = {
            "type": "track", "event": "Order Completed", "messageId": f"m{number}", "userId": f"u{number}",
            "timestamp": NOW.isoformat(),
            "properties": {"order_id": f"o{number}", "currency": "EUR", "revenue": revenue},
        }  # fmt: skip
        events.append([("api:shop", False, json.dumps(bought))], now=NOW)
    while react.react(now=NOW):
        pass
    prepare(TABLES)
    first, second = (customers.internal_ids(["u0", "u1"])[name] for name in ("u0", "u1"))
    asked = [(first, NOW), (second, NOW)]

    def rich() -> list[bool]:
        return services.evaluate([parse(rule)], asked, tables=TABLES)[0]

    assert rich() == [False, False]
    monkeypatch.setattr(segment_care, "asked_by_journeys", lambda: [parse(rule)])
    nightly.fill_segments(NOW)
    assert rich() == [False, True]
