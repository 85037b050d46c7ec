"""Dates that events tell: which of their properties are some, and whose word counts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.kernel.dates import Told, later, told_in

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-03-05", "2026-03-05"),
        ("2026-03-05T23:30:00+09:00", "2026-03-05"),
        ("2028-02-29", "2028-02-29"),
        ("2026-02-29", None),
        ("0001-01-01", None),
        ("9999-12-31", None),
        ("20260305", None),
        ("2026-W10-4", None),
        (20260305, None),
        ("", None),
        (None, None),
        ({"day": "2026-03-05"}, None),
    ],
)
def test_a_date_is_written_as_one(value: object, day: str | None) -> None:
    found = told_in({"x": value}, at=NOON)
    assert found == ({"x": (day, "2026-03-01T12:00:00.000000+00:00")} if day else {})


def test_an_event_tells_no_more_dates_than_somebody_means() -> None:
    many = {f"d{number}": "2026-03-05" for number in range(500)}
    assert len(told_in({"x" * 101: "2026-03-05"} | many, at=NOON)) == 20


_WORDS = st.dictionaries(
    st.sampled_from("ab"),
    st.tuples(
        st.sampled_from(["2026-03-05", "2026-03-06"]),
        st.integers(0, 3).map(lambda hours: (NOON + timedelta(hours=hours)).isoformat(timespec="microseconds")),
    ),
)


@given(_WORDS, _WORDS, _WORDS)
def test_the_order_in_which_words_come_does_not_matter(one: Told, two: Told, three: Told) -> None:
    assert later(later(one, two), three) == later(three, later(two, one)) == later(later(three, one), two)
