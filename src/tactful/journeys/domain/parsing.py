"""From JSON or YAML data to a Definition; every mistake is named with the path to it."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from tactful.journeys.domain.definition import (
    SEGMENT_EVENTS,
    WAITS,
    Branch,
    Definition,
    Entry,
    Exit,
    ExitOnEvent,
    ExitWhen,
    Goal,
    Message,
    Reentry,
    Step,
    Task,
    Wait,
    WaitForEvent,
)
from tactful.journeys.domain.fields import Fields
from tactful.journeys.domain.matching import EventMatch, PropertyTest
from tactful.kernel.errors import InvalidInput

CATEGORIES = ("information", "activation", "service")
CHANNELS = ("email",)
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")
_AFTER_DAYS = re.compile(r"after_days:\s*(\d{1,4})")
_SPAN = {"days": "days", "hours": "hours", "minutes": "minutes"}


def parse(data: object) -> Definition:
    """The journey in `data`. Raises InvalidInput with the path of the first mistake, as in `steps.tips.next`."""
    fields = Fields(data, "")
    topic = fields.text("topic")
    steps = _steps(fields.take("steps"), topic=topic)
    definition = Definition(
        slug=_slug(fields),
        name=fields.text("name"),
        description=fields.text("description", default=""),
        owner=fields.text("owner"),
        failure_path=fields.text("failure_path"),
        review_by=fields.day("review_by"),
        category=fields.choice("category", CATEGORIES),
        priority=int(fields.number("priority", default=0, low=-1000, high=1000)),
        topic=topic,
        channel=fields.choice("channel", CHANNELS, default="email"),
        holdout=fields.number("holdout", default=0.0, low=0.0, high=0.9),
        reentry=_reentry(fields),
        key=fields.choice("key", ("customer", "order"), default="customer"),
        goal=_goal(fields),
        entry=_entry(fields),
        exit_events=(),
        exit_conditions=(),
        steps=steps,
        start=fields.text("start"),
    )
    definition = _with_exits(definition, fields)
    fields.finish()
    _check_shape(definition)
    return definition


def _slug(fields: Fields) -> str:
    slug = fields.text("slug")
    if not _SLUG.fullmatch(slug):
        fields.fail("slug", f"may have small letters, digits, - and _ only, not {slug!r}")
    return slug


def _reentry(fields: Fields) -> Reentry:
    rule = fields.text("reentry", default="never")
    if days := _AFTER_DAYS.fullmatch(rule):
        return Reentry("after_days", int(days[1]))
    if rule not in {"never", "after_exit"}:
        fields.fail("reentry", f"must be never, after_exit or after_days:30, not {rule!r}")
    return Reentry(rule)


def _goal(fields: Fields) -> Goal | None:
    if "goal" not in fields:
        return None
    inner = Fields(fields.take("goal"), "goal")
    goal = Goal(inner.event(), inner.span({"within_days": "days"}))
    inner.finish()
    return goal


def _entry(fields: Fields) -> Entry:
    if "entry" not in fields:
        fields.fail("entry", "is required")
    inner = Fields(fields.take("entry"), "entry")
    if "segment" in inner:
        slug = inner.text("segment")
        name = SEGMENT_EVENTS[inner.choice("on", tuple(SEGMENT_EVENTS), default="entered")]
        entry = Entry(EventMatch(name, (PropertyTest("segment", "is", slug),)), inner.condition("if"), slug)
    else:
        entry = Entry(inner.event(), inner.condition("if"))
    inner.finish()
    return entry


def _with_exits(definition: Definition, fields: Fields) -> Definition:
    rules = fields.take("exit")
    if rules is not None and not isinstance(rules, list):
        fields.fail("exit", "must be a list of exit rules")
    events: list[ExitOnEvent] = []
    conditions: list[ExitWhen] = []
    for index, rule in enumerate(rules or []):
        inner = Fields(rule, f"exit[{index}]")
        if "event" in inner:
            event = inner.event()
            events.append(ExitOnEvent(event, inner.text("reason", default=event.name)))
        elif condition := inner.condition("if"):
            conditions.append(ExitWhen(condition, inner.text("reason")))
        else:
            raise InvalidInput(f"{inner.path} needs an event or an if")
        inner.finish()
    return replace(definition, exit_events=tuple(events), exit_conditions=tuple(conditions))


def _steps(data: object, *, topic: str) -> dict[str, Step]:
    if not isinstance(data, Mapping) or not data:
        raise InvalidInput("steps must be an object with at least one step")
    steps: dict[str, Step] = {}
    for name, step in data.items():
        fields = Fields(step, f"steps.{name}")
        steps[str(name)] = _step(fields, topic)
        fields.finish()
    return steps


def _step(fields: Fields, topic: str) -> Step:
    kind = fields.choice("type", ("message", "wait", "branch", "task", "exit"))
    match kind:
        case "message":
            return Message(
                template=fields.text("template"),
                topic=fields.text("topic", default=topic),
                next=fields.text("next"),
                condition=fields.condition("if"),
                expires_after=fields.span({"expires_hours": "hours"}, default=timedelta(days=3)),
            )
        case "wait":
            return _wait(fields)
        case "branch":
            condition = fields.condition("if")
            if condition is None:
                fields.fail("if", "is required")
            return Branch(condition, yes=fields.text("yes"), no=fields.text("no"))
        case "task":
            return Task(
                title=fields.text("title"),
                note=fields.text("note", default=""),
                assignee=fields.text("assignee", default=""),
                due_after=fields.span({"due_hours": "hours"}, default=timedelta(days=1)),
                next=fields.text("next"),
            )
        case _:
            return Exit()


def _wait(fields: Fields) -> Step:
    if "event" not in fields:
        return Wait(fields.span(_SPAN), next=fields.text("next"))
    return WaitForEvent(
        event=fields.event(),
        timeout=fields.span({"timeout_hours": "hours", "timeout_days": "days"}),
        next=fields.text("next"),
        on_timeout=fields.text("on_timeout"),
    )


def _check_shape(definition: Definition) -> None:
    steps = definition.steps
    if definition.start not in steps:
        raise InvalidInput(f"start: there is no step {definition.start!r}")
    for name, step in steps.items():
        for edge in step.edges:
            if edge.target is not None and edge.target not in steps:
                raise InvalidInput(
                    f"steps.{name}: its way {edge.name!r} leads to {edge.target!r}, which is no step"
                )
    if unreachable := sorted(steps.keys() - _reachable(steps, definition.start)):
        raise InvalidInput(f"steps.{unreachable[0]} cannot be reached from {definition.start!r}")
    if loop := _loop_without_wait(steps):
        raise InvalidInput(f"steps.{loop} goes round in a circle without a wait: put a wait into the loop")
    if definition.holdout and definition.goal is None:
        raise InvalidInput("holdout needs a goal: without one there is nothing to compare")


def _reachable(steps: Mapping[str, Step], start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(edge.target for edge in steps[name].edges if edge.target is not None)
    return seen


def _loop_without_wait(steps: Mapping[str, Step]) -> str | None:
    """A step on a circle of steps of which none waits.

    Steps that lead to no such step are taken off until nothing is left, or a circle.
    """
    ahead = {
        name: {edge.target for edge in step.edges if edge.target is not None}
        for name, step in steps.items()
        if not isinstance(step, WAITS)
    }
    while ends := [name for name, targets in ahead.items() if not targets & ahead.keys()]:
        for name in ends:
            del ahead[name]
    return min(ahead, default=None)
