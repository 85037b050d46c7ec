"""Pages for customers have no sign-in: the signed token in the address is the permission, and each view says so."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponseBase]

ANYONE = "anyone"


def anyone(reason: str) -> Callable[[View], View]:
    """Whoever has the address may call the view, for this reason.

    There is no session and no cookie, so there is nothing that a foreign page could misuse: the check against
    forged requests is off, as RFC 8058 needs it. What the address opens is kept out of caches, search engines and
    Referer headers.
    """

    def declare(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
            answer = view(request, *given, **named)
            answer.headers.setdefault("Cache-Control", "private, no-store")
            answer.headers.setdefault("Referrer-Policy", "no-referrer")
            answer.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
            return answer

        exempt: Any = csrf_exempt(answered)
        exempt.access = (ANYONE,)
        exempt.access_reason = reason
        return exempt  # type: ignore[no-any-return]  # csrf_exempt keeps the signature, but not for mypy

    return declare
