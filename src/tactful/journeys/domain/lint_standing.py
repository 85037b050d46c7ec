"""Rules over a journey and what stands around it: texts, segments, topics, other journeys, how it has done."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from tactful.journeys.domain import lint_ways
from tactful.journeys.domain.definition import PLANNED, SEGMENT_EVENTS, Definition
from tactful.journeys.domain.findings import Facts, Found, Severity
from tactful.journeys.domain.lint_making import Check, messages
from tactful.journeys.domain.steps import Condition, Notify
from tactful.kernel.texts import counted
from tactful.segments.domain.nodes import Node

STALE = timedelta(days=60)
MOST_ACTIVATION = 5
ENOUGH = 20
NEARLY_ALL = 0.9
OWNER = "owner"
_NOT_FROM_OUTSIDE = frozenset({PLANNED, *SEGMENT_EVENTS.values()})


def template_missing(definition: Definition, facts: Facts) -> Iterator[Found]:
    if facts.texts is None:
        return
    for name, step in messages(definition).items():
        for slug in step.templates:
            if slug not in facts.texts:
                yield Found(
                    f"steps.{name}.template",
                    f"there is no template {slug!r}: the message is dropped each time",
                    "write the template, or name another",
                )


def template_archived(definition: Definition, facts: Facts) -> Iterator[Found]:
    for name, step in messages(definition).items():
        for slug in step.templates:
            if slug in facts.read and facts.read[slug].archived:
                yield Found(
                    f"steps.{name}.template",
                    f"the template {slug!r} is archived",
                    "bring it back, or name another",
                )


def topic_unknown(definition: Definition, facts: Facts) -> Iterator[Found]:
    if facts.topics is None:
        return
    for where, topic in _topics(definition):
        if topic not in facts.topics | facts.retired:
            yield Found(
                where,
                f"customers have no topic {topic!r} on their page, so nobody can agree to it",
                f"use one of {', '.join(sorted(facts.topics))}",
            )


def topic_retired(definition: Definition, facts: Facts) -> Iterator[Found]:
    for where, topic in _topics(definition):
        if topic in facts.retired:
            yield Found(
                where,
                f"the topic {topic!r} is retired: nothing about it is sent",
                "bring it back under Settings, Topics, or name another",
            )


def _topics(definition: Definition) -> Iterator[tuple[str, str]]:
    """Where topics are named; a message that names the journey's own says nothing new."""
    yield "topic", definition.topic
    for name, step in messages(definition).items():
        if step.topic != definition.topic:
            yield f"steps.{name}.topic", step.topic


def segment_missing(definition: Definition, facts: Facts) -> Iterator[Found]:
    if facts.segments is None:
        return
    for where, slug in lint_ways.segments_named(definition):
        if slug not in facts.segments:
            yield Found(where, f"there is no segment {slug!r} in use", "write it, bring it back, or name another")


def segment_empty(definition: Definition, facts: Facts) -> Iterator[Found]:
    known = facts.segments or {}
    for where, slug in lint_ways.segments_named(definition):
        if slug in known and not known[slug]:
            yield Found(
                where,
                f"nobody has ever been in the segment {slug!r}",
                "look at its rule: perhaps the data that it asks for does not arrive",
            )


def never_happened(definition: Definition, facts: Facts) -> Iterator[Found]:
    said = [("entry.event", definition.entry.event.name)]
    said += [("goal.event", definition.goal.event.name)] if definition.goal else []
    for where, name in said:
        if facts.events and name not in facts.events | _NOT_FROM_OUTSIDE:
            yield Found(
                where,
                f"the event {name!r} has never arrived",
                "let the shop or the service send it, or name one of those under Data",
            )


def stale(_definition: Definition, facts: Facts) -> Iterator[Found]:
    standing = facts.standing
    if standing is None or not standing.active:
        return
    last = standing.last_entry or standing.since
    if facts.now - last > STALE:
        words = (
            f"nobody has entered since {last.day} {last:%b %Y}"
            if standing.last_entry
            else "nobody has entered since it was activated"
        )
        remedy = "look whether its event still arrives and its condition still fits, or archive it"
        yield Found("entry", words, remedy)


