"""A rule as a sentence that a marketer reads. It says what unset and days mean wherever they matter."""

from calendar import month_name
from collections.abc import Callable, Iterator, Mapping

from tactful.segments.domain.catalogue import COMPANY, CUSTOM, TECHNOLOGY, Kind, kind_of
from tactful.segments.domain.features import ALWAYS_SET, meets_empty
from tactful.segments.domain.nodes import (
    Ago,
    All,
    Any,
    Attribute,
    Between,
    Bound,
    CalendarDays,
    Comparison,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    Everyone,
    Holds,
    How,
    InList,
    InSegment,
    LastDays,
    Leaf,
    Meaning,
    Measure,
    Message,
    Near,
    Node,
    Not,
    Numeric,
    Op,
    Orders,
    Percentile,
    Property,
    Reachable,
    Records,
    Refused,
    Rfm,
    Sample,
    Sequence,
    Short,
    Stage,
    Step,
    Technology,
    Value,
    Which,
    Whose,
    Window,
    Word,
    said,
)

_DAYS = "A day is a span of 24 hours, counted back from the moment of asking."
_CLOCK = "Days and months begin by the company's clock."
_SPANS = frozenset({Op.IN_LAST_DAYS, Op.IN_NEXT_DAYS})
_RELATIVE = {
    Op.IN_LAST_DAYS: "lies in the last {days}",
    Op.IN_NEXT_DAYS: "lies in the next {days}",
    Op.ANNIVERSARY_IN_DAYS: "returns today or within {days}, by the company's calendar",
}
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
    Measure.SMALLEST: "spent {amount} on their smallest purchase",
    Measure.LARGEST: "spent {amount} on their largest purchase",
    Measure.AVERAGE_GAP: "let {amount} days pass between purchases on average",
    Measure.OVERDUE: "have not bought for {amount} times their own usual gap",
    Measure.CATEGORIES: "bought from {amount} categories",
    Measure.PRODUCTS: "bought {amount} different products",
    Measure.CATEGORY_SHARE: "spent {amount} of their money",
    Measure.DISCOUNT_SHARE: "got {amount} of the list price as discounts",
    Measure.RETURNED_SHARE: "returned {amount} of what they bought",
}


def read(node: Node) -> str:
    """The rule as one or more sentences; money as plain numbers in the company's currency."""
    return " ".join([f"Customers {_whole(node)}.", *_notes(node)])


def phrase(leaf: Leaf | Short) -> str:
    """One condition as a clause that follows "customers"."""
    return _PHRASES[type(leaf)](leaf)


def _attribute(leaf: Attribute) -> str:
    return f"whose {_field(leaf.field)} {_compared(leaf.comparison)}{_or_unset(leaf.comparison)}"


def _event_moment(leaf: EventMoment) -> str:
    order = "last" if leaf.which is Which.LAST else "first"
    length = "more" if leaf.ago is Ago.MORE else "less"
    return f"whose {order} {_quoted(leaf.event)}{_where(leaf.where)} was {length} than {_days(leaf.days)} ago"


def _event_amount(leaf: EventAmount) -> str:
    what = f"{_quoted(leaf.of)} of {_quoted(leaf.event)}{_where(leaf.where)}{_window(leaf.window)}"
    made = {
        How.SUM: f"whose {what} adds up to",
        How.AVERAGE: f"whose {what} is on average",
        How.SMALLEST: f"whose smallest {what} is",
        How.LARGEST: f"whose largest {what} is",
        How.DISTINCT: f"whose number of different {what} is",
    }[leaf.how]
    return f"{made} {_BOUNDS[leaf.bound]} {leaf.number}{_none_too(leaf)}"


def _event_share(leaf: EventShare) -> str:
    whole = f"{_quoted(leaf.event)}{_where(leaf.where)}{_window(leaf.window)}"
    part = _where(leaf.part).removeprefix(" where ")
    return f"of whose {whole} {_BOUNDS[leaf.bound]} {leaf.number * 100:g} % are such that {part}"


def _sequence(leaf: Sequence) -> str:
    first, *others = leaf.steps
    begins = f" in the last {_days(leaf.days)}" if leaf.days is not None else ""
    said = [f"who did {_quoted(first.event)}{_where(first.where)}{begins}"]
    said += [f"then {_quoted(step.event)}{_where(step.where)}{_soon(step)}" for step in others]
    if leaf.absent is not None:
        said.append(f"and then not {_quoted(leaf.absent.event)}{_where(leaf.absent.where)}{_soon(leaf.absent)}")
    return ", ".join(said)


def _soon(step: Step) -> str:
    return "" if step.within_days is None else f" within {_days(step.within_days)}"


