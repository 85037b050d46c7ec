"""Writing journeys: the canvas with its YAML, what is wrong while one types, and saving a new version."""

from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from tactful.consent import queries as consent
from tactful.content import queries as content
from tactful.flows import launching
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.journeys.domain.definition import ARRIVES, BEST, CHANNELS, SENDABLE
from tactful.journeys.queries import Summary
from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import Conflict, InvalidInput, NotFound, TactfulError
from tactful.segments import queries as segments
from tactful.team import queries as team
from tactful.web import journey_faults, journey_files
from tactful.web.access import EDITORS, staff
from tactful.web.acting import actor, note
from tactful.web.pages import CLOCK, asset, page, reader


@staff(*EDITORS)
def edit(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Draw a new journey (`?copy=` begins with another's steps), or change one: saving makes a new version."""
    known = _found(slug) if slug else None
    if request.method == "POST":
        return _saved(request, known)
    data = _start(request, known)
    context = {"journey": known, "given": _given(data, known)}
    return page(request, "web/journey_edit.html", context, title=f"Change {known.name}" if known else "New journey")


@staff(*EDITORS)
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """While one types: what is wrong and where, what is named but not there, and the journey as YAML."""
    try:
        data = journey_files.as_data(request.POST.get("definition", ""))
    except InvalidInput as fault:
        unread = {"step": "", "field": "", "inner": "", "words": fault.message, "told": fault.message}
        return JsonResponse({"readable": False, "faults": [unread], "notes": []})
    told = {"readable": True, "data": data, "yaml": journey_files.as_yaml(data), **_judged(data)}
    return JsonResponse(told)


@staff(*EDITORS)
@require_POST
def arrange(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep where steps were dragged to: the canvas shows them there to everybody. No new version."""
    try:
        services.arrange(slug, read_yaml(request.POST.get("places") or "{}"))
    except NotFound:
        raise Http404 from None
    except InvalidInput as fault:
        return JsonResponse({"fault": fault.message}, status=422)
    return JsonResponse({})


@staff()
def download(_request: HttpRequest, slug: str) -> HttpResponse:
    """The journey as a YAML file."""
    answer = HttpResponse(
        journey_files.as_yaml(_found(slug).source), content_type="application/yaml; charset=utf-8"
    )
    answer["Content-Disposition"] = f'attachment; filename="{slug}.yaml"'
    return answer


def fresh_slug(wanted: str) -> str:
    """The first short name like this that no journey has."""
    taken = {row.slug for row in journeys.names()}
    number, slug = 2, wanted
    while slug in taken:
        slug, number = f"{wanted}-{number}", number + 1
    return slug


def _saved(request: HttpRequest, known: Summary | None) -> HttpResponse:
    data: dict[str, Any] = {}
    try:
        data = journey_files.as_data(request.POST.get("definition", ""))
        with transaction.atomic():
            _check_address(data, known, request.POST.get("version", ""))
            kept = launching.save(data, by=actor(request), now=CLOCK.now())
            services.arrange(kept.slug, read_yaml(request.POST.get("places") or "{}"))
            note(request, "journey saved", kept.slug, {"version": kept.version})
    except TactfulError as fault:
        status = 409 if isinstance(fault, Conflict) else 422
        return JsonResponse({"fault": f"Not saved: {_plain(fault, data)}"}, status=status)
    return JsonResponse({"url": reverse("journey", args=[kept.slug])})


def _plain(fault: TactfulError, data: dict[str, Any]) -> str:
    """Why something was not kept: what the canvas says of the journey, where it is the journey that is wrong."""
    steps = data.get("steps")
    found = journey_files.fault_of(fault.message, list(steps) if isinstance(steps, dict) else [])
    return f"{journey_faults.told(found)['told']}." if found in journey_files.faults(data) else fault.message


def _check_address(data: dict[str, Any], known: Summary | None, version: str) -> None:
    """Raises InvalidInput for a short name that is taken or changed, Conflict when somebody saved in between."""
    slug = data.get("slug")
    if known is None:
        if any(row.slug == slug for row in journeys.names()):
            raise InvalidInput(f"there is something called {slug!r} already: choose another short name")
        return
    if slug != known.slug:
        raise InvalidInput(f"the short name stays {known.slug!r}: a copy may have another")
    if version != str(known.version):
        raise Conflict(
            f"somebody saved version {known.version} meanwhile. Copy your YAML, open the page again, and put "
            "your changes in"
        )


def _start(request: HttpRequest, known: Summary | None) -> dict[str, Any]:
    if known is not None:
        return known.source
    if other := request.GET.get("copy"):
        found = _found(other)
        return {**found.source, "slug": fresh_slug(f"{other}-copy"), "name": f"Copy of {found.name}"}
    topics = consent.topics()
    return {
        "slug": "",
        "name": "",
        "owner": request.user.name if request.user.is_authenticated else "",
        "failure_path": "",
        "category": "information",
        "topic": topics[0].slug if topics else "",
        "entry": {"event": ""},
        "start": "done",
        "steps": {"done": {"type": "exit"}},
    }


def _given(data: dict[str, Any], known: Summary | None) -> dict[str, Any]:
    """What the canvas begins with."""
    return {
        "journey": journey_files.in_order(data),
        "slug": known.slug if known else "",
        "version": known.version if known else None,
        "choices": choices(),
        "currency": reader().currency,
        "sprite": asset("sprite.svg"),
        "places": journeys.places(known.slug) if known else {},
        "arrange": reverse("journey-places", args=[known.slug]) if known else "",
        "check": reverse("journey-check"),
        "suggest": reverse("segment-suggest"),
        **_judged(data),
    }


def choices() -> dict[str, list[dict[str, str]]]:
    """What there is to choose from, as the canvas and the builder of conditions want it."""
    rows = segments.segments()
    found = {
        "templates": [(row.slug, row.name) for row in content.templates()],
        "topics": [(row.slug, row.name) for row in consent.topics()],
        "channels": [(name, name) for name in SENDABLE],
        "ways": [(name, _WAYS.get(name, name)) for name in CHANNELS],
        "segments": [(row.slug, row.called) for row in rows],
        "stages": [(row.slug, row.name) for row in rows if row.position is not None],
        "journeys": [(row.slug, row.name) for row in journeys.names()],
        "staff": [(row.email, row.name or row.email) for row in team.users() if row.is_active],
    }
    return {name: [{"value": value, "label": label} for value, label in pairs] for name, pairs in found.items()}


def _judged(data: dict[str, Any]) -> dict[str, Any]:
    return {"faults": [journey_faults.told(one) for one in journey_files.faults(data)], "notes": _missing(data)}


def _missing(data: dict[str, Any]) -> list[str]:
    """What is named and not there. It can be saved so; nothing is sent until it is there."""
    steps = data.get("steps") if isinstance(data.get("steps"), dict) else {}
    messages = [step for step in (steps or {}).values() if isinstance(step, dict) and step.get("type") == "message"]
    arms = [arm for step in messages for arm in step.get("arms") or [step] if isinstance(arm, dict)]
    texts = {str(arm["template"]) for arm in arms if arm.get("template")}
    topics = {str(one["topic"]) for one in (data, *messages) if one.get("topic")}
    entry = data.get("entry")
    named = {str(entry["segment"])} if isinstance(entry, dict) and entry.get("segment") else set()
    known = {
        "text": (texts, {row.slug for row in content.templates()}),
        "topic": (topics, {row.slug for row in consent.every_topic()}),
        "segment": (named, {row.slug for row in segments.segments()}),
    }
    missing = [
        f"There is no {kind} “{name}”."
        for kind, (wanted, there) in known.items()
        for name in sorted(wanted - there)
    ]
    missing += [f"The topic “{name}” is retired." for name in sorted(topics & consent.retired_topics())]
    later = {str(one["channel"]) for one in (data, *messages) if one.get("channel")} & _LATER
    return missing + [f"{channel.upper()} {ARRIVES}." for channel in sorted(later)]


_LATER = set(CHANNELS) - {*SENDABLE, BEST}
_WAYS = {BEST: "the best for each customer", **{name: f"{name.upper()} ({ARRIVES})" for name in _LATER}}


def _found(slug: str) -> Summary:
    try:
        return journeys.journey(slug).summary
    except NotFound:
        raise Http404 from None
