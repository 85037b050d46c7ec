"""Topics: what customers can agree to hear about. Everybody reads; administrators add, word, order and retire."""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from tactful.consent import queries as consent
from tactful.consent import topics
from tactful.consent.domain.topics import Wording
from tactful.consent.queries import TopicRow
from tactful.flows import topic_care
from tactful.flows.topic_care import BROADCAST, JOURNEY, SEGMENT, TEXT, Use, Words
from tactful.kernel.errors import Conflict
from tactful.web.access import ADMIN, may, staff
from tactful.web.acting import carry_out, note, overtaken
from tactful.web.members import of_consent
from tactful.web.pages import CLOCK, page
from tactful.web.topic_forms import NewTopicForm, TopicForm

_VIEWS = {JOURNEY: "journey", BROADCAST: "broadcast", TEXT: "template", SEGMENT: "segment"}
_KINDS = {
    JOURNEY: ("journey", "journeys"),
    BROADCAST: ("broadcast", "broadcasts"),
    TEXT: ("text", "texts"),
    SEGMENT: ("segment", "segments"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A number of customers, in words, and the key of the list that shows them."""

    words: str
    count: int
    key: str


@dataclass(frozen=True, slots=True)
class Linked:
    use: Use
    url: str


@dataclass(frozen=True, slots=True)
class Group:
    """What of one kind uses a topic."""

    kind: str
    word: str
    uses: list[Linked]


@dataclass(frozen=True, slots=True)
class Line:
    """A topic in the list. `before` and `after` are its neighbours on the page, empty at an end; `focus` is the way
    in which it has just been moved: whoever moves it by the keyboard goes on from there."""

    row: TopicRow
    said: list[Said]
    groups: list[Group]
    before: str = ""
    after: str = ""
    focus: str = ""

    @property
    def linked(self) -> list[Linked]:
        return [one for group in self.groups for one in group.uses]


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    """All topics in the order of the customers' page, those retired below, and a form for another."""
    rows = consent.every_topic()
    form = NewTopicForm(request.POST or None, others=_names(rows))
    wanted = request.method == "POST" and may(request, ADMIN)
    if wanted and carry_out(
        request, form, _add, action="topic added", done="Customers are asked about it from now on."
    ):
        return redirect("settings-topics")
    uses = topic_care.uses()
    asked = [row for row in rows if not row.retired]
    slugs = ["", *(row.slug for row in asked), ""]
    context = {
        "form": form,
        "lines": [
            replace(
                _line(row, uses), before=before, after=after, focus=_focus(request, row, before=before, after=after)
            )
            for row, before, after in zip(asked, slugs, slugs[2:], strict=False)
        ],
        "retired": [_line(row, uses) for row in rows if row.retired],
    }
    return _page(request, "topics", context, form)


@staff()
def one(request: HttpRequest, slug: str) -> HttpResponse:
    """A topic with what was said of it and what uses it; its words may be changed here, its short name never."""
    row = _found(slug)
    others = {other: name for other, name in _names(consent.every_topic()).items() if other != slug}
    start = {"name": row.name, "description": row.description, "version": row.version}
    form = TopicForm(request.POST or None, initial=start, others=others)

    def change(data: dict[str, Any]) -> None:
        topics.reword(slug, Wording(data["name"], data["description"]), version=data["version"] or 0)

    wanted = request.method == "POST" and may(request, ADMIN)
    if wanted and carry_out(request, form, change, action="topic changed", done=f"The topic {slug} is changed."):
        return redirect("settings-topics")
    row = _found(slug)
    context = {"form": form, "line": _line(row, topic_care.uses()), "overtaken": overtaken(form, row)}
    return _page(request, "topic", context, form)


@staff(ADMIN)
@require_POST
def move(request: HttpRequest, slug: str) -> HttpResponse:
    """One place up or down, past the neighbour that he saw: pressed twice, it stays there."""
    row, past = _found(slug), _found(request.POST.get("past", ""))
    up = request.POST.get("way") == "up"
    with transaction.atomic():
        first, second = (slug, past.slug) if up else (past.slug, slug)
        topics.move_before(first, second)
        note(request, "topic moved", slug, {"before" if up else "behind": past.slug})
    messages.success(request, f"{row.name} is asked {'before' if up else 'after'} {past.name} now.")
    return redirect(f"{reverse('settings-topics')}?moved={slug}&way={'up' if up else 'down'}")


@staff(ADMIN)
def retire(request: HttpRequest, slug: str) -> HttpResponse:
    """Says what it does to how many, then does it; while a journey at work needs the topic, it is refused."""
    row = _found(slug)
    if request.method == "POST":
        try:
            with transaction.atomic():
                topic_care.retire(slug, now=CLOCK.now())
                note(request, "topic retired", slug)
        except Conflict as fault:
            messages.error(request, f"Not retired: {fault.message}.")
            return redirect("topic-retire", slug)
        messages.success(request, f"{row.name} is retired: nobody is asked or written to about it any more.")
        return redirect("settings-topics")
    if row.retired:
        return redirect("topic", slug)
    line = _line(row, topic_care.uses())
    held = [one for one in line.linked if one.use.holds]
    named = [one for one in line.linked if not one.use.holds and one.use.kind != TEXT]
    return _page(request, "topic_retire", {"line": line, "held": held, "named": named})


@staff(ADMIN)
def bring_back(request: HttpRequest, slug: str) -> HttpResponse:
    """Says how many may be written to about it again, then asks about it again, last on the page."""
    row = _found(slug)
    if request.method == "POST":
        with transaction.atomic():
            topics.bring_back(slug)
            note(request, "topic brought back", slug)
        messages.success(request, f"{row.name} is back, last on the customers' page.")
        return redirect("settings-topics")
    if not row.retired:
        return redirect("topic", slug)
    return _page(request, "topic_again", {"line": _line(row, {})})


def _line(row: TopicRow, uses: dict[str, list[Use]]) -> Line:
    said = _said(row.slug, topic_care.words(row.slug, now=CLOCK.now()))
    return Line(row, said, _groups(uses.get(row.slug, [])))


def _focus(request: HttpRequest, row: TopicRow, *, before: str, after: str) -> str:
    """Which of its buttons has the keyboard after a move; at an end only the way back is left."""
    if request.GET.get("moved") != row.slug:
        return ""
    up = request.GET.get("way") == "up"
    return "up" if before and (up or not after) else "down"


def _said(slug: str, words: Words) -> list[Said]:
    counted = (
        ("Agreed", words.agreed, topic_care.AGREED),
        ("Refused", words.refused, topic_care.REFUSED),
        ("Never said", words.silent, topic_care.SILENT),
    )
    return [Said(name, count, of_consent(slug, word)) for name, count, word in counted]


def _groups(uses: list[Use]) -> list[Group]:
    found = {
        kind: [Linked(use, reverse(_VIEWS[kind], args=[use.slug])) for use in uses if use.kind == kind]
        for kind in _KINDS
    }
    return [Group(kind, _KINDS[kind][len(rows) != 1], rows) for kind, rows in found.items() if rows]


def _add(data: dict[str, Any]) -> None:
    topics.add(data["slug"], Wording(data["name"], data["description"]))


def _names(rows: list[TopicRow]) -> dict[str, str]:
    return {row.slug: row.name for row in rows}


def _found(slug: str) -> TopicRow:
    for row in consent.every_topic():
        if row.slug == slug:
            return row
    raise Http404


def _page(
    request: HttpRequest, screen: str, context: dict[str, Any], form: TopicForm | None = None
) -> HttpResponse:
    wrong = form is not None and form.is_bound and bool(form.errors)
    around = {"tab": "topics", "may_edit": may(request, ADMIN)}
    template = f"web/settings_{screen}.html"
    return page(request, template, context | around, title="Settings", status=422 if wrong else 200)
