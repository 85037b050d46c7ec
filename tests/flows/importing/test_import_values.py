from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.flows.importing.values import dates_of, moments, number, text_of, whole
from tactful.kernel.errors import InvalidInput

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("2.55", ".", "2.55"),
        ("2,55", ",", "2.55"),
        ("1,234.50", ".", "1234.50"),
        ("1.234,50", ",", "1234.50"),
        ("1 234 567,5", ",", "1234567.5"),
        ("1\u00a0234,50 €", ",", "1234.50"),
        ("$ 12.00", ".", "12.00"),
        ("-3", ".", "-3"),
        (".5", ".", "0.5"),
    ],
)
def test_a_number_is_read_with_its_decimal_sign(text: str, decimal: str, value: str) -> None:
    assert number(text, decimal) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [("2,55", "."), ("1.5", ","), ("", "."), ("€", "."), ("ten", "."), ("1,23,456", "."), ("1e5", "."), ("-", ".")],
)
def test_what_could_be_another_number_is_refused(text: str, decimal: str) -> None:
    with pytest.raises(InvalidInput, match="not a number"):
        number(text, decimal)


@pytest.mark.parametrize(("text", "value"), [("6", 6), ("6.0", 6), ("-12", -12), ("1,000", 1000)])
def test_whole_numbers_may_be_written_with_a_point(text: str, value: int) -> None:
    assert whole(text, ".") == value


@pytest.mark.parametrize("text", ["1.5", "2147483648", ""])
def test_parts_of_a_piece_and_impossible_counts_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        whole(text, ".")


@pytest.mark.parametrize(
    ("text", "formats", "zone", "moment"),
    [
        ("2011-07-01 08:26:00", (), "Europe/London", datetime(2011, 7, 1, 7, 26, tzinfo=UTC)),
        ("01/07/2011 08:26", ("%d/%m/%Y %H:%M",), "Europe/London", datetime(2011, 7, 1, 7, 26, tzinfo=UTC)),
        ("2011-07-01T08:26:00+02:00", (), "Europe/London", datetime(2011, 7, 1, 6, 26, tzinfo=UTC)),
        ("19970101", ("%Y%m%d",), "UTC", datetime(1997, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_local(
    text: str, formats: tuple[str, ...], zone: str, moment: datetime
) -> None:
    assert moments(formats, ZoneInfo(zone), NOW)(text) == moment


@pytest.mark.parametrize(
    ("text", "words"), [("soon", "not a date"), ("2026-03-03", "future"), ("0205-01-01", "before 1900")]
)
def test_a_moment_that_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        moments((), ZoneInfo("UTC"), NOW)(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("24.12.2027", "2027-12-24"),
        ("2027-12-24 00:00:00", "2027-12-24"),  # a day in a workbook
        ("2027-12-24 00:30", "2027-12-24T00:30:00+01:00"),  # in UTC it would be the day before
        ("2027-12-24T08:00:00Z", "2027-12-24T08:00:00+00:00"),
    ],
)
def test_a_date_that_stays_a_text_may_lie_ahead_and_keeps_the_day_it_was_written_with(text: str, kept: str) -> None:
    assert dates_of(("%d.%m.%Y",), ZoneInfo("Europe/Berlin"))(text) == kept


@pytest.mark.parametrize(
    ("text", "words"), [("soon", "not a date"), ("9999-12-31", "after 9000"), ("0001-01-01", "before 1900")]
)
def test_what_means_no_day_is_no_date(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        dates_of((), ZoneInfo("UTC"))(text)


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=2), st.sampled_from([".", ","]))
def test_a_typed_cell_reads_back_as_the_same_number(value: Decimal, decimal: str) -> None:
    assert number(text_of(value, decimal), decimal) == value
    assert number(text_of(float(value), decimal), decimal) == value
