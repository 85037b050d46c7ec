"""Members kept live and recounted, what an explanation says, and segments as they are written."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from tests.segments.segments_kit import TABLES, base_of, put

from tactful.kernel.errors import InvalidInput
from tactful.lake.services import flush, prepare
from tactful.segments import queries, services
from tactful.segments.domain.tree import parse
from tactful.segments.errors import SegmentChanged, SegmentUnknown, TableMissing
from tactful.segments.services import counting

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BASE = {
    "customers": [{"id": 1, "country": "DE"}, {"id": 2, "country": "FR"}, {"id": 3}, {"id": 4, "active": False}],
    "orders": [
        {"customer_id": 1, "completed_at": datetime(2026, 2, 20, 12), "revenue_minor": 12_345},  # noqa: DTZ001 -- UTC
        {"customer_id": 2, "completed_at": datetime(2026, 1, 20, 12), "revenue_minor": 100},  # noqa: DTZ001 -- UTC
    ],
    "events": [
        {"customer_id": 3, "name": "Viewed", "occurred_at": datetime(2026, 2, 28, 12)},  # noqa: DTZ001 -- UTC
    ],
}


def save(slug: str, rule: object, now: datetime = NOW) -> int:
    return services.save(slug=slug, name=slug.title(), definition=rule, goal="g", action="a", now=now)


def view(customer_id: int, at: datetime, name: str = "Viewed") -> None:
    put(base_of({"events": [{"customer_id": customer_id, "name": name, "occurred_at": at.replace(tzinfo=None)}]}))


def told(changes: Sequence[services.Change]) -> set[tuple[str, int, bool]]:
    return {(change.slug, change.customer_id, change.entered) for change in changes}


@pytest.fixture
def shop(db: None) -> None:
    put(base_of(BASE))
    save("germans", {"attribute": "country", "is": "DE"})
    save("viewers", {"event": "Viewed", "in_last_days": 7})
    save("quiet", {"event": "Viewed", "never": True})
    save("buyers", {"orders": "count", "at_least": 1})


@pytest.mark.usefixtures("shop")
def test_a_new_customer_is_held_against_every_segment() -> None:
    changes = services.refresh({1: {"Order Completed"}}, created=[1], tables=TABLES, now=NOW)
    assert told(changes) == {("germans", 1, True), ("quiet", 1, True), ("buyers", 1, True)}
    assert {member.slug for member in queries.of_customer(1)} == {"germans", "quiet", "buyers"}
    assert services.refresh({}, created=[1], tables=TABLES, now=NOW) == []


@pytest.mark.usefixtures("shop")
def test_only_segments_that_look_at_what_changed_are_asked() -> None:
    assert told(services.refresh({2: {"orders"}}, tables=TABLES, now=NOW)) == {("buyers", 2, True)}
    assert told(services.refresh({3: {"Viewed"}}, tables=TABLES, now=NOW)) == {("viewers", 3, True)}
    assert services.refresh({1: {"Page Viewed"}}, tables=TABLES, now=NOW) == []


@pytest.mark.usefixtures("shop")
def test_rows_of_the_running_transaction_count() -> None:
    services.refresh({}, created=[1, 2, 3], tables=TABLES, now=NOW)
    view(2, NOW)
    changes = services.refresh({2: {"Viewed"}}, tables=TABLES, now=NOW)
    assert told(changes) == {("viewers", 2, True), ("quiet", 2, False)}
    assert all(change.at == NOW for change in changes)
    assert queries.was_member("quiet", 2, at=NOW) is False
    assert queries.was_member("quiet", 2, at=NOW - DAY) is False


@pytest.mark.usefixtures("shop")
def test_an_erased_customer_leaves_everything() -> None:
    services.refresh({}, created=[1], tables=TABLES, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET erased_at = now() WHERE id = 1")
    changes = services.refresh({}, created=[1], tables=TABLES, now=NOW + DAY)
    assert told(changes) == {("germans", 1, False), ("quiet", 1, False), ("buyers", 1, False)}
    assert queries.was_member("germans", 1, at=NOW)
    assert not queries.was_member("germans", 1, at=NOW + DAY)


@pytest.mark.usefixtures("shop")
def test_the_memberships_of_merged_customers_move() -> None:
    services.refresh({}, created=[1, 3], tables=TABLES, now=NOW)
    services.move_customers([(3, 1)])
    assert queries.of_customers([3]) == {}
    assert "viewers" in {member.slug for member in queries.of_customer(1)}
    changes = services.refresh({}, created=[1, 3], tables=TABLES, now=NOW + DAY)
    # The events themselves were not moved here, so the joined record is held against its own only.
    assert ("viewers", 1, False) in told(changes)


@pytest.mark.usefixtures("shop")
def test_questions_have_one_answer_per_rule_and_subject() -> None:
    trees = [parse({"event": "Viewed"}), parse({"not": {"attribute": "country", "is": "DE"}})]
    asked = [(3, NOW), (3, NOW - 2 * DAY), (1, NOW), (4, NOW), (99, NOW)]
    assert services.evaluate(trees, asked, tables=TABLES) == [
        [True, False, False, False, False],
        [True, True, False, False, False],
    ]
    assert services.evaluate([], asked, tables=TABLES) == []
    assert services.evaluate(trees, [], tables=TABLES) == [[], []]


@pytest.mark.usefixtures("shop")
def test_a_table_that_was_forgotten_is_named() -> None:
    with pytest.raises(TableMissing, match="events"):
        services.evaluate([parse({"event": "Viewed"})], [(1, NOW)], tables=TABLES[:2])


@pytest.mark.usefixtures("shop")
def test_an_explanation_shows_the_values_along_the_rule() -> None:
    rule = {
        "all": [
            {"orders": "revenue", "at_least": 100},
            {"any": [{"orders": "days_since_last", "greater": 30}, {"not": {"event": "Viewed"}}]},
            {"attribute": "city", "is_not": "Bonn"},
        ]
    }
    said = services.explain(parse(rule), 1, now=NOW, tables=TABLES)
    assert (said["matches"], said["active"]) == (True, True)
    tree = said["tree"]
    assert isinstance(tree, dict)
    money, either, city = tree["nodes"]
    assert (money["value"], money["met"]) == (123.45, True)
    assert "spent at least 100" in money["reading"]
    assert [node["met"] for node in either["nodes"]] == [False, True]
    assert either["nodes"][0]["value"] == 9
    assert (city["value"], city["met"]) == (None, True)


@pytest.mark.usefixtures("shop")
def test_of_somebody_who_is_no_customer_nothing_is_known() -> None:
    said = services.explain("quiet", 4, now=NOW, tables=TABLES)
    assert (said["matches"], said["active"]) == (False, False)
    with pytest.raises(SegmentUnknown):
        services.explain("nonsense", 1, now=NOW, tables=TABLES)


@pytest.mark.usefixtures("shop")
def test_a_summary_counts_members_and_their_moves() -> None:
    services.refresh({}, created=[1, 2, 3], tables=TABLES, now=NOW)
    view(1, NOW + DAY)
    services.refresh({1: {"Viewed"}}, tables=TABLES, now=NOW + DAY)
    quiet = queries.summary("quiet", now=NOW + DAY)
    assert (quiet.size, quiet.entered_this_week, quiet.left_this_week) == (1, 2, 1)
    later = {each.segment.slug: each for each in queries.summaries(now=NOW + 9 * DAY)}
    assert (later["quiet"].entered_this_week, later["buyers"].size) == (0, 2)
    assert queries.member_page("buyers", limit=1) == [1]
    assert queries.member_page("buyers", after=1, limit=1) == [2]
    assert [move.entered for move in queries.moves("quiet", since=NOW - DAY)] == [False, True, True]


def test_a_segment_has_versions_and_the_last_one_is_not_overwritten_unseen(db: None) -> None:
    assert save("a", {"everyone": True}) == 1
    assert save("a", {"everyone": True}) == 1
    assert save("a", {"attribute": "country", "set": True}) == 2
    with pytest.raises(SegmentChanged):
        services.save(slug="a", name="A", definition={"everyone": True}, goal="", action="", now=NOW, version=1)
    services.archive("a", now=NOW)
    assert queries.segments() == []
    assert save("a", {"attribute": "country", "set": True}) == 3
    assert queries.segment("a").reading == "Customers whose country is set."


@pytest.mark.parametrize("slug", ["", "Ab", "a b", "-a", "ä", "a" * 70])
def test_a_short_name_is_plain(slug: str, db: None) -> None:
    with pytest.raises(InvalidInput):
        save(slug, {"everyone": True})


def test_ready_segments_say_what_for_and_what_to_do(db: None) -> None:
    assert len(services.ready()) >= 9
    assert all(each.goal and each.action and each.reading for each in services.ready())
    installed = services.install_ready(now=NOW)
    assert set(installed) == {each.slug for each in services.ready()}
    assert services.install_ready(["asleep"], now=NOW) == []
    with pytest.raises(SegmentUnknown, match="asleep"):
        services.install_ready(["nonsense"], now=NOW)


@pytest.mark.django_db(transaction=True)
def test_time_alone_moves_customers_and_a_recount_after_a_refresh_finds_nothing(tmp_path: Path) -> None:
    prepare(TABLES)
    put(base_of(BASE))
    save("viewers", {"event": "Viewed", "in_last_days": 7})
    save("asleep", {"orders": "days_since_last", "greater": 10})
    # The first count fills the segments without telling.
    assert services.recount(now=NOW, tables=TABLES, folder=tmp_path) == []
    assert (queries.member_ids("viewers"), queries.member_ids("asleep")) == ([3], [2])
    flush(TABLES, folder=tmp_path, now=NOW)
    with transaction.atomic():
        assert services.refresh({}, created=[1, 2, 3, 4], tables=TABLES, now=NOW) == []
    assert services.recount(now=NOW, tables=TABLES, folder=tmp_path) == []
    later = NOW + 10 * DAY
    heard: list[services.Change] = []
    changes = services.recount(now=later, tables=TABLES, folder=tmp_path, tell=heard.extend)
    assert told(changes) == told(heard) == {("viewers", 3, False), ("asleep", 1, True)}
    assert services.recount(now=later, tables=TABLES, folder=tmp_path) == []
    assert queries.summary("asleep", now=later).trend == ((NOW.date(), 1), (later.date(), 2))
    assert services.ids("asleep", at=later, tables=TABLES, folder=tmp_path) == [1, 2]
    assert services.ids("asleep", at=NOW, tables=TABLES, folder=tmp_path) == [2]
    assert services.count("viewers", at=NOW, tables=TABLES, folder=tmp_path) == 1


def looked_at(now: datetime) -> tuple[int, list[services.Change]]:
    """How many were due, and what looking at them changed."""
    due = services.take_due(now=now, limit=100)
    return len(due), services.refresh({}, created=due, tables=TABLES, now=now)


@pytest.mark.usefixtures("shop")
def test_a_window_that_closes_moves_a_customer_at_that_moment_and_reads_nobody_else() -> None:
    save("asleep", {"orders": "days_since_last", "greater": 10})
    services.refresh({}, created=[1, 2, 3, 4], tables=TABLES, now=NOW)
    closes = datetime(2026, 3, 3, 12, tzinfo=UTC)  # 1 has bought 11 days before
    assert looked_at(closes - timedelta(microseconds=1)) == (0, [])
    looked, changes = looked_at(closes)
    assert (looked, told(changes)) == (1, {("asleep", 1, True)})
    assert looked_at(closes) == (0, [])
    looked, changes = looked_at(NOW + 30 * DAY)
    assert (looked, told(changes)) == (1, {("viewers", 3, False)})


@pytest.mark.django_db(transaction=True)
def test_a_first_count_notes_when_to_look_again(tmp_path: Path) -> None:
    prepare(TABLES)
    put(base_of(BASE))
    save("asleep", {"orders": "days_since_last", "greater": 10})
    assert services.fill(now=NOW, tables=TABLES, folder=tmp_path) == ["asleep"]
    assert services.fill(now=NOW, tables=TABLES, folder=tmp_path) == []
    with transaction.atomic():
        looked, changes = looked_at(NOW + 2 * DAY)
    assert (looked, told(changes)) == (1, {("asleep", 1, True)})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("part", [1, 2, 3, 100])
def test_a_base_counted_in_parts_is_the_same_base(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_PART", part)
    prepare(TABLES)
    put(base_of(BASE))
    flush(TABLES, folder=tmp_path, now=NOW)
    put(base_of({"customers": [{"id": 9, "country": "DE"}]}))
    save("germans", {"attribute": "country", "is": "DE"})
    save("viewers", {"event": "Viewed", "in_last_days": 7})
    save("never", {"orders": "count", "at_most": 0})
    services.fill(now=NOW, tables=TABLES, folder=tmp_path)
    assert [queries.member_ids(slug) for slug in ("germans", "viewers", "never")] == [[1, 9], [3], [3, 9]]
    assert services.recount(now=NOW, tables=TABLES, folder=tmp_path) == []


@pytest.mark.django_db(transaction=True)
def test_a_recount_leaves_alone_whom_something_newer_happened_to(tmp_path: Path) -> None:
    prepare(TABLES)
    put(base_of(BASE))
    save("viewers", {"event": "Viewed", "in_last_days": 7})
    services.recount(now=NOW, tables=TABLES, folder=tmp_path)
    later = NOW + 10 * DAY
    view(3, later + timedelta(seconds=1))  # he came while the recount was counting
    assert services.recount(now=later, tables=TABLES, folder=tmp_path) == []
    assert queries.member_ids("viewers") == [3]


@pytest.mark.usefixtures("shop")
def test_archived_everybody_has_left_and_brought_back_they_enter_anew() -> None:
    services.refresh({}, created=[1, 2, 3], tables=TABLES, now=NOW)
    assert queries.was_member("germans", 1, at=NOW)
    services.archive("germans", now=NOW + DAY)
    assert queries.member_ids("germans") == []
    assert not queries.was_member("germans", 1, at=NOW + DAY)
    save("germans", {"attribute": "country", "is": "DE"}, now=NOW + 2 * DAY)
    assert not queries.was_member("germans", 1, at=NOW + 2 * DAY)
    services.refresh({}, created=[1, 2, 3], tables=TABLES, now=NOW + 3 * DAY)
    assert queries.was_member("germans", 1, at=NOW + 3 * DAY)
    assert queries.was_member("germans", 1, at=NOW)
