"""Replies: what customers answered, unread ones first. Reading one lets marketing go on."""

from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.customers import queries as customers
from tactful.flows import inbound
from tactful.kernel.errors import NotFound
from tactful.sales import replies
from tactful.sales.replies import ReplyRow
from tactful.web import standing
from tactful.web.access import staff
from tactful.web.acting import actor
from tactful.web.pages import CLOCK, page
from tactful.web.paging import SIZE, Pager, page_number
from tactful.web.views.customers import CARERS


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    number, text = page_number(request), request.GET.get("q", "").strip()[:200]
    counts = replies.counts()
    state = request.GET.get("state", "all")
    state = state if state in replies.STATES else "all"
    rows, total = replies.page(state, text=text, offset=(number - 1) * SIZE, limit=SIZE)
    context = {
        "rows": rows,
        "people": customers.cards({row.customer_id for row in rows}),
        "pages": Pager(number, len(rows), total),
        "counts": counts,
        "states": {"all": "All", "unread": "Unread", "read": "Read"},
        "state": state,
        "text": text,
    }
    return page(request, "web/replies.html", context, title="Replies")


@staff()
def one(request: HttpRequest, reply_id: int) -> HttpResponse:
    found = _reply(reply_id)
    context = {
        "reply": found,
        "customer": customers.card(found.customer_id),
        "read_by": standing.staff_name(found.read_by) if found.read_by else "",
        "mailto": _mailto(found),
        "may_care": request.user.is_authenticated and request.user.role in CARERS,
    }
    return page(request, "web/reply.html", context, title=found.subject or "A reply")


@staff(*CARERS)
@require_POST
def read(request: HttpRequest, reply_id: int) -> HttpResponse:
    found = _reply(reply_id)
    inbound.read_reply(found.id, by=actor(request), now=CLOCK.now())
    messages.success(request, "Read. Marketing to this customer goes on.")
    return redirect("replies")


def _reply(reply_id: int) -> ReplyRow:
    try:
        return replies.reply(reply_id)
    except NotFound:
        raise Http404 from None


def _mailto(found: ReplyRow) -> str:
    """An answer in the reader's own mail program; blank where the address is none."""
    if "@" not in found.address:
        return ""
    subject = found.subject if found.subject.lower().startswith("re:") else f"Re: {found.subject}"
    quoted = "\n".join(f"> {line}" for line in found.text.splitlines()[:40])
    return f"mailto:{quote(found.address, safe='@+')}?subject={quote(subject)}&body={quote(chr(10) * 2 + quoted)}"
