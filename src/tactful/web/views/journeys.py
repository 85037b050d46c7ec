"""Journeys: the list, one drawn with its counts, the customers behind a count, and switching it on and off."""

from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.content import queries as content
from tactful.customers import queries as customers
from tactful.flows import journey_care
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.journeys.queries import GROUPS, Behind, Detail, Summary
from tactful.kernel.errors import NotFound, TactfulError
from tactful.web import journey_map, journey_words
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import note
from tactful.web.pages import CLOCK, page, reader
from tactful.web.template_uses import refuse_unapproved
from tactful.web.views import decisions

_GROUP_WORDS = {
    "entered": "Entered",
    "active": "On the way",
    "goal": "Reached the goal",
    "ended": "Ended",
    "left_early": "Left early",
    "in_holdout": "Left alone, for comparison",
}
_ACTS: dict[str, tuple[Callable[..., object], str]] = {
    "activate": (services.activate, "is active: customers enter from now on"),
    "pause": (services.pause, "is paused: nobody enters and nothing is sent; exit rules still let customers go"),
}


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    rows = [row for row in journeys.journeys() if row.status != "archived"]
    findings = journey_care.findings(rows, now=reader().now)
    order = {"active": 0, "paused": 1, "draft": 2}
    rows.sort(key=lambda row: (order.get(row.status, 3), row.name))
    who = reader()
    context = {
        "rows": [(row, _trouble(row, who.now)) for row in rows],
        "findings": findings,
        "active": sum(row.status == "active" for row in rows),
        "on_the_way": sum(row.counts.active for row in rows),
    }
    return page(request, "web/journeys.html", context, title="Journeys")


@staff()
def one(request: HttpRequest, slug: str) -> HttpResponse:
    found = _found(slug)
    who = reader()
    drawn = journey_map.draw(found, templates={row.slug: row.name for row in content.templates()})
    definition = found.summary.definition
    context = {
        "journey": found.summary,
        "definition": definition,
        "entry": journey_words.entry_sentence(definition.entry) if definition else "",
        "exits": [
            *((journey_words.event_words(rule.event), rule.reason) for rule in definition.exit_events),
            *((journey_words.condition_words(rule.condition), rule.reason) for rule in definition.exit_conditions),
        ]
        if definition
        else [],
        "goal": journey_words.event_words(definition.goal.event) if definition and definition.goal else "",
        "map": drawn,
        "table": journey_map.table(found, drawn) if drawn else [],
        "outcomes": found.outcomes,
        "summary": decisions.summary(since=found.summary.created_at, until=who.now, journey_id=found.summary.id),
        "trouble": _trouble(found.summary, who.now),
        "findings": journey_care.of_journey(slug, now=who.now),
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/journey.html", context, title=found.summary.name)


@staff()
def behind(request: HttpRequest, slug: str) -> HttpResponse:
    """The customers behind a count: of the strip (`group`), of a step, or of a way out of it."""
    found = _found(slug)
    asked = request.GET
    before = int(asked["before"]) if asked.get("before", "").isdecimal() else None
    group, step, edge = asked.get("group"), asked.get("step", ""), asked.get("edge") or None
    if group in GROUPS:
        rows = journeys.customers_in(found.summary.id, group, before=before, limit=51)
        words = _GROUP_WORDS[group]
    else:
        rows = journeys.customers_at(found.summary.id, step, edge=edge, before=before, limit=51)
        words = f"Left “{step}” by “{edge}”" if edge else f"At “{step}” now"
    shown: list[Behind] = rows[:50]
    context = {
        "journey": found.summary,
        "words": words,
        "rows": shown,
        "next": shown[-1].cursor if len(rows) > len(shown) else None,
        "people": customers.cards({row.customer_id for row in shown}),
    }
    return page(request, "web/journey_behind.html", context, title=f"{words}: {found.summary.name}")


@staff(*EDITORS)
@require_POST
def switch(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    if act not in _ACTS:
        raise Http404
    found = _found(slug)
    perform, words = _ACTS[act]
    try:
        if act == "activate":
            refuse_unapproved(found.summary.definition)
        perform(slug, now=CLOCK.now())
    except TactfulError as fault:
        messages.error(request, fault.message)
    else:
        note(request, f"journey {act}", slug)
        messages.success(request, f"{found.summary.name} {words}.")
    return redirect("journey", slug)


def _found(slug: str) -> Detail:
    try:
        return journeys.journey(slug)
    except NotFound:
        raise Http404 from None


def _trouble(row: Summary, now: datetime) -> str:
    """What a person should look at; empty when all is well."""
    if row.definition is None:
        return "Its definition cannot be read any more"
    if row.definition.review_by and row.definition.review_by < now.date():
        return f"Was to be reviewed by {row.definition.review_by.day} {row.definition.review_by:%b %Y}"
    return ""
