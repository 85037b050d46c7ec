"""The small words of a sentence: days, periods, bounds, comparisons, names."""

from calendar import month_name

from tactful.segments.domain.catalogue import COMPANY, CUSTOM
from tactful.segments.domain.comparisons import Bound, CalendarDays, Comparison, LastDays, Op, Value, Whose, Window
from tactful.segments.domain.conditions import Property

SPANS = frozenset({Op.IN_LAST_DAYS, Op.IN_NEXT_DAYS})
_RELATIVE = {
    Op.IN_LAST_DAYS: "lies in the last {days}",
    Op.IN_NEXT_DAYS: "lies in the next {days}",
    Op.ANNIVERSARY_IN_DAYS: "returns today or within {days}, by the company's calendar",
}
BOUNDS = {
    Bound.AT_LEAST: "at least",
    Bound.AT_MOST: "at most",
    Bound.EXACTLY: "exactly",
    Bound.GREATER: "more than",
    Bound.LESS: "less than",
}
_FIELDS = {
    "external_id": "id",
    "email": "e-mail address",
    "phone": "phone number",
    "first_name": "first name",
    "last_name": "last name",
    "zone": "time zone",
    "birth_date": "date of birth",
    "is_test": "test mark",
    "created_at": "first appearance",
    "last_seen_at": "last visit",
}


def so_many_times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def in_months(months: tuple[int, ...]) -> str:
    return f" in {', '.join(month_name[month] for month in months)}" if months else ""


def in_period(window: Window | None) -> str:
    if window is None:
        return ""
    if isinstance(window, LastDays):
        return f" in the last {days_long(window.days)}"
    if isinstance(window, CalendarDays):
        whose = "the customer's" if window.whose is Whose.CUSTOMER else "the company's"
        days = "today" if window.days == 1 else f"in the last {window.days} calendar days, today included"
        return f" {days} ({whose} clock)"
    return f" from {_value(window.start)} to {_value(window.end)}"


def such_that(where: tuple[Property, ...]) -> str:
    if not where:
        return ""
    said = (f"{quoted(each.name)} {compared(each.comparison)}{or_unset(each.comparison)}" for each in where)
    return f" where {' and '.join(said)}"


def field_named(name: str) -> str:
    if name.startswith(COMPANY):
        return f"company's {quoted(name.removeprefix(COMPANY))}"
    return quoted(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else _FIELDS.get(name, name)


def compared(comparison: Comparison) -> str:
    if comparison.op is Op.SET:
        return "is set" if comparison.value.raw else "is unset"
    if comparison.op in _RELATIVE:
        return _RELATIVE[comparison.op].format(days=days_long(int(str(comparison.value.raw))))
    if comparison.op is Op.BETWEEN:
        return f"lies between {_value(comparison.values[0])} and {_value(comparison.values[1])}, both included"
    words = {
        Op.IS: "is",
        Op.IS_NOT: "is not",
        Op.IN: "is one of",
        Op.CONTAINS: "contains (in any case)",
        Op.STARTS: "starts (in any case) with",
        Op.GREATER: "is greater than",
        Op.LESS: "is less than",
        Op.BEFORE: "is before",
        Op.AFTER: "is after",
    }[comparison.op]
    return f"{words} {', '.join(_value(value) for value in comparison.values)}"


def or_unset(comparison: Comparison) -> str:
    return " or is unset" if comparison.op is Op.IS_NOT else ""


def _value(value: Value) -> str:
    if isinstance(value.raw, bool):
        return "yes" if value.raw else "no"
    if isinstance(value.raw, str):
        return quoted(value.raw)
    if isinstance(value.raw, int | float):
        return f"{value.raw}"
    return value.raw.isoformat() if value.begins != value.over else f"{value.begins:%Y-%m-%d %H:%M} UTC"


def days_long(number: float) -> str:
    return "1 day" if number == 1 else f"{number} days"


def quoted(text: str) -> str:
    return f"“{text}”"
