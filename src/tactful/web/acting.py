"""What a form does when it is sent: the act, the note in the history, the word to the person."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest

from tactful.kernel.errors import TactfulError
from tactful.team import services as team
from tactful.web.pages import CLOCK


def actor(request: HttpRequest) -> str:
    """Who is asking, as the history names him."""
    return str(request.user.get_username())


def note(request: HttpRequest, action: str, subject: str, detail: dict[str, Any] | None = None) -> None:
    """Write into the history who did what."""
    team.audit(actor=actor(request), action=action, subject=subject, detail=detail, now=CLOCK.now())


def carry_out(
    request: HttpRequest, form: forms.Form, act: Callable[[dict[str, Any]], object], *, action: str, done: str
) -> bool:
    """Do what the form asks, in one transaction with its note. False leaves the errors on the form."""
    if not form.is_valid():
        return False
    try:
        with transaction.atomic():
            act(form.cleaned_data)
            note(request, action, done, _plain(form))
    except TactfulError as fault:
        form.add_error(None, fault.message)
        return False
    messages.success(request, done)
    return True


def _plain(form: forms.Form) -> dict[str, Any]:
    """What of a form may be kept in the history: no passwords and keys."""
    secret = {name for name, field in form.fields.items() if isinstance(field.widget, forms.PasswordInput)}
    return {
        name: str(value)
        for name, value in form.cleaned_data.items()
        if name not in secret and "password" not in name and value not in (None, "")
    }
