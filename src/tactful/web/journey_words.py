"""A journey in words: what lets customers in, and what each step does."""

from collections.abc import Mapping
from datetime import timedelta

from tactful.journeys.domain.calendar import Once, OnDate, Recurring, Rule
from tactful.journeys.domain.definition import Entry
from tactful.journeys.domain.fields import WEEKDAYS
from tactful.journeys.domain.matching import EventMatch, PropertyTest
from tactful.journeys.domain.steps import (
    Branch,
    Condition,
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
    Webhook,
)
from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.reading import read
from tactful.segments.domain.tree import parse
from tactful.web import words

_A = {"order": "an order", "deal": "a deal"}
_MOMENTS = {
    "completed_at": "the day an order was completed",
    "placed_at": "the day an order was placed",
    "sent_at": "the day a proposal was sent",
}


def entry_sentence(entry: Entry) -> str:
    """What starts a run."""
    begin = _calendar_sentence(entry, entry.rule) if entry.rule else _event_sentence(entry)
    return f"{begin}, if: {condition_words(entry.condition)}" if entry.condition else begin


def _event_sentence(entry: Entry) -> str:
    if entry.segment:
        verb = "leaves" if entry.event.name == "Segment Left" else "enters"
        return f"When somebody {verb} the segment “{entry.segment}”"
    return f"When “{event_words(entry.event)}” happens"


def _calendar_sentence(entry: Entry, rule: Rule) -> str:
    everybody = "everybody" if entry.about == "customer" else f"once for each {entry.about}"
    whom = f"those in the segment “{entry.segment}”" if entry.segment else everybody
    pace = f", at most {words.number(entry.per_hour)} an hour" if entry.per_hour else ""
    match rule:
        case OnDate():
            when = _days_from(rule.days, _date_of(rule))
            every = " every year" if rule.yearly else ""
            return f"{when}{every} at {rule.at:%H:%M} by their clocks, {whom}"
        case Recurring():
            return f"{_recurring(rule)} at {rule.at:%H:%M} {_whose(own=rule.own_zone)}, {whom}{pace}"
        case Once():
            return f"On {rule.on:%-d %b %Y} at {rule.at:%H:%M} {_whose(own=rule.own_zone)}, {whom}{pace}"


def _date_of(rule: OnDate) -> str:
    if rule.of == "customer":
        return _plain(rule.attribute)
    return _MOMENTS[rule.attribute] if rule.is_moment else f"the “{_plain(rule.attribute)}” of {_A[rule.of]}"


def _whose(*, own: bool) -> str:
    return "by their clocks" if own else "by the company's clocks"


def _recurring(rule: Recurring) -> str:
    if rule.weekdays:
        return "Every " + " and ".join(WEEKDAYS[day].capitalize() for day in sorted(rule.weekdays))
    return f"On day {rule.month_day} of every month" if rule.month_day else "Every day"


def _days_from(days: int, what: str) -> str:
    if not days:
        return f"On {what}"
    return f"{words.count_of(abs(days), 'day')} {'after' if days > 0 else 'before'} {what}"


def look(name: str, step: Step, templates: Mapping[str, str]) -> tuple[str, str, str, str, str]:
    """Kind, icon, title, detail, and the whole in one sentence."""
    match step:
        case Message():
            names = [templates.get(slug, slug) for slug in step.templates]
            title = " or ".join(names)
            rule = f", if: {condition_words(step.condition)}" if step.condition else ""
            tested = f", {len(step.arms)} texts under test" if step.arms else ""
            about = f"about {step.topic}{tested}{rule}"
            said = f"Message {' or '.join(f'“{name}”' for name in names)} {about}"
            return "message", "mail", title, about, said
        case Wait() | WaitUntil() | WaitForEvent():
            title, detail = _wait_words(step)
            return "wait", "hourglass", title, detail or _plain(name), f"{title} {detail}".strip()
        case Branch():
            rule = condition_words(step.condition) if step.condition else _where(step)
            return "branch", "git-branch", _plain(name).capitalize(), rule, f"Is it so: {rule}?"
        case Split():
            shares = ", ".join(f"{way.name} {way.share:.0%}" for way in step.ways)
            return "branch", "arrows-split", _plain(name).capitalize(), shares, f"By lot: {shares}"
        case Task() | Notify() | Update() | Webhook():
            return _deed(step)
        case Exit():
            return "exit", "flag", "The end", "", "The journey ends"


def _wait_words(step: Wait | WaitUntil | WaitForEvent) -> tuple[str, str]:
    match step:
        case WaitForEvent():
            return f"Wait for {event_words(step.event)}", f"at most {words.span(step.timeout.total_seconds())}"
        case WaitUntil():
            day = _days_from(step.days, _plain(step.attribute or step.of_event))
            return f"Wait until {day[:1].lower()}{day[1:]}", f"{step.at:%H:%M} by his clocks"
        case Wait():
            span = words.span(step.span.total_seconds()) if step.span else ""
            if step.at is None:
                return f"Wait {span}", ""
            days = " or ".join(WEEKDAYS[day].capitalize() for day in sorted(step.weekdays))
            until = f"until {days} {step.at:%H:%M}".replace("  ", " ")
            return f"Wait {f'{span}, then ' if span else ''}{until}", "by his clocks"


def _where(step: Branch) -> str:
    which = "the event it waited for" if step.heard else "the event that began it"
    return f"{which} has {' and '.join(_test(test) for test in step.where)}"


def _deed(step: Task | Notify | Update | Webhook) -> tuple[str, str, str, str, str]:
    match step:
        case Task():
            whom = step.assignee or "anyone"
            said = f"Task for {whom}: {step.title}, within {words.span(_seconds(step.due_after))}"
            return "task", "checklist", step.title, f"task for {whom}", said
        case Notify():
            whom = "whoever looks after him" if step.to == "owner" else step.to
            return "task", "bell", step.text, f"word to {whom}", f"Word to {whom}: {step.text}"
        case Update():
            said = _update_words(step)
            return "task", "pencil", said, "update", f"Update: {said}"
        case Webhook():
            return "task", "webhook", "Call another system", step.url, f"Call {step.url}"


def _update_words(step: Update) -> str:
    parts = [
        f"{_plain(key)} is {value}" if value is not None else f"no {_plain(key)}" for key, value in step.set.items()
    ]
    parts += [f"joins {name}" for name in step.join] + [f"leaves {name}" for name in step.leave]
    return ", ".join(parts)


def _plain(name: str) -> str:
    return name.replace("_", " ").replace("-", " ")


def _seconds(span: timedelta) -> float:
    return span.total_seconds()


def event_words(event: EventMatch) -> str:
    """An event with what must hold of its properties."""
    tests = " and ".join(_test(test) for test in event.where)
    return f"{event.name} with {tests}" if tests else event.name


def _test(test: PropertyTest) -> str:
    if test.operator == "set":
        return f"{test.property} {'set' if test.operand else 'unset'}"
    return f"{test.property} {test.operator.replace('_', ' ')} {test.operand}"


def condition_words(condition: Condition) -> str:
    """A condition as a sentence; its code where it cannot be read any more."""
    try:
        said = words.first_sentence(read(parse(condition.tree)))
        return said[:1].lower() + said[1:]
    except InvalidInput:
        return condition.key
