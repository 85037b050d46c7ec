"""My account: what a member of staff says of himself, and his own password."""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.team import queries as team
from tactful.team import services as staff_of
from tactful.web.access import staff
from tactful.web.acting import carry_out
from tactful.web.forms import AccountForm, OwnPasswordForm, zones
from tactful.web.pages import page


@staff()
def mine(request: HttpRequest) -> HttpResponse:
    form = AccountForm(request.POST if request.method == "POST" else None, initial=_told(request))

    def save(data: dict[str, Any]) -> None:
        staff_of.change_account(_number(request), name=data["name"], zone_name=data["zone"])

    done = "Saved; times are shown in your zone from now on."
    if request.method == "POST" and carry_out(request, form, save, action="account changed", done=done):
        return redirect("account")
    return _page(request, form, OwnPasswordForm(request.user))


@staff()
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password. Other sign-ins with the old one end, this one stays."""
    form = OwnPasswordForm(request.user, request.POST)

    def save(data: dict[str, Any]) -> None:
        staff_of.set_password(_number(request), password=data["new_password1"])

    first = request.user.must_change_password  # type: ignore[union-attr]  # only staff come here
    if carry_out(request, form, save, action="own password changed", done="Your password is changed."):
        request.user.refresh_from_db()  # type: ignore[union-attr]  # the session is bound to the new password
        update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
        return redirect("home" if first else "account")
    return _page(request, AccountForm(initial=_told(request)), form)


def _number(request: HttpRequest) -> int:
    return int(request.user.pk or 0)


def _told(request: HttpRequest) -> dict[str, str]:
    return {name: getattr(request.user, name) for name in AccountForm.base_fields}


def _page(request: HttpRequest, form: AccountForm, own_password: OwnPasswordForm) -> HttpResponse:
    form.fields["zone"].widget.attrs["placeholder"] = team.workspace().zone
    wrong = any(one.is_bound and one.errors for one in (form, own_password))
    context = {"form": form, "own_password": own_password, "zones": zones()}
    return page(request, "web/account.html", context, title="My account", status=422 if wrong else 200)
