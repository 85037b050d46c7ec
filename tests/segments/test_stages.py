"""Stages of the lifecycle as people change them: rule, order, one more, one less."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.segments.segments_kit import base_of, put

from tactful.flows.tables import TABLES
from tactful.kernel.errors import Conflict
from tactful.lake.services import prepare
from tactful.segments import queries, services
from tactful.segments.errors import SegmentUnknown
from tactful.segments.services import editing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SPAN = {"since": NOW - timedelta(days=1), "until": NOW + timedelta(days=7)}
EUROPE = {"attribute": "country", "in": ["DE", "FR"]}
pytestmark = pytest.mark.django_db(transaction=True)


def stage(slug: str, rule: object, name: str = "", now: datetime = NOW) -> int:
    return services.save_stage(slug=slug, name=name or slug, definition=rule, goal="g", action="a", now=now)


def fill(folder: Path, now: datetime = NOW) -> list[str]:
    return services.fill(now=now, tables=TABLES, folder=folder)


def sizes() -> dict[str, int]:
    return {row.slug: len(queries.member_ids(row.slug)) for row in queries.stages()}


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Path:
    prepare(TABLES)
    put(base_of({"customers": [{"id": 1, "country": "DE"}, {"id": 2, "country": "FR"}, {"id": 3}, {"id": 4}]}))
    stage("german", {"attribute": "country", "is": "DE"})
    stage("european", EUROPE)
    stage("rest", {"everyone": True})
    fill(tmp_path)
    return tmp_path


def test_a_new_stage_is_the_last_and_takes_nobody_until_it_moves_up(house: Path) -> None:
    stage("french", {"attribute": "country", "is": "FR"})
    fill(house)
    assert sizes() == {"german": 1, "european": 1, "rest": 2, "french": 0}
    services.move_stage("french", up=True)
    services.move_stage("french", up=True)
    assert [row.slug for row in queries.stages()] == ["german", "french", "european", "rest"]
    assert all(row.counted_at is None for row in queries.stages())
    fill(house, LATER)
    assert sizes() == {"german": 1, "french": 1, "european": 0, "rest": 2}
    assert queries.stages_of([2, 99])[2].slug == "french"


def test_the_first_stays_first_and_the_last_last(house: Path) -> None:
    services.move_stage("german", up=True)
    services.move_stage("rest", up=False)
    assert [row.slug for row in queries.stages()] == ["german", "european", "rest"]
    assert all(row.counted_at for row in queries.stages())


def test_a_changed_rule_recounts_all_stages_and_changed_words_none(house: Path) -> None:
    assert stage("german", {"attribute": "country", "is": "DE"}, "Germans") == 2
    assert all(row.counted_at for row in queries.stages())
    assert stage("german", EUROPE, "Germans") == 3
    assert all(row.counted_at is None for row in queries.stages())
    fill(house, LATER)
    assert sizes() == {"german": 2, "european": 0, "rest": 2}
    assert [one.number for one in editing.versions("german")] == [3, 2, 1]


def test_whoever_names_a_stage_is_counted_again_with_it(house: Path) -> None:
    services.save(slug="in-rest", name="R", definition={"stage": "rest"}, goal="g", action="a", now=NOW)
    services.save(slug="known", name="K", definition=EUROPE, goal="g", action="a", now=NOW)
    fill(house)
    services.move_stage("rest", up=True)
    fill(house, LATER)
    services.move_stage("rest", up=True)
    assert queries.segment("in-rest").counted_at is None
    assert queries.segment("known").counted_at is not None
    fill(house, LATER)
    assert len(queries.member_ids("in-rest")) == 4


def test_a_stage_that_moves_during_a_count_waits_for_its_own(house: Path) -> None:
    put(base_of({"customers": [{"id": 9, "country": "DE"}]}))
    services.recount(
        now=NOW, tables=TABLES, folder=house, tell=lambda _changes: services.move_stage("european", up=True)
    )
    assert queries.segment("european").counted_at is None
    assert set(fill(house, LATER)) == {"german", "european", "rest"}
    assert sizes() == {"european": 3, "german": 0, "rest": 2}


def test_a_removal_says_where_its_customers_go_and_they_go_there(house: Path) -> None:
    told = services.removal("german", at=NOW, tables=TABLES, folder=house)
    assert (told.customers, [(row.slug, len(ids)) for row, ids in told.goes], len(told.nowhere)) == (
        1,
        [("european", 1)],
        0,
    )
    services.remove_stage("german", now=LATER)
    fill(house, LATER)
    assert sizes() == {"european": 2, "rest": 2}
    assert len(services.removal("rest", at=LATER, tables=TABLES, folder=house).nowhere) == 2


def test_a_stage_that_is_needed_stays(house: Path) -> None:
    services.save(slug="in-rest", name="R", definition={"stage": "rest"}, goal="g", action="a", now=NOW)
    with pytest.raises(Conflict):
        services.remove_stage("rest", now=NOW)
    services.remove_stage("german", now=NOW)
    services.archive("in-rest", now=NOW)
    services.remove_stage("rest", now=NOW)
    with pytest.raises(Conflict):
        services.remove_stage("european", now=NOW)
    with pytest.raises(SegmentUnknown):
        services.remove_stage("unknown", now=NOW)


def test_a_segment_does_not_become_a_stage_by_its_name(house: Path) -> None:
    services.save(slug="known", name="K", definition=EUROPE, goal="g", action="a", now=NOW)
    with pytest.raises(Conflict):
        stage("known", EUROPE)


def test_who_passed_a_stage_is_counted_once_and_can_be_listed(house: Path) -> None:
    assert services.passed(**SPAN)["european"] == (1, 0)
    services.move_stage("european", up=True)
    fill(house, LATER)
    assert services.passed(**SPAN) == {"european": (2, 0), "german": (1, 1), "rest": (2, 0)}
    assert services.passed_ids("european", entered=True, **SPAN) == [1, 2]
    assert services.passed_ids("german", entered=False, **SPAN) == [1]
    assert services.flowed(source="german", target="european", **SPAN) == [1]
