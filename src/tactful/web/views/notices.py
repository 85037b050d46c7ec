"""Words to staff: what journeys told one of them, or everybody; read them, and mark them as read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.customers import queries as customers
from tactful.team import queries as team
from tactful.team import services
from tactful.web.access import staff
from tactful.web.acting import actor
from tactful.web.pages import CLOCK, page
from tactful.web.paging import SIZE, id_asked

_ID_DIGITS = 18  # what surely fits a bigint


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    """The latest first; `?state=all` shows those that were read, too; `?q=` those that say something."""
    reader, state, text = actor(request), request.GET.get("state", ""), request.GET.get("q", "").strip()
    rows = team.notices(
        reader=reader, unread=state != "all", before=id_asked(request, "before"), limit=SIZE + 1, text=text
    )
    shown = rows[:SIZE]
    context = {
        "rows": shown,
        "people": customers.cards({row.customer_id for row in shown if row.customer_id}),
        "next": shown[-1].id if len(rows) > len(shown) else None,
        "state": state,
        "text": text,
        "fresh": [row.id for row in shown if row.read_at is None],
    }
    return page(request, "web/notices.html", context, title="Notices")


@staff()
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark those that were shown as read; only what was said to the person, or to everybody."""
    asked = {int(text) for text in request.POST.getlist("id") if text.isdecimal() and len(text) <= _ID_DIGITS}
    services.read_notices(asked, reader=actor(request), now=CLOCK.now())
    return redirect("notices")
