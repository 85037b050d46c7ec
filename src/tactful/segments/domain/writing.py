"""From the tree back to JSON values: what `tree.parse` takes, in one spelling."""

from datetime import date, datetime

from tactful.segments.domain.nodes import (
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
    Node,
    Not,
    Op,
    Orders,
    Property,
    Value,
    Window,
)

Json = dict[str, object]


def to_json(node: Node) -> Json:
    """The tree as JSON values; `parse(to_json(node)) == node`."""
    match node:
        case All(nodes):
            return {"all": [to_json(child) for child in nodes]}
        case Any(nodes):
            return {"any": [to_json(child) for child in nodes]}
        case Not(child):
            return {"not": to_json(child)}
        case Everyone():
            return {"everyone": True}
        case Attribute(field, comparison):
            return {"attribute": field, **_comparison(comparison)}
        case Consent(channel, topic, word):
            return {"consent": {"channel": channel, "topic": topic}, "is": str(word)}
        case EventCount():
            return _event_count(node)
        case EventMoment(event, which, ago, days, where):
            return {"event": event, str(which): {str(ago): days}, **_where(where)}
        case Orders(measure, bound, number, window, category):
            said: Json = {"orders": str(measure), str(bound): number, **_window(window)}
            return said if category is None else {**said, "category": category}


def _event_count(node: EventCount) -> Json:
    never = node.bound is Bound.EXACTLY and node.times == 0
    said: Json = {"never": True} if never else {"count": {str(node.bound): node.times}}
    return {"event": node.event, **said, **_window(node.window), **_where(node.where)}


def _window(window: Window | None) -> Json:
    if window is None:
        return {}
    if isinstance(window, LastDays):
        return {"in_last_days": window.days}
    return {"within": {"from": _value(window.start), "to": _value(window.end)}}


def _where(where: tuple[Property, ...]) -> Json:
    if not where:
        return {}
    return {"where": [{"property": each.name, **_comparison(each.comparison)} for each in where]}


def _comparison(comparison: Comparison) -> Json:
    if comparison.op is Op.IN:
        return {"in": [_value(value) for value in comparison.values]}
    return {str(comparison.op): _value(comparison.value)}


def _value(value: Value) -> object:
    return value.raw.isoformat() if isinstance(value.raw, datetime | date) else value.raw
