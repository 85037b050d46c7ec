"""Writing templates: the text, what it looks like and what is wrong with it while one types, test messages."""

from typing import Any

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from tactful.content import outside, services
from tactful.content import queries as content
from tactful.content.domain.editing import faults
from tactful.content.domain.languages import checked, chosen, coverage
from tactful.content.domain.values import Text
from tactful.content.queries import BlockRow, TemplateText
from tactful.content.services.blocks import ready_blocks, remove_block, save_block
from tactful.customers import queries as customers
from tactful.flows import quality
from tactful.flows.launching import changing_text
from tactful.kernel.errors import Conflict, InvalidInput, NotFound, TactfulError
from tactful.kernel.naming import slug_of
from tactful.segments import queries as segments
from tactful.web.access import EDITORS, staff
from tactful.web.acting import actor, carry_out, note
from tactful.web.forms import TemplateForm
from tactful.web.message_preview import shown
from tactful.web.pages import CLOCK, page, reader
from tactful.web.views.templates import chosen_person, found_text

_START = "welcome"


@staff(*EDITORS)
@csp_replace({"style-src": [SELF, UNSAFE_INLINE]})  # the visual editor writes styles into its elements
def edit(request: HttpRequest, slug: str | None = None) -> HttpResponse:
    """Write a new template or change one, in one language."""
    known = found_text(slug) if slug else None
    language = _language(request, known)
    form = TemplateForm(request.POST or None, initial=_start(known, language))
    saved: list[str] = []
    if request.method == "POST" and carry_out(
        request,
        form,
        lambda data: saved.append(_save(data, slug, language, by=actor(request))),
        action="template saved",
        done="The text is saved as a new version.",
    ):
        return redirect("template", saved[0])
    context = {
        "form": form,
        "slug": slug,
        "template": known,
        "language": language,
        "languages": list(known.texts) if known else [],
        "is_new_language": known is not None and language not in known.texts,
        "own": known.version.language if known else language,
        "blocks": [_block(row) for row in (*ready_blocks(), *content.own_blocks())],
        "images": content.images(),
        "segments": segments.segments(),
        "coverage": coverage(quality.languages_of(), known.version.languages) if known else [],
        "person": chosen_person(request),
        "seeds": content.rules().seeds,
        "me": actor(request),
    }
    title = f"Change {known.name}" if known else "New template"
    return page(request, "web/template_edit.html", context, title=title, status=422 if form.errors else 200)


@staff(*EDITORS)
@require_POST
def live(request: HttpRequest) -> HttpResponse:
    """While one types: faults with their lines, the message as the chosen customer gets it, and its review."""
    text, person = _typed(request), _person(request)
    told: dict[str, Any] = {
        "faults": [{"part": one.part, "line": one.line, "words": one.words} for one in faults(text)]
    }
    if not told["faults"]:
        told |= _looked_at(request, text, person)
    context = {"told": told, "findings": told.pop("findings", []), "reader": reader()}
    told["review"] = render_to_string("web/parts/review.html", context, request=request)
    told["customer"] = {"id": person.id, "name": person.name} if person else None
    return JsonResponse(told)


def _looked_at(request: HttpRequest, text: Text, person: customers.Profile | None) -> dict[str, Any]:
    language = request.POST.get("language", "")
    try:
        made = quality.preview(text, person)
        texts = {**_first(request.GET.get("template", "")), language: text}
        found = quality.review(texts, person=person, segment=request.POST.get("segment", ""))
        findings = [finding for finding in found if finding.language == language]
    except TactfulError as fault:
        return {"faults": [{"part": "mjml", "line": None, "words": fault.message}]}
    return {
        "subject": made.subject,
        "text": made.text,
        "html": shown(made.html, request.POST.get("look", "")),
        "findings": findings,
        "weight": round(len(made.html.encode()) / 1024),
    }


def _first(slug: str) -> dict[str, Text]:
    """The saved text in its own language, from which this one may be translated; nothing for a new template."""
    try:
        known = content.text(slug)
    except NotFound:
        return {}
    own = known.version.language
    return {own: known.texts[own]}


@staff(*EDITORS)
@require_POST
def try_links(request: HttpRequest) -> HttpResponse:
    """Ask the other sites that a message links to whether the addresses answer."""
    try:
        urls = quality.outside_links({"": _typed(request)})
    except TactfulError as fault:
        return JsonResponse({"words": fault.message})
    answers = outside.try_links(urls, now=CLOCK.now())
    wrong = [f"{url}: {words}" for url, words in answers.items() if words]
    words = "; ".join(wrong) or f"{len(answers)} of {len(answers)} addresses on other sites answer."
    return JsonResponse({"words": words if answers else "The message links to no other site."})


