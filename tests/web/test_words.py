"""Numbers, money and moments as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tactful.web import words

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (1204, "1\u202f204"), (-3, "\u22123"), (None, "–"), (1234567, "1\u202f234\u202f567")],  # noqa: RUF001 -- the dash is what is shown
)
def test_thousands_are_set_apart_by_thin_spaces(value: int | None, said: str) -> None:
    assert words.number(value) == said


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (1250, "EUR", "12.50\u00a0EUR"),
        (99900, "EUR", "999\u00a0EUR"),
        (1234567, "EUR", "12\u202f346\u00a0EUR"),
        (500, "JPY", "500\u00a0JPY"),
        (-1250, "EUR", "\u221212.50\u00a0EUR"),
    ],
)
def test_money_has_its_currency_and_no_false_digits(minor: int, currency: str, said: str) -> None:
    assert words.money(minor, currency) == said


def test_an_invoice_is_exact_to_the_cent() -> None:
    assert words.exact_money(1234567, "EUR") == "12\u202f345.67\u00a0EUR"


@pytest.mark.parametrize(
    ("part", "said"), [(0.184, "18\u00a0%"), (0.0184, "1.8\u00a0%"), (0.0018, "0.18\u00a0%"), (0, "0\u00a0%")]
)
def test_small_shares_keep_the_digits_that_tell_something(part: float, said: str) -> None:
    assert words.share(part) == said


def test_a_share_says_of_what() -> None:
    assert words.share_of(742, 4120) == "18\u00a0% of 4\u202f120"
    assert words.share_of(0, 0) == "of 0"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-3), "3 minutes ago"),
        (timedelta(hours=-1), "1 hour ago"),
        (timedelta(days=-2), "2 days ago"),
        (timedelta(days=-70), "2 months ago"),
        (timedelta(days=-800), "2 years ago"),
        (timedelta(hours=5), "in 5 hours"),
    ],
)
def test_time_is_relative(span: timedelta, said: str) -> None:
    assert words.ago(NOW + span, NOW) == said


def test_another_zone_is_named() -> None:
    assert words.stamp_in(NOW, ZoneInfo("Asia/Tokyo")) == "Sun 22 Nov 2026, 21:00 Asia/Tokyo"
    assert words.stamp(NOW, ZoneInfo("Europe/Berlin")) == "Sun 22 Nov 2026, 13:00"


def test_days_are_named_by_the_readers_calendar() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)  # already Sunday in Berlin
    assert words.day_heading(late, NOW, ZoneInfo("Europe/Berlin")) == "Today"
    assert words.day_heading(late, NOW, ZoneInfo("UTC")) == "Yesterday"
    assert words.day_heading(NOW - timedelta(days=5), NOW, ZoneInfo("UTC")) == "Tuesday 17 November"
