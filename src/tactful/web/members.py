"""Whom a list of customers is about: members of all the segments named, those who moved between stages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest
from pyroaring import BitMap64

from tactful.consent import queries as consent
from tactful.customers import queries as customers
from tactful.customers.queries import Profile
from tactful.flows import topic_care
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.kernel.errors import NotFound
from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.domain.tree import parse
from tactful.segments.queries import SegmentRow
from tactful.web.months import month_asked
from tactful.web.rearranged import NO_STAGE, rearranged
from tactful.web.shell import Reader
from tactful.web.tried import tried

ANY_STAGE = "any"
_MOST = 8
_WEEK = 7
_MOST_DAYS = 3660


# What a comparison counts of them, in words and as a rule.
_ALSO: Mapping[str, tuple[str, object]] = {
    "bought": ("bought", {"orders": "count", "at_least": 1}),
    "bought_again": ("bought again", {"orders": "count", "at_least": 2}),
    "opened": ("opened a message", {"message": "opened"}),
    "clicked": ("clicked in a message", {"message": "clicked"}),
}


# What somebody may have said of a topic.
_SAID: Mapping[str, str] = {
    topic_care.AGREED: "agreed to",
    topic_care.REFUSED: "refused",
    topic_care.SILENT: "never said yes or no to",
}


@dataclass(frozen=True, slots=True)
class _Also:
    """What else is asked of the customers: by its key in the address, in words, as a rule."""

    key: str
    words: str
    rule: object


@dataclass(frozen=True, slots=True)
class Span:
    """A period as the address says it (`days=7`, `month=2026-11`), and in words."""

    param: str
    value: str
    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Moving:
    """Customers who went from a segment to another in a period; either may be none, or any."""

    source: str
    target: str
    span: Span
    said: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who is asked for. `ids` is None where everybody is."""

    segments: tuple[SegmentRow, ...]
    moving: Moving | None
    ids: BitMap64 | None
    also: tuple[str, str] | None = None  # what else is asked of them: its key and its words

    @property
    def first(self) -> str:
        return self.segments[0].slug if self.segments else ""

    @property
    def more(self) -> tuple[SegmentRow, ...]:
        return self.segments[1:]


def of_consent(topic: str, word: str) -> str:
    """How the address of the list asks for those who said this of a topic."""
    return f"{word}:{topic}"


def chosen(request: HttpRequest, who: Reader, known: Iterable[SegmentRow]) -> Chosen:
    """What the address asks for: `segment` (all of several), `from` and `to` with a `month` or so many `days`."""
    slugs = list(dict.fromkeys(slug for slug in request.GET.getlist("segment") if slug))[:_MOST]
    named = {row.slug: row for row in known}
    moving = _moving(request, who, named)
    ids = services.common(slugs) if slugs else None
    if moving:
        moved = _moved(moving)
        ids = moved if ids is None else ids & moved
    also = _also(request.GET.get("also", ""), who.now)
    if also:
        ids = also[2] if ids is None else ids & also[2]
    said = also[:2] if also else None
    return Chosen(tuple(named[slug] for slug in slugs if slug in named), moving, ids, said)


def _also(key: str, at: datetime) -> tuple[str, str, BitMap64] | None:
    asked = _asked_also(key)
    if asked:
        met = BitMap64(services.ids(parse(asked.rule), at=at, tables=TABLES, folder=FOLDER))
        return asked.key, asked.words, met
    found = rearranged(key, at) or tried(key, at)
    return (key, *found) if found else None


def _asked_also(key: str) -> _Also | None:
    """What else is asked of them by this key of the address; None for one that asks nothing."""
    if key in _ALSO:
        return _Also(key, *_ALSO[key])
    word, _, slug = key.partition(":")
    topic = next((row for row in consent.every_topic() if row.slug == slug), None)
    if topic is None or word not in _SAID:
        return None
    return _Also(key, f"{_SAID[word]} {topic.name} by e-mail", topic_care.rule(slug, word))


def page_of(ids: BitMap64, *, offset: int, limit: int) -> list[Profile]:
    """A page of these customers, those known by the highest numbers first, cut from the set itself."""
    end = max(0, len(ids) - offset)
    numbers = list(ids[max(0, end - limit) : end])[::-1]
    found = customers.cards(numbers)
    return [found[number] for number in numbers if number in found]


def _moving(request: HttpRequest, who: Reader, named: Mapping[str, SegmentRow]) -> Moving | None:
    source, target = request.GET.get("from", ""), request.GET.get("to", "")
    if not source or not target:
        return None
    span = _span(request, who)
    return Moving(source, target, span, f"{_said(source, target, named)} {span.name}")


def _span(request: HttpRequest, who: Reader) -> Span:
    days = request.GET.get("days", "")
    if days.isdecimal() and 0 < int(days) <= _MOST_DAYS:
        name = "this week" if int(days) == _WEEK else f"in the last {int(days)} days"
        return Span("days", str(int(days)), name, who.now - timedelta(days=int(days)), who.now)
    month = month_asked(request, who)
    return Span("month", month.key, f"in {month.name}", month.since, month.until)


def _said(source: str, target: str, named: Mapping[str, SegmentRow]) -> str:
    def name(slug: str) -> str:
        return named[slug].name if slug in named else slug

    if source == ANY_STAGE:
        return f"entered {name(target)}"
    if target == ANY_STAGE:
        return f"left {name(source)}"
    if source == NO_STAGE:
        return f"came into {name(target)}"
    if target == NO_STAGE:
        return f"went from {name(source)} into no stage"
    return f"went from {name(source)} to {name(target)}"


def _moved(moving: Moving) -> BitMap64:
    span = {"since": moving.span.since, "until": moving.span.until}
    try:
        if moving.source == ANY_STAGE:
            return BitMap64(services.passed_ids(moving.target, entered=True, **span))
        if moving.target == ANY_STAGE:
            return BitMap64(services.passed_ids(moving.source, entered=False, **span))
    except NotFound:
        return segments.nobody()
    ends = [None if slug == NO_STAGE else slug for slug in (moving.source, moving.target)]
    return BitMap64(services.flowed(source=ends[0], target=ends[1], **span))
