"""What has to be said below a rule: how days are counted, and who is not excepted."""

from collections.abc import Iterator

from tactful.segments.domain.catalogue import Kind, kind_of
from tactful.segments.domain.comparisons import Between, Holds, LastDays, Op
from tactful.segments.domain.conditions import (
    Attribute,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    How,
    Leaf,
    Message,
    Near,
    Orders,
    Percentile,
    Records,
    Rfm,
    Sequence,
    Short,
    Technology,
    Word,
)
from tactful.segments.domain.nodes import All, Any, Node, Not, said
from tactful.segments.domain.without import ALWAYS_SET
from tactful.segments.domain.wording import SPANS

_DAYS = "A day is a span of 24 hours, counted back from the moment of asking."
_CLOCK = "Days and months begin by the company's clock."


def notes_on(node: Node) -> list[str]:
    notes = []
    if any(_counts_days(leaf) for leaf in said(node)):
        notes.append(_DAYS)
    if any(_can_be_unset(leaf) for leaf in _denied(node)):
        notes.append("Who has no such value or event is not excepted by it.")
    if any(_by_our_clock(leaf) for leaf in said(node)):
        notes.append(_CLOCK)
    return notes


def _counts_days(leaf: Leaf | Short) -> bool:
    match leaf:
        case EventMoment() | Sequence():
            return True
        case Attribute(_, comparison):
            return comparison.op in SPANS
        case EventCount(window=window, where=where) | EventAmount(window=window, where=where):
            return isinstance(window, LastDays) or any(each.comparison.op in SPANS for each in where)
        case EventShare(window=window, where=where, part=part):
            return isinstance(window, LastDays) or any(each.comparison.op in SPANS for each in (*where, *part))
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
