"""The ways in: where providers and mail servers bring what comes back."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from tactful.delivery import hooks
from tactful.team import queries as team
from tactful.web.access import ADMIN, may, staff
from tactful.web.acting import carry_out, note
from tactful.web.pages import CLOCK, page


class HookForm(forms.Form):
    signing_key = forms.CharField(label="Signing key", required=False, strip=True, max_length=200)

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # Django's own
        choices = [(slug, name) for slug, name in hooks.names().items()]
        self.fields["provider"] = forms.ChoiceField(label="From", choices=choices)


@staff()
def listing(request: HttpRequest) -> HttpResponse:
    form = HookForm(request.POST or None)
    if (
        request.method == "POST"
        and may(request, ADMIN)
        and carry_out(
            request,
            form,
            lambda data: hooks.open_hook(data["provider"], signing_key=data["signing_key"], now=CLOCK.now()),
            action="way in opened",
            done="Open. An address that it had before works no more.",
        )
    ):
        return redirect("settings-incoming")
    context = {
        "tab": "incoming",
        "may_edit": may(request, ADMIN),
        "form": form,
        "hooks": hooks.hooks(),
        "base": team.workspace().public_url.rstrip("/"),
    }
    status = 422 if form.is_bound and form.errors else 200
    return page(request, "web/settings_incoming.html", context, title="Settings", status=status)


@staff(ADMIN)
@require_POST
def close(request: HttpRequest, name: str) -> HttpResponse:
    if hooks.close_hook(name):
        note(request, "way in closed", name)
        messages.success(request, "Closed: what comes to its address is turned away from now on.")
    return redirect("settings-incoming")
