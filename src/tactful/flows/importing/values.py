"""From the text of a cell to a value. What cannot be understood is refused with words for the row's owner."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import FIRST_YEAR, LAST_YEAR

_MANY = 65_536  # files repeat their prices, quantities and moments: most cells are found, not parsed
_INTEGER_LIMIT = 2**31

# Thousands may be grouped only in threes: "1,5" where the point is decimal is a mistake, not fifteen.
_PLAIN = {
    ".": re.compile(r"[+-]?(\d+|\d{1,3}([, '\u00a0\u202f]\d{3})+)?(\.\d+)?"),
    ",": re.compile(r"[+-]?(\d+|\d{1,3}([. '\u00a0\u202f]\d{3})+)?(,\d+)?"),
}
_GROUPING = {".": ", '\u00a0\u202f", ",": ". '\u00a0\u202f"}
_SYMBOLS = "€$£¥₽₴₹ \u00a0\u202f\t"


def text_of(value: object, decimal: str) -> str:
    """A typed cell (XLSX, Parquet) as the text that a CSV in the same notation would hold."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float):
        return _number_text(value, decimal)
    if isinstance(value, Decimal):
        return format(value, "f").replace(".", decimal)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").strip()
    return str(value)


@lru_cache(maxsize=_MANY)
def _number_text(value: float, decimal: str) -> str:
    if value != value:
        return ""
    if value.is_integer():
        return str(int(value))
    return format(Decimal(repr(value)), "f").replace(".", decimal)


@lru_cache(maxsize=_MANY)
def number(text: str, decimal: str) -> Decimal:
    """A number written with this decimal sign, with or without a currency sign. Raises InvalidInput."""
    bare = text.strip(_SYMBOLS)
    if not _PLAIN[decimal].fullmatch(bare) or not any(sign.isdigit() for sign in bare):
        raise InvalidInput(f"{text!r} is not a number with the decimal sign {decimal!r}")
    for sign in _GROUPING[decimal]:
        bare = bare.replace(sign, "")
    return Decimal(bare.replace(decimal, "."))


@lru_cache(maxsize=_MANY)
def whole(text: str, decimal: str) -> int:
    """A whole number; "6.0" is one. Raises InvalidInput."""
    value = number(text, decimal)
    if value != value.to_integral_value() or abs(value) >= _INTEGER_LIMIT:
        raise InvalidInput(f"{text!r} is not a whole number")
    return int(value)


def moments(formats: Sequence[str], zone: ZoneInfo, now: datetime) -> Callable[[str], datetime]:
    """A reader of moments: the formats in turn, then ISO 8601; without an offset they are local to `zone`.

    It raises InvalidInput for what is no moment, lies before 1900 or more than a day ahead of `now`.
    """
    latest = now + timedelta(days=1)

    @lru_cache(maxsize=_MANY)
    def read(text: str) -> datetime:
        moment = moment_of(text, formats)
        if moment is None:
            raise _no_date(text, formats)
        if moment.year < FIRST_YEAR:
            raise InvalidInput(f"{text!r} lies before {FIRST_YEAR}")
        aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        if aware > latest:
            raise InvalidInput(f"{text!r} lies in the future")
        return aware.astimezone(UTC)

    return read


def dates_of(formats: Sequence[str], zone: ZoneInfo) -> Callable[[str], str]:
    """A reader of dates that stay texts, ahead or past: the day, or with a time the moment and its offset.

    A moment is not turned into UTC, for it would change its day. It raises InvalidInput for what is no date.
    """

    @lru_cache(maxsize=_MANY)
    def read(text: str) -> str:
        moment = moment_of(text, formats)
        if moment is None:
            raise _no_date(text, formats)
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise InvalidInput(f"{text!r} lies before {FIRST_YEAR} or after {LAST_YEAR}")
        if moment.tzinfo is None and moment.time() == time():
            return moment.date().isoformat()  # workbooks, too, write a day as its midnight
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()

    return read


def moment_of(text: str, formats: Sequence[str]) -> datetime | None:
    """The moment that the first fitting format, or ISO 8601, makes of the text."""
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 -- the caller gives the zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _no_date(text: str, formats: Sequence[str]) -> InvalidInput:
    return InvalidInput(f"{text!r} is not a date in the form {' or '.join([*formats, '2026-03-31 14:05'])}")