@staff(*EDITORS)
@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Send what is being written to oneself, or to the seed list."""
    to = list(content.rules().seeds) if request.POST.get("to") == "seeds" else [actor(request)]
    name = request.POST.get("name", "") or "text"
    try:
        results = quality.send_test(
            _typed(request), to=to, person=_person(request), name=name, by=actor(request), now=CLOCK.now()
        )
    except TactfulError as fault:
        return JsonResponse({"words": f"Not sent: {fault.message}"})
    note(request, "test message", name, {"to": ", ".join(to)})
    gone = [one.address for one in results if not one.wrong]
    failed = [f"{one.address}: {one.wrong}" for one in results if one.wrong]
    words = f"Sent to {', '.join(gone)}. " if gone else ""
    return JsonResponse({"words": words + (f"Not sent to {'; '.join(failed)}." if failed else "")})


@staff(*EDITORS)
@require_POST
def keep_block(request: HttpRequest) -> HttpResponse:
    """Keep a selection as a block, or forget one."""
    name = request.POST.get("name", "")
    try:
        if request.POST.get("act") == "remove":
            remove_block(name)
            note(request, "block removed", name)
            return JsonResponse({"removed": name})
        row = save_block(name=name, mjml=request.POST.get("mjml", ""), by=actor(request), now=CLOCK.now())
    except TactfulError as fault:
        return JsonResponse({"fault": fault.message}, status=422)
    note(request, "block saved", row.slug)
    return JsonResponse(_block(row))


@staff()
def people(request: HttpRequest) -> HttpResponse:
    """Customers to look with: ?text=…"""
    found = customers.search(request.GET.get("text", "")[:100], limit=8)
    context = {"people": found, "reader": reader()}
    return render(request, "web/parts/preview_people.html", context)


def _typed(request: HttpRequest) -> Text:
    parts = {name: request.POST.get(name, "")[:400_000] for name in ("subject", "mjml", "preheader", "text")}
    return Text(**{name: value.replace("\r\n", "\n") for name, value in parts.items()})


def _person(request: HttpRequest) -> customers.Profile | None:
    number = request.POST.get("customer", "")
    found = customers.card(int(number)) if number.isdecimal() and len(number) < 18 else None
    return found or quality.sample(request.POST.get("segment", "") if _is_segment(request) else "")


def _is_segment(request: HttpRequest) -> bool:
    return request.POST.get("segment", "") in {row.slug for row in segments.segments()}


def _language(request: HttpRequest, known: TemplateText | None) -> str:
    wanted = request.POST.get("language") or request.GET.get("language") or ""
    if not wanted:
        return known.version.language if known else "en"
    try:
        return checked(wanted)
    except InvalidInput:
        raise Http404 from None


def _start(known: TemplateText | None, language: str) -> dict[str, Any]:
    """What to begin with: the text in this language, else the nearest one to translate, else a ready one."""
    if known is None:
        text, name, number = services.ready_text(_START), "", None
    else:
        text = known.texts[chosen(language, tuple(known.texts))]
        name, number = known.name, known.version.number
    return {
        "name": name,
        "subject": text.subject,
        "preheader": text.preheader,
        "mjml": text.mjml,
        "text": text.text,
        "own_text": bool(text.text),
        "version": number,
    }


def _save(data: dict[str, Any], slug: str | None, language: str, *, by: str) -> str:
    wanted = slug or slug_of(data["name"], kind="template")
    if slug is None and _exists(wanted):
        raise Conflict(
            f"There is a template called so already ({wanted}). Change that one, or choose another name."
        )
    text = Text(
        data["subject"],
        data["mjml"].replace("\r\n", "\n"),
        data["preheader"],
        data["text"].replace("\r\n", "\n") if data["own_text"] else "",
    )
    with changing_text(wanted):
        services.save_text(
            slug=wanted,
            name=data["name"],
            text=text,
            now=CLOCK.now(),
            language=language,
            by=by,
            seen=data["version"],
        )
    return wanted


def _exists(slug: str) -> bool:
    try:
        content.text(slug)
    except NotFound:
        return False
    return True


def _block(row: BlockRow) -> dict[str, Any]:
    return {"slug": row.slug, "name": row.name, "mjml": row.mjml, "own": row.own}
