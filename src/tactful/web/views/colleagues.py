"""Staff: who may sign in and as what. Everybody reads; administrators add, change and switch off."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.kernel.errors import Conflict
from tactful.team import queries as team
from tactful.team import services as staff_of
from tactful.team.queries import UserRow
from tactful.web.access import ADMIN, may, staff
from tactful.web.acting import carry_out, note
from tactful.web.forms import ColleagueForm, NewColleagueForm
from tactful.web.pages import CLOCK, page


@dataclass(frozen=True, slots=True)
class Made:
    """A password just made. It stands in this answer and nowhere else."""

    email: str
    password: str


@staff()
def people(request: HttpRequest) -> HttpResponse:
    """All staff; a new colleague's password is shown once, in the answer to the form that added him."""
    form = NewColleagueForm(request.POST or None)
    made: list[Made] = []

    def add(data: dict[str, Any]) -> None:
        made.append(Made(data["email"], staff_of.add_colleague(**data, now=CLOCK.now())))

    wanted = request.method == "POST" and may(request, ADMIN)
    if wanted and carry_out(request, form, add, action="colleague added", done="The account works from now on."):
        form = NewColleagueForm()
    return _page(request, "people", {"form": form, "users": team.users(), "made": made[0] if made else None})


@staff(ADMIN)
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    found = _found(user_id)
    now = {"name": found.name, "role": found.role, "is_active": found.is_active}
    form = ColleagueForm(request.POST or None, initial=now)

    def change(data: dict[str, Any]) -> None:
        if _is_oneself(request, user_id) and not data["is_active"]:
            raise Conflict("You cannot switch yourself off: another administrator can")
        staff_of.change_user(user_id, **data)

    done = f"{found.email} is changed."
    if request.method == "POST" and carry_out(request, form, change, action="colleague changed", done=done):
        return redirect("settings-people")
    return _page(request, "person", {"form": form, "person": found, "oneself": _is_oneself(request, user_id)})


@staff(ADMIN)
@require_POST
def renew_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """A new password for somebody who has lost his; shown once, here."""
    found = _found(user_id)
    if _is_oneself(request, user_id):
        messages.error(request, "Your own password stays: this would sign you out. Another administrator can.")
        return redirect("settings-person", user_id)
    made = Made(found.email, staff_of.renew_password(user_id))
    note(request, "password renewed", found.email)
    context = {"form": NewColleagueForm(), "users": team.users(), "made": made}
    return _page(request, "people", context)


def _is_oneself(request: HttpRequest, user_id: int) -> bool:
    return request.user.pk == user_id


def _found(user_id: int) -> UserRow:
    for row in team.users():
        if row.id == user_id:
            return row
    raise Http404


def _page(request: HttpRequest, screen: str, context: dict[str, Any]) -> HttpResponse:
    form = context["form"]
    around = {"tab": "people", "may_edit": may(request, ADMIN)}
    status = 422 if form.is_bound and form.errors else 200
    return page(request, f"web/settings_{screen}.html", context | around, title="Settings", status=status)
