"""Does an event fit? By name, and by its properties."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

# Where an event names what a run may be about. A cart that was ordered is named by both.
KEYS = {"customer": (), "order": ("order_id",), "cart": ("cart_id",), "deal": ("deal_id", "proposal_id")}

# A property that is not there fits nothing but `is_not` and `set: false`, as in segments.
OPERATORS = frozenset({"is", "is_not", "in", "contains", "starts", "greater", "less", "at_least", "at_most", "set"})


@dataclass(frozen=True, slots=True)
class PropertyTest:
    """`operand` is text, number or bool; for `in` a tuple of them. Dots lead into nested properties."""

    property: str
    operator: str
    operand: object

    def fits(self, properties: Mapping[str, object]) -> bool:
        value = dig(properties, self.property)
        if self.operator == "set":
            return (value is not None) == self.operand
        if self.operator == "is_not":
            return not _same(value, self.operand)
        return value is not None and _compare(self.operator, value, self.operand)


@dataclass(frozen=True, slots=True)
class EventMatch:
    """An event by name and properties; with `same_key` only where it concerns the run's own order, cart or deal."""

    name: str
    where: tuple[PropertyTest, ...] = ()
    same_key: bool = False

    def fits(self, name: str, properties: Mapping[str, object]) -> bool:
        """By name and properties; whose order it is, `concerns` says."""
        return name == self.name and all_fit(self.where, properties)

    def concerns(self, properties: Mapping[str, object], *, kind: str, key: str) -> bool:
        """Whether the event is about the run's own thing, where that is asked for."""
        return not self.same_key or key_in(properties, kind) == key


def all_fit(where: Iterable[PropertyTest], properties: Mapping[str, object]) -> bool:
    """Whether every test fits."""
    return all(test.fits(properties) for test in where)


def key_in(properties: Mapping[str, object], kind: str) -> str:
    """The thing of this kind (order, cart, deal) an event is about, as text; empty when it names none."""
    for name in KEYS.get(kind, ()):
        value = properties.get(name)
        if value is not None:
            return str(value)
    return ""


def dig(properties: Mapping[str, object], path: str) -> object:
    """A property by name; dots lead into nested ones. None where there is none."""
    if path in properties:
        return properties[path]
    value: object = properties
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _same(value: object, operand: object) -> bool:
    if isinstance(value, bool) or isinstance(operand, bool):
        return value is operand
    return value == operand or (value is not None and str(value) == str(operand))


def _compare(operator: str, value: object, operand: object) -> bool:
    if operator == "is":
        return _same(value, operand)
    if operator == "in":
        return isinstance(operand, tuple) and any(_same(value, one) for one in operand)
    if operator == "contains":
        return str(operand).casefold() in str(value).casefold()
    if operator == "starts":
        return str(value).casefold().startswith(str(operand).casefold())
    return _measure(operator, value, operand)


def _measure(operator: str, value: object, operand: object) -> bool:
    number, limit = _number(value), _number(operand)
    if number is None or limit is None:
        return False
    return {
        "greater": number > limit,
        "less": number < limit,
        "at_least": number >= limit,
        "at_most": number <= limit,
    }[operator]


def _number(value: object) -> float | None:
    """Numbers sent as text count as numbers: shops send prices both ways."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
