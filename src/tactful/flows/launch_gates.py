"""What is known beforehand to stop a launch, so that nobody is promised one that is refused. Nothing is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tactful.content import queries as content
from tactful.flows import journey_care, quality
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.lint import unlaunchable
from tactful.kernel.errors import NotFound, TactfulError


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that a launch is refused for: where, in words, what to do; `text` is the template it is about."""

    where: str
    words: str
    remedy: str
    text: str = ""


def gates(definition: Definition, *, now: datetime) -> list[Gate]:
    """Everything that stops a launch now, in the order in which it is mended."""
    found = unlaunchable(journey_care.of_parsed(definition, now=now))
    return [*(Gate(one.where, one.words, one.remedy) for one in found), *_of_texts(definition)]


def _of_texts(definition: Definition) -> Iterator[Gate]:
    names = {row.slug: row.name for row in content.templates()}
    unread = set(content.unapproved(definition.templates))
    for slug in definition.templates:
        name = names.get(slug, slug)
        if slug in unread:
            yield Gate(name, "somebody else must read it first", "whoever did not write it approves it", slug)
        for words in _faults(slug, definition.entry.segment or ""):
            yield Gate(name, words.rstrip("."), "mend the text", slug)


def _faults(slug: str, segment: str) -> list[str]:
    """What the review of a text finds that must not go out. One that is not there is told by lint."""
    try:
        found = quality.review(content.text(slug).texts, person=quality.sample(segment), segment=segment)
    except NotFound:
        return []
    except TactfulError as fault:
        return [fault.message]
    return list(dict.fromkeys(finding.words for finding in found if finding.stops))
