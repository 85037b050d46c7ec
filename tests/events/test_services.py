import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.events.test_parse import payloads

from tactful.events import queries, services
from tactful.events.domain.parse import locate, to_stored

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def track(number: int, **fields: Any) -> str:
    body = {"type": "track", "event": "Product Viewed", "userId": "u1", "messageId": f"m{number}"}
    return json.dumps({**body, **fields})


def put(*bodies: str, source: str = "api:shop") -> None:
    services.append([(source, False, body) for body in bodies], now=NOW)


def work_in(customer_id: int | None = 1) -> list[int]:
    parsed = services.accept(services.take(1000), now=NOW)
    ids = services.new_ids(len(parsed))
    rows = [
        locate(event, customer_id=customer_id, event_id=number) for event, number in zip(parsed, ids, strict=True)
    ]
    services.store([to_stored(row) for row in rows])
    return ids


def test_payloads_leave_the_inbox_in_the_order_they_came() -> None:
    put(*[track(number) for number in range(20)])
    assert queries.waiting() == 20
    first, rest = services.take(7), services.take(100)
    assert [json.loads(row.payload)["messageId"] for row in first + rest] == [f"m{number}" for number in range(20)]
    assert first[0].received_at == NOW
    assert queries.waiting() == 0


@pytest.mark.parametrize(
    "text", ['{"a": "tab\\t, line\\n, slash\\\\ and \\\\N"}', "\t\n\r\\N \\.", "é 漢 \U0001f375", ""]
)
def test_a_payload_comes_out_of_the_inbox_as_it_went_in(text: str) -> None:
    put(text, source="import:new\tfile.csv")
    [taken] = services.take(10)
    assert (taken.payload, taken.source) == (text, "import:new\tfile.csv")


@pytest.mark.parametrize("text", ["nul \x00", "lone \ud800 surrogate"])
def test_what_postgresql_cannot_hold_is_replaced_and_kept(text: str) -> None:
    put(text)
    assert "\ufffd" in services.take(1)[0].payload


def test_a_repeat_is_dropped_within_a_batch_and_against_the_log() -> None:
    put(track(1), track(1), track(2))
    assert len(work_in()) == 2
    put(track(2), track(3))
    assert len(work_in()) == 1


def test_what_is_no_event_is_kept_with_its_reason_and_the_rest_goes_on() -> None:
    put(track(1), "{", track(2))
    assert len(work_in()) == 2
    [row] = queries.rejected()
    assert (row.stage, row.source, row.payload) == ("validate", "api:shop", "{")
    assert "JSON" in row.reason


def test_an_event_that_could_not_be_worked_in_is_set_aside() -> None:
    put(track(1))
    services.set_aside(services.take(1), reason="ValueError: no\x00", now=NOW)
    assert [row.stage for row in queries.rejected(stage="react")] == ["react"]
    assert queries.rejected(stage="validate") == []
    assert queries.rejected_count() == 1


def test_rejected_payloads_are_paged_latest_first() -> None:
    put(*"abcde")
    work_in()
    first = queries.rejected(limit=2)
    assert [row.payload for row in first] == ["e", "d"]
    assert [row.payload for row in queries.rejected(before=first[-1].id)] == ["c", "b", "a"]


def test_ids_ascend_with_the_order_of_events() -> None:
    put(*[track(number) for number in range(5)])
    ids = work_in()
    assert ids == sorted(ids)
    assert [row.id for row in queries.timeline(1)] == ids[::-1]


def test_an_event_comes_back_from_the_log_as_it_was() -> None:
    properties = {"text": 'tab\t "quote" \\ back\nline', "unicode": "漢\u2028", "n": 12.5, "deep": [{"a": None}]}
    put(track(1, event="Odd\tName\\", properties=properties, context={"ip": "10.0.0.1"}, timestamp="2026-02-01"))
    [number] = work_in(customer_id=3)
    found = queries.event(number)
    assert found is not None
    assert (found.name, found.properties, found.context) == ("Odd\tName\\", properties, {"ip": "10.0.0.1"})
    assert (found.customer_id, found.occurred_at) == (3, datetime(2026, 2, 1, tzinfo=UTC))


def test_an_event_of_nobody_is_kept_too() -> None:
    put(track(1))
    [number] = work_in(customer_id=None)
    found = queries.event(number)
    assert found is not None
    assert found.customer_id is None


def test_a_timeline_is_paged_by_moment_and_number_and_can_be_narrowed() -> None:
    moment = (NOW - timedelta(days=1)).isoformat()
    put(*[track(number, timestamp=moment, event="A" if number % 2 else "B") for number in range(6)])
    ids = work_in()
    first = queries.timeline(1, limit=4)
    rest = queries.timeline(1, before=first[-1].cursor, limit=4)
    assert [row.id for row in first + rest] == ids[::-1]
    assert {row.name for row in queries.timeline(1, names=["A"])} == {"A"}


def test_the_catalogue_knows_what_arrives_how_often_and_when_last() -> None:
    old = (NOW - timedelta(days=60)).isoformat()
    put(track(1, event="Old", timestamp=old), track(2, event="New", properties={"v": 1}), track(3, event="New"))
    work_in()
    rows = {row.name: row for row in queries.catalogue(now=NOW)}
    assert (rows["Old"].count, rows["New"].count) == (0, 2)
    assert rows["New"].last_at == NOW
    assert list(rows) == ["New", "Old"]


def test_an_empty_log_has_an_empty_catalogue() -> None:
    assert queries.catalogue(now=NOW) == []


def test_the_past_follows_a_merge_and_can_be_given_back() -> None:
    put(track(1), track(2))
    ids = work_in(customer_id=1)
    put(track(3))
    [own] = work_in(customer_id=2)
    moved = services.move_customers([(1, 2)])
    assert moved == {1: ids}
    assert [row.id for row in queries.timeline(2)] == [own, *ids[::-1]]
    services.give_back(moved[1], customer_id=1)
    assert [row.id for row in queries.timeline(2)] == [own]


def test_the_engine_is_woken_once_per_append() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {services.CHANNEL}")
    assert services.append([], now=NOW) == 0
    assert services.append([("staff", True, "{}")], now=NOW) == 1
    assert services.take(1)[0].historical


@given(st.lists(payloads, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_payload_ends_accepted_repeated_or_rejected(bodies: list[str]) -> None:
    before = queries.rejected_count()
    put(*bodies)
    taken = services.take(1000)
    parsed = services.accept(taken, now=NOW)
    ids = services.new_ids(len(parsed))
    rows = [locate(event, customer_id=1, event_id=number) for event, number in zip(parsed, ids, strict=True)]
    services.store([to_stored(row) for row in rows])
    rejected = queries.rejected_count() - before
    assert len(parsed) + rejected <= len(taken) == len(bodies)
    assert services.accept(taken, now=NOW) == []  # all of it is known now, or refused again
    assert queries.rejected_count() - before == 2 * rejected
