"""A rule as a sentence that a marketer reads. It says what unset and days mean wherever they matter."""

from collections.abc import Iterator

from tactful.segments.domain.catalogue import CUSTOM
from tactful.segments.domain.features import meets_empty
from tactful.segments.domain.nodes import (
    Ago,
    All,
    Any,
    Attribute,
    Bound,
    Comparison,
    Consent,
    EventCount,
    EventMoment,
    Everyone,
    LastDays,
    Leaf,
    Measure,
    Node,
    Not,
    Op,
    Orders,
    Property,
    Value,
    Which,
    Window,
    Word,
    leaves,
)

_DAYS = "A day is a span of 24 hours, counted back from the moment of asking."
_BOUNDS = {
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
_MEASURES = {
    Measure.REVENUE: "spent {amount}",
    Measure.MARGIN: "brought a margin of {amount}",
    Measure.AVERAGE: "spent {amount} per purchase on average",
    Measure.DISCOUNT_SHARE: "got {amount} of the list price as discounts",
    Measure.RETURNED_SHARE: "returned {amount} of what they bought",
}


def read(node: Node) -> str:
    """The rule as one or more sentences; money as plain numbers in the company's currency."""
    return " ".join([f"Customers {_whole(node)}.", *_notes(node)])


def phrase(leaf: Leaf) -> str:
    """One condition as a clause that follows "customers"."""
    match leaf:
        case Everyone():
            return "of every kind"
        case Attribute(field, comparison):
            return f"whose {_field(field)} {_compared(comparison)}{_or_unset(comparison)}"
        case Consent(channel, topic, word):
            return _consent(channel, topic, word)
        case EventCount():
            return _event_count(leaf)
        case EventMoment(event, which, ago, days, where):
            order = "last" if which is Which.LAST else "first"
            length = "more" if ago is Ago.MORE else "less"
            return f"whose {order} {_quoted(event)}{_where(where)} was {length} than {_days(days)} ago"
        case Orders():
            return _orders(leaf)


def _whole(node: Node) -> str:
    match node:
        case All(nodes):
            return " and ".join(_part(child, within=node) for child in nodes)
        case Any(nodes):
            return " or ".join(_part(child, within=node) for child in nodes)
        case Not(child):
            return f"other than those {_part(child, within=node)}"
    return phrase(node)


def _part(node: Node, *, within: Node) -> str:
    """Brackets where the words alone would leave it open what belongs together."""
    mixed = isinstance(node, All | Any) and len(node.nodes) > 1 and type(node) is not type(within)
    return f"({_whole(node)})" if mixed else _whole(node)


def _consent(channel: str, topic: str, word: Word) -> str:
    about = "everything" if topic == "*" else _quoted(topic)
    return {
        Word.GIVEN: f"who agreed to {channel} about {about}",
        Word.WITHDRAWN: f"who refused {channel} about {about}",
        Word.UNSET: f"who never said yes or no to {channel} about {about}",
    }[word]


def _event_count(leaf: EventCount) -> str:
    what = f"{_quoted(leaf.event)}{_where(leaf.where)}"
    when = _window(leaf.window)
    if leaf.times == 0 and leaf.bound in {Bound.EXACTLY, Bound.AT_MOST}:
        return f"who did not do {what}{when}" if when else f"who never did {what}"
    if leaf.times == 1 and leaf.bound is Bound.AT_LEAST:
        return f"who did {what}{when}"
    times = "once" if leaf.times == 1 else f"{leaf.times} times"
    return f"who did {what} {_BOUNDS[leaf.bound]} {times}{when}{_none_too(leaf)}"


def _orders(leaf: Orders) -> str:
    what = f" in {_quoted(leaf.category)}" if leaf.category is not None else ""
    when = _window(leaf.window)
    amount = f"{_BOUNDS[leaf.bound]} {_amount(leaf)}"
    if leaf.measure is Measure.COUNT:
        if leaf.number == 0 and leaf.bound in {Bound.EXACTLY, Bound.AT_MOST}:
            return f"who bought nothing{what}{when}"
        unit = "once" if leaf.number == 1 else f"{leaf.number} times"
        return f"who bought{what} {_BOUNDS[leaf.bound]} {unit}{when}{_none_too(leaf)}"
    if leaf.measure.age:
        order = "last" if leaf.measure is Measure.DAYS_SINCE_LAST else "first"
        return f"whose {order} purchase{what} was {_BOUNDS[leaf.bound]} {_days(leaf.number)} ago"
    return f"who {_MEASURES[leaf.measure].format(amount=amount)}{what}{when}{_none_too(leaf)}"


def _amount(leaf: Orders) -> str:
    return (
        f"{leaf.number * 100:g} %"
        if leaf.measure.share
        else f"{leaf.number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    )


def _none_too(leaf: Leaf) -> str:
    return " (not at all counts too)" if meets_empty(leaf) else ""


def _window(window: Window | None) -> str:
    if window is None:
        return ""
    if isinstance(window, LastDays):
        return f" in the last {_days(window.days)}"
    return f" from {_value(window.start)} to {_value(window.end)}"


def _where(where: tuple[Property, ...]) -> str:
    if not where:
        return ""
    said = (f"{_quoted(each.name)} {_compared(each.comparison)}{_or_unset(each.comparison)}" for each in where)
    return f" where {' and '.join(said)}"


def _field(name: str) -> str:
    return _quoted(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else _FIELDS.get(name, name)


def _compared(comparison: Comparison) -> str:
    if comparison.op is Op.SET:
        return "is set" if comparison.value.raw else "is unset"
    if comparison.op is Op.IN_LAST_DAYS:
        return f"lies in the last {_days(int(str(comparison.value.raw)))}"
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


def _or_unset(comparison: Comparison) -> str:
    return " or is unset" if comparison.op is Op.IS_NOT else ""


def _value(value: Value) -> str:
    if isinstance(value.raw, bool):
        return "yes" if value.raw else "no"
    if isinstance(value.raw, str):
        return _quoted(value.raw)
    if isinstance(value.raw, int | float):
        return f"{value.raw}"
    return value.raw.isoformat() if value.begins != value.over else f"{value.begins:%Y-%m-%d %H:%M} UTC"


def _days(number: float) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _quoted(text: str) -> str:
    return f"“{text}”"


def _notes(node: Node) -> list[str]:
    notes = []
    if any(_counts_days(leaf) for leaf in leaves(node)):
        notes.append(_DAYS)
    if any(_can_be_unset(leaf) for leaf in _denied(node)):
        notes.append("Who has no such value or event is not one of those excepted, and so is in.")
    return notes


def _counts_days(leaf: Leaf) -> bool:
    match leaf:
        case EventMoment():
            return True
        case Attribute(_, comparison):
            return comparison.op is Op.IN_LAST_DAYS
        case EventCount(window=window, where=where):
            return isinstance(window, LastDays) or any(each.comparison.op is Op.IN_LAST_DAYS for each in where)
        case Orders(measure=measure, window=window):
            return measure.age or isinstance(window, LastDays)
    return False


def _can_be_unset(leaf: Leaf) -> bool:
    match leaf:
        case Attribute(_, comparison):
            return comparison.op not in {Op.SET, Op.IS_NOT}
        case EventMoment():
            return True
        case Orders(measure=measure):
            return measure.age or measure.share or measure is Measure.AVERAGE
        case Consent(word=word):
            return word is not Word.UNSET
    return False


def _denied(node: Node) -> Iterator[Leaf]:
    """The conditions that stand directly under a `not`."""
    if isinstance(node, All | Any):
        for child in node.nodes:
            yield from _denied(child)
    elif isinstance(node, Not):
        yield from leaves(node.node)
