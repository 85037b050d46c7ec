"""Journeys: the list, one drawn with its counts, the customers behind a count, and switching it on and off."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.content import queries as content
from tactful.customers import queries as customers
from tactful.delivery import queries as delivery
from tactful.flows import journey_care, launch_gates
from tactful.flows.launching import launch
from tactful.journeys import queries as journeys
from tactful.journeys import services
from tactful.journeys.domain.calendar import Once
from tactful.journeys.domain.lint import unlaunchable
from tactful.journeys.queries import GROUPS, Behind, Detail, Summary
from tactful.kernel.errors import NotFound, TactfulError
from tactful.web import journey_compare, journey_files, journey_launch, journey_map, journey_words, tested, words
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import actor, note
from tactful.web.pages import CLOCK, page, reader
from tactful.web.paging import SIZE, Pager, page_number
from tactful.web.views import decisions

_WAITING = frozenset({"draft", "paused"})  # for somebody to let it go
_GROUP_WORDS = {
    "entered": "Entered",
    "active": "On the way",
    "goal": "Reached the goal",
    "ended": "Ended",
    "left_early": "Left early",
    "in_holdout": "Left alone, for comparison",
}


def _pause(slug: str, *, by: str, now: datetime) -> None:  # noqa: ARG001 -- every act is called alike
    services.pause(slug, now=now)


_ACTS: dict[str, tuple[Callable[..., None], str]] = {
    "activate": (launch, "is active: customers enter from now on"),
    "pause": (_pause, "is paused: nobody enters and nothing is sent; exit rules still let customers go"),
}


STATES = {"": "In use", "active": "Active", "paused": "Paused", "draft": "Draft", "archived": "Archived"}
_SORTS: dict[str, Callable[[Summary], Any]] = {
    "name": lambda row: row.name.lower(),
    "owner": lambda row: row.definition.owner.lower() if row.definition else "",
    "entered": lambda row: row.counts.entered,
    "active": lambda row: row.counts.active,
    "goal": lambda row: row.counts.goal,
    "left": lambda row: row.counts.left_early,
    "review": lambda row: (row.definition.review_by if row.definition else None) or date.max,
}


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    who, number = reader(), page_number(request)
    known = [row for row in journeys.journeys() if not is_broadcast(row)]
    text, state, sort = (request.GET.get(name, "").strip() for name in ("q", "state", "sort"))
    rows = [row for row in known if _fits(row, text, state)]
    order = {"active": 0, "paused": 1, "draft": 2}
    rows.sort(key=lambda row: (order.get(row.status, 3), row.name))
    if by := _SORTS.get(sort.removeprefix("-")):
        rows.sort(key=by, reverse=sort.startswith("-"))
    shown = rows[(number - 1) * SIZE : number * SIZE]
    context = {
        "rows": [(row, _trouble(row, who.now)) for row in shown],
        "findings": journey_care.findings(shown, now=who.now),
        "known": known,
        "pages": Pager(number, len(shown), len(rows)),
        "active": sum(row.status == "active" for row in known),
        "on_the_way": sum(row.counts.active for row in known),
        "text": text,
        "state": state,
        "states": STATES,
        "sort": sort,
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/journeys.html", context, title="Journeys")


def is_broadcast(row: Summary) -> bool:
    """Whether the calendar lets everybody in at one moment: such a journey has a list and a form of its own."""
    return row.definition is not None and isinstance(row.definition.entry.rule, Once)


@staff()
def one(request: HttpRequest, slug: str) -> HttpResponse:
    found = _found(slug)
    who = reader()
    versions = journeys.versions(slug)
    texts = {row.slug: row.name for row in content.templates()}
    drawn = journey_map.draw(found, templates=texts)
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
        "tested": tested.tested(found.summary, templates=texts),
        "table": journey_map.table(found, drawn) if drawn else [],
        "outcomes": found.outcomes,
        "summary": decisions.summary(since=found.summary.created_at, until=who.now, journey=found.summary),
        "trouble": _trouble(found.summary, who.now),
        "held_up": delivery.paused_streams(),
        **_to_mend(found.summary, who.now),
        "may_edit": may(request, *EDITORS),
        "written": journey_files.as_yaml(found.summary.source),
        "again": journey_compare.reentry(definition) if definition else "",
        "launch": journey_launch.expected(definition, now=who.now) if definition else "",
        "left_alone": journey_launch.left_alone(definition) if definition else "",
        "waiting": journeys.waiting([found.summary.id]).get(found.summary.id),
        "behind_it": sum(row.active for row in versions if row.number != found.summary.version),
        "is_broadcast": is_broadcast(found.summary),
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
        said = _GROUP_WORDS[group]
    else:
        rows = journeys.customers_at(found.summary.id, step, edge=edge, before=before, limit=51)
        said = _said_of(step, edge)
    shown: list[Behind] = rows[:50]
    context = {
        "journey": found.summary,
        "words": said,
        "rows": shown,
        "next": shown[-1].cursor if len(rows) > len(shown) else None,
        "people": customers.cards({row.customer_id for row in shown}),
    }
    return page(request, "web/journey_behind.html", context, title=f"{said}: {found.summary.name}")


def _said_of(step: str, edge: str | None) -> str:
    if edge == journeys.CAME:
        return f"Came to “{step}”"
    return f"Left “{step}” by “{edge}”" if edge else f"At “{step}” now"


@staff(*EDITORS)
@require_POST
def switch(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    if act not in _ACTS:
        raise Http404
    found = _found(slug)
    perform, said = _ACTS[act]
    try:
        perform(slug, by=actor(request), now=CLOCK.now())
    except TactfulError as fault:
        messages.error(request, fault.message)
    else:
        note(request, f"journey {act}", slug)
        messages.success(request, f"{found.summary.name} {said}.")
    return redirect("journey", slug)


@staff(*EDITORS)
@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """End a journey for good, and its open runs with it."""
    found = _found(slug)
    ended = services.archive(slug, now=CLOCK.now())
    note(request, "journey archived", slug, {"runs ended": ended})
    messages.success(
        request, f"{found.summary.name} is archived; {words.count_of(ended, 'open run')} ended with it."
    )
    return redirect("broadcasts" if is_broadcast(found.summary) else "journeys")


def _fits(row: Summary, text: str, state: str) -> bool:
    """Whether a row is among those asked for: by name or owner, and by state; archived ones only when asked for."""
    said = f"{row.name} {row.slug} {row.definition.owner if row.definition else ''}".lower()
    return text.lower() in said and (row.status == state if state else row.status != "archived")


def _found(slug: str) -> Detail:
    try:
        return journeys.journey(slug)
    except NotFound:
        raise Http404 from None


def _to_mend(row: Summary, now: datetime) -> dict[str, Any]:
    """What stops a launch, where one is still to come, and what else should be mended."""
    found = journey_care.of_journey(row.slug, now=now)
    if row.definition is None or row.status not in _WAITING:
        return {"findings": found, "gates": []}
    stops = unlaunchable(found)
    return {
        "findings": [one for one in found if one not in stops],
        "gates": launch_gates.gates(row.definition, now=now),
    }


def _trouble(row: Summary, now: datetime) -> str:
    """What a person should look at; empty when all is well."""
    if row.definition is None:
        return "Its definition cannot be read any more"
    if row.definition.review_by and row.definition.review_by < now.date():
        return f"Was to be reviewed by {row.definition.review_by.day} {row.definition.review_by:%b %Y}"
    return ""
