"""Decisions: the stream, what stood against what over time, and one opened with every rule."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse

from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.decisions.domain import expected
from tactful.decisions.queries import DecisionRow, Filters, ReasonCount
from tactful.delivery import queries as delivery
from tactful.journeys import queries as journeys
from tactful.kernel.errors import NotFound
from tactful.kernel.time import zone_or
from tactful.web import spans, verdicts, what_if, words
from tactful.web.access import staff
from tactful.web.charts import Chart, Series
from tactful.web.pages import page, reader
from tactful.web.paging import id_asked
from tactful.web.shell import Reader
from tactful.web.spans import Span

_SEGMENTS_OF_CHART = 6


@staff()
def stream(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    who = reader()
    span = spans.asked(asked.get("days", ""), who)
    named = {row.slug: row for row in journeys.names()}
    journey = named.get(asked.get("journey", ""))
    before = id_asked(request, "before")
    filters = Filters(
        verdict=asked.get("verdict") or None,
        reason=asked.get("reason") or None,
        journey_id=journey.id if journey else None,
        customer_id=id_asked(request, "customer"),
        since=span.since,
        until=span.until,
    )
    side = asked.get("each", "") if asked.get("each") in decisions.SIDES else ""
    hypothesis = what_if.ask(asked, since=span.since, until=span.until, journey_id=filters.journey_id)
    if hypothesis.opened:
        found = hypothesis.page(before=before)
    elif side:
        found = decisions.settling(filters, side, before=before)
    else:
        found = decisions.page(filters, before=before)
    context = {
        "rows": found.rows,
        "next": found.before,
        "people": customers.cards({row.customer_id for row in found.rows}),
        "journeys": named,
        "by_id": {row.id: row for row in named.values()},
        "verdicts": {name: verdicts.look(name).word for name in ("send", "hold", "drop")},
        "reasons": {name: verdicts.reason(name).label for name in verdicts.REASONS},
        "periods": span.offered(who),
        "days": span.asked,
        "each": side,
        "chosen": filters,
        **_above(filters, span, who, side=side, journey=journey),
        "journey": journey,
        "hypothesis": hypothesis,
        "expected_days": expected.DAYS,
        "audit": next(iter(decisions.audits()), None),
    }
    return page(request, "web/decisions.html", context, title="Decisions")


def _above(
    filters: Filters, span: Span, who: Reader, *, side: str, journey: journeys.Named | None
) -> dict[str, Any]:
    """What the list comes to. The sentence of silence is about everybody in a period and a journey, and stays as it
    was when a number of it is opened; a list of one customer, verdict or reason is only counted."""
    if side or not (filters.verdict or filters.reason or filters.customer_id):
        filters = Filters(journey_id=filters.journey_id, since=span.since, until=span.until)
        counts = decisions.reason_counts(filters, zone=who.zone)
        above: dict[str, Any] = {"summary": _summary(span, journey)}
    else:
        counts = decisions.reason_counts(filters, zone=who.zone)
        above = {"counted": _counted(counts, customers=decisions.customers_behind(filters))}
        if filters.customer_id:
            above["person"] = customers.cards([filters.customer_id]).get(filters.customer_id)
    return above | {"chart": chart(counts, span, who)}


def _counted(counts: Sequence[ReasonCount], *, customers: int) -> dict[str, Any]:
    verdict: dict[str, int] = dict.fromkeys(("send", "hold", "drop"), 0)
    for count in counts:
        verdict[count.verdict] += count.decisions
    return {"total": sum(verdict.values()), "customers": customers, **verdict}


@staff()
def one(request: HttpRequest, decision_id: int) -> HttpResponse:
    try:
        found = decisions.decision(decision_id)
    except NotFound:
        raise Http404 from None
    journey = next((row for row in journeys.names() if row.id == found.journey_id), None)
    message = delivery.ids_by_key([found.message_key]).get(found.message_key)
    context = {
        "decision": found,
        "customer": customers.cards([found.customer_id]).get(found.customer_id),
        "journey": journey,
        "rules": [(seen, verdicts.reason(seen.rule).asks, seen.rule == found.reason) for seen in found.reasons],
        "history": [row for row in decisions.of_message(found.message_key) if row.id != found.id],
        "message_id": message,
        "sentence": sentence(found),
    }
    return page(request, "web/decision.html", context, title="Decision")


def sentence(found: DecisionRow) -> str:
    """What was decided and why, in one line."""
    settled = found.settled_by
    return settled.reason if settled else "Every rule was asked and nothing stood against it"


def chart(counts: Sequence[ReasonCount], span: Span, who: Reader) -> Chart | None:
    """Decisions per day by reason: what was sent at the bottom, the most frequent reasons above it."""
    if not counts:
        return None
    where = zone_or(None, who.zone)
    first, last = span.since.astimezone(where).date(), (span.until - spans.INSTANT).astimezone(where).date()
    days = [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
    totals: dict[str, int] = defaultdict(int)
    cells: dict[tuple[str, date], int] = defaultdict(int)
    for count in counts:
        name = "clear" if count.verdict == "send" else count.reason
        totals[name] += count.decisions
        cells[name, count.day] += count.decisions
    ordered = sorted(totals, key=lambda name: (name != "clear", -totals[name]))[:_SEGMENTS_OF_CHART]
    series = [
        Series(
            "Sent" if name == "clear" else verdicts.reason(name).label,
            [cells[name, day] for day in days],
            tone=verdicts.reason(name).tone,
        )
        for name in ordered
    ]
    return Chart("reasons", "Decisions per day by reason", "stack", [words.short_day(day) for day in days], series)


def _summary(span: Span, journey: journeys.Named | journeys.Summary | None) -> dict[str, Any]:
    """How many had a reason to hear from us, how many did, and why the others did not.

    `opens` is what an address says to open the same period and journey: each number opens those whom it counts.
    """
    people = decisions.people(since=span.since, until=span.until, journey_id=journey.id if journey else None)
    total = sum(people.values())
    sent = sum(count for (verdict, _), count in people.items() if verdict == "send")
    against: dict[str, int] = defaultdict(int)
    for (verdict, reason), count in people.items():
        if verdict != "send":
            against[reason] += count
    ranked = sorted(against.items(), key=lambda pair: -pair[1])
    return {
        "total": total,
        "sent": sent,
        "silent": total - sent,
        "against": [(name, count, verdicts.reason(name)) for name, count in ranked],
        "opens": urlencode({"days": span.asked} | ({"journey": journey.slug} if journey else {})),
    }


def summary(*, since: datetime, until: datetime, journey: journeys.Summary | None = None) -> dict[str, Any]:
    """The same for another screen, of the whole days in which the period lies."""
    return _summary(spans.around(since, until, reader()), journey)
