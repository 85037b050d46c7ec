"""Images for messages: what there is, where it is shown, one more."""

from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.content import queries as content
from tactful.content.services import images
from tactful.kernel.errors import InvalidInput, TactfulError
from tactful.web.access import EDITORS, may, staff
from tactful.web.acting import actor, note
from tactful.web.pages import CLOCK, page
from tactful.web.paging import SIZE, Pager, page_number

_SORTS = {
    "name": lambda row: row.name.lower(),
    "size": lambda row: row.size,
    "uploaded": lambda row: row.uploaded_at,
}


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    return _shown(request, refused="")


def _shown(request: HttpRequest, *, refused: str) -> HttpResponse:
    """The images; where one was `refused`, the reason stands beside the file, and what was typed stays."""
    text, sort = request.GET.get("q", "").strip().lower(), request.GET.get("sort", "-uploaded")
    rows = [row for row in content.images() if text in f"{row.name} {row.alt}".lower()]
    rows.sort(key=_SORTS.get(sort.removeprefix("-"), _SORTS["uploaded"]), reverse=sort.startswith("-"))
    number, shown_in = page_number(request), content.image_uses()
    part = rows[(number - 1) * SIZE : number * SIZE]
    context = {
        "rows": [(row, shown_in.get(row.digest, [])) for row in part],
        "pages": Pager(number, len(part), len(rows)),
        "text": request.GET.get("q", ""),
        "sort": sort,
        "may_edit": may(request, *EDITORS),
        "refused": refused,
        "alt": request.POST.get("alt", ""),
    }
    return page(request, "web/template_images.html", context, title="Images", status=422 if refused else 200)


@staff(*EDITORS)
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Keep an image. The editor asks by fetch and gets its address; the page gets itself again."""
    by_fetch = "application/json" in request.headers.get("Accept", "")
    try:
        file = request.FILES.get("file")
        if file is None:
            raise InvalidInput("choose a file first")
        if (file.size or 0) > images.LARGEST_FILE:
            raise InvalidInput(f"the image has {(file.size or 0) / 1e6:.1f} MB; at most 8 are taken")
        row = images.upload(
            file.read(),
            name=file.name or "image",
            alt=request.POST.get("alt", ""),
            folder=Path(settings.DATA),
            by=actor(request),
            now=CLOCK.now(),
        )
    except TactfulError as fault:
        if by_fetch:
            return JsonResponse({"fault": fault.message}, status=422)
        return _shown(request, refused=f"{fault.message[:1].upper()}{fault.message[1:].rstrip('.')}.")
    note(request, "image uploaded", row.name, {"path": row.path})
    if by_fetch:
        return JsonResponse({"path": row.path, "alt": row.alt, "width": row.width, "height": row.height})
    messages.success(request, f"{row.name} is there: {row.width} x {row.height}, {row.size // 1024} KB.")
    return redirect("images")


@staff(*EDITORS)
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Other words for an image, or take it out of the list."""
    digest = request.POST.get("digest", "")
    try:
        if request.POST.get("act") == "remove":
            if shown_in := content.image_uses().get(digest):
                raise InvalidInput(f"{', '.join(shown_in)} shows this image: take it out there first")
            images.remove(digest)
        else:
            images.describe(digest, alt=request.POST.get("alt", ""))
    except TactfulError as fault:
        messages.error(request, fault.message)
    else:
        note(request, "image changed", digest)
        messages.success(request, "Done.")
    return redirect("images")
