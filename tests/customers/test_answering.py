"""The hours in which a person answers, by his own clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tactful.customers.domain.answering import BestHours, best_hours

BERLIN = ZoneInfo("Europe/Berlin")
MIDNIGHT = datetime(2026, 3, 2, tzinfo=BERLIN)


def at(*hours: int) -> list[datetime]:
    """Answers at these hours in Berlin, each on a day of its own."""
    moments = [MIDNIGHT + timedelta(days=day, hours=hour, minutes=59) for day, hour in enumerate(hours)]
    return [moment.astimezone(UTC) for moment in moments]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ((), None),
        ((9, 9, 9, 9), None),
        ((9, 9, 9, 9, 9), BestHours(7, 5, 5)),
        ((9, 10, 11, 20, 3), BestHours(9, 3, 5)),
        ((22, 23, 0, 0, 12, 15), BestHours(22, 4, 6)),
        ((8, 8, 20, 20, 14), BestHours(6, 2, 5)),
        ((1, 4, 7, 10, 13, 16, 19, 22), BestHours(None, 1, 8)),
    ],
)
def test_the_three_hours_with_most_answers_are_named(hours: tuple[int, ...], expected: BestHours | None) -> None:
    assert best_hours(at(*hours), BERLIN) == expected


def test_the_hours_are_those_of_his_own_day() -> None:
    found = best_hours(at(9, 10, 11, 9, 10), ZoneInfo("Asia/Tokyo"))
    assert found
    assert (found.start, found.end) == (17, 20)


def test_summer_time_moves_with_him() -> None:
    winter = [datetime(2026, 1, day, 9, 30, tzinfo=BERLIN) for day in range(1, 4)]
    summer = [datetime(2026, 7, day, 9, 30, tzinfo=BERLIN) for day in range(1, 4)]
    assert best_hours(winter + summer, BERLIN) == BestHours(7, 6, 6)


def test_hours_around_midnight_end_on_the_next_day() -> None:
    assert BestHours(22, 4, 6).end == 1
