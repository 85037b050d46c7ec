"""Broadcasts, journeys of one moment: the list with how far each has come, the form, the review, its buttons."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tactful.consent import queries as consent
from tactful.content import queries as content
from tactful.customers import queries as customers
from tactful.delivery import queries as delivery
from tactful.flows import launch_gates, launching, reaching
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.journeys import launches, services
from tactful.journeys import queries as journeys
from tactful.journeys.domain.calendar import Once, moments
from tactful.journeys.queries import Summary
from tactful.kernel.errors import Conflict, InvalidInput, NotFound, TactfulError
from tactful.kernel.naming import slug_of
from tactful.kernel.time import zone_or
from tactful.segments import queries as segments
from tactful.segments.services import editing
from tactful.team import queries as team
from tactful.web import broadcast_states, journey_launch, journey_words, tested, words
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import actor, carry_out, note
from tactful.web.broadcast_forms import BroadcastForm, definition_of, is_simple, typed
from tactful.web.broadcast_states import STATES, Standing
from tactful.web.pages import CLOCK, page, reader
from tactful.web.paging import SIZE, Pager, page_number
from tactful.web.views import decisions
from tactful.web.views.journey_editing import fresh_slug

_SORTS: dict[str, Callable[[Standing], Any]] = {
    "name": lambda one: one.row.name.lower(),
    "when": lambda one: one.first,
    "total": lambda one: one.total,
    "considered": lambda one: one.considered,
}
_CHANGEABLE = frozenset({"draft", "scheduled"})
_WAITING = frozenset({"draft", "paused"})  # for somebody to let it go


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    number = page_number(request)
    known = _standings(journeys.journeys())
    text, state, sort = (request.GET.get(name, "").strip() for name in ("q", "state", "sort"))
    rows = [one for one in known if text.lower() in one.row.name.lower() and state in {"", one.state}]
    rows.sort(key=_SORTS.get(sort.removeprefix("-"), _SORTS["when"]), reverse=not sort or sort.startswith("-"))
    shown = rows[(number - 1) * SIZE : number * SIZE]
    context = {
        "rows": shown,
        "known": known,
        "names": {row.slug: row.called for row in segments.segments()},
        "counts": {name: sum(one.state == name for one in known) for name in STATES},
        "states": STATES,
        "pages": Pager(number, len(shown), len(rows)),
        "text": text,
        "state": state,
        "sort": sort or "-when",
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/broadcasts.html", context, title="Broadcasts")


@staff()
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """The review before it goes, and how far it has come after."""
    found, definition = _found(slug), _found(slug).row.definition
    if definition is None:
        raise Http404
    names = {row.slug: row.called for row in segments.segments()}
    texts = {row.slug: row.name for row in content.templates()}
    reach = _reach(definition.entry.segment or "", definition.topic)
    messages_by_state = delivery.state_counts(delivery.Filters(journey_id=found.row.id))
    context = {
        "broadcast": found,
        "definition": definition,
        "texts": [(name, texts.get(name, "")) for name in definition.templates],
        "tested": tested.tested(found.row, templates=texts),
        "audience_name": names.get(definition.entry.segment or "", "") if definition.entry.segment else "Everybody",
        "when": journey_words.entry_sentence(definition.entry),
        "too_late": reader().now > found.last,
        "partly_late": found.first < reader().now <= found.last,
        "reach": reach,
        "launched": launches.last(found.row.id) if found.state != "draft" else None,
        "left_alone": round(reach.get("reached", 0) * definition.holdout),
        "holdouts": journey_launch.left_alone(definition),
        "summary": decisions.summary(since=found.row.created_at, until=CLOCK.now(), journey=found.row),
        "fates": broadcast_states.fates(messages_by_state),
        "left": messages_by_state.get("sent", 0),
        "waiting": journeys.waiting([found.row.id]).get(found.row.id),
        "gates": launch_gates.gates(definition, now=CLOCK.now()) if found.state in _WAITING else [],
        "held_up": delivery.paused_streams(),
        "changeable": found.state in _CHANGEABLE and is_simple(definition),
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/broadcast.html", context, title=found.row.name)


@staff(*EDITORS)
def edit(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """A new broadcast, or another text, hour or audience of one that has not begun."""
    known = _to_change(slug) if slug else None
    start = (
        typed(known.row.definition, version=known.row.version)
        if known and known.row.definition
        else _start(request)
    )
    form = BroadcastForm(request.POST or None, initial=start, choices=_choices(start.get("topic", "")))
    made = known.row.slug if known else ""
    if request.method == "POST" and form.is_valid():
        made = made or fresh_slug(slug_of(form.cleaned_data["name"], kind="broadcast"))
    if request.method == "POST" and carry_out(
        request,
        form,
        lambda data: _save(data, known, slug=made, by=actor(request)),
        action="broadcast saved",
        done="The broadcast is saved. Look it over, then schedule it.",
    ):
        return redirect("broadcast", made)
    context = {
        "form": form,
        "broadcast": known,
        "reach": _reach(form["segment"].value() or "", form["topic"].value() or ""),
        "events": editing.suggest("events", editing.About(), now=CLOCK.now(), tables=TABLES, folder=FOLDER),
    }
    title = f"Change {known.row.name}" if known else "New broadcast"
    return page(request, "web/broadcast_edit.html", context, title=title, status=422 if form.errors else 200)


@staff(*EDITORS)
def audience(request: HttpRequest) -> HttpResponse:
    """While one chooses: how many are meant, and how many of them can be reached about the topic."""
    reach = _reach(request.GET.get("segment", ""), request.GET.get("topic", ""))
    return render(request, "web/parts/broadcast_reach.html", {"reach": reach})


@staff(*EDITORS)
@require_POST
def switch(request: HttpRequest, slug: str, act: str) -> HttpResponse:
    """Schedule, pause, resume or cancel."""
    found = _found(slug)
    acts: dict[str, Callable[[], str]] = {
        "schedule": lambda: _schedule(found, by=actor(request)),
        "pause": lambda: _pause(found),
        "resume": lambda: _resume(found, by=actor(request)),
        "cancel": lambda: _cancel(found),
    }
    if act not in acts:
        raise Http404
    try:
        said = acts[act]()
    except TactfulError as fault:
        messages.error(request, fault.message)
    else:
        note(request, f"broadcast {act}", slug)
        messages.success(request, said)
    return redirect("broadcast", slug)


def _schedule(found: Standing, *, by: str) -> str:
    if CLOCK.now() > found.last:
        raise Conflict(f"{found.row.name} cannot be scheduled: its moment has passed. Choose a later one.")
    launching.launch(found.row.slug, by=by, now=CLOCK.now())
    return f"{found.row.name} is scheduled for {words.count_of(found.total, 'customer')}."


def _pause(found: Standing) -> str:
    services.pause(found.row.slug, now=CLOCK.now())
    return f"{found.row.name} is paused after {words.count_of(found.considered, 'customer')}."


def _resume(found: Standing, *, by: str) -> str:
    launching.launch(found.row.slug, by=by, now=CLOCK.now())
    return f"{found.row.name} goes on where it stopped."


def _cancel(found: Standing) -> str:
    queued = journeys.waiting([found.row.id]).get(found.row.id)
    waited = services.archive(found.row.slug, now=CLOCK.now()) + (queued.count if queued else 0)
    if not waited:
        return f"{found.row.name} is cancelled; nobody waited for it."
    return f"{found.row.name} is cancelled; {words.count_of(waited, 'customer')} who waited for it will not get it."


def _save(data: Mapping[str, Any], known: Standing | None, *, slug: str, by: str) -> None:
    if known and data["version"] != known.row.version:
        raise Conflict("Somebody changed it meanwhile. Open it again to see what it says now.")
    made = definition_of(data, slug=slug, was=known.row.source if known else None)
    rule = Once(data["date"], data["at"], data["zone"] == "customer")
    if CLOCK.now() > moments(rule, zone_or(None, reader().zone))[-1]:
        raise InvalidInput("That moment has passed: choose a later day or hour.")
    launching.save(made, by=by, now=CLOCK.now())


def _start(request: HttpRequest) -> dict[str, Any]:
    """What a new one begins with: another's (`?copy=`), else nothing but the name of who writes it."""
    if other := request.GET.get("copy"):
        found = _found(other).row
        if found.definition and is_simple(found.definition):
            return {
                **typed(found.definition, version=0),
                "version": None,
                "name": f"{found.name}, again",
                "date": None,
            }
    topics = consent.topics()
    wanted = request.GET.get("segment", "")
    return {
        "segment": wanted if wanted in {row.slug for row in segments.segments()} else "",
        "owner": request.user.name if request.user.is_authenticated else "",
        "topic": topics[0].slug if topics else "",
        "at": "10:00",
        "zone": "customer",
    }


