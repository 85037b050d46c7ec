"""Who may call a view. Every view says so; a test walks the addresses and fails for one that does not."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

View = Callable[..., HttpResponseBase]

ADMIN = "admin"
EDITORS = (ADMIN, "marketer")  # who may change what customers will get
EVERYBODY = "everybody"
# What somebody may do before he has chosen a password that nobody else knows.
_FIRST = frozenset({"account", "account-password", "sign-out"})


def staff(*roles: str) -> Callable[[View], View]:
    """Only people who are signed in; where roles are named, only those. Others are told why (403)."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(_back_to(request))
            if request.user.must_change_password and not _is_first(request):
                return redirect("account")
            if roles and request.user.role not in roles:
                raise PermissionDenied(f"This needs the role {' or '.join(roles)}; yours is {request.user.role}.")
            answer = view(request, *args, **kwargs)
            if isinstance(answer, HttpResponse) and not answer.has_header("Cache-Control"):
                answer["Cache-Control"] = "private, no-store"  # personal data stays out of every cache
            return answer

        guarded.access = roles or ("staff",)  # type: ignore[attr-defined]  # the declaration that a test reads
        return guarded

    return declare


def everybody(view: View) -> View:
    """Anyone, signed in or not."""
    view.access = (EVERYBODY,)  # type: ignore[attr-defined]  # the declaration that a test reads
    return view


def may(request: HttpRequest, *roles: str) -> bool:
    """Whether the person asking has one of these roles."""
    return bool(request.user.is_authenticated and request.user.role in roles)


def _is_first(request: HttpRequest) -> bool:
    return request.resolver_match is not None and request.resolver_match.url_name in _FIRST


def _back_to(request: HttpRequest) -> str:
    """Where to go after the sign-in: the page itself, not a fragment or a posted form."""
    if request.method != "GET":
        return "/"
    current = request.headers.get("HX-Current-URL") if request.headers.get("HX-Request") else None
    return current or request.get_full_path()
