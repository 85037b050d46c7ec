"""Reading untyped data strictly: every mistake is named with the path to it."""

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import NoReturn

from tactful.journeys.domain.matching import OPERATORS, EventMatch, PropertyTest
from tactful.journeys.domain.steps import Condition
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import FIRST_YEAR, LAST_YEAR
from tactful.segments.domain import tree

_LONGEST = timedelta(days=3660)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Fields:
    """The fields of one object. Each is taken once; `finish` refuses those nobody asked for."""

    def __init__(self, data: object, path: str) -> None:
        self.path = path
        if not isinstance(data, Mapping) or not all(isinstance(name, str) for name in data):
            raise InvalidInput(f"{path or 'The journey'} must be an object with named fields")
        self._left: dict[str, object] = {name: value for name, value in data.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def fail(self, name: str, why: str) -> NoReturn:
        raise InvalidInput(f"{self.at(name)} {why}")

    def take(self, name: str) -> object:
        """The value, or None when it is absent or null."""
        return self._left.pop(name, None)

    def text(self, name: str, *, default: str | None = None) -> str:
        value = self.take(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.fail(name, "is required" if value is None else "must be a text that says something")
        return value.strip()

    def choice(self, name: str, choices: tuple[str, ...], *, default: str | None = None) -> str:
        value = self.text(name, default=default)
        if value not in choices:
            self.fail(name, f"must be one of {', '.join(choices)}, not {value!r}")
        return value

    def number(self, name: str, *, default: float | None = None, low: float, high: float) -> float:
        value = self.take(name)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail(name, "is required" if value is None else f"must be a number, not {value!r}")
        if not low <= value <= high:
            self.fail(name, f"must be between {low:g} and {high:g}, not {value:g}")
        return value

    def day(self, name: str) -> date | None:
        value = self.take(name)
        if value is None:
            return None
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            self.fail(name, f"must be a date like 2027-01-31, not {value!r}")
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            self.fail(name, f"must lie between {FIRST_YEAR} and {LAST_YEAR}, not in {day.year}")
        return day

    def flag(self, name: str) -> bool:
        """True or false; false where it is absent."""
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            self.fail(name, "must be true or false")
        return bool(value)

    def clock(self, name: str) -> time | None:
        """A time of day such as 10:30."""
        value = self.take(name)
        if value is None:
            return None
        found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.fail(name, f"must be a time of day in quotes like '10:30', not {value!r}")
        return time(int(found[1]), int(found[2]))

    def weekdays(self, name: str) -> frozenset[int]:
        """Days of the week by their English names; 0 is Monday."""
        return frozenset(self._weekday(name, day) for day in self.items(name))

    def _weekday(self, name: str, day: object) -> int:
        if day not in WEEKDAYS:
            self.fail(name, f"must name days such as monday, not {day!r}")
        return WEEKDAYS.index(str(day))

    def items(self, name: str) -> list[object]:
        """A list, empty where it is absent."""
        value = self.take(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fail(name, "must be a list")
        return list(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty where it is absent."""
        found = self.items(name)
        if not all(isinstance(one, str) and one.strip() for one in found):
            self.fail(name, "must be a list of texts")
        return tuple(str(one).strip() for one in found)

    def mapping(self, name: str) -> dict[str, object]:
        """An object with named fields, empty where it is absent."""
        value = self.take(name)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            self.fail(name, "must be an object with named fields")
        return dict(value)

    def span(self, units: Mapping[str, str], *, default: timedelta | None = None) -> timedelta:
        """The sum of the fields in `units` (field name → argument of timedelta); longer than nothing."""
        given = {field: unit for field, unit in units.items() if field in self}
        if not given and default is not None:
            return default
        names = " or ".join(units)
        if not given:
            raise InvalidInput(f"{self.path} needs {names}")
        total = timedelta()
        for field, unit in given.items():
            total += timedelta(**{unit: self.number(field, low=0, high=_LONGEST.total_seconds() / 60)})
        if not timedelta() < total <= _LONGEST:
            raise InvalidInput(f"{self.path} needs {names}: more than nothing and at most ten years")
        return total

    def condition(self, name: str) -> Condition | None:
        """A segment tree."""
        given = self.take(name)
        if given is None:
            return None
        try:
            tree.parse(given)
        except InvalidInput as error:
            self.fail(name, f"is no condition: {error.message}")
        return Condition.of(given)

    def event(self) -> EventMatch:
        """The fields `event`, `where` and `same_key`."""
        name = self.text("event")
        where = self.tests()
        return EventMatch(name, where, self.flag("same_key"))

    def tests(self) -> tuple[PropertyTest, ...]:
        """The field `where`: conditions on properties of an event."""
        tests = self.take("where")
        if tests is not None and not isinstance(tests, list):
            self.fail("where", "must be a list of property conditions")
        return tuple(_test(test, f"{self.at('where')}[{index}]") for index, test in enumerate(tests or []))

    def finish(self) -> None:
        for name in self._left:
            self.fail(name, "is not a field that is known here")


def _test(data: object, path: str) -> PropertyTest:
    fields = Fields(data, path)
    name = fields.text("property")
    operators = [operator for operator in sorted(OPERATORS) if operator in fields]
    if len(operators) != 1:
        raise InvalidInput(f"{path} needs exactly one of {', '.join(sorted(OPERATORS))}")
    operator = operators[0]
    operand = fields.take(operator)
    if operator == "set" and not isinstance(operand, bool):
        fields.fail(operator, "must be true or false")
    if operator == "in":
        if not isinstance(operand, list):
            fields.fail(operator, "must be a list of values")
        operand = tuple(operand)
    elif not isinstance(operand, str | int | float):
        fields.fail(operator, "must be a text, a number, or true or false")
    fields.finish()
    return PropertyTest(name, operator, operand)
