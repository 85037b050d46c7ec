"""Each condition as a clause that a marketer reads. It says what unset means wherever it matters."""

from collections.abc import Callable, Mapping

from tactful.segments.domain.catalogue import TECHNOLOGY
from tactful.segments.domain.comparisons import Bound
from tactful.segments.domain.conditions import (
    Ago,
    Attribute,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    Everyone,
    How,
    InList,
    InSegment,
    Leaf,
    Measure,
    Message,
    Near,
    Numeric,
    Orders,
    Percentile,
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
    Which,
    Word,
)
from tactful.segments.domain.without import meets_empty
from tactful.segments.domain.wording import (
    BOUNDS,
    compared,
    days_long,
    field_named,
    in_months,
    in_period,
    or_unset,
    quoted,
    so_many_times,
    such_that,
)

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


def phrase(leaf: Leaf | Short) -> str:
    """One condition as a clause that follows "customers"."""
    return _PHRASES[type(leaf)](leaf)


def _attribute(leaf: Attribute) -> str:
    return f"whose {field_named(leaf.field)} {compared(leaf.comparison)}{or_unset(leaf.comparison)}"


def _event_moment(leaf: EventMoment) -> str:
    order = "last" if leaf.which is Which.LAST else "first"
    length = "more" if leaf.ago is Ago.MORE else "less"
    return f"whose {order} {quoted(leaf.event)}{such_that(leaf.where)} was {length} than {days_long(leaf.days)} ago"


def _event_amount(leaf: EventAmount) -> str:
    what = f"{quoted(leaf.of)} of {quoted(leaf.event)}{such_that(leaf.where)}{in_period(leaf.window)}"
    made = {
        How.SUM: f"whose {what} adds up to",
        How.AVERAGE: f"whose {what} is on average",
        How.SMALLEST: f"whose smallest {what} is",
        How.LARGEST: f"whose largest {what} is",
        How.DISTINCT: f"whose number of different {what} is",
    }[leaf.how]
    return f"{made} {BOUNDS[leaf.bound]} {leaf.number}{_none_too(leaf)}"


def _event_share(leaf: EventShare) -> str:
    whole = f"{quoted(leaf.event)}{such_that(leaf.where)}{in_period(leaf.window)}"
    part = such_that(leaf.part).removeprefix(" where ")
    return f"of whose {whole} {BOUNDS[leaf.bound]} {leaf.number * 100:g} % are such that {part}"


def _sequence(leaf: Sequence) -> str:
    first, *others = leaf.steps
    begins = f" in the last {days_long(leaf.days)}" if leaf.days is not None else ""
    said = [f"who did {quoted(first.event)}{such_that(first.where)}{begins}"]
    said += [f"then {quoted(step.event)}{such_that(step.where)}{_soon(step)}" for step in others]
    if leaf.absent is not None:
        said.append(f"and then not {quoted(leaf.absent.event)}{such_that(leaf.absent.where)}{_soon(leaf.absent)}")
    return ", ".join(said)


def _soon(step: Step) -> str:
    return "" if step.within_days is None else f" within {days_long(step.within_days)}"


def _records(leaf: Records) -> str:
    state = "" if leaf.state == "any" else f"{leaf.state} "
    some = "" if leaf.number == 1 else "s"
    what = f"{state}{leaf.kind}{some}{in_period(leaf.window)}"
    if leaf.bound.meets(0, leaf.number) and leaf.number == 0:
        return f"who have no {what}"
    return f"who have {BOUNDS[leaf.bound]} {leaf.number} {what}{_none_too(leaf)}"


def _percentile(leaf: Percentile) -> str:
    who = "buyers" if isinstance(leaf.of, Orders) else "customers with such a number"
    return f"whose {_number(leaf.of)} is {BOUNDS[leaf.bound]} what {leaf.percent:g} % of all {who} had"


def _number(leaf: Numeric) -> str:
    """The number that a condition looks at."""
    match leaf:
        case Attribute(field):
            return field_named(field)
        case Records(kind, state, window=window):
            return f"number of {'' if state == 'any' else f'{state} '}{kind}s{in_period(window)}"
        case Orders(measure, category=category, months=months, window=window):
            about = f" in {quoted(category)}" if category is not None else ""
            return f"{str(measure).replace('_', ' ')} of purchases{about}{in_months(months)}{in_period(window)}"
    what = f"{quoted(leaf.event)}{such_that(leaf.where)}{in_period(leaf.window)}"
    match leaf:
        case EventAmount(how=how, of=of):
            made = "number of different" if how is How.DISTINCT else str(how)
            return f"{made} {quoted(of)} of {what}"
        case EventShare(part=part):
            return f"share of {what} such that {such_that(part).removeprefix(' where ')}"
    return f"number of {what}"


