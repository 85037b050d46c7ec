"""From the tree back to JSON values: what `tree.parse` takes, in one spelling."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from tactful.segments.domain.comparisons import Bound, CalendarDays, Comparison, LastDays, Op, Value, Whose, Window
from tactful.segments.domain.conditions import (
    Attribute,
    Consent,
    EventAmount,
    EventCount,
    EventMoment,
    EventShare,
    Everyone,
    InList,
    InSegment,
    Message,
    Near,
    Orders,
    Percentile,
    Property,
    Reachable,
    Records,
    Refused,
    Rfm,
    Sample,
    Sequence,
    Stage,
    Step,
    Technology,
)
from tactful.segments.domain.nodes import All, Any, Meaning, Node, Not

Json = dict[str, object]


def to_json(node: Node) -> Json:
    """The tree as JSON values; `parse(to_json(node)) == node`."""
    return _WRITTEN[type(node)](node)


def _group(key: str) -> Callable[[All | Any], Json]:
    return lambda node: {key: [to_json(child) for child in node.nodes]}


def _attribute(node: Attribute) -> Json:
    return {"attribute": node.field, **_comparison(node.comparison)}


def _consent(node: Consent) -> Json:
    return {"consent": {"channel": node.channel, "topic": node.topic}, "is": str(node.word)}


def _event_moment(node: EventMoment) -> Json:
    return {"event": node.event, str(node.which): {str(node.ago): node.days}, **_where(node.where)}


def _event_amount(node: EventAmount) -> Json:
    said = {"event": node.event, str(node.how): node.of, str(node.bound): node.number}
    return {**said, **_window(node.window), **_where(node.where)}


def _event_share(node: EventShare) -> Json:
    said = {"event": node.event, "share_where": _properties(node.part), str(node.bound): node.number}
    return {**said, **_window(node.window), **_where(node.where)}


def _percentile(node: Percentile) -> Json:
    """The number without what it is compared with."""
    open_to = {"count", *Bound} if not isinstance(node.of, Attribute) else {*Op}
    asked = {key: value for key, value in to_json(node.of).items() if key not in open_to}
    return {"percentile": asked, str(node.bound): node.percent}


def _rfm(node: Rfm) -> Json:
    fifths = (("recency", node.recency), ("frequency", node.frequency), ("money", node.money))
    return {"rfm": {name: list(values) for name, values in fifths if values}}


def _records(node: Records) -> Json:
    said = {"record": node.kind, "state": node.state, "count": {str(node.bound): node.number}}
    return {**said, **_window(node.window)}


def _near(node: Near) -> Json:
    return {"near": {"latitude": node.latitude, "longitude": node.longitude}, "within_km": node.kilometres}


def _message(node: Message) -> Json:
    named = (("journey", node.journey), ("topic", node.topic))
    about = {name: value for name, value in named if value is not None}
    return {"message": node.did, **about, "count": {str(node.bound): node.times}, **_window(node.window)}


def _technology(node: Technology) -> Json:
    said: Json = {"is": node.names[0]} if len(node.names) == 1 else {"in": list(node.names)}
    return {"technology": node.aspect, **said, **_window(node.window)}


def _event_count(node: EventCount) -> Json:
    never = node.bound is Bound.EXACTLY and node.times == 0
    said: Json = {"never": True} if never else {"count": {str(node.bound): node.times}}
    return {"event": node.event, **said, **_window(node.window), **_where(node.where)}


def _sequence(node: Sequence) -> Json:
    said: Json = {"sequence": [_step(step) for step in node.steps]}
    if node.absent is not None:
        said["then_not"] = _step(node.absent)
    return said if node.days is None else {**said, "in_last_days": node.days}


def _step(step: Step) -> Json:
    within = {} if step.within_days is None else {"within_days": step.within_days}
    return {"event": step.event, **within, **_where(step.where)}


def _orders(node: Orders) -> Json:
    said: Json = {"orders": str(node.measure), str(node.bound): node.number, **_window(node.window)}
    if node.category is not None:
        said["category"] = node.category
    if node.months:
        said["months"] = list(node.months)
    return said


def _window(window: Window | None) -> Json:
    if window is None:
        return {}
    if isinstance(window, LastDays):
        return {"in_last_days": window.days}
    if isinstance(window, CalendarDays):
        whose = {} if window.whose is Whose.COMPANY else {"clock": str(window.whose)}
        return {"in_last_calendar_days": window.days, **whose}
    return {"within": {"from": _value(window.start), "to": _value(window.end)}}


def _where(where: tuple[Property, ...]) -> Json:
    return {"where": _properties(where)} if where else {}


def _properties(where: tuple[Property, ...]) -> list[Json]:
    return [{"property": each.name, **_comparison(each.comparison)} for each in where]


def _comparison(comparison: Comparison) -> Json:
    if comparison.op in {Op.IN, Op.BETWEEN}:
        return {str(comparison.op): [_value(value) for value in comparison.values]}
    return {str(comparison.op): _value(comparison.value)}


def _value(value: Value) -> object:
    return value.raw.isoformat() if isinstance(value.raw, datetime | date) else value.raw


_WRITTEN: Mapping[type, Callable[..., Json]] = {
    All: _group("all"),
    Any: _group("any"),
    Not: lambda node: {"not": to_json(node.node)},
    Meaning: lambda node: to_json(node.short),
    Everyone: lambda _: {"everyone": True},
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
    Sample: lambda node: {"sample": node.share, "seed": node.seed},
    InList: lambda node: {"list": node.name},
    Message: _message,
    Technology: _technology,
    Reachable: lambda node: {"reachable": node.channel, "topic": node.topic},
    Refused: lambda node: {"refused": node.channel},
    InSegment: lambda node: {"segment": node.slug},
    Stage: lambda node: {"stage": node.slug},
}
