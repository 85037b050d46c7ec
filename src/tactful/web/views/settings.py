"""Settings: the company, restraint, keys, and the history of who changed what. Each has an effect."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.content import queries as content
from tactful.content import services as texts
from tactful.decisions import queries as decisions
from tactful.decisions import services as restraint
from tactful.decisions.domain.facts import CapRule, Guards
from tactful.decisions.domain.what_if import with_cap
from tactful.experiments import queries as experiments
from tactful.experiments import services as holdouts
from tactful.kernel.time import QuietHours
from tactful.team import queries as team
from tactful.team import services as staff_of
from tactful.web import what_if
from tactful.web.access import ADMIN, may, staff
from tactful.web.acting import carry_out, note
from tactful.web.forms import (
    CapForm,
    GuardsForm,
    HoldoutForm,
    KeyForm,
    MessageRulesForm,
    QuietForm,
    WorkspaceForm,
    zones,
)
from tactful.web.pages import CLOCK, page

_CAP = ("count", "days", "channel", "category", "topic", "period")
_RestraintForms = dict[str, forms.Form]


@staff()
def company(request: HttpRequest) -> HttpResponse:
    now = team.workspace()
    start = {name: getattr(now, name) for name in WorkspaceForm.base_fields if name != "margin_percent"}
    start["margin_percent"] = f"{now.margin_share * 100:g}"
    form = WorkspaceForm(request.POST or None, initial=start)
    if posted(request) and carry_out(
        request, form, _save_company, action="company changed", done="The company's settings are saved."
    ):
        return redirect("settings")
    return tab_page(request, "company", {"form": form, "zones": zones()}, form)


@staff()
def contact_rules(request: HttpRequest) -> HttpResponse:
    """Caps, quiet hours and holdout: three small forms on one page, each saved by itself."""
    found = _restraint_forms(request)
    acts: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
        "cap": (_add_cap, "The cap holds from the next decision on."),
        "guards": (_save_guards, "What marketing waits for is saved."),
        "quiet": (_save_quiet, "Quiet hours are saved."),
        "holdout": (_save_holdout, "The holdout is saved."),
    }
    which = request.POST.get("which", "")
    if posted(request) and which in acts:
        act, done = acts[which]
        if carry_out(request, found[which], act, action=f"{which} changed", done=done):
            return redirect("settings-restraint")
    quiet, holdout = decisions.quiet_hours(), experiments.holdout()
    context = {
        **found,
        "caps": decisions.caps(),
        "no_quiet": quiet.start == quiet.end,
        "held_out": holdout,
    }
    return tab_page(request, "restraint", context, *found.values())


@staff(ADMIN)
@require_POST
def remove_cap(request: HttpRequest) -> HttpResponse:
    gone = tuple(request.POST.get(name, "") for name in _CAP)
    left = [cap for cap in decisions.caps() if _words_of(cap) != gone]
    restraint.save_caps(left)
    note(request, "cap removed", f"{gone[0]} in {gone[1]} days")
    messages.success(request, f"The cap of {gone[0]} in {gone[1]} days no longer holds.")
    return redirect("settings-restraint")


@staff()
def message_rules(request: HttpRequest) -> HttpResponse:
    """A second pair of eyes before the first launch, and who gets test messages."""
    now = content.rules()
    start = {"second_pair_of_eyes": now.second_pair_of_eyes, "seeds": "\n".join(now.seeds)}
    form = MessageRulesForm(request.POST or None, initial=start)
    if posted(request) and carry_out(
        request, form, _save_message_rules, action="message rules changed", done="Saved; it holds from now on."
    ):
        return redirect("settings-messages")
    return tab_page(request, "messages", {"form": form}, form)


@staff()
def keys(request: HttpRequest) -> HttpResponse:
    """The keys; a new one is shown once, in the answer to the form that made it."""
    form = KeyForm(request.POST or None)
    made: list[staff_of.NewKey] = []
    if posted(request) and carry_out(
        request,
        form,
        lambda data: made.append(staff_of.create_api_key(name=data["name"], now=CLOCK.now())),
        action="key created",
        done="The key works from now on.",
    ):
        form = KeyForm()
    context = {
        "form": form,
        "keys": team.api_keys(),
        "made": made[0] if made else None,
        "address": team.workspace().public_url,
    }
    return tab_page(request, "keys", context, form)


@staff(ADMIN)
@require_POST
def revoke_key(request: HttpRequest, key_id: int) -> HttpResponse:
    if staff_of.revoke_api_key(key_id, now=CLOCK.now()):
        note(request, "key revoked", str(key_id))
        messages.success(request, "The key is revoked: what sends with it is turned away within seconds.")
    return redirect("settings-keys")


@staff()
def history(request: HttpRequest) -> HttpResponse:
    return tab_page(request, "history", {"rows": team.audits(limit=200)})


def posted(request: HttpRequest) -> bool:
    """Whether this changes something. Only administrators may; others read."""
    return request.method == "POST" and may(request, ADMIN)


def tab_page(request: HttpRequest, tab: str, context: dict[str, Any], *bound: forms.Form) -> HttpResponse:
    """One of the tabs of the settings; 422 when something in its forms is wrong."""
    wrong = any(form.is_bound and form.errors for form in bound)
    around = {"tab": tab, "may_edit": may(request, ADMIN)}
    return page(
        request, f"web/settings_{tab}.html", context | around, title="Settings", status=422 if wrong else 200
    )


def _save_company(data: dict[str, Any]) -> None:
    values = {name: value for name, value in data.items() if name != "margin_percent"}
    staff_of.save_workspace(replace(team.workspace(), **values, margin_share=float(data["margin_percent"]) / 100))


def _restraint_forms(request: HttpRequest) -> _RestraintForms:
    which = request.POST.get("which", "")
    quiet, holdout = decisions.quiet_hours(), experiments.holdout()
    return {
        "cap": CapForm(request.POST if which == "cap" else None),
        "guards": GuardsForm(request.POST if which == "guards" else None, initial=asdict(decisions.guards())),
        "quiet": QuietForm(
            request.POST if which == "quiet" else None, initial={"start": quiet.start, "end": quiet.end}
        ),
        "holdout": HoldoutForm(
            request.POST if which == "holdout" else None,
            initial={"percent": round(holdout.share * 100, 1) if holdout else 0},
        ),
    }


def _add_cap(data: dict[str, Any]) -> None:
    """A cap for the same window is replaced."""
    restraint.save_caps(with_cap(decisions.caps(), what_if.cap_of(data, count=data["count"], days=data["days"])))


def _save_guards(data: dict[str, Any]) -> None:
    restraint.save_guards(Guards(**data))


def _words_of(cap: CapRule) -> tuple[str, ...]:
    return tuple(str(getattr(cap, name)) for name in _CAP)


def _save_message_rules(data: dict[str, Any]) -> None:
    texts.save_rules(
        second_pair_of_eyes=data["second_pair_of_eyes"], seeds=data["seeds"].splitlines(), now=CLOCK.now()
    )


def _save_quiet(data: dict[str, Any]) -> None:
    restraint.save_quiet_hours(QuietHours(data["start"], data["end"]))


def _save_holdout(data: dict[str, Any]) -> None:
    holdouts.set_holdout(float(data["percent"]) / 100, now=CLOCK.now())
