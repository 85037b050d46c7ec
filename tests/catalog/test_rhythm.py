"""A customer's rhythm, and what his silence says in terms of it."""

from datetime import UTC, datetime, timedelta

import pytest

from tactful.catalog.domain.rhythm import Rhythm, Risk, rhythm

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("count", "span", "since", "expected"),
    [
        (1, 0, 10, None),
        (2, 30, 10, None),
        (3, 0, 10, None),
        (3, 60, 0, Risk.IN_RHYTHM),
        (3, 60, 37, Risk.IN_RHYTHM),
        (3, 60, 38, Risk.LATE),
        (3, 60, 59, Risk.LATE),
        (3, 60, 60, Risk.SLIPPING),
        (3, 60, 119, Risk.SLIPPING),
        (3, 60, 120, Risk.LOST),
        (11, 60, 12, Risk.SLIPPING),
    ],
)
def test_the_risk_is_told_in_spans_of_his_own_rhythm(
    count: int, span: int, since: int, expected: Risk | None
) -> None:
    last = FIRST + timedelta(days=span)
    found = rhythm(count=count, first_at=FIRST, last_at=last, now=last + timedelta(days=since))
    assert (found.risk if found else None) is expected


def test_the_rhythm_is_the_mean_span_between_purchases() -> None:
    last = FIRST + timedelta(days=68)
    found = rhythm(count=3, first_at=FIRST, last_at=last, now=last + timedelta(days=51))
    assert found == Rhythm(every=timedelta(days=34), since=timedelta(days=51))
    assert found
    assert found.late == 1.5


def test_an_order_dated_after_now_is_no_silence() -> None:
    last = FIRST + timedelta(days=60)
    found = rhythm(count=3, first_at=FIRST, last_at=last, now=last - timedelta(days=1))
    assert found
    assert found.risk is Risk.IN_RHYTHM
