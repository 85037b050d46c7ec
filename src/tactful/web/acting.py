"""What a form does when it is sent: the act, the note in the history, the word to the person."""

from collections.abc import Callable
from typing import Any, Protocol

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest

from tactful.kernel.errors import TactfulError
from tactful.team import services as team
from tactful.web.pages import CLOCK


class Versioned(Protocol):
    """Something that counts how often it was changed."""

    @property
    def version(self) -> int: ...


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


def overtaken(form: forms.Form, known: Versioned | None) -> int | None:
    """The version that was looked at, where somebody else saved while this was written.

    The form then goes by the newest version, so that saving it once more puts it over that.
    """
    looked_at = str(form.data.get("version", ""))
    if known is None or not form.errors or not looked_at.isdecimal() or int(looked_at) >= known.version:
        return None
    form.data = {**{name: form.data[name] for name in form.data}, "version": str(known.version)}
    return int(looked_at)


def _plain(form: forms.Form) -> dict[str, Any]:
    """What of a form may be kept in the history: no passwords and keys."""
    secret = {name for name, field in form.fields.items() if isinstance(field.widget, forms.PasswordInput)}
    return {
        name: str(value)
        for name, value in form.cleaned_data.items()
        if name not in secret and "password" not in name and value not in (None, "")
    }
