"""A page inside the shell: gathers what stands around it, so that views hold only their own."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django_htmx.middleware import HtmxDetails

from tactful.jobs import queries as jobs
from tactful.kernel.clock import SystemClock
from tactful.team import queries as team
from tactful.web import shell

CLOCK = SystemClock()


def reader() -> shell.Reader:
    """The moment, zone and currency in which a page is written."""
    company = team.workspace()
    return shell.Reader(now=CLOCK.now(), zone=company.zone, currency=company.currency)


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, title: str, status: int = 200
) -> HttpResponse:
    """A whole page, or only its results where htmx asks for those (filters, sorting, paging)."""
    company = team.workspace()
    fragment = _wants_fragment(request)
    around: dict[str, Any] = {
        "layout": "web/fragment.html" if fragment else "web/base.html",
        "title": title,
        "company": company,
        "reader": shell.Reader(now=CLOCK.now(), zone=company.zone, currency=company.currency),
    }
    if not fragment:
        around |= {
            "groups": shell.groups(request.path),
            "works": jobs.running(),
            "unread_notices": _unread(request),
        }
    answer = render(request, template, around | context, status=status)
    answer["Vary"] = "HX-Request"
    return answer


def _unread(request: HttpRequest) -> int:
    """How many words to the person nobody has read."""
    return team.unread_notices(reader=request.user.get_username()) if request.user.is_authenticated else 0


def _wants_fragment(request: HttpRequest) -> bool:
    asked = HtmxDetails(request)
    return bool(asked) and not asked.history_restore_request


def bare(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page without the shell: sign-in and errors, which must work when little else does."""
    return render(request, template, context, status=status)


def asset(name: str) -> str:
    """The address of a built file by its plain name; the address carries a hash and can be kept for ever."""
    return static(f"built/{_manifest()[name]}")


@cache
def _manifest() -> dict[str, str]:
    found = finders.find("built/manifest.json")
    if not found:
        raise FileNotFoundError(f"The front end is not built ({settings.STATIC_URL}): run `make setup`.")
    names: dict[str, str] = json.loads(Path(str(found)).read_text(encoding="utf-8"))
    return names
