"""A definition as people like to read it: its fields in a steady order, its steps along the way."""

from collections.abc import Iterator, Mapping
from typing import Any

# The order in which people read: what it is, whose, how it is judged, who comes in, who leaves, what happens.
_TOP = (
    "slug", "name", "description", "owner", "failure_path", "review_by", "category", "priority", "topic", "channel",
    "holdout", "reentry", "key", "goal", "entry", "exit", "start", "steps",
)  # fmt: skip
# Steps; conditions and events: what, then how, then when; where a step leads, last.
_WORDS = """
type name share template title note assignee due_hours to text url body set join leave arms winner by ways until
all any not attribute consent reachable event sequence orders record message technology list near segment stage
sample rfm percentile property of state on date schedule once days hours minutes weekdays month_day at zone
yearly per_hour is is_not in contains starts greater less at_least at_most exactly count never last first where
same_key in_last_days in_last_calendar_days within within_days if topic channel expires_hours timeout_hours
timeout_days reason yes no next on_timeout missing
"""
_INNER = tuple(_WORDS.split())
_LEADS = ("yes", "no", "next", "on_timeout", "missing")


def in_order(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same data, for a database keeps fields in an order of its own."""
    found = {name: _ordered(data[name], _INNER) for name in _by(_TOP, data) if name != "steps"}
    steps = data.get("steps")
    if isinstance(steps, Mapping):
        along = dict.fromkeys([*_walk(steps, data.get("start")), *sorted(steps)])
        found["steps"] = {name: _ordered(steps[name], _INNER) for name in along}
    return found


def _ordered(value: Any, order: tuple[str, ...]) -> Any:
    if isinstance(value, Mapping):
        return {name: _ordered(value[name], order) for name in _by(order, value)}
    return [_ordered(inner, order) for inner in value] if isinstance(value, list) else value


def _by(order: tuple[str, ...], data: Mapping[str, Any]) -> list[str]:
    ranks = {name: rank for rank, name in enumerate(order)}
    return sorted(data, key=lambda name: (ranks.get(name, len(order)), name))


def _walk(steps: Mapping[str, Any], start: object) -> Iterator[str]:
    """Steps in the order in which a customer meets them; the ends last."""
    seen: set[object] = set()
    ends: list[str] = []
    ahead = [start]
    while ahead:
        name = ahead.pop()
        step = steps.get(name) if isinstance(name, str) else None
        if name in seen or not isinstance(step, Mapping):
            continue
        seen.add(name)
        if step.get("type") == "exit":
            ends.append(str(name))
        else:
            yield str(name)
        ways = step.get("ways") or []
        leads = [step.get(lead) for lead in _LEADS] + [way.get("next") for way in ways if isinstance(way, Mapping)]
        ahead.extend(lead for lead in reversed(leads) if lead is not None)
    yield from ends
