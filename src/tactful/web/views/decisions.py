"""Decisions: the stream, what stood against what over time, and one opened with every rule."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from tactful.customers import queries as customers
from tactful.decisions import queries as decisions
from tactful.decisions.domain import expected
from tactful.decisions.queries import DecisionRow, Filters, ReasonCount
from tactful.delivery import queries as delivery
from tactful.journeys import queries as journeys
from tactful.kernel.errors import NotFound
from tactful.kernel.time import start_of_day, zone_or
from tactful.web import verdicts, what_if, words
from tactful.web.access import staff
from tactful.web.charts import Chart, Series
from tactful.web.pages import page, reader
from tactful.web.paging import id_asked
from tactful.web.shell import Reader

PERIODS = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days"}
_SEGMENTS_OF_CHART = 6


@staff()
def stream(request: HttpRequest) -> HttpResponse:
    asked = request.GET
    who = reader()
    since, days = _since(asked.get("days", "30"), who)
    named = {row.slug: row for row in journeys.names()}
    journey = named.get(asked.get("journey", ""))
    before = id_asked(request, "before")
    filters = Filters(
        verdict=asked.get("verdict") or None,
        reason=asked.get("reason") or None,
        journey_id=journey.id if journey else None,
        customer_id=id_asked(request, "customer"),
        since=since,
    )
    hypothesis = what_if.ask(asked, since=since, until=who.now, journey_id=filters.journey_id)
    found = hypothesis.page(before=before) if hypothesis.opened else decisions.page(filters, before=before)
    counts = decisions.reason_counts(
        since=since, until=who.now, zone=who.zone, journey_id=journey.id if journey else None
    )
    context = {
        "rows": found.rows,
        "next": found.before,
        "people": customers.cards({row.customer_id for row in found.rows}),
        "journeys": named,
        "by_id": {row.id: row for row in named.values()},
        "verdicts": {name: verdicts.look(name).word for name in ("send", "hold", "drop")},
        "reasons": {name: verdicts.reason(name).label for name in verdicts.REASONS},
        "periods": PERIODS,
        "days": str(days),
        "chosen": filters,
        "summary": summary_of(decisions.people(since=since, until=who.now, journey_id=filters.journey_id)),
        "chart": chart(counts, since=since, who=who),
        "journey": journey,
        "hypothesis": hypothesis,
        "expected_days": expected.DAYS,
        "audit": next(iter(decisions.audits()), None),
    }
    return page(request, "web/decisions.html", context, title="Decisions")


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


def chart(counts: Sequence[ReasonCount], *, since: datetime, who: Reader) -> Chart | None:
    """Decisions per day by reason: what was sent at the bottom, the most frequent reasons above it."""
    if not counts:
        return None
    where = zone_or(None, who.zone)
    first, last = since.astimezone(where).date(), who.now.astimezone(where).date()
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


def summary_of(people: dict[tuple[str, str], int]) -> dict[str, Any]:
    """How many had a reason to hear from us, how many did, and why the others did not."""
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
    }


def summary(*, since: datetime, until: datetime, journey_id: int | None = None) -> dict[str, Any]:
    """The same for another screen."""
    return summary_of(decisions.people(since=since, until=until, journey_id=journey_id))


def _since(text: str, who: Reader) -> tuple[datetime, int]:
    days = int(text) if text in PERIODS else 30
    where = zone_or(None, who.zone)
    return start_of_day(who.now - timedelta(days=days - 1), where), days
