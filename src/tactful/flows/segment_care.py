"""The state of segments as people keep them: what uses each, and what is wrong with having it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from tactful.consent import queries as consent
from tactful.customers import queries as customers
from tactful.journeys import queries as journeys
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Branch, Condition, Message
from tactful.kernel.errors import Conflict
from tactful.segments import queries as segments
from tactful.segments import services as kept
from tactful.segments.domain.known import Known, retired, unknown
from tactful.segments.domain.lint import Finding, Kept, alike, lint
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.spelling import refers_to
from tactful.segments.domain.tree import parse

_AT_WORK = frozenset({"active", "paused"})


def findings() -> list[Finding]:
    """What lint says of all segments in use; the lifecycle's stages are not judged, for they cover everybody."""
    rows = [row for row in segments.segments() if row.position is None]
    sizes = segments.sizes([row.id for row in rows])
    suspects = alike({row.slug: row.action for row in rows})
    members = segments.members_of([row.id for row in rows if row.slug in suspects])
    used = uses()
    there = known()
    all_kept = [
        Kept(
            row.slug,
            row.name,
            row.goal,
            row.action,
            row.own,
            sizes.get(row.id, 0) if row.counted_at else None,
            used[row.slug],
            members.get(row.id, segments.nobody()),
            tuple(unknown(row.own, there)),
            tuple(retired(row.own, there)),
        )
        for row in rows
    ]
    return lint(all_kept, everybody=customers.total())


def known() -> Known:
    """What rules can call by name."""
    return Known(
        topics=frozenset(topic.slug for topic in consent.topics()),
        journeys=frozenset(row.slug for row in journeys.names()),
        retired=consent.retired_topics(),
    )


@transaction.atomic
def archive(slug: str, *, now: datetime) -> None:
    """Take a segment out of use. Raises SegmentUnknown, and Conflict while a journey or segment needs it."""
    if any(stage.slug == slug for stage in segments.stages()):
        raise Conflict("this is a stage of the lifecycle: remove it there, where its customers find their new one")
    needing = [
        journey.name
        for journey in journeys.journeys()
        if journey.status in _AT_WORK and journey.definition and slug in _named(journey.definition)
    ]
    if needing:
        raise Conflict(f"the journey {', '.join(needing)} needs this segment; change or archive that first")
    kept.archive(slug, now=now)


def uses() -> Counter[str]:
    """How many journeys and segments name each segment."""
    found = Counter(slug for row in segments.segments() for slug in row.rule.refers_to)
    for journey in journeys.journeys():
        if journey.definition and journey.status != "archived":
            found.update(set(_named(journey.definition)))
    return found


def asked_by_journeys() -> list[Node]:
    """The rules that journeys at work ask by themselves, without naming a segment."""
    at_work = [plan.definition for plan in journeys.plans().values() if plan and plan.acts]
    return [parse(condition.tree) for definition in at_work for condition in _conditions(definition)]


def _named(definition: Definition) -> Iterator[str]:
    """The segments that a journey names anywhere."""
    if definition.entry.segment:
        yield definition.entry.segment
    for condition in _conditions(definition):
        yield from refers_to(parse(condition.tree))


def _conditions(definition: Definition) -> Iterator[Condition]:
    asked = [definition.entry.condition, *(rule.condition for rule in definition.exit_conditions)]
    asked += [step.condition for step in definition.steps.values() if isinstance(step, Branch | Message)]
    yield from (condition for condition in asked if condition is not None)
