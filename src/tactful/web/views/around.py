"""What the shell itself asks for: running work, search, the command palette."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from tactful.catalog import queries as catalog
from tactful.customers import queries as customers
from tactful.customers.queries import Profile
from tactful.jobs import queries as jobs
from tactful.jobs import services as work
from tactful.journeys import queries as journeys
from tactful.segments import queries as segments
from tactful.web import shell
from tactful.web.access import staff
from tactful.web.acting import note
from tactful.web.pages import CLOCK, reader
from tactful.web.people import known_by

_SUGGESTIONS = 8


@dataclass(frozen=True, slots=True)
class Option:
    """A way to go."""

    name: str
    detail: str
    url: str
    icon: str


@staff()
def works(request: HttpRequest) -> HttpResponse:
    return render(request, "web/parts/works.html", {"works": jobs.running(), "reader": reader()})


@staff()
@require_POST
def cancel_work(request: HttpRequest, work_id: int) -> HttpResponse:
    found = jobs.work(work_id)
    if found and work.cancel(work_id, now=CLOCK.now()):
        note(request, "work put away" if found.is_interrupted else "work cancelled", str(work_id))
        how = "It is put away" if found.is_interrupted else "It stops at its next step"
        messages.success(request, f"{how}; what is done stays done.")
    return redirect(request.headers.get("Referer") or "/")


@staff()
def search(request: HttpRequest) -> HttpResponseRedirect:
    """Straight to the card when what was typed names one customer, else to the list."""
    text = request.GET.get("q", "").strip()
    if text:
        order = catalog.order(text)
        if order and order.customer_id:
            return redirect("customer", order.customer_id)
        found = customers.search(text, limit=2)
        if len(found) == 1:
            return redirect("customer", found[0].id)
    query = f"?{request.GET.urlencode()}" if text else ""
    return HttpResponseRedirect(reverse("customers") + query)


@staff()
def suggestions(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    options = _customers(text)
    return _answer(request, options, prefix="found", none=f"Nobody is known as “{text}”")


@staff()
def palette(request: HttpRequest) -> HttpResponse:
    """Screens first, then segments and journeys, then people."""
    text = request.GET.get("q", "").strip()
    options = [option for option in [*_screens(), *_named()] if text.lower() in option.name.lower()]
    if len(text) > 1:
        options = options[:_SUGGESTIONS] + _customers(text)
    return _answer(request, options[: 2 * _SUGGESTIONS], prefix="go", none="Nothing by that name")


def _answer(request: HttpRequest, options: list[Option], *, prefix: str, none: str) -> HttpResponse:
    return render(request, "web/parts/options.html", {"options": options, "prefix": prefix, "none": none})


def _screens() -> list[Option]:
    return [
        Option(place.name, f"g {place.key}", place.url, place.icon)
        for group in shell.groups()
        for place in group.places
    ]


def _named() -> list[Option]:
    found = [
        Option(row.name, "Segment", reverse("segment", args=[row.slug]), "users-group")
        for row in segments.segments()
    ]
    return found + [
        Option(row.name, "Journey", reverse("journey", args=[row.slug]), "route") for row in journeys.names()
    ]


def _customers(text: str) -> list[Option]:
    if not text:
        return []
    order = catalog.order(text)
    found: list[Profile] = customers.search(text, limit=_SUGGESTIONS)
    options = [Option(row.name, known_by(row), reverse("customer", args=[row.id]), "user") for row in found]
    if order and order.customer_id:
        url = reverse("customer", args=[order.customer_id])
        options.insert(0, Option(f"Order {order.external_id}", "its customer", url, "receipt"))
    return options
