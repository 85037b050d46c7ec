"""What hangs on a segment, and the care that is taken of it."""

from datetime import UTC, datetime

import pytest

from tactful.flows import segment_care
from tactful.journeys import services as journeys
from tactful.kernel.errors import Conflict
from tactful.segments import queries, services

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
