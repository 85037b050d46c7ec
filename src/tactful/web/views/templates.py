"""Content: the list of templates, one with its versions, and what may be done with it."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from tactful.content import queries as content
from tactful.content import services
from tactful.content.domain.languages import coverage
from tactful.content.queries import TemplateRow, TemplateText
from tactful.customers import queries as customers
from tactful.customers.queries import Profile
from tactful.delivery import queries as delivery
from tactful.flows import quality
from tactful.flows.launching import changing_text
from tactful.kernel.errors import Conflict, NotFound, TactfulError
from tactful.kernel.naming import slug_of
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import actor, note
from tactful.web.message_preview import SEALED, shown
from tactful.web.pages import CLOCK, page
from tactful.web.paging import SIZE, Pager, id_asked, page_number
from tactful.web.segment_files import differences
from tactful.web.template_uses import Use, uses

_LIQUID = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")


@dataclass(frozen=True, slots=True)
class Listed:
    """A template in the list, with what others know of it."""

    row: TemplateRow
    uses: list[Use]
    last_sent: datetime | None
    unapproved: bool


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    text, sort = request.GET.get("q", "").strip().lower(), request.GET.get("sort", "name")
    show_archived = request.GET.get("show") == "archived"
    known, sent = uses(), delivery.last_sent()
    rows = content.templates(archived=show_archived)
    waiting = set(content.unapproved([row.slug for row in rows]))
    found = [
        Listed(row, known.get(row.slug, []), sent.get(row.slug), row.slug in waiting)
        for row in rows
        if text in f"{row.name} {row.slug} {row.subject}".lower()
    ]
    found.sort(key=lambda one: _order(one, sort.removeprefix("-")), reverse=sort.startswith("-"))
    number = page_number(request)
    part = found[(number - 1) * SIZE : number * SIZE]
    context = {
        "rows": part,
        "pages": Pager(number, len(part), len(found)),
        "text": request.GET.get("q", ""),
        "sort": sort,
        "show_archived": show_archived,
        "filtered": bool(text) or show_archived,
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/templates.html", context, title="Content")


def _order(one: Listed, sort: str) -> tuple[Any, ...]:
    match sort:
        case "saved":
            return (one.row.saved_at.timestamp(),)
        case "sent":
            return (one.last_sent.timestamp() if one.last_sent else 0,)
        case "uses":
            return (len(one.uses), one.row.name.lower())
    return (one.row.name.lower(),)


@staff()
def one(request: HttpRequest, slug: str) -> HttpResponse:
    found = found_text(slug)
    used = uses().get(slug, [])
    person = chosen_person(request)
    wanted = request.GET.get("language", "")
    language = wanted if wanted in found.texts else found.version.spoken(person and person.language).language
    made, fault = _previewed(found, language, person)
    reviews = content.reviews(slug)
    context = {
        "template": found,
        "slug": slug,
        "used": used,
        "held": [use for use in used if use.holds],
        "last_sent": delivery.last_sent().get(slug),
        "history": content.history(slug),
        "waiting": bool(content.unapproved([slug])),
        "mine": found.saved_by == actor(request),
        "person": person,
        "neighbours": _neighbours(person),
        "language": language,
        "made": made,
        "preheader": _LIQUID.sub("", found.texts[language].preheader),
        "fault": fault,
        "coverage": coverage(quality.languages_of(), found.version.languages),
        "reviews": reviews,
        "look": "dark" if request.GET.get("look") == "dark" else "light",
        "wide": request.GET.get("width") != "narrow",
        "rules": content.rules(),
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/template.html", context, title=found.name)


@staff()
@require_safe
@xframe_options_sameorigin
def html(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest version as one customer gets it, sealed."""
    found = found_text(slug)
    language = request.GET.get("language", "")
    made, fault = _previewed(found, language if language in found.texts else "", chosen_person(request))
    answer = HttpResponse(shown(made.html, request.GET.get("look", "")) if made else fault)
    answer["Content-Security-Policy"] = SEALED
    return answer


@staff()
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """An old version, and how it differs from the newest."""
    newest = found_text(slug)
    try:
        old = content.text(slug, number)
    except NotFound:
        raise Http404 from None
    parts = []
    for language in dict.fromkeys([*newest.texts, *old.texts]):
        then, now = (_written(one, language) for one in (old, newest))
        parts.append((language, differences(then, now), then == now))
    context = {
        "template": newest,
        "slug": slug,
        "old": old,
        "parts": parts,
        "same": all(same for *_, same in parts),
        "may_edit": may(request, *EDITORS),
    }
    return page(request, "web/template_version.html", context, title=f"{newest.name}, version {number}")


