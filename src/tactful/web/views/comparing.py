"""Segments side by side, and against everybody."""

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.kernel.errors import NotFound
from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.queries import SegmentRow
from tactful.segments.services.comparing import FEW_ACTS, MOST, Comparison
from tactful.web import words
from tactful.web.access import staff
from tactful.web.charts import Chart, Series
from tactful.web.pages import page, reader
from tactful.web.shell import Reader

_TONES = "abcdefgh"
_CHANNELS = {"email": "E-mail", "sms": "SMS", "push": "Push"}


@staff()
def compare(request: HttpRequest) -> HttpResponse:
    who = reader()
    known = sorted(segments.segments(), key=lambda row: (row.position is not None, row.position or 0, row.name))
    named = {row.slug: row for row in known}
    asked = list(dict.fromkeys(slug for slug in request.GET.getlist("segment") if slug in named))
    context: dict[str, Any] = {
        "own": [row for row in known if row.position is None],
        "stages": [row for row in known if row.position is not None],
        "asked": asked,
        "most": MOST,
        "few": FEW_ACTS,
        "fault": _fault(asked),
        "alone": named[asked[0]] if len(asked) == 1 else None,
    }
    if 2 <= len(asked) <= MOST:
        found = services.compare(asked, at=who.now, tables=TABLES, folder=FOLDER)
        context |= {
            "found": found,
            "rows": list(zip(found.segments, found.columns, strict=True)),
            "channels": [(channel, _CHANNELS.get(channel, channel)) for channel in found.channels],
            "overlap": _overlap(found),
            "elsewhere": found.everybody.elsewhere,
            "chart": _trend([named[slug] for slug in asked], who),
        }
    return page(request, "web/segments_compare.html", context, title="Compare segments")


@staff()
def beside(request: HttpRequest, slug: str) -> HttpResponse:
    """Money and rhythm of one segment against everybody: its page asks for it when it stands."""
    try:
        found = services.beside(slug, at=reader().now, tables=TABLES, folder=FOLDER)
        row = segments.segment(slug)
    except NotFound:
        raise Http404 from None
    context = {"segment": row, "found": found, "columns": (("segment", found.column), ("", found.everybody))}
    return page(request, "web/segment_beside.html", context, title=f"{row.called} and everybody")


def _fault(asked: list[str]) -> str:
    if len(asked) > MOST:
        return f"{len(asked)} are too many to read side by side: choose at most {MOST}."
    return ""


def _overlap(found: Comparison) -> list[tuple[SegmentRow, list[tuple[SegmentRow, int, int]]]]:
    """Rows of (segment, cells of (other segment, customers in both, customers of the row))."""
    return [
        (
            row,
            [(other, both, found.columns[place].size) for other, both in zip(found.segments, counts, strict=True)],
        )
        for place, (row, counts) in enumerate(zip(found.segments, found.overlap, strict=True))
    ]


def _trend(chosen: list[SegmentRow], who: Reader) -> Chart | None:
    trends = segments.trends(chosen, now=who.now)
    known = [day for trend in trends.values() for day in trend]
    if len(set(known)) < 2:
        return None
    days = _days(min(known), max(known))
    series = [
        Series(_title(row), [trends.get(row.id, {}).get(day) for day in days], tone)
        for row, tone in zip(chosen, _TONES, strict=False)
    ]
    return Chart("sizes", "Size at the end of each day", "line", [words.short_day(day) for day in days], series)


def _title(row: SegmentRow) -> str:
    """A stage may be called as a segment is."""
    return row.name if row.position is None else f"{row.name} (stage)"


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
