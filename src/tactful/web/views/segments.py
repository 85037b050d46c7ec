"""Segments: the list, one with its reading and course, and why a customer is in or not."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from tactful.catalog import queries as catalog
from tactful.customers import queries as customers
from tactful.flows.tables import TABLES
from tactful.kernel.errors import NotFound
from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.queries import Summary
from tactful.segments.services import editing
from tactful.web import segment_care, words
from tactful.web.access import EDITORS, may, staff
from tactful.web.charts import Chart, Series
from tactful.web.pages import page, reader
from tactful.web.segment_files import rule_as_yaml
from tactful.web.segment_uses import uses

_SAMPLE = 12


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    rows = [row for row in segments.summaries(now=reader().now) if row.segment.position is None]
    rows.sort(key=lambda row: -row.size)
    context = {
        "rows": [(row, [size for _, size in row.trend]) for row in rows],
        "everybody": customers.total(),
        "may_edit": may(request, *EDITORS),
        **segment_care.listed(rows),
    }
    return page(request, "web/segments.html", context, title="Segments")


@staff()
def one(request: HttpRequest, slug: str) -> HttpResponse:
    who = reader()
    found = _found(slug)
    sample = segments.member_page(slug, limit=_SAMPLE)
    moved = segments.moves(slug, since=who.now - timedelta(days=7), limit=10)
    people = customers.cards({*sample, *(move.customer_id for move in moved)})
    context = {
        "segment": found.segment,
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
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/segment.html", context, title=found.segment.name)


@staff()
def explain(request: HttpRequest, slug: str) -> HttpResponse:
    """Why this customer is in or not: each condition with the value it saw."""
    found = _found(slug)
    text = request.GET.get("customer", "").strip()
    people = customers.search(text, limit=1) if text else []
    context: dict[str, Any] = {"segment": found.segment, "text": text, "customer": people[0] if people else None}
    if people:
        told = services.explain(slug, people[0].id, now=reader().now, tables=TABLES)
        context |= {"told": told, "conditions": _flat(told["tree"])}
    return render(request, "web/parts/explained.html", context | {"reader": reader()})


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


def _flat(node: Any, depth: int = 0) -> list[dict[str, Any]]:
    """The tree as rows: groups say how their conditions hang together."""
    row = {"met": node["met"], "depth": depth, "value": node.get("value"), "kind": node["kind"]}
    words_of = {"all": "All of these", "any": "At least one of these", "not": "None of this"}
    row["reading"] = node.get("reading") or words_of[node["kind"]]
    return [row, *(inner for child in node.get("nodes", ()) for inner in _flat(child, depth + 1))]