def _choices(topic: str) -> dict[str, list[tuple[str, str]]]:
    """What there is to choose from. A `topic` that has been retired stays what it is until another is chosen."""
    known = consent.every_topic()
    there = [(row.slug, row.name) for row in known if not row.retired]
    there += [(row.slug, f"{row.name} (retired)") for row in known if row.retired and row.slug == topic]
    return {
        "segments": [(row.slug, row.called) for row in segments.segments()],
        "template": [("", "Choose a text"), *((row.slug, row.name) for row in content.templates())],
        "topic": there,
    }


def _reach(segment: str, topic: str) -> dict[str, Any]:
    if not topic:
        return {}
    try:
        found = reaching.reach(segment, topic, now=CLOCK.now())
    except TactfulError as fault:
        return {"fault": fault.message}
    return {"size": found.size, "reached": found.reached, "silent": found.silent, "topic": topic}


def _to_change(slug: str) -> Standing:
    found = _found(slug)
    definition = found.row.definition
    if found.state not in _CHANGEABLE or definition is None or not is_simple(definition):
        raise Http404
    return found


def _found(slug: str) -> Standing:
    try:
        found = _standings([journeys.journey(slug).summary])
    except NotFound:
        raise Http404 from None
    if not found:
        raise Http404
    return found[0]


def _standings(rows: Iterable[Summary]) -> list[Standing]:
    """Those of the journeys that are broadcasts, with how each stands. Three small queries, however many."""
    mine = [
        (row, row.definition, row.definition.entry.rule)
        for row in rows
        if row.definition and isinstance(row.definition.entry.rule, Once)
    ]
    queued = journeys.waiting([row.id for row, *_ in mine])
    sizes, now = _sizes(), CLOCK.now()
    where = zone_or(None, team.workspace().zone)
    return [
        broadcast_states.standing(
            row,
            rule,
            now=now,
            zone=where,
            waiting=queued.get(row.id),
            audience=sizes.get(definition.entry.segment or "", 0),
        )
        for row, definition, rule in mine
    ]


def _sizes() -> dict[str, int]:
    """How many are in each segment, by its slug; everybody under the empty one."""
    rows = segments.segments()
    counted = segments.sizes([row.id for row in rows])
    return {row.slug: counted.get(row.id, 0) for row in rows} | {"": customers.total()}