@staff(*EDITORS)
@require_POST
def restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    try:
        with changing_text(slug):
            made = services.restore(slug, number, now=CLOCK.now(), by=actor(request))
    except NotFound:
        raise Http404 from None
    except TactfulError as fault:
        messages.error(request, fault.message)
        return redirect("template-version", slug, number)
    note(request, "template restored", slug, {"version": number})
    messages.success(request, f"Version {number} is the newest again, as version {made.number}.")
    return redirect("template", slug)


@staff(*EDITORS)
@require_POST
def copy(request: HttpRequest, slug: str) -> HttpResponse:
    found, name = found_text(slug), request.POST.get("name", "").strip()[:120]
    try:
        made = services.copy(
            slug,
            to=slug_of(name, kind="template"),
            name=name or f"{found.name} (copy)",
            now=CLOCK.now(),
            by=actor(request),
        )
    except TactfulError as fault:
        messages.error(request, fault.message)
        return redirect("template", slug)
    note(request, "template copied", made.slug, {"from": slug})
    messages.success(request, f"{name} is a copy of {found.name}. No journey uses it yet.")
    return redirect("template", made.slug)


@staff(*EDITORS)
@require_POST
def archive(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a template out of use, unless a journey in use sends it; or bring it back."""
    found = found_text(slug)
    if found.archived:
        services.bring_back(slug)
        note(request, "template brought back", slug)
        messages.success(request, f"{found.name} is back.")
        return redirect("template", slug)
    try:
        if held := [f"“{use.name}”" for use in uses().get(slug, []) if use.holds]:
            raise Conflict(
                f"{found.name} cannot be archived while {' and '.join(held)} sends it. Change that first."
            )
        services.archive(slug, now=CLOCK.now())
    except Conflict as fault:
        messages.error(request, fault.message)
        return redirect("template", slug)
    note(request, "template archived", slug)
    messages.success(request, f"{found.name} is archived. Messages that went out stay as they are.")
    return redirect("templates")


@staff(*EDITORS)
@require_POST
def approve(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    try:
        services.approve(slug, number, by=actor(request), now=CLOCK.now())
    except NotFound:
        raise Http404 from None
    except TactfulError as fault:
        messages.error(request, fault.message)
    else:
        note(request, "template approved", slug, {"version": number})
        messages.success(request, f"Version {number} may go out.")
    return redirect("template", slug)


@staff(*EDITORS)
@require_POST
def drop_language(request: HttpRequest, slug: str) -> HttpResponse:
    language = request.POST.get("language", "")
    try:
        services.remove_language(slug, language, now=CLOCK.now(), by=actor(request))
    except TactfulError as fault:
        messages.error(request, fault.message)
    else:
        note(request, "template language removed", slug, {"language": language})
        messages.success(request, f"The text in {language} is gone; the version before still has it.")
    return redirect("template", slug)


def found_text(slug: str) -> TemplateText:
    """The newest version of a template. Raises Http404."""
    try:
        return content.text(slug)
    except NotFound:
        raise Http404 from None


def chosen_person(request: HttpRequest) -> Profile | None:
    """The customer to look with: the one asked for, else the newest."""
    number = id_asked(request, "customer")
    found = customers.card(number) if number else None
    return found if found and found.erased_at is None else quality.sample()


def _neighbours(person: Profile | None) -> dict[str, int | None]:
    """Who comes before and after in the order of ids, round about."""
    if person is None:
        return {"before": None, "after": None}
    near = customers.cards(number for number in range(max(1, person.id - 25), person.id + 26))
    usable = sorted(one.id for one in near.values() if one.merged_into_id is None and one.erased_at is None)
    place = usable.index(person.id) if person.id in usable else 0
    return {
        "before": usable[place - 1] if place > 0 else None,
        "after": usable[place + 1] if place + 1 < len(usable) else None,
    }


def _previewed(found: TemplateText, language: str, person: Profile | None) -> tuple[Any, str]:
    text = found.texts.get(language) or found.texts[found.version.spoken(person and person.language).language]
    try:
        return quality.preview(text, person), ""
    except TactfulError as fault:
        return None, fault.message


def _written(found: TemplateText, language: str) -> str:
    """A version as lines that can be compared."""
    text = found.texts.get(language)
    if text is None:
        return ""
    return f"Subject: {text.subject}\nPreheader: {text.preheader}\n\n{text.mjml}\n" + (
        f"\n{text.text}\n" if text.text else ""
    )
