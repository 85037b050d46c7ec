"""A journey or broadcast is let go, by whatever door: its texts are read by a second person and reviewed first.

One at work that is changed is let go anew, with the texts that it did not have before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction

from tactful.content import queries as content
from tactful.content.domain.findings import Finding
from tactful.flows import journey_care, quality, reaching
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.lint import stopping
from tactful.journeys.domain.parsing import parse
from tactful.journeys.domain.places import place_of
from tactful.kernel.errors import Conflict, NotFound

_AT_WORK, _PAUSED = "active", "paused"
_TOLD = 3  # faults; the page of each text tells the rest


def launch(slug: str, *, by: str, now: datetime) -> None:
    """Let customers in. What the review of the texts found is kept with the launch, also where it is refused.

    Raises NotFound, also for a text or an audience that is not there; Conflict where a text must be read or mended
    first, where what it needs is not there, or the journey is archived; InvalidInput where it sends by a channel
    that is not here yet.
    """
    summary = journeys.journey(slug).summary
    definition = summary.definition
    if definition:
        services.refuse_unsendable(definition)
        _refuse_unread(definition.templates)
        _refuse_idle(definition, now=now)
        _refuse_faulty(definition, definition.templates, by=by, now=now)
    services.activate(slug, now=now)
    if definition and summary.status != _PAUSED:
        reaching.keep_at_launch(definition, by=by, now=now)


def save(data: object, *, by: str, now: datetime) -> services.Saved:
    """Keep a new journey or a new version of one. Raises what `launch` raises where customers come in already."""
    definition = parse(data)
    present = next((row for row in journeys.journeys() if row.slug == definition.slug), None)
    if present and present.status == _AT_WORK:
        had = present.definition.templates if present.definition else ()
        services.refuse_unsendable(definition)
        fresh = [slug for slug in definition.templates if slug not in had]
        _refuse_unread(fresh)
        _refuse_idle(definition, now=now)
        _refuse_faulty(definition, fresh, by=by, now=now)
        reaching.keep_at_launch(definition, by=by, now=now)
    return services.save(data, now=now)


@contextmanager
def changing_text(slug: str) -> Iterator[None]:
    """Around the saving of a text. Where a journey at work sends it, what the review newly stops is taken back.

    Raises Conflict then. Faults that the text had before stay somebody's task: they must not keep a typo in it.
    """
    journeys_at_work = [row for row in _at_work() if slug in row.templates]
    with transaction.atomic():
        had = {row.slug: _stops(slug, row) for row in journeys_at_work}
        yield
        fresh = {row.name: _stops(slug, row) - had[row.slug] for row in journeys_at_work}
        if faults := set().union(*fresh.values()):
            senders = " and ".join(f"“{name}”" for name, found in fresh.items() if found)
            raise Conflict(f"{senders} sends this text now, so it must pass the review: {' '.join(sorted(faults))}")


def _at_work() -> list[Definition]:
    return [row.definition for row in journeys.journeys() if row.status == _AT_WORK and row.definition]


def _stops(slug: str, sender: Definition) -> set[str]:
    """What the review of a text finds for the audience of a journey that must not go out."""
    try:
        texts = content.text(slug).texts
    except NotFound:
        return set()
    segment = sender.entry.segment or ""
    found = quality.review(texts, person=quality.sample(segment), segment=segment)
    return {finding.words for finding in found if finding.stops}


def _refuse_idle(definition: Definition, *, now: datetime) -> None:
    """Refuse what would let customers in and could do nothing for them."""
    faults = stopping(journey_care.of_parsed(definition, now=now))
    if faults:
        told = [f"{place_of(fault.where)}: {fault.words}; {fault.remedy}." for fault in faults[:_TOLD]]
        raise Conflict(f"It cannot work as it stands. {' '.join(told)}{_more(len(faults))}")


def _refuse_unread(templates: Collection[str]) -> None:
    if waiting := content.unapproved(templates):
        raise Conflict(
            f"Somebody else must read these texts before they go out: {', '.join(waiting)}. "
            "Whoever did not write them approves them on their pages, under Content."
        )


def _refuse_faulty(definition: Definition, templates: Collection[str], *, by: str, now: datetime) -> None:
    faults = quality.review_launch(
        templates,
        occasion=f"journey {definition.slug}",
        by=by,
        now=now,
        segment=definition.entry.segment or "",
    )
    if faults:
        raise Conflict(f"Mend this before it goes out, under Content: {_told(faults)}")


def _told(found: Mapping[str, Sequence[Finding]]) -> str:
    """Each fault once, with the texts that have it."""
    having: dict[str, list[str]] = defaultdict(list)
    for slug, findings in found.items():
        for said in dict.fromkeys(finding.words for finding in findings):
            having[said].append(slug)
    faults = [f"{said} ({', '.join(sorted(slugs))})" for said, slugs in having.items()]
    return " ".join(faults[:_TOLD]) + _more(len(faults))


def _more(count: int) -> str:
    return f" And {count - _TOLD} more." if count > _TOLD else ""
