"""Segments: the list, one with its reading and course, writing one, and why a customer is in or not."""

import json
import re
from datetime import timedelta
from typing import Any

import yaml
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tactful.catalog import queries as catalog
from tactful.customers import queries as customers
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.journeys import queries as journeys
from tactful.kernel.errors import InvalidInput, NotFound, TactfulError
from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.reading import read
from tactful.segments.domain.tree import parse
from tactful.segments.queries import Summary
from tactful.web import words
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import carry_out, note
from tactful.web.charts import Chart, Series
from tactful.web.forms import SegmentForm
from tactful.web.pages import CLOCK, page, reader

_SAMPLE = 12
_EXAMPLE = """\
all:
  - orders: count
    at_least: 2
    in_last_days: 90
  - consent: {channel: email, topic: news}
    is: given
"""


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    rows = segments.summaries(now=reader().now)
    rows.sort(key=lambda row: -row.size)
    context = {
        "rows": [(row, [size for _, size in row.trend]) for row in rows],
        "everybody": customers.total(),
        "may_edit": may(request, *EDITORS),
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
        "used": _used_by(slug),
        "written": _as_yaml(found.segment.definition),
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


@staff(*EDITORS)
def edit(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Write a new segment or change one. The rule is YAML or JSON; its reading and count stand beside it."""
    known = segments.segment(slug) if slug and _found(slug) else None
    start = (
        {"name": known.name, "goal": known.goal, "action": known.action, "definition": _as_yaml(known.definition)}
        if known
        else {"definition": _EXAMPLE}
    )
    form = SegmentForm(request.POST or None, initial=start)
    if request.method == "POST" and carry_out(
        request, form, lambda data: _save(data, known), action="segment saved", done="The segment is saved."
    ):
        return redirect("segment", known.slug if known else slug_of(form.cleaned_data["name"]))
    text = form["definition"].value() or ""
    context = {"form": form, "segment": known, "preview": _preview(text)}
    title = f"Change {known.name}" if known else "New segment"
    return page(request, "web/segment_edit.html", context, title=title, status=422 if form.errors else 200)


@staff(*EDITORS)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """The rule as a sentence and how many meet it now, while one types."""
    context = {"preview": _preview(request.POST.get("definition", "")), "reader": reader()}
    return render(request, "web/parts/segment_preview.html", context)


@staff(*EDITORS)
@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    found = _found(slug)
    services.archive(slug, now=CLOCK.now())
    note(request, "segment archived", slug)
    messages.success(
        request, f"{found.segment.name} is archived. Its history stays; saving it again brings it back."
    )
    return redirect("segments")


def slug_of(name: str) -> str:
    """The short name for a segment called so."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "segment"


def rule_in(text: str) -> object:
    """The JSON values of a rule written as YAML or JSON. Raises InvalidInput."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise InvalidInput(f"this is not YAML or JSON{where}: {getattr(fault, 'problem', fault)}") from None


def _save(data: dict[str, Any], known: segments.SegmentRow | None) -> None:
    services.save(
        slug=known.slug if known else slug_of(data["name"]),
        name=data["name"],
        definition=rule_in(data["definition"]),
        goal=data["goal"],
        action=data["action"],
        now=CLOCK.now(),
        version=known.version if known else None,
    )


def _preview(text: str) -> dict[str, Any]:
    """What the rule says, and how many meet it now; or what is wrong with it."""
    try:
        tree: Node = parse(rule_in(text))
        met = services.count(tree, at=CLOCK.now(), tables=TABLES, folder=FOLDER)
    except TactfulError as fault:
        return {"fault": fault.message}
    return {"reading": read(tree), "count": met, "everybody": customers.total()}


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


def _used_by(slug: str) -> list[journeys.Summary]:
    """Journeys that begin with entering or leaving this segment."""
    return [row for row in journeys.journeys() if row.definition and row.definition.entry.segment == slug]


def _as_yaml(definition: Any) -> str:
    text: str = yaml.safe_dump(json.loads(json.dumps(definition)), sort_keys=False, allow_unicode=True, width=100)
    return text


def _flat(node: Any, depth: int = 0) -> list[dict[str, Any]]:
    """The tree as rows: groups say how their conditions hang together."""
    row = {"met": node["met"], "depth": depth, "value": node.get("value"), "kind": node["kind"]}
    words_of = {"all": "All of these", "any": "At least one of these", "not": "None of this"}
    row["reading"] = node.get("reading") or words_of[node["kind"]]
    return [row, *(inner for child in node.get("nodes", ()) for inner in _flat(child, depth + 1))]
