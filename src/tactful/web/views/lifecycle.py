"""The lifecycle: its stages in their order, how customers flow between them, and changing all that."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from tactful.customers import queries as customers
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.kernel.errors import Conflict, InvalidInput
from tactful.kernel.naming import slug_of
from tactful.segments import queries as segments
from tactful.segments import services
from tactful.segments.queries import SegmentRow
from tactful.web import segment_preview
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import actor, carry_out, note, overtaken
from tactful.web.forms import SegmentForm
from tactful.web.members import ANY_STAGE
from tactful.web.months import month_asked, months
from tactful.web.pages import CLOCK, page, reader
from tactful.web.rearranged import NO_STAGE, swapped, without
from tactful.web.segment_files import rule_as_yaml, written
from tactful.web.segment_uses import uses
from tactful.web.stage_flows import NOWHERE, picture, rows
from tactful.web.views.segment_editing import choices_for, rule_of


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    who = reader()
    stages = segments.stages()
    month = month_asked(request, who)
    span = {"since": month.since, "until": month.until}
    members = segments.members_of([row.id for row in stages])
    sizes = {row.slug: len(members.get(row.id, ())) for row in stages}
    found = services.flows(zone=who.zone, **span)
    passed = services.passed(**span)
    everybody = customers.total()
    named = {row.slug: row.name for row in stages}
    context = {
        "stages": [(row, sizes[row.slug], *passed[row.slug]) for row in stages],
        "nowhere": max(0, everybody - sum(sizes.values())),
        "everybody": everybody,
        "counting": any(row.counted_at is None for row in stages),
        "month": month,
        "months": months(who),
        "picture": picture(found, named, passed),
        "rows": rows(found, named),
        "targets": [*named.values(), NOWHERE],
        "none": NO_STAGE,
        "any": ANY_STAGE,
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/lifecycle.html", context, title="Lifecycle")


@staff(*EDITORS)
def edit(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Change a stage's words and rule, or write a new one, which becomes the last."""
    known = _stage(slug) if slug else None
    form = SegmentForm(request.POST or None, initial=_start(known))
    if request.method == "POST" and carry_out(
        request,
        form,
        lambda data: _save(data, known, by=actor(request)),
        action="stage saved",
        done="The stage is saved; everybody is counted again within a minute.",
    ):
        return redirect("lifecycle")
    text = form["definition"].value() or ""
    context = {
        "form": form,
        "stages": True,
        "segment": known,
        "tab": "yaml" if request.POST.get("tab") == "yaml" else "",
        "rule": rule_of(text),
        "choices": choices_for(slug),
        "ready": [],
        "preview": segment_preview.of_stage(text, known.slug if known else None),
        "overtaken": overtaken(form, known),
    }
    title = f"Change {known.name}" if known else "New stage"
    return page(request, "web/segment_edit.html", context, title=title, status=422 if form.errors else 200)


@staff(*EDITORS)
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """One place up or down: says whom that moves, then does it."""
    found = _stage(slug)
    up = (request.POST if request.method == "POST" else request.GET).get("way") == "up"
    if request.method != "POST":
        told = services.shift(slug, up=up, at=CLOCK.now(), tables=TABLES, folder=FOLDER)
        context = {"stage": found, "way": "up" if up else "down", "shift": told, "moved": swapped(slug, up=up)}
        return (
            page(request, "web/stage_move.html", context, title=f"Move {found.name}")
            if told
            else redirect("lifecycle")
        )
    with transaction.atomic():
        services.move_stage(slug, up=up)
        note(request, "stage moved", slug, {"way": "up" if up else "down"})
    messages.success(request, f"{found.name} moved {'up' if up else 'down'}; everybody is counted again.")
    return redirect("lifecycle")


@staff(*EDITORS)
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Says where the customers of the stage would go, then takes it out."""
    found = _stage(slug)
    held = [use for use in uses(slug) if use.holds]
    if request.method == "POST":
        try:
            if held:
                raise Conflict(f"{found.name} is still needed by {', '.join(use.name for use in held)}")
            with transaction.atomic():
                services.remove_stage(slug, now=CLOCK.now())
                note(request, "stage removed", slug)
        except Conflict as fault:
            messages.error(request, f"Not removed: {fault.message}.")
            return redirect("stage-remove", slug)
        messages.success(request, f"{found.name} is removed; its customers are counted into the other stages.")
        return redirect("lifecycle")
    told = services.removal(slug, at=CLOCK.now(), tables=TABLES, folder=FOLDER)
    goes = [(row.name, len(ids), without(slug, row.slug)) for row, ids in told.goes]
    if told.nowhere:
        goes.append(("no stage", len(told.nowhere), without(slug, NO_STAGE)))
    context = {"stage": found, "removal": told, "goes": goes, "held": held, "only": len(segments.stages()) == 1}
    return page(request, "web/stage_remove.html", context, title=f"Remove {found.name}")


def _stage(slug: str) -> SegmentRow:
    for row in segments.stages():
        if row.slug == slug:
            return row
    raise Http404


def _start(known: SegmentRow | None) -> dict[str, Any]:
    if known is None:
        return {}
    said = {"name": known.name, "goal": known.goal, "action": known.action, "version": known.version}
    return {**said, "definition": rule_as_yaml(known.definition)}


def _save(data: dict[str, Any], known: SegmentRow | None, *, by: str) -> None:
    slug = known.slug if known else slug_of(data["name"], kind="stage")
    if known is None and slug in {row.slug for row in segments.segments()}:
        raise InvalidInput(f"There is a segment or stage called so already ({slug}). Choose another name.")
    services.save_stage(
        slug=slug,
        name=data["name"],
        definition=written(data["definition"]).rule,
        goal=data["goal"],
        action=data["action"],
        now=CLOCK.now(),
        version=data["version"],
        by=by,
    )
