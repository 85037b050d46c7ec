"""Writing segments: the builder with its YAML, what a rule would change, words to choose, versions."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from tactful.consent import queries as consent
from tactful.flows import segment_care
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.journeys import queries as journeys
from tactful.kernel.errors import Conflict, InvalidInput, NotFound, TactfulError
from tactful.kernel.naming import slug_of
from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.services import editing
from tactful.segments.services.editing import About, Suggestion
from tactful.web import ready_made, segment_preview
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import actor, carry_out, note, overtaken
from tactful.web.forms import SegmentForm
from tactful.web.pages import CLOCK, page, reader
from tactful.web.segment_faults import Fault
from tactful.web.segment_files import as_yaml, differences, file_of, rule_as_yaml, written
from tactful.web.segment_uses import uses

_CHANNELS = ("email",)


@staff(*EDITORS)
def edit(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Write a new segment or change one: built from conditions, or as YAML. Both are the same text."""
    known = _found(slug) if slug else None
    if known and known.position is not None:
        return redirect("stage-edit", known.slug)
    fresh = _fresh(request.POST.get("name", ""))
    form = SegmentForm(request.POST or None, initial=_start(known, request.GET.get("ready", "")))
    if request.method == "POST" and carry_out(
        request,
        form,
        lambda data: _save(data, known.slug if known else fresh, new=known is None, by=actor(request)),
        action="segment saved",
        done="The segment is saved.",
    ):
        return redirect("segment", known.slug if known else fresh)
    text = form["definition"].value() or ""
    context = {
        "form": form,
        "segment": known,
        "tab": "yaml" if "yaml" in (request.POST.get("tab"), request.GET.get("tab")) else "",
        "rule": rule_of(text),
        "choices": choices_for(slug),
        "ready": [] if known else ready_made.offered(),
        "preview": segment_preview.of_segment(text, known.slug if known else None),
        "overtaken": overtaken(form, known),
    }
    title = f"Change {known.name}" if known else "New segment"
    return page(request, "web/segment_edit.html", context, title=title, status=422 if form.errors else 200)


@staff(*EDITORS)
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """While one types: the rule in words with its customers (HTML), the rule as YAML and JSON, and its fault."""
    text, slug = request.POST.get("definition", ""), request.POST.get("slug") or None
    tell = segment_preview.of_stage if request.GET.get("stage") else segment_preview.of_segment
    found = tell(text, slug)
    fault = found.get("fault") or Fault("", "", "")
    told: dict[str, Any] = {"fault": fault.said, "path": fault.path, "plain": fault.plain}
    try:
        said = written(text)
    except InvalidInput:
        told |= {"readable": False}
    else:
        told |= {"readable": True, "rule": said.rule, "yaml": as_yaml(said.rule), "fields": said.fields}
    context = {"preview": found, "reader": reader()}
    told["html"] = render_to_string("web/parts/segment_preview.html", context, request=request)
    return JsonResponse(told)


@staff(*EDITORS)
def suggest(request: HttpRequest) -> HttpResponse:
    """Words that really occur, the most frequent first: ?kind=property_values&event=…&property=…&text=…"""
    asked = {name: request.GET.get(name, "")[:200] for name in ("event", "property", "attribute", "text")}
    kind = request.GET.get("kind", "")
    found = _named(kind)
    if found is None:
        found = editing.suggest(kind, About(**asked), now=CLOCK.now(), tables=TABLES, folder=FOLDER)
    options = [{"value": one.value, "label": one.label, "count": one.count} for one in found]
    return JsonResponse({"options": options})


@staff()
def download(_request: HttpRequest, slug: str) -> HttpResponse:
    """The segment as a YAML file."""
    found = _found(slug)
    text = file_of(name=found.name, goal=found.goal, action=found.action, definition=found.definition)
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{found.slug}.yaml"'
    return answer


