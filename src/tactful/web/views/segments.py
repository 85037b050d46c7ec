"""Segments: the list, one with its reading and course, and why a customer is in or not."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from tactful.catalog import queries as catalog
from tactful.customers import queries as customers
from tactful.customers.queries import Profile
from tactful.flows.tables import TABLES
from tactful.kernel.errors import NotFound
from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.domain import explaining
from tactful.segments.queries import Summary
from tactful.segments.services import editing
from tactful.web import segment_care, words
from tactful.web.access import EDITORS, may, staff
from tactful.web.charts import Chart, Series
from tactful.web.members import ANY_STAGE
from tactful.web.pages import page, reader
from tactful.web.paging import SIZE, Pager, id_asked, page_number
from tactful.web.segment_files import rule_as_yaml
from tactful.web.segment_uses import uses

_SAMPLE = 12
_CALLED_SO = 8


_SHOWS = {"": "In use", "decide": "To decide", "archived": "Archived"}


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    text, show = request.GET.get("q", "").strip().lower(), request.GET.get("show", "")
    sort = request.GET.get("sort", "-size")
    in_use = _plain("active")
    care = segment_care.listed(in_use)
    rows = _plain("archived") if show == "archived" else in_use
    found = [
        row for row in rows if text in _words(row) and (show != "decide" or row.segment.slug in care["findings"])
    ]
    found.sort(key=lambda row: _order(row, sort.removeprefix("-")), reverse=sort.startswith("-"))
    number = page_number(request)
    part = found[(number - 1) * SIZE : number * SIZE]
    context = {
        "rows": [(row, [size for _, size in row.trend]) for row in part],
        "pages": Pager(number, len(part), len(found)),
        "in_use": len(in_use),
        "known": bool(in_use) or bool(request.GET),
        "text": request.GET.get("q", ""),
        "show": show,
        "shows": _SHOWS,
        "sort": sort,
        "any": ANY_STAGE,
        "everybody": customers.total(),
        "may_edit": may(request, *EDITORS),
        **care,
    }
    return page(request, "web/segments.html", context, title="Segments")


def _plain(status: str) -> list[Summary]:
    """Those that are no stages of the lifecycle, which has a screen of its own."""
    rows = segments.summaries(now=reader().now, status=status)
    return [row for row in rows if row.segment.position is None]


def _words(row: Summary) -> str:
    return f"{row.segment.name} {row.segment.slug} {row.segment.reading} {row.segment.action}".lower()


def _order(row: Summary, sort: str) -> tuple[Any, ...]:
    numbers = {"size": row.size, "entered": row.entered_this_week, "left": row.left_this_week}
    return (numbers.get(sort, 0), row.segment.name.lower())


@staff()
def one(request: HttpRequest, slug: str) -> HttpResponse:
    who = reader()
    found = _found(slug)
    sample = segments.member_page(slug, limit=_SAMPLE)
    moved = segments.moves(slug, since=who.now - timedelta(days=7), limit=10)
    people = customers.cards({*sample, *(move.customer_id for move in moved)})
    context = {
        "segment": found.segment,
        "any": ANY_STAGE,
        "summary": found,
        "everybody": customers.total(),
        "chart": _course(found),
        "sample": [people[number] for number in sample if number in people],
        "facts": catalog.order_facts(sample),
        "moves": [(move, people.get(move.customer_id)) for move in moved],
        "used": (used := uses(slug)),
        "held": [use for use in used if use.holds],
        "versions": editing.versions(slug),
        "written": rule_as_yaml(found.segment.definition),
        "findings": segment_care.of_one(slug),
        "asked": bool(request.GET.get("customer") or request.GET.get("id")),
        **_explained(request, found),
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/segment.html", context, title=found.segment.name)


@staff()
def explain(request: HttpRequest, slug: str) -> HttpResponse:
    """Why this customer is in or not: each condition with the value it saw."""
    found = _found(slug)
    return render(request, "web/parts/explained.html", _explained(request, found) | {"reader": reader()})


def _explained(request: HttpRequest, found: Summary) -> dict[str, Any]:
    """Of the customer asked for; where several are called so, those to choose from."""
    text, number = request.GET.get("customer", "").strip(), id_asked(request, "id")
    card = customers.card(number) if number else None
    people = [card] if card else _meant(text) if text else []
    told: dict[str, Any] = {"segment": found.segment, "text": text, "people": people, "customer": None}
    told["more"] = len(people) == _CALLED_SO
    if len(people) != 1:
        return told
    slug, person = found.segment.slug, people[0]
    answer = services.explain(slug, person.id, now=reader().now, tables=TABLES)
    return told | {
        "customer": person,
        "told": answer,
        "lines": explaining.lines(answer["tree"], {row.slug: row.name for row in segments.stages()}),
        "stays": segments.stays(slug, person.id),
    }


def _meant(text: str) -> list[Profile]:
    """Whom a text may mean: the one it names in full, else those whom it may begin."""
    found = customers.search(text, limit=_CALLED_SO)
    named = [each for each in found if text.lower() in {each.email, (each.external_id or "").lower()}]
    return named if len(named) == 1 else found


def _found(slug: str) -> Summary:
    try:
        return segments.summary(slug, now=reader().now)
    except NotFound:
        raise Http404 from None


def _course(found: Summary) -> Chart | None:
    if len(found.trend) < 2:
        return None
    return Chart(
        "size",
        f"Size of {found.segment.name}",
        "line",
        [words.short_day(day) for day, _ in found.trend],
        [Series("Customers", [size for _, size in found.trend])],
    )