def _records(leaf: Records) -> str:
    state = "" if leaf.state == "any" else f"{leaf.state} "
    some = "" if leaf.number == 1 else "s"
    what = f"{state}{leaf.kind}{some}{_window(leaf.window)}"
    if leaf.bound.meets(0, leaf.number) and leaf.number == 0:
        return f"who have no {what}"
    return f"who have {_BOUNDS[leaf.bound]} {leaf.number} {what}{_none_too(leaf)}"


def _percentile(leaf: Percentile) -> str:
    who = "buyers" if isinstance(leaf.of, Orders) else "customers with such a number"
    return f"whose {_number(leaf.of)} is {_BOUNDS[leaf.bound]} what {leaf.percent:g} % of all {who} had"


def _number(leaf: Numeric) -> str:
    """The number that a condition looks at."""
    match leaf:
        case Attribute(field):
            return _field(field)
        case Records(kind, state, window=window):
            return f"number of {'' if state == 'any' else f'{state} '}{kind}s{_window(window)}"
        case Orders(measure, category=category, months=months, window=window):
            about = f" in {_quoted(category)}" if category is not None else ""
            return f"{str(measure).replace('_', ' ')} of purchases{about}{_months(months)}{_window(window)}"
    what = f"{_quoted(leaf.event)}{_where(leaf.where)}{_window(leaf.window)}"
    match leaf:
        case EventAmount(how=how, of=of):
            made = "number of different" if how is How.DISTINCT else str(how)
            return f"{made} {_quoted(of)} of {what}"
        case EventShare(part=part):
            return f"share of {what} such that {_where(part).removeprefix(' where ')}"
    return f"number of {what}"


def _rfm(leaf: Rfm) -> str:
    fifths = (("recency", leaf.recency), ("frequency", leaf.frequency), ("money", leaf.money))
    said = [f"{name} {' or '.join(map(str, values))}" for name, values in fifths if values]
    return f"in the fifths {', '.join(said)} of all buyers (5 is the best)"


def _near(leaf: Near) -> str:
    return f"who live within {leaf.kilometres:g} km of {leaf.latitude:g}, {leaf.longitude:g}"


def _sample(leaf: Sample) -> str:
    return f"who fall into a random {leaf.share * 100:g} % of all (drawn by {_quoted(leaf.seed)})"


def _message(leaf: Message) -> str:
    did = {
        "sent": "were sent a message",
        "delivered": "received a message",
        "opened": "opened a message",
        "clicked": "clicked in a message",
        "bounced": "could not be reached by a message",
        "complained": "complained about a message",
    }[leaf.did]
    named = ((" of the journey ", leaf.journey), (" about ", leaf.topic))
    about = "".join(f"{word}{_quoted(name)}" for word, name in named if name is not None)
    if leaf.times == 0 and leaf.bound in {Bound.EXACTLY, Bound.AT_MOST}:
        too = "" if leaf.did == "sent" else " (who was sent none counts too)"
        return f"who never {did}{about}{_window(leaf.window)}{too}"
    often = (
        "" if (leaf.bound, leaf.times) == (Bound.AT_LEAST, 1) else f" {_BOUNDS[leaf.bound]} {_times(leaf.times)}"
    )
    return f"who {did}{about}{often}{_window(leaf.window)}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _whole(node: Node) -> str:
    match node:
        case All(nodes):
            return " and ".join(_part(child, within=node) for child in nodes)
        case Any(nodes):
            return " or ".join(_part(child, within=node) for child in nodes)
        case Not(child):
            return f"other than those {_part(child, within=node)}"
        case Meaning(short):
            return phrase(short)
    return phrase(node)


def _part(node: Node, *, within: Node) -> str:
    """Brackets where the words alone would leave it open what belongs together."""
    if isinstance(node, Not) and _several(within):
        inner = _whole(node.node)
        return f"other than those {inner if inner.startswith('(') else f'({inner})'}"
    mixed = _several(node) and type(node) is not type(within)
    return f"({_whole(node)})" if mixed else _whole(node)


def _several(node: Node) -> bool:
    return isinstance(node, All | Any) and len(node.nodes) > 1


def _consent(leaf: Consent) -> str:
    channel, topic = leaf.channel, leaf.topic
    about = "everything" if topic == "*" else _quoted(topic)
    return {
        Word.GIVEN: f"who agreed to {channel} about {about}",
        Word.WITHDRAWN: f"who refused {channel} about {about}",
        Word.UNSET: f"who never said yes or no to {channel} about {about}",
    }[leaf.word]


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
    when = f"{_months(leaf.months)}{_window(leaf.window)}"
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


def _months(months: tuple[int, ...]) -> str:
    return f" in {', '.join(month_name[month] for month in months)}" if months else ""


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
    if isinstance(window, CalendarDays):
        whose = "the customer's" if window.whose is Whose.CUSTOMER else "the company's"
        days = "today" if window.days == 1 else f"in the last {window.days} calendar days, today included"
        return f" {days} ({whose} clock)"
    return f" from {_value(window.start)} to {_value(window.end)}"