def _rfm(leaf: Rfm) -> str:
    fifths = (("recency", leaf.recency), ("frequency", leaf.frequency), ("money", leaf.money))
    said = [f"{name} {' or '.join(map(str, values))}" for name, values in fifths if values]
    return f"in the fifths {', '.join(said)} of all buyers (5 is the best)"


def _near(leaf: Near) -> str:
    return f"who live within {leaf.kilometres:g} km of {leaf.latitude:g}, {leaf.longitude:g}"


def _sample(leaf: Sample) -> str:
    return f"who fall into a random {leaf.share * 100:g} % of all (drawn by {quoted(leaf.seed)})"


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
    about = "".join(f"{word}{quoted(name)}" for word, name in named if name is not None)
    if leaf.times == 0 and leaf.bound in {Bound.EXACTLY, Bound.AT_MOST}:
        too = "" if leaf.did == "sent" else " (who was sent none counts too)"
        return f"who never {did}{about}{in_period(leaf.window)}{too}"
    once = (leaf.bound, leaf.times) == (Bound.AT_LEAST, 1)
    often = "" if once else f" {BOUNDS[leaf.bound]} {so_many_times(leaf.times)}"
    return f"who {did}{about}{often}{in_period(leaf.window)}"


def _consent(leaf: Consent) -> str:
    channel, topic = leaf.channel, leaf.topic
    about = "everything" if topic == "*" else quoted(topic)
    return {
        Word.GIVEN: f"who agreed to {channel} about {about}",
        Word.WITHDRAWN: f"who refused {channel} about {about}",
        Word.UNSET: f"who never said yes or no to {channel} about {about}",
    }[leaf.word]


def _event_count(leaf: EventCount) -> str:
    what = f"{quoted(leaf.event)}{such_that(leaf.where)}"
    when = in_period(leaf.window)
    if leaf.times == 0 and leaf.bound in {Bound.EXACTLY, Bound.AT_MOST}:
        return f"who did not do {what}{when}" if when else f"who never did {what}"
    if leaf.times == 1 and leaf.bound is Bound.AT_LEAST:
        return f"who did {what}{when}"
    times = "once" if leaf.times == 1 else f"{leaf.times} times"
    return f"who did {what} {BOUNDS[leaf.bound]} {times}{when}{_none_too(leaf)}"


def _orders(leaf: Orders) -> str:
    what = f" in {quoted(leaf.category)}" if leaf.category is not None else ""
    when = f"{in_months(leaf.months)}{in_period(leaf.window)}"
    amount = f"{BOUNDS[leaf.bound]} {_amount(leaf)}"
    if leaf.measure is Measure.COUNT:
        if leaf.number == 0 and leaf.bound in {Bound.EXACTLY, Bound.AT_MOST}:
            return f"who bought nothing{what}{when}"
        unit = "once" if leaf.number == 1 else f"{leaf.number} times"
        return f"who bought{what} {BOUNDS[leaf.bound]} {unit}{when}{_none_too(leaf)}"
    if leaf.measure.age:
        order = "last" if leaf.measure is Measure.DAYS_SINCE_LAST else "first"
        return f"whose {order} purchase{what} was {BOUNDS[leaf.bound]} {days_long(leaf.number)} ago"
    return f"who {_MEASURES[leaf.measure].format(amount=amount)}{what}{when}{_none_too(leaf)}"


def _amount(leaf: Orders) -> str:
    return (
        f"{leaf.number * 100:g} %"
        if leaf.measure.share
        else f"{leaf.number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    )


def _none_too(leaf: Leaf) -> str:
    return " (not at all counts too)" if meets_empty(leaf) else ""


def _technology(leaf: Technology) -> str:
    names = " or ".join(quoted(name) for name in leaf.names)
    return f"who used the {TECHNOLOGY[leaf.aspect]} {names}{in_period(leaf.window)}"


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
    InList: lambda leaf: f"who are on the list {quoted(leaf.name)}",
    Message: _message,
    Technology: _technology,
    Reachable: lambda leaf: f"who can be reached by {leaf.channel} about {quoted(leaf.topic)}",
    Refused: lambda leaf: f"whose address for {leaf.channel} bounced, complained, or is blocked",
    InSegment: lambda leaf: f"who are in the segment {quoted(leaf.slug)}",
    Stage: lambda leaf: f"in the stage {quoted(leaf.slug)}",
}
