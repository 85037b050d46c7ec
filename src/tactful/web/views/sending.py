"""Settings of sending: by which way, how fast, signed by which key. Each form is saved by itself."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.delivery import paces, signing
from tactful.delivery import queries as delivery
from tactful.delivery import services as sending
from tactful.delivery.domain.pacing import Plan
from tactful.delivery.paces import ProviderLimits
from tactful.delivery.port import SenderSettings
from tactful.delivery.providers import title_of
from tactful.delivery.providers.dns import texts
from tactful.kernel.errors import TactfulError
from tactful.team import queries as team
from tactful.web.access import ADMIN, staff
from tactful.web.acting import actor, carry_out, note
from tactful.web.forms import DkimForm, LimitsForm, PaceForm, SenderForm, TestSendForm
from tactful.web.pages import CLOCK
from tactful.web.trial import try_out
from tactful.web.views.settings import posted, tab_page

_SETTINGS = {field.name for field in fields(SenderSettings)} - {"options"}


@staff()
def sending_(request: HttpRequest) -> HttpResponse:
    now = delivery.sender()
    found = _forms(request, now)
    which = request.POST.get("which", "sender")
    acts: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
        "sender": (
            lambda data: _save_sender(data, found["sender"], now),
            "Saved; it counts from the next message on.",
        ),
        "limits": (lambda data: _save_limits(data, now), "The limits hold from the next message on."),
        "pace": (_save_pace, "The limit holds from the next message on."),
        "dkim": (
            lambda data: signing.make_key(now, algorithm=data["algorithm"], now=CLOCK.now()),
            "The key is made. Publish its record, then check it.",
        ),
    }
    if posted(request) and which in acts:
        act, done = acts[which]
        if carry_out(request, found[which], act, action=f"{which} changed", done=done):
            return redirect("settings-sending")
    context = {
        "form": found["sender"],
        "limits": found["limits"],
        "pace": found["pace"],
        "dkim": found["dkim"],
        "trial": TestSendForm(initial={"address": actor(request)}),
        "sender": now,
        "title": title_of(now.provider),
        "open": delivery.open_count(),
        "keys": signing.keys_of(now),
        "signs_here": now.provider in ("smtp", "mailbox"),
        "warm_up": paces.warm_up(now.provider, CLOCK.now()),
        "receivers": paces.paces(CLOCK.now()) if now.provider == "smtp" else [],
    }
    return tab_page(request, "sending", context, *found.values())


@staff(ADMIN)
@require_POST
def test_send(request: HttpRequest) -> HttpResponse:
    form = TestSendForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A test needs an e-mail address, like you@example.com.")
        return redirect("settings-sending")
    told = try_out(delivery.sender(), form.cleaned_data["address"], company=team.workspace().name, now=CLOCK.now())
    note(request, "test message", form.cleaned_data["address"])
    (messages.success if told.went else messages.error)(request, told.words)
    return redirect("settings-sending")


@staff(ADMIN)
@require_POST
def usual_pace(request: HttpRequest) -> HttpResponse:
    """Take the company's own limit for a receiver away."""
    domain = request.POST.get("domain", "")
    try:
        paces.save_pace(domain, None, now=CLOCK.now())
    except TactfulError as fault:
        messages.error(request, fault.message)
    else:
        note(request, "limit removed", domain)
        messages.success(request, f"Your own limit for {domain} is gone.")
    return redirect("settings-sending")


@staff(ADMIN)
@require_POST
def key_act(request: HttpRequest, key_id: int) -> HttpResponse:
    """Check a key's record, sign with it unseen, or sign with it no more."""
    act = request.POST.get("act", "")
    try:
        if act == "check":
            seen = signing.check_key(key_id, lookup=texts, now=CLOCK.now())
            (messages.success if seen else messages.error)(request, _found(key_id))
        elif act == "start":
            signing.start_key(key_id, now=CLOCK.now())
            messages.success(request, "Mail is signed with this key from the next message on.")
        elif act == "retire":
            signing.retire_key(key_id, now=CLOCK.now())
            messages.success(
                request, "This key signs no more. Leave its record for a week: mail is still on its way."
            )
        note(request, f"dkim key: {act}"[:40], str(key_id))
    except TactfulError as fault:
        messages.error(request, fault.message)
    return redirect("settings-sending")


def _found(key_id: int) -> str:
    return next((key.found for key in signing.keys_of(delivery.sender()) if key.id == key_id), "")


def _forms(request: HttpRequest, now: SenderSettings) -> dict[str, Any]:
    which = request.POST.get("which", "sender") if request.method == "POST" else ""
    start: dict[str, Any] = {name: getattr(now, name) for name in _SETTINGS - {"smtp_password"}}
    plain = {
        name for name, field in SenderForm().fields.items() if not isinstance(field.widget, forms.PasswordInput)
    }
    start |= {f"{now.provider}-{name}": value for name, value in now.options.items()}
    limits = paces.provider_limits(now.provider)
    plan = limits.warm_up
    of_limits: dict[str, Any] = {"per_second": limits.per_second, "per_minute": limits.per_minute}
    if plan:
        of_limits |= {"warm_up": True, "first": plan.first, "growth": plan.growth, "goal": plan.goal}
    typed = {name: request.POST if which == name else None for name in ("sender", "limits", "pace", "dkim")}
    return {
        "sender": SenderForm(typed["sender"], initial={name: start[name] for name in start if name in plain}),
        "limits": LimitsForm(typed["limits"], initial=of_limits),
        "pace": PaceForm(typed["pace"]),
        "dkim": DkimForm(typed["dkim"]),
    }


def _save_sender(data: dict[str, Any], form: SenderForm, now: SenderSettings) -> None:
    """Secrets that were left empty stay as they were: they are never sent to the browser."""
    values = {name: value for name, value in data.items() if name in _SETTINGS}
    given = form.options()
    secrets = {
        name.removeprefix(f"{now.provider}-")
        for name, field in form.fields.items()
        if isinstance(field.widget, forms.PasswordInput)
    }
    kept = now.options if data["provider"] == now.provider else {}
    options = {name: value for name, value in kept.items() if name in secrets} | given
    values["smtp_password"] = data["smtp_password"] or now.smtp_password
    sending.save_sender(replace(now, **values, options=options))


def _save_limits(data: dict[str, Any], now: SenderSettings) -> None:
    """A warm-up begins on the day it is switched on; changing its numbers does not begin it anew."""
    before = paces.provider_limits(now.provider).warm_up
    since = before.since if before else CLOCK.now().astimezone(UTC).date()
    plan = Plan(since, data["first"], data["growth"], data["goal"]) if data["warm_up"] else None
    paces.save_provider_limits(now.provider, ProviderLimits(data["per_second"], data["per_minute"], plan))


def _save_pace(data: dict[str, Any]) -> None:
    paces.save_pace(data["domain"], data["per_minute"], now=CLOCK.now())
