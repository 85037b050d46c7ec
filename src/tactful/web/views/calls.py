"""Calls that journeys make to other systems, how each was answered, and the secret by which receivers check."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.hooks import queries, services
from tactful.hooks.keys import signing_secret
from tactful.journeys import queries as journeys
from tactful.web.access import ADMIN, EDITORS, may, staff
from tactful.web.acting import note
from tactful.web.pages import CLOCK, page

_STATES = {"queued": "waiting", "claimed": "on its way", "done": "answered", "failed": "given up"}
_PAGE = 50


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    rows = queries.calls(
        state=state if state in _STATES else "",
        before=int(before) if before.isdecimal() else None,
        limit=_PAGE + 1,
    )
    shown = rows[:_PAGE]
    context = {
        "rows": [(row, _STATES[row.state]) for row in shown],
        "next": shown[-1].id if len(rows) > _PAGE else None,
        "states": _STATES,
        "state": state,
        "journeys": {row.id: row for row in journeys.names()},
        "secret": signing_secret() if may(request, ADMIN) else "",
        "may_edit": may(request, *EDITORS),
        "tab": "calls",
    }
    return page(request, "web/calls.html", context, title="Calls")


@staff(*EDITORS)
@require_POST
def again(request: HttpRequest, call_id: int) -> HttpResponse:
    """Make a call anew that was given up."""
    if services.again(call_id, now=CLOCK.now()):
        note(request, "call made again", str(call_id))
        messages.success(request, "The call is made again within a second or two.")
    else:
        messages.error(request, "Only a call that was given up can be made again.")
    return redirect("calls")