def broken(_definition: Definition, facts: Facts) -> Iterator[Found]:
    standing = facts.standing
    if standing is None or standing.judged < ENOUGH or not standing.dropped:
        return
    reason, count = max(standing.dropped.items(), key=lambda pair: (pair[1], pair[0]))
    if count >= NEARLY_ALL * standing.judged:
        yield Found(
            "steps",
            f"of {counted(standing.judged, 'customer')} considered lately, {count} got nothing for one reason:"
            f" {reason}",
            "remove the reason, or pause the journey",
        )


def same_moment(definition: Definition, facts: Facts) -> Iterator[Found]:
    if not messages(definition):
        return
    for other in facts.others:
        if other.slug != definition.slug and messages(other) and _meet(definition, other):
            yield Found(
                "entry",
                f"the journey {other.slug!r} begins at the same moment for some of the same customers",
                "give the two conditions that exclude each other, or make one of them",
            )


def too_many(definition: Definition, facts: Facts) -> Iterator[Found]:
    if definition.category == "activation" and facts.activation > MOST_ACTIVATION:
        yield Found(
            "category",
            f"{facts.activation} journeys at once want a purchase: they compete for the same few messages",
            f"keep the {MOST_ACTIVATION} that earn most, pause the others",
        )


def nobody_hears(definition: Definition, facts: Facts) -> Iterator[Found]:
    if facts.colleagues is None:
        return
    for name, step in definition.steps.items():
        if isinstance(step, Notify) and step.to != OWNER and step.to not in facts.colleagues:
            yield Found(
                f"steps.{name}.to",
                f"{step.to!r} is nobody's sign-in: nobody reads the word",
                "give a colleague's e-mail address, or owner for whoever looks after the customer",
            )


def date_never_told(definition: Definition, facts: Facts) -> Iterator[Found]:
    told = definition.entry.told
    if told and facts.dates is not None and told not in facts.dates:
        about, _, name = told.partition(".")
        yield Found(
            "entry.date",
            f"no {about} that is known has a date {name!r}: nobody would enter",
            "look how its events spell it, and that they write it like 2027-01-31, or name another date",
        )


STANDING: Mapping[str, tuple[Severity, Check]] = {
    "template_missing": (Severity.MUST, template_missing),
    "template_archived": (Severity.MUST, template_archived),
    "topic_unknown": (Severity.MUST, topic_unknown),
    "topic_retired": (Severity.MUST, topic_retired),
    "segment_missing": (Severity.MUST, segment_missing),
    "segment_never_filled": (Severity.SHOULD, segment_empty),
    "event_never_happened": (Severity.SHOULD, never_happened),
    "date_never_told": (Severity.SHOULD, date_never_told),
    "stale": (Severity.SHOULD, stale),
    "broken": (Severity.MUST, broken),
    "same_moment": (Severity.MUST, same_moment),
    "too_many_activations": (Severity.SHOULD, too_many),
    "notice_to_nobody": (Severity.MUST, nobody_hears),
}


def _meet(one: Definition, other: Definition) -> bool:
    """Whether one customer at one moment may enter both, as far as can be seen."""
    if one.entry.event.name == PLANNED or other.entry.event.name == PLANNED:
        return one.entry.rule == other.entry.rule and one.entry.segment == other.entry.segment
    same = (one.entry.event.name, one.entry.segment) == (other.entry.event.name, other.entry.segment)
    if not same or _at_odds(one, other):
        return False
    return not lint_ways.exclude_each_other(*_trees(one.entry.condition, other.entry.condition))


def _at_odds(one: Definition, other: Definition) -> bool:
    """Whether the two ask different values of one property of the event."""
    wanted = {test.property: test.operand for test in one.entry.event.where if test.operator == "is"}
    return any(
        test.operator == "is" and test.property in wanted and wanted[test.property] != test.operand
        for test in other.entry.event.where
    )


def _trees(*conditions: Condition | None) -> Iterator[Node]:
    return (lint_ways.tree(condition) for condition in conditions if condition)
