from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.kernel.time import QuietHours, zone

NIGHT = QuietHours(time(21), time(8))
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))  # noqa: DTZ001
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"])


@pytest.mark.parametrize(
    ("moment", "place", "over"),
    [
        ("2026-01-10T22:00Z", "Europe/Berlin", "2026-01-11T07:00Z"),
        ("2026-01-11T03:00Z", "Europe/Berlin", "2026-01-11T07:00Z"),
        ("2026-01-11T12:00Z", "Europe/Berlin", "2026-01-11T12:00Z"),
        ("2026-03-29T00:30Z", "Europe/Berlin", "2026-03-29T06:00Z"),  # summer time began that night
    ],
)
def test_quiet_hours_end_at_the_customers_morning(moment: str, place: str, over: str) -> None:
    parse = datetime.fromisoformat
    assert NIGHT.over_at(parse(moment), zone(place)) == parse(over)


@given(MOMENTS, ZONES)
def test_after_the_quiet_hours_it_is_never_quiet(moment: datetime, place: str) -> None:
    over = NIGHT.over_at(moment, zone(place))
    assert over >= moment
    assert over.astimezone(zone(place)).time() not in NIGHT
    assert over - moment <= timedelta(hours=12)


@given(MOMENTS, ZONES)
def test_equal_ends_mean_no_quiet_hours(moment: datetime, place: str) -> None:
    assert QuietHours(time(9), time(9)).over_at(moment, zone(place)) == moment
