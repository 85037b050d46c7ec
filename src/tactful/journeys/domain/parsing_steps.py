"""From JSON or YAML data to steps; every mistake is named with the path to it."""

from collections.abc import Callable, Mapping
from datetime import time, timedelta

from tactful.journeys.domain.fields import Fields
from tactful.journeys.domain.steps import (
    Arm,
    Branch,
    Exit,
    Message,
    Notify,
    Split,
    Step,
    Task,
    Update,
    Wait,
    WaitForEvent,
    WaitUntil,
    Way,
    Webhook,
    Winner,
)
from tactful.kernel.errors import InvalidInput

_SPAN = {"days": "days", "hours": "hours", "minutes": "minutes"}
_MORNING = time(10)
_LATER = {"points": "loyalty", "coupon": "promotions"}  # steps that come with other parts of the house
_MOST_ARMS = 5
_ROUNDING = 0.001


def parse_steps(data: object, *, topic: str, channels: tuple[str, ...]) -> dict[str, Step]:
    """Steps by name. Raises InvalidInput with the path of the first mistake."""
    if not isinstance(data, Mapping) or not data:
        raise InvalidInput("steps must be an object with at least one step")
    steps: dict[str, Step] = {}
    for name, step in data.items():
        fields = Fields(step, f"steps.{name}")
        steps[str(name)] = _step(fields, topic, channels)
        fields.finish()
    return steps


def _step(fields: Fields, topic: str, channels: tuple[str, ...]) -> Step:
    kind = fields.text("type")
    if kind in _LATER:
        fields.fail("type", f"{kind!r} needs {_LATER[kind]}, which is not here yet")
    if kind == "message":
        return _message(fields, topic, channels)
    if kind not in _KINDS:
        fields.fail("type", f"must be one of {', '.join(('message', *_KINDS))}, not {kind!r}")
    return _KINDS[kind](fields)


def _message(fields: Fields, topic: str, channels: tuple[str, ...]) -> Message:
    arms = tuple(
        _arm(Fields(one, f"{fields.at('arms')}[{index}]")) for index, one in enumerate(fields.items("arms"))
    )
    if arms:
        _check_arms(fields, arms)
    return Message(
        template=arms[0].template if arms else fields.text("template"),
        topic=fields.text("topic", default=topic),
        next=fields.text("next"),
        condition=fields.condition("if"),
        expires_after=fields.span({"expires_hours": "hours"}, default=timedelta(days=3)),
        channel=fields.choice("channel", channels) if "channel" in fields else "",
        arms=arms,
        winner=_winner(fields) if arms else None,
    )


def _arm(fields: Fields) -> Arm:
    arm = Arm(fields.text("name"), fields.text("template"), fields.number("share", low=0.01, high=0.99))
    fields.finish()
    return arm


def _check_arms(fields: Fields, arms: tuple[Arm, ...]) -> None:
    if not 2 <= len(arms) <= _MOST_ARMS:
        fields.fail("arms", f"must be two to {_MOST_ARMS}")
    if len({arm.name for arm in arms}) != len(arms):
        fields.fail("arms", "must have different names")
    _check_shares(fields, "arms", [arm.share for arm in arms])


def _check_shares(fields: Fields, name: str, shares: list[float]) -> None:
    if abs(sum(shares) - 1) > _ROUNDING:
        fields.fail(name, f"must have shares that make 1 together, not {sum(shares):g}")


def _winner(fields: Fields) -> Winner:
    if "winner" not in fields:
        fields.fail("winner", "is required with arms: {by: margin, within_days: 14}, or by an event")
    inner = Fields(fields.take("winner"), fields.at("winner"))
    by = inner.choice("by", ("margin", "event"))
    winner = Winner(by, inner.event() if by == "event" else None, inner.span({"within_days": "days"}))
    inner.finish()
    return winner


def _wait(fields: Fields) -> Step:
    if "until" in fields:
        return _until(fields)
    if "event" in fields:
        return WaitForEvent(
            event=fields.event(),
            timeout=fields.span({"timeout_hours": "hours", "timeout_days": "days"}),
            next=fields.text("next"),
            on_timeout=fields.text("on_timeout"),
        )
    at, weekdays = fields.clock("at"), fields.weekdays("weekdays")
    if weekdays and at is None:
        fields.fail("at", "is required with weekdays")
    # Without a time of day a wait has to say how long.
    span = fields.span(_SPAN, default=timedelta(0) if at else None)
    return Wait(span, fields.text("next"), at, weekdays)


def _until(fields: Fields) -> WaitUntil:
    inner = Fields(fields.take("until"), fields.at("until"))
    attribute, prop = inner.text("attribute", default=""), inner.text("property", default="")
    if bool(attribute) == bool(prop):
        raise InvalidInput(f"{inner.path} needs either an attribute of the customer or a property of the event")
    days = int(inner.number("days", default=0, low=-3660, high=3660))
    at = inner.clock("at") or _MORNING
    inner.finish()
    following = fields.text("next")
    return WaitUntil(attribute, prop, days, at, following, fields.text("missing", default=following))


def _branch(fields: Fields) -> Branch:
    condition, where = fields.condition("if"), fields.tests()
    if (condition is None) == (not where):
        fields.fail("if", "is required, or where for conditions on the journey's own event; not both")
    heard = fields.choice("of", ("start", "heard"), default="start") == "heard"
    return Branch(fields.text("yes"), fields.text("no"), condition, where, heard)


def _split(fields: Fields) -> Split:
    ways = tuple(_way(Fields(one, f"{fields.at('ways')}[{i}]")) for i, one in enumerate(fields.items("ways")))
    if len(ways) < 2:
        fields.fail("ways", "must be at least two")
    if len({way.name for way in ways}) != len(ways):
        fields.fail("ways", "must have different names")
    _check_shares(fields, "ways", [way.share for way in ways])
    return Split(ways)


def _way(fields: Fields) -> Way:
    way = Way(fields.text("name"), fields.number("share", low=0.001, high=0.999), fields.text("next"))
    fields.finish()
    return way


def _task(fields: Fields) -> Task:
    return Task(
        title=fields.text("title"),
        note=fields.text("note", default=""),
        assignee=fields.text("assignee", default=""),
        due_after=fields.span({"due_hours": "hours"}, default=timedelta(days=1)),
        next=fields.text("next"),
    )


def _notify(fields: Fields) -> Notify:
    return Notify(fields.text("to"), fields.text("text"), fields.text("next"))


def _update(fields: Fields) -> Update:
    update = Update(fields.mapping("set"), fields.texts("join"), fields.texts("leave"), fields.text("next"))
    if not (update.set or update.join or update.leave):
        fields.fail("set", "is required, or join or leave: an update has to change something")
    for name, value in update.set.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            fields.fail("set", f"may give texts, numbers, true, false or nothing, not {value!r} for {name!r}")
    return update


def _webhook(fields: Fields) -> Webhook:
    url = fields.text("url")
    if not url.startswith(("https://", "http://")):
        fields.fail("url", f"must be an address that begins with https://, not {url!r}")
    return Webhook(url, fields.mapping("body"), fields.text("next"))


def _exit(_fields: Fields) -> Exit:
    return Exit()


_KINDS: dict[str, Callable[[Fields], Step]] = {
    "wait": _wait,
    "branch": _branch,
    "split": _split,
    "task": _task,
    "notify": _notify,
    "update": _update,
    "webhook": _webhook,
    "exit": _exit,
}
