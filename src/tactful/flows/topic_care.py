"""What hangs on a topic: who said what of it, what uses it, and what must be changed before it is retired."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from tactful.consent import topics
from tactful.content import queries as content
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.journeys import queries as journeys
from tactful.journeys.domain.calendar import Once, moments
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Message as Letter
from tactful.journeys.queries import Summary
from tactful.kernel.errors import Conflict
from tactful.kernel.time import zone_or
from tactful.segments import queries as segments
from tactful.segments import services as asking
from tactful.segments.domain.conditions import Consent, Message, Reachable
from tactful.segments.domain.nodes import said
from tactful.segments.domain.tree import parse
from tactful.team.queries import workspace

AGREED, REFUSED, SILENT = "given", "withdrawn", "unset"
JOURNEY, BROADCAST, TEXT, SEGMENT = "journey", "broadcast", "text", "segment"
_AT_WORK = frozenset({"active", "paused"})
_ARCHIVED = "archived"

Kept = Sequence[tuple[Summary, Definition]]


@dataclass(frozen=True, slots=True)
class Words:
    """How many customers agreed to a topic by e-mail, refused it, and never said anything of it."""

    agreed: int
    refused: int
    silent: int


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that names the topic. While it `holds`, the topic cannot be retired."""

    kind: str
    slug: str
    name: str
    holds: bool = False


def rule(topic: str, word: str) -> object:
    """Who said this of a topic by e-mail, as a segment would ask. A stop of everything is a no to each topic."""
    return {"consent": {"channel": "email", "topic": topic}, "is": word}


def words(topic: str, *, now: datetime) -> Words:
    """What customers said of a topic."""
    asked = (parse(rule(topic, word)) for word in (AGREED, REFUSED, SILENT))
    return Words(*(asking.count(tree, at=now, tables=TABLES, folder=FOLDER) for tree in asked))


def uses() -> dict[str, list[Use]]:
    """Everything that names a topic, by topic; what is archived is left out."""
    kept = [(row, row.definition) for row in journeys.journeys() if row.definition and row.status != _ARCHIVED]
    found: dict[str, list[Use]] = defaultdict(list)
    for use, named in (*_senders(kept), *_texts(kept), *_segments()):
        for topic in sorted(named):
            found[topic].append(use)
    return dict(found)


@transaction.atomic
def retire(slug: str, *, now: datetime) -> None:
    """Nobody is asked or written to about a topic any more. Raises NotFound, Conflict while a journey needs it."""
    refuse_needed({slug})
    topics.retire(slug, now=now)


def refuse_needed(slugs: Collection[str]) -> None:
    """Raises Conflict, naming them, while journeys or broadcasts at work write about one of these topics."""
    for slug, found in uses().items():
        needing = [f"the {use.kind} “{use.name}”" for use in found if use.holds]
        if slug in slugs and needing:
            raise Conflict(f"{' and '.join(needing)} would fall silent: change that first, or archive it")


def _senders(kept: Kept) -> Iterator[tuple[Use, set[str]]]:
    waiting = journeys.waiting([row.id for row, _ in kept])
    for row, definition in kept:
        kind = BROADCAST if isinstance(definition.entry.rule, Once) else JOURNEY
        holds = row.status in _AT_WORK and not (row.id not in waiting and _is_over(row, definition))
        yield Use(kind, row.slug, row.name, holds), {definition.topic, *(one.topic for one in _letters(definition))}


def _is_over(row: Summary, definition: Definition) -> bool:
    """Whether a broadcast has met everybody whom its moment could meet, and nobody is under way in it."""
    once = definition.entry.rule
    if not isinstance(once, Once) or row.counts.active or row.read_until is None:
        return False
    return row.read_until >= moments(once, zone_or(None, workspace().zone))[-1]


def _texts(kept: Kept) -> Iterator[tuple[Use, set[str]]]:
    """A text is about what messages with it are about."""
    sent: dict[str, set[str]] = defaultdict(set)
    for letter in (letter for _, definition in kept for letter in _letters(definition)):
        for slug in letter.templates:
            sent[slug].add(letter.topic)
    for row in content.templates():
        yield Use(TEXT, row.slug, row.name), sent[row.slug]


def _segments() -> Iterator[tuple[Use, set[str]]]:
    for row in segments.segments():
        asked = {one.topic for one in said(row.own) if isinstance(one, Consent | Reachable | Message)}
        yield Use(SEGMENT, row.slug, row.name), {topic for topic in asked if topic}


def _letters(definition: Definition) -> list[Letter]:
    return [step for step in definition.steps.values() if isinstance(step, Letter)]
