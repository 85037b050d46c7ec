"""Ready scenarios: which there are, which work with the data at hand, taking one and giving it back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.flows import scenarios as flow
from tactful.flows.scenarios import Installed, Offer
from tactful.kernel.errors import Conflict, NotFound
from tactful.web import words
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import note
from tactful.web.pages import CLOCK, page, reader

BUSINESSES = {"shop": "Shop", "b2b": "Companies as customers", "service": "Service"}
STATES = {
    "usable": "Work with our data",
    "waiting": "Need data first",
    "here": "Installed",
    "open": "Not installed",
}
SORTS = {"": "As recommended", "name": "By name"}


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "business", "state", "sort")}
    every = flow.offers(now=reader().now)
    rows = [offer for offer in every if _fits(offer, asked)]
    if asked["sort"] == "name":
        rows.sort(key=lambda offer: offer.scenario.definition.name)
    context = {
        "rows": rows,
        "every": len(every),
        "usable": sum(offer.usable for offer in every),
        "here": sum(bool(offer.status) for offer in every),
        "asked": asked,
        "businesses": BUSINESSES,
        "states": STATES,
        "sorts": SORTS,
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/scenarios.html", context, title="Ready scenarios")


@staff(*EDITORS)
@require_POST
def install(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        brought = flow.install(slug, now=CLOCK.now())
    except NotFound:
        raise Http404 from None
    note(request, "scenario install", slug)
    messages.success(request, _brought(brought))
    return redirect("journey", slug)


@staff(*EDITORS)
@require_POST
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    try:
        gone = flow.remove(slug, now=CLOCK.now())
    except NotFound:
        raise Http404 from None
    except Conflict as fault:
        messages.error(request, fault.message)
        return redirect("scenarios")
    note(request, "scenario remove", slug)
    messages.success(
        request,
        "The scenario is removed. Its segments and templates stay."
        if gone
        else "The scenario is archived, for customers have been in it. Its segments and templates stay.",
    )
    return redirect("scenarios")


def _fits(offer: Offer, asked: dict[str, str]) -> bool:
    one = offer.scenario
    said = f"{one.definition.name} {one.what} {one.definition.description} {one.slug}".casefold()
    states = {
        "usable": offer.usable,
        "waiting": not offer.usable,
        "here": bool(offer.status),
        "open": not offer.status,
    }
    return (
        asked["q"].casefold() in said
        and (asked["business"] not in BUSINESSES or asked["business"] in one.businesses)
        and states.get(asked["state"], True)
    )


def _brought(brought: Installed) -> str:
    if not brought.journey:
        return "It is installed already; nothing was changed."
    parts = [
        words.count_of(len(names), what)
        for names, what in ((brought.segments, "segment"), (brought.templates, "template"))
        if names
    ]
    with_it = f", with {' and '.join(parts)}" if parts else ""
    then = f"{brought.later}." if brought.later else "Read it, change what should be yours, then activate it."
    return f"It is a draft now{with_it}. {then}"
