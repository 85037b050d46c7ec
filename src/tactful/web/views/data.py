"""Data: which events arrive, what was turned away and why, and how the engine keeps up."""

from django.http import HttpRequest, HttpResponse

from tactful.events import queries as events
from tactful.jobs import queries as jobs
from tactful.web.access import staff
from tactful.web.pages import page, reader


@staff()
def catalogue(request: HttpRequest) -> HttpResponse:
    rows = sorted(events.catalogue(now=reader().now), key=lambda row: (-row.count, row.name))
    context = {
        "rows": rows,
        "total": sum(row.count for row in rows),
        "days": events.CATALOGUE_DAYS,
        "waiting": events.waiting(),
        "rejected": events.rejected_count(),
        "tab": "catalogue",
    }
    return page(request, "web/data.html", context, title="Data")


@staff()
def rejected(request: HttpRequest) -> HttpResponse:
    before = request.GET.get("before", "")
    rows = events.rejected(before=int(before) if before.isdecimal() else None, limit=51)
    context = {
        "rows": rows[:50],
        "next": rows[49].id if len(rows) > 50 else None,
        "total": events.rejected_count(),
        "tab": "rejected",
    }
    return page(request, "web/rejected.html", context, title="Turned away")


@staff()
def machinery(request: HttpRequest) -> HttpResponse:
    who = reader()
    context = {
        "periodic": jobs.periodic(),
        "recent": jobs.recent(now=who.now, days=30),
        "waiting": events.waiting(),
        "tab": "machinery",
    }
    return page(request, "web/machinery.html", context, title="Work")
