"""Images of messages, for whoever shows the message."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from tactful.content.services.images import KINDS, file_of
from tactful.public.access import anyone

_FOR_EVER = "public, max-age=31536000, immutable"


@anyone("images stand in messages, which are read anywhere; the address follows from the content")
def image(request: HttpRequest, digest: str, kind: str) -> HttpResponseBase:
    """The bytes under a digest. They never change, so they may be kept for ever."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    file: Path = file_of(Path(settings.DATA), digest, kind)
    if kind not in KINDS or not file.is_file():
        raise Http404
    return FileResponse(
        file.open("rb"),
        content_type=f"image/{kind}",
        headers={"Cache-Control": _FOR_EVER, "Content-Disposition": "inline", "X-Robots-Tag": "noindex"},
    )
