"""What staff do from the customer card: look after somebody, let marketing wait for him, let it go on."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.customers import queries as customers
from tactful.customers.queries import Profile
from tactful.flows import caring, erasing
from tactful.kernel.errors import TactfulError
from tactful.team import queries as team
from tactful.web import standing
from tactful.web.access import ADMIN, staff
from tactful.web.acting import actor, carry_out, note
from tactful.web.care_forms import HoldForm, OwnerForm, held_until
from tactful.web.pages import CLOCK, reader
from tactful.web.views.customers import CARERS, show


@staff(*CARERS)
@require_POST
def owner(request: HttpRequest, customer_id: int) -> HttpResponse:
    profile = _present(customer_id)
    form = OwnerForm(request.POST, staff=[row for row in team.users() if row.is_active])
    asked = request.POST.get("owner", "")
    by = standing.staff_name(asked) if asked else "Nobody"

    def give(data: dict[str, Any]) -> None:
        caring.give_owner(profile.id, owner=data["owner"], now=CLOCK.now())

    if carry_out(request, form, give, action="owner given", done=f"{by} looks after {profile.name} from now on"):
        return redirect("customer", profile.id)
    return show(request, profile, owner_form=form, status=422)


@staff(*CARERS)
@require_POST
def hold(request: HttpRequest, customer_id: int) -> HttpResponse:
    profile, who = _present(customer_id), reader()
    form = HoldForm(request.POST)

    def act(data: dict[str, Any]) -> None:
        until = held_until(data, who)
        caring.hold_contact(profile.id, until=until, reason=data["reason"], by=actor(request), now=who.now)

    if carry_out(request, form, act, action="marketing held", done=f"Marketing waits for {profile.name}"):
        return redirect("customer", profile.id)
    return show(request, profile, hold_form=form, status=422)


@staff(*CARERS)
@require_POST
def resume(request: HttpRequest, customer_id: int) -> HttpResponse:
    profile = _present(customer_id)
    caring.resume_contact(profile.id, by=actor(request), now=CLOCK.now())
    said = f"Marketing to {profile.name} goes on"
    note(request, "marketing resumed", said)
    messages.success(request, said)
    return redirect("customer", profile.id)


@staff(*CARERS)
@require_POST
def block(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Nothing goes to his address any more."""
    profile, who, now = _present(customer_id), actor(request), CLOCK.now()
    return _settled(request, profile, "address blocked", lambda: caring.block_address(profile.id, by=who, now=now))


@staff(ADMIN)
@require_POST
def unblock(request: HttpRequest, customer_id: int) -> HttpResponse:
    """His address may be written to again: somebody has asked for it, or the bounce was a mistake."""
    profile, now = _present(customer_id), CLOCK.now()
    return _settled(request, profile, "address let go", lambda: caring.unblock_address(profile.id, now=now))


def _settled(request: HttpRequest, profile: Profile, action: str, act: Callable[[], str]) -> HttpResponse:
    try:
        with transaction.atomic():
            said = f"{act()}: {action}"
            note(request, action, said)
    except TactfulError as fault:
        messages.error(request, f"Nothing was done: {fault.message}.")
    else:
        messages.success(request, f"{said}.")
    return redirect("customer", profile.id)


@staff(ADMIN)
@require_POST
def erase(request: HttpRequest, customer_id: int) -> HttpResponse:
    profile = _present(customer_id)
    try:
        erasing.erase(profile.id, by=actor(request), now=CLOCK.now())
    except TactfulError as fault:
        messages.error(request, f"Not erased: {fault.message}.")
    else:
        messages.success(
            request, "Erased. The addresses get nothing from now on, also if they come back in a file."
        )
    return redirect("customer", profile.id)


def _present(customer_id: int) -> Profile:
    profile = customers.card(customer_id)
    if profile is None or profile.erased_at is not None:
        raise Http404
    return profile
