"""Marketing held for a customer: said at the one door, over by itself, let go on, and what a merge makes of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from tactful.events.domain.parse import Located, locate, parse
from tactful.kernel.errors import InvalidInput
from tactful.sales import queries, services
from tactful.sales.domain.holding import HELD, RESUMED, Hold, later, read, stricter

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def days(number: float) -> datetime:
    return NOON + timedelta(days=number)


def hold(until: float | None, *, said: float = 0) -> Hold:
    return Hold(None if until is None else days(until), "", "", days(said))


SHORT, LONG, OVER = hold(1), hold(9), hold(None)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (None, SHORT, SHORT),
        (None, OVER, OVER),
        (SHORT, LONG, LONG),
        (LONG, SHORT, LONG),
        (OVER, SHORT, SHORT),
        (SHORT, OVER, SHORT),
        (OVER, hold(None, said=1), hold(None, said=1)),
    ],
)
def test_of_two_records_the_longer_hold_counts(one: Hold | None, other: Hold, expected: Hold) -> None:
    assert stricter(one, other) == expected


def test_the_later_word_counts() -> None:
    assert later(None, SHORT) == SHORT
    assert later(hold(9, said=2), hold(1, said=1)) == hold(9, said=2)
    assert later(LONG, OVER) == OVER


def test_a_hold_is_over_at_its_moment() -> None:
    assert SHORT.holds(days(0.9))
    assert not SHORT.holds(days(1))
    assert not OVER.holds(NOON)


def test_a_hold_says_until_when() -> None:
    assert read(HELD, {"until": days(1).isoformat(), "reason": " why ", "by": 7}, at=NOON).reason == "why"
    for said in ({}, {"until": 5}, {"until": "soon"}):
        with pytest.raises(InvalidInput):
            read(HELD, said, at=NOON)


def event(name: str, customer_id: int | None = 1, *, at: datetime = NOON, **properties: Any) -> Located:
    payload = {"type": "track", "event": name, "messageId": "m", "userId": "u", "timestamp": at.isoformat()}
    text = msgspec.json.encode({**payload, "properties": properties})
    return locate(parse(text, source="staff", received_at=days(30)), customer_id=customer_id, event_id=1)


def held(until: float, customer_id: int | None = 1, *, at: float = 0) -> Located:
    said = {"until": days(until).isoformat(), "reason": "talks", "by": "max@example.com"}
    return event(HELD, customer_id, at=days(at), **said)


@pytest.mark.django_db
class TestKept:
    def test_marketing_waits_by_an_event_and_goes_on_by_another(self) -> None:
        services.project([held(7), held(7)], now=NOON)
        assert queries.holds([1, 2]) == {1: Hold(days(7), "talks", "max@example.com", NOON)}
        services.project([event(RESUMED, at=days(1), by="eva@example.com")], now=NOON)
        assert queries.holds([1]) == {1: Hold(None, "", "eva@example.com", days(1))}

    def test_an_older_word_that_comes_late_changes_nothing(self) -> None:
        services.project([event(RESUMED, at=days(2)), held(7, at=1)], now=NOON)
        services.project([held(9, at=1)], now=NOON)
        assert queries.holds([1])[1].until is None

    def test_what_cannot_be_read_is_told_and_disturbs_nothing(self) -> None:
        found = services.project([event(HELD, until="soon"), held(3, 2), held(3, None)], now=NOON)
        assert [reason for _, reason in found.problems] == [
            "'soon' is not a moment; write it like 2026-03-01T09:30:00Z"
        ]
        assert set(queries.holds([1, 2])) == {2}

    def test_a_hold_follows_a_merge_and_goes_back(self) -> None:
        services.project([held(7, 1), held(3, 2)], now=NOON)
        moved = msgspec.json.decode(msgspec.json.encode(services.move_holds([(1, 2)])))
        assert queries.holds([2])[2].until == days(7)
        services.give_back_holds(moved["1"], into_id=2)
        assert queries.holds([1])[1].until == days(7)
        assert queries.holds([2])[2].until == days(3)

    def test_a_merge_brings_a_hold_to_who_had_none_and_takes_it_away_again(self) -> None:
        services.project([held(7, 1)], now=NOON)
        moved = msgspec.json.decode(msgspec.json.encode(services.move_holds([(1, 2)])))
        services.give_back_holds(moved["1"], into_id=2)
        assert queries.holds([2])[2].until is None

    def test_a_word_said_after_the_merge_stays(self) -> None:
        services.project([held(7, 1)], now=NOON)
        moved = msgspec.json.decode(msgspec.json.encode(services.move_holds([(1, 2)])))
        services.project([held(20, 2, at=1)], now=NOON)
        services.give_back_holds(moved["1"], into_id=2)
        assert queries.holds([2])[2].until == days(20)

    def test_a_shorter_hold_moves_nothing(self) -> None:
        services.project([held(3, 1), held(7, 2)], now=NOON)
        assert services.move_holds([(1, 2), (3, 2)]) == {}
        assert services.move_holds([]) == {}