def _where(where: tuple[Property, ...]) -> str:
    if not where:
        return ""
    said = (f"{_quoted(each.name)} {_compared(each.comparison)}{_or_unset(each.comparison)}" for each in where)
    return f" where {' and '.join(said)}"


def _field(name: str) -> str:
    if name.startswith(COMPANY):
        return f"company's {_quoted(name.removeprefix(COMPANY))}"
    return _quoted(name.removeprefix(CUSTOM)) if name.startswith(CUSTOM) else _FIELDS.get(name, name)


def _compared(comparison: Comparison) -> str:
    if comparison.op is Op.SET:
        return "is set" if comparison.value.raw else "is unset"
    if comparison.op in _RELATIVE:
        return _RELATIVE[comparison.op].format(days=_days(int(str(comparison.value.raw))))
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
    if any(_counts_days(leaf) for leaf in said(node)):
        notes.append(_DAYS)
    if any(_can_be_unset(leaf) for leaf in _denied(node)):
        notes.append("Who has no such value or event is not excepted by it.")
    if any(_by_our_clock(leaf) for leaf in said(node)):
        notes.append(_CLOCK)
    return notes


def _technology(leaf: Technology) -> str:
    names = " or ".join(_quoted(name) for name in leaf.names)
    return f"who used the {TECHNOLOGY[leaf.aspect]} {names}{_window(leaf.window)}"


def _counts_days(leaf: Leaf | Short) -> bool:
    match leaf:
        case EventMoment() | Sequence():
            return True
        case Attribute(_, comparison):
            return comparison.op in _SPANS
        case EventCount(window=window, where=where) | EventAmount(window=window, where=where):
            return isinstance(window, LastDays) or any(each.comparison.op in _SPANS for each in where)
        case EventShare(window=window, where=where, part=part):
            return isinstance(window, LastDays) or any(each.comparison.op in _SPANS for each in (*where, *part))
        case Orders(measure=measure, window=window):
            return measure.age or measure.rhythm or isinstance(window, LastDays)
        case Records(window=window) | Message(window=window) | Technology(window=window):
            return isinstance(window, LastDays)
        case Percentile(of=of):
            return _counts_days(of)
    return False


def _can_be_unset(leaf: Leaf | Short) -> bool:
    match leaf:
        case EventAmount(how=how):
            return how not in {How.SUM, How.DISTINCT}
        case EventShare() | Near() | Percentile() | Rfm():
            return True
        case Attribute(_, comparison):
            return comparison.op not in {Op.SET, Op.IS_NOT}
        case EventMoment():
            return True
        case Orders(measure=measure):
            return measure not in ALWAYS_SET
        case Consent(word=word):
            return word is not Word.UNSET
    return False


def _denied(node: Node, *, odd: bool = False) -> Iterator[Leaf | Short]:
    """The conditions that are excepted: under one `not`, or three; not under two, which undo each other."""
    match node:
        case All(nodes) | Any(nodes):
            for child in nodes:
                yield from _denied(child, odd=odd)
        case Not(child):
            yield from _denied(child, odd=not odd)
        case _ if odd:
            yield from said(node)


def _by_our_clock(leaf: Leaf | Short) -> bool:
    """Whether it names a day or a month, which begins at some clock."""
    if isinstance(leaf, Percentile):
        return _by_our_clock(leaf.of)
    window = getattr(leaf, "window", None)
    if isinstance(window, Between) and Holds.DAY in {window.start.holds, window.end.holds}:
        return True
    if isinstance(leaf, Attribute) and kind_of(leaf.field) is Kind.MOMENT:
        return any(value.holds is Holds.DAY for value in leaf.comparison.values)
    return bool(getattr(leaf, "months", ()))


_PHRASES: Mapping[type, Callable[..., str]] = {
    Everyone: lambda _: "of every kind",
    Attribute: _attribute,
    Consent: _consent,
    EventCount: _event_count,
    EventMoment: _event_moment,
    EventAmount: _event_amount,
    EventShare: _event_share,
    Sequence: _sequence,
    Orders: _orders,
    Percentile: _percentile,
    Rfm: _rfm,
    Records: _records,
    Near: _near,
    Sample: _sample,
    InList: lambda leaf: f"who are on the list {_quoted(leaf.name)}",
    Message: _message,
    Technology: _technology,
    Reachable: lambda leaf: f"who can be reached by {leaf.channel} about {_quoted(leaf.topic)}",
    Refused: lambda leaf: f"whose address for {leaf.channel} bounced, complained, or is blocked",
    InSegment: lambda leaf: f"who are in the segment {_quoted(leaf.slug)}",
    Stage: lambda leaf: f"in the stage {_quoted(leaf.slug)}",
}
