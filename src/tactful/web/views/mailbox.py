"""The mailbox: what went out, what waits, and one message as its reader sees it."""

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.delivery import queries as delivery
from tactful.delivery.domain.values import STATES, DeliveryRow
from tactful.delivery.providers import mailbox
from tactful.delivery.providers.mailbox import Letterbox
from tactful.delivery.queries import Filters
from tactful.journeys import queries as journeys
from tactful.kernel.errors import NotFound
from tactful.web import verdicts
from tactful.web.access import staff
from tactful.web.message_preview import SEALED, blanked
from tactful.web.pages import page

# Our own images, at whatever address the company had then: the digest says which it is, and who looks is not told.
_OWN_IMAGE = re.compile(r"(<img\b[^>]*?\bsrc=)([\"'])https?://[^\"'/]+(/i/[0-9a-f]{32}\.\w+)\2", re.IGNORECASE)
HAPPENED = ("delivered_at", "opened_at", "clicked_at", "bounced_at", "complained_at", "unsubscribed_at")


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    named = {row.slug: row for row in journeys.names()}
    journey = named.get(asked.get("journey", ""))
    before = int(asked["before"]) if asked.get("before", "").isdecimal() else None
    filters = Filters(
        state=asked.get("state") or None,
        journey_id=journey.id if journey else None,
        customer_id=int(asked["customer"]) if asked.get("customer", "").isdecimal() else None,
    )
    found = delivery.page(filters, before=before)
    counts = delivery.state_counts()
    context = {
        "rows": [(row, happened(row)) for row in found.rows],
        "next": found.before,
        "people": customers.cards({row.customer_id for row in found.rows}),
        "journeys": named,
        "states": [
            (state, verdicts.look(state).word, counts.get(state, 0)) for state in STATES if counts.get(state)
        ],
        "chosen": filters,
        "total": sum(counts.values()),
        "open": delivery.open_count(),
        "sender": delivery.sender(),
    }
    return page(request, "web/mailbox.html", context, title="Mailbox")


@staff()
def message(request: HttpRequest, delivery_id: int) -> HttpResponse:
    row, letter = _read(delivery_id)
    journey = next((one for one in journeys.names() if one.id == row.journey_id), None)
    try:
        decided = decisions.decision(row.decision_id)
    except NotFound:
        decided = None
    context = {
        "row": row,
        "letter": letter,
        "raw": letter.raw.decode("utf-8", "replace") if letter else "",
        "headers": _headers(letter),
        "customer": customers.cards([row.customer_id]).get(row.customer_id),
        "journey": journey,
        "decision": decided,
        "course": [("Queued", row.queued_at), ("Sent", row.sent_at)]
        + [(name.removesuffix("_at").capitalize(), getattr(row, name)) for name in HAPPENED if getattr(row, name)],
    }
    return page(request, "web/message.html", context, title=row.subject or "Message")


@staff()
@require_safe
@xframe_options_sameorigin
def html(request: HttpRequest, delivery_id: int) -> HttpResponse:  # noqa: ARG001 -- every view gets it
    """The message's own HTML, sealed; a look by staff is not an opening by the customer."""
    _, letter = _read(delivery_id)
    if letter is None:
        raise Http404
    answer = HttpResponse(sealed(letter.html))
    answer["Content-Security-Policy"] = SEALED
    return answer


def sealed(text: str) -> str:
    """The message as it left, with our own images at their present address; of all others nothing is fetched."""
    return blanked(_OWN_IMAGE.sub(r"\1\2\3\2", text))


def happened(row: DeliveryRow) -> str:
    """The furthest that became of a message."""
    for name in reversed(HAPPENED):
        if getattr(row, name):
            return name.removesuffix("_at")
    return ""


def _read(delivery_id: int) -> tuple[DeliveryRow, Letterbox | None]:
    try:
        row = delivery.delivery(delivery_id)
    except NotFound:
        raise Http404 from None
    try:
        return row, mailbox.read(settings.DATA, key=row.key, date=row.queued_at)
    except NotFound:
        return row, None


def _headers(letter: Letterbox | None) -> list[tuple[str, str]]:
    """What a reader's program shows first, then what tells about stopping it."""
    wanted = (
        "From",
        "To",
        "Reply-To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
    )
    there = {name.lower(): value for name, value in letter.headers} if letter else {}
    return [(name, there[name.lower()]) for name in wanted if name.lower() in there]
