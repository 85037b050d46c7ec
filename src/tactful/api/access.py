"""Ways in for other machines have no sign-in: a secret or a signature is the permission, and each says so."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]

MACHINES = "machines"


def machines(reason: str) -> Callable[[View], View]:
    """Only who knows the secret in the address, or signs what he sends, for this reason."""

    def declare(view: View) -> View:
        def answered(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
            answer = view(request, *given, **named)
            answer.headers.setdefault("Cache-Control", "no-store")
            return answer

        exempt: Any = csrf_exempt(answered)
        exempt.access = (MACHINES,)
        exempt.access_reason = reason
        return exempt  # type: ignore[no-any-return]  # csrf_exempt keeps the signature, but not for mypy

    return declare
