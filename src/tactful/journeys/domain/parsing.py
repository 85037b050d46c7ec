"""From JSON or YAML data to a Definition; every mistake is named with the path to it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import time

from tactful.journeys.domain.calendar import MOMENTS, Once, OnDate, Recurring
from tactful.journeys.domain.definition import (
    CHANNELS,
    PLANNED,
    SEGMENT_EVENTS,
    Definition,
    Entry,
    ExitOnEvent,
    ExitWhen,
    Goal,
    Reentry,
)
from tactful.journeys.domain.fields import Fields
from tactful.journeys.domain.matching import KEYS, EventMatch, PropertyTest
from tactful.journeys.domain.parsing_steps import parse_steps
from tactful.journeys.domain.shape import check_shape
from tactful.kernel.errors import InvalidInput

CATEGORIES = ("information", "activation", "service")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]*")
_AFTER_DAYS = re.compile(r"after_days:\s*(\d{1,4})")
_MORNING = time(10)
_MOST_PER_HOUR = 10_000_000


def parse(data: object) -> Definition:
    """The journey in `data`. Raises InvalidInput with the path of the first mistake, as in `steps.tips.next`."""
    _refuse_unkeepable(data)
    fields = Fields(data, "")
    topic = fields.text("topic")
    slug = _slug(fields)
    entry = _entry(fields, slug)
    definition = Definition(
        slug=slug,
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
        key=fields.choice("key", tuple(KEYS), default=entry.about),
        goal=_goal(fields),
        entry=entry,
        exit_events=(),
        exit_conditions=(),
        steps=parse_steps(fields.take("steps"), topic=topic, channels=CHANNELS),
        start=fields.text("start"),
    )
    definition = _with_exits(definition, fields)
    fields.finish()
    check_shape(definition)
    return definition


def _refuse_unkeepable(data: object) -> None:
    """What no database keeps: endless loops, halves of signs, the sign of nothing."""
    try:
        text = json.dumps(data, default=str, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidInput("there is half a sign in it, which cannot be kept: write it anew") from None
    except (RecursionError, ValueError, TypeError) as fault:
        raise InvalidInput(f"this is no journey: {fault}") from None
    if rb"\u0000" in text:
        raise InvalidInput("there is a sign in it that cannot be kept (NUL): take it out")


def _slug(fields: Fields) -> str:
    slug = fields.text("slug")
    if not _SLUG.fullmatch(slug):
        fields.fail("slug", f"may have small letters, digits, - and _ only, not {slug!r}")
    return slug


def _reentry(fields: Fields) -> Reentry:
    rule = fields.text("reentry", default="never")
    if days := _AFTER_DAYS.fullmatch(rule):
        return Reentry("after_days", int(days[1]))
    if rule not in {"never", "after_exit", "any_time"}:
        fields.fail("reentry", f"must be never, after_exit, after_days:30 or any_time, not {rule!r}")
    return Reentry(rule)


def _goal(fields: Fields) -> Goal | None:
    if "goal" not in fields:
        return None
    inner = Fields(fields.take("goal"), "goal")
    goal = Goal(inner.event(), inner.span({"within_days": "days"}))
    inner.finish()
    return goal


def _entry(fields: Fields, slug: str) -> Entry:
    if "entry" not in fields:
        fields.fail("entry", "is required")
    inner = Fields(fields.take("entry"), "entry")
    for name, read in _BY_CALENDAR.items():
        if name in inner:
            entry = read(inner, slug)
            break
    else:
        entry = _of_segment(inner) if "segment" in inner else Entry(inner.event(), inner.condition("if"))
    inner.finish()
    return entry


def _of_segment(fields: Fields) -> Entry:
    slug = fields.text("segment")
    name = SEGMENT_EVENTS[fields.choice("on", tuple(SEGMENT_EVENTS), default="entered")]
    return Entry(EventMatch(name, (PropertyTest("segment", "is", slug),)), fields.condition("if"), slug)


def _on_date(fields: Fields, slug: str) -> Entry:
    of, attribute = _whose_date(fields)
    yearly = fields.flag("yearly")
    days = int(fields.number("days", default=0, low=-3660, high=3660))
    rule = OnDate(attribute, days, fields.clock("at") or _MORNING, yearly, of)
    if rule.is_moment and not yearly and days < 1:
        fields.fail("days", _TOO_EARLY)
    return Entry(_heard(slug), fields.condition("if"), _audience(fields), rule)


def _whose_date(fields: Fields) -> tuple[str, str]:
    """Whose date it is, and its name there."""
    said = fields.text("date")
    of, dot, name = said.partition(".")
    if of in _NO_DATES and dot:
        fields.fail("date", _NO_DATES[of])
    if of not in MOMENTS or not dot:
        return "customer", said
    if not name.strip():
        fields.fail("date", f"must name the date of the {of}, as in {of}.{MOMENTS[of][0]}")
    return of, name.strip()


def _recurring(fields: Fields, slug: str) -> Entry:
    inner = Fields(fields.take("schedule"), "entry.schedule")
    rule = Recurring(
        at=inner.clock("at") or _MORNING,
        weekdays=inner.weekdays("weekdays"),
        month_day=int(inner.number("month_day", default=0, low=0, high=31)),
        own_zone=_own_zone(inner),
    )
    if rule.weekdays and rule.month_day:
        inner.fail("month_day", "cannot stand beside weekdays: give one of them")
    inner.finish()
    return Entry(_heard(slug), fields.condition("if"), _audience(fields), rule, _per_hour(fields))


def _once(fields: Fields, slug: str) -> Entry:
    inner = Fields(fields.take("once"), "entry.once")
    day = inner.day("date")
    if day is None:
        inner.fail("date", "is required")
    rule = Once(day, inner.clock("at") or _MORNING, _own_zone(inner))
    inner.finish()
    return Entry(_heard(slug), fields.condition("if"), _audience(fields), rule, _per_hour(fields))


_NO_DATES = {
    "cart": "names no date that is kept: enter by the event of the cart, and begin with a wait",
    "proposal": "is written as that of the deal: deal.valid_until",
}
_TOO_EARLY = (
    "must be at least 1 here: on the day itself, or before it, nobody knows of it yet. To enter at once, enter by "
    "the event"
)
_BY_CALENDAR: dict[str, Callable[[Fields, str], Entry]] = {
    "date": _on_date,
    "schedule": _recurring,
    "once": _once,
}


def _heard(slug: str) -> EventMatch:
    return EventMatch(PLANNED, (PropertyTest("journey", "is", slug),))


def _own_zone(fields: Fields) -> bool:
    return fields.choice("zone", ("customer", "company"), default="customer") == "customer"


def _audience(fields: Fields) -> str | None:
    return fields.text("segment") if "segment" in fields else None


def _per_hour(fields: Fields) -> int:
    return int(fields.number("per_hour", default=0, low=0, high=_MOST_PER_HOUR))


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