@staff()
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What the segment said at a version, and how that differs from what it says now."""
    found = _found(slug)
    try:
        old = editing.version(slug, number)
    except NotFound:
        raise Http404 from None
    texts = [
        file_of(name=one.name, goal=one.goal, action=one.action, definition=one.definition) for one in (old, found)
    ]
    context = {
        "segment": found,
        "version": old,
        "written": texts[0],
        "lines": differences(*texts),
        "same": texts[0] == texts[1],
        "same_rule": old.definition == found.definition,
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/segment_version.html", context, title=f"{found.name}, version {number}")


@staff(*EDITORS)
@require_POST
def again(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Make the rule of an old version the rule again, as a new version."""
    found = _found(slug)
    try:
        old = editing.version(slug, number)
        services.save(
            slug=slug,
            name=found.name,
            definition=old.definition,
            goal=found.goal,
            action=found.action,
            now=CLOCK.now(),
            by=actor(request),
        )
    except NotFound:
        raise Http404 from None
    except TactfulError as fault:
        messages.error(request, fault.message)
        return redirect("segment-version", slug, number)
    note(request, "segment rule restored", slug, {"version": number})
    messages.success(request, f"The rule of version {number} is the rule again.")
    return redirect("segment", slug)


@staff(*EDITORS)
@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a segment out of use, unless a journey in use or the rule of another segment names it."""
    found = _found(slug)
    try:
        if held := [f"the {use.kind} “{use.name}”" for use in uses(slug) if use.holds]:
            raise Conflict(
                f"{found.name} cannot be archived while {' and '.join(held)} needs it. Change that first."
            )
        segment_care.archive(slug, now=CLOCK.now())
    except Conflict as fault:
        messages.error(request, fault.message)
        return redirect("segment", slug)
    note(request, "segment archived", slug)
    messages.success(request, f"{found.name} is archived. Its history stays; saving it again brings it back.")
    return redirect("segments")


def _start(known: segments.SegmentRow | None, ready: str) -> dict[str, Any]:
    """What the form begins with: what is saved, or the ready segment that was chosen, or nothing."""
    if known is None:
        chosen = next((each for each in ready_made.offered() if each["slug"] == ready), None)
        return {**chosen, "definition": as_yaml(chosen["rule"])} if chosen else {}
    written_down = {"name": known.name, "goal": known.goal, "action": known.action}
    return {**written_down, "definition": rule_as_yaml(known.definition), "version": known.version}


def _fresh(name: str) -> str:
    """The short name for a new segment called so. One that is archived keeps its own, with its history."""
    taken = {row.slug for row in segments.segments(status="archived")}
    ready = ready_made.short_name(name)
    return ready if ready and ready not in taken else slug_of(name, kind="segment", taken=taken)


def _save(data: dict[str, Any], slug: str, *, new: bool, by: str) -> None:
    if new and _exists(slug):
        raise InvalidInput(
            f"There is a segment called so already ({slug}). Change that one, or choose another name."
        )
    services.save(
        slug=slug,
        name=data["name"],
        definition=written(data["definition"]).rule,
        goal=data["goal"],
        action=data["action"],
        now=CLOCK.now(),
        version=data["version"],
        by=by,
    )


def _exists(slug: str) -> bool:
    try:
        return segments.segment(slug).status == "active"
    except NotFound:
        return False


def rule_of(text: str) -> object:
    """The rule for the builder to begin with; None where the text cannot be read."""
    try:
        return written(text).rule
    except InvalidInput:
        return None


def choices_for(slug: str | None) -> dict[str, list[dict[str, str]]]:
    """What there is to choose from where there is little of it. No rule names its own segment."""
    found = {name: _named(name) or [] for name in ("topics", "channels", "journeys")}
    for name in ("segments", "stages"):
        found[name] = editing.suggest(name, About(), now=CLOCK.now(), tables=TABLES, folder=FOLDER)
    return {
        name: [{"value": one.value, "label": one.label} for one in rows if name != "segments" or one.value != slug]
        for name, rows in found.items()
    }


def _named(kind: str) -> list[Suggestion] | None:
    """Words that other parts of the house know; None for a kind that they do not have."""
    match kind:
        case "topics":
            return [Suggestion(row.slug, row.name) for row in consent.topics()]
        case "channels":
            return [Suggestion(name) for name in _CHANNELS]
        case "journeys":
            return [Suggestion(row.slug, row.name) for row in journeys.names()]
    return None


def _found(slug: str) -> segments.SegmentRow:
    try:
        return segments.segment(slug)
    except NotFound:
        raise Http404 from None
