"""Forms. They keep what was typed, and say beside the field how to mend it."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm

from tactful.consent import queries as consent
from tactful.delivery.port import SenderSettings
from tactful.delivery.providers.anymail.vendors import VENDORS, Option
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import zone


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "This e-mail and password do not belong together. Capital letters count in the password.",
        "inactive": "This account is switched off. An administrator can switch it on.",
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["username"].label = "E-mail"

    def clean_username(self) -> str:
        """Addresses are kept in small letters."""
        return str(self.cleaned_data["username"]).strip().lower()


class AccountForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    zone = forms.CharField(label="Time zone", required=False, widget=forms.TextInput(attrs={"list": "zones"}))

    def clean_zone(self) -> str:
        return known_zone(str(self.cleaned_data["zone"]).strip())


class OwnPasswordForm(PasswordChangeForm):
    """Django's: it asks for the current password and holds the new one against its validators."""

    error_messages = {
        "password_incorrect": "This is not your current password. Capital letters count.",
        "password_mismatch": "The two do not match: type the new password twice.",
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in (
            ("old_password", "Current password"),
            ("new_password1", "New password"),
            ("new_password2", "The new password again"),
        ):
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("autofocus", None)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("new_password1") and data["new_password1"] == data.get("old_password"):
            self.add_error("new_password1", "This is the current one: choose another.")
        return data


class WorkspaceForm(forms.Form):
    name = forms.CharField(label="Company name", max_length=120)
    zone = forms.CharField(label="Time zone", widget=forms.TextInput(attrs={"list": "zones"}))
    currency = forms.RegexField(
        r"^[A-Z]{3}$",
        label="Currency",
        error_messages={"invalid": "Three capital letters, as in EUR or USD."},
    )
    margin_percent = forms.DecimalField(label="Margin where the cost is unknown, %", min_value=0, max_value=100)
    postal_address = forms.CharField(
        label="Postal address", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=500
    )
    public_url = forms.URLField(label="Public address of this installation", assume_scheme="https")
    colour = forms.RegexField(
        r"^#[0-9a-fA-F]{6}$",
        label="Colour of customer pages",
        widget=forms.TextInput(attrs={"type": "color"}),
        error_messages={"invalid": "A colour like #0f766e."},
    )

    def clean_zone(self) -> str:
        return known_zone(str(self.cleaned_data["zone"]).strip())


class KeyForm(forms.Form):
    name = forms.CharField(
        label="What will send with it", max_length=80, widget=forms.TextInput(attrs={"placeholder": "Web shop"})
    )


class ColleagueForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    role = forms.ChoiceField(
        label="Role",
        choices=[
            ("admin", "admin: everything, and these settings"),
            ("marketer", "marketer: changes segments and journeys"),
            ("sales", "sales: reads, and works on tasks"),
            ("service", "service: reads, and works on tasks"),
            ("analyst", "analyst: reads"),
        ],
        initial="marketer",
    )
    is_active = forms.BooleanField(label="May sign in", required=False)


class NewColleagueForm(forms.Form):
    email = forms.EmailField(
        label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "ann@example.com"})
    )
    name = ColleagueForm.base_fields["name"]
    role = ColleagueForm.base_fields["role"]


class WindowForm(forms.Form):
    """What a cap counts; the same words for setting one and for asking about one."""

    period = forms.ChoiceField(
        label="Counted",
        required=False,
        choices=[
            ("", "in any so many days"),
            ("day", "in a calendar day"),
            ("week", "in a calendar week"),
            ("month", "in a calendar month"),
        ],
    )
    channel = forms.ChoiceField(
        label="Channel", required=False, choices=[("", "all, with calls and tickets"), ("email", "e-mail only")]
    )
    category = forms.ChoiceField(
        label="Category",
        required=False,
        choices=[("", "all marketing"), ("activation", "activation"), ("information", "information")],
    )
    topic = forms.ChoiceField(label="Topic", required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        known = [(row.slug, row.name) for row in consent.topics()]
        self.fields["topic"].choices = [("", "all topics"), *known]  # type: ignore[attr-defined]  # a ChoiceField


class CapForm(WindowForm):
    count = forms.IntegerField(label="At most", min_value=0, max_value=100)
    days = forms.IntegerField(label="messages in any … days", min_value=1, max_value=365, initial=7)
    field_order = ("count", "days")


class WhatIfForm(WindowForm):
    cap = forms.IntegerField(label="At most", min_value=0, max_value=100)
    window = forms.IntegerField(label="messages in any … days", min_value=1, max_value=366)
    field_order = ("cap", "window")


class GuardsForm(forms.Form):
    """What marketing waits for; 0 switches a guard off."""

    ticket_days = forms.IntegerField(label="An open ticket holds marketing for … days", min_value=0, max_value=366)
    proposal_days = forms.IntegerField(label="An open proposal, for … days", min_value=0, max_value=366)
    task_days = forms.IntegerField(label="An open task of a colleague, for … days", min_value=0, max_value=366)
    call_days = forms.IntegerField(label="A call, for … days", min_value=0, max_value=366)
    product_days = forms.IntegerField(label="Product data may be … days old", min_value=0, max_value=366)
    public_holidays = forms.BooleanField(label="Wait on public holidays of his country", required=False)
    double_opt_in = forms.BooleanField(label="Only after a double opt-in", required=False)
    budget_percent = forms.IntegerField(
        label="Budget: at most … % of his expected margin", min_value=0, max_value=100
    )
    budget_minor = forms.IntegerField(label="Budget: at most so much, in cents", min_value=0, max_value=10**9)
    budget_days = forms.IntegerField(label="… in so many days", min_value=1, max_value=366)
    thousand_cost_minor = forms.IntegerField(
        label="A thousand messages cost, in cents", min_value=0, max_value=10**9
    )
    discount_percent = forms.IntegerField(
        label="No marketing where more than … % of orders were discounted", min_value=0, max_value=100
    )


class QuietForm(forms.Form):
    start = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    end = forms.TimeField(label="Until", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class HoldoutForm(forms.Form):
    percent = forms.DecimalField(label="Left alone, % of customers", min_value=0, max_value=50, decimal_places=1)


class SenderForm(forms.Form):
    """The settings of each mail service are fields of their own, named `vendor-option`."""

    provider = forms.ChoiceField(
        label="Messages go",
        choices=[
            ("mailbox", "into the local mailbox (nothing leaves this machine)"),
            ("smtp", "out by SMTP"),
            *((slug, f"out by {vendor.title}") for slug, vendor in VENDORS.items()),
        ],
        widget=forms.Select(attrs={"data-chooses": "provider"}),
    )
    from_name = forms.CharField(label="From: name", required=False, max_length=120)
    from_address = forms.EmailField(label="From: address")
    reply_to = forms.EmailField(label="Reply to", required=False)
    smtp_host = forms.CharField(label="SMTP server", required=False)
    smtp_port = forms.IntegerField(label="Port", min_value=1, max_value=65535)
    smtp_security = forms.ChoiceField(
        label="Security",
        choices=[
            ("starttls", "STARTTLS"),
            ("tls", "TLS from the start"),
            ("none", "none (only on your own network)"),
        ],
    )
    smtp_user = forms.CharField(label="User", required=False)
    smtp_password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "placeholder": "unchanged"}),
    )
    smtp_connections = forms.IntegerField(label="Connections at once", required=False, min_value=1, max_value=50)
    smtp_messages = forms.IntegerField(
        label="Messages per connection", required=False, min_value=1, max_value=10_000
    )
    bounce_domain = forms.CharField(label="Domain for failed messages", required=False, max_length=200)
    paused = forms.BooleanField(label="Pause all sending", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for slug, vendor in VENDORS.items():
            for option in vendor.options:
                self.fields[f"{slug}-{option.name}"] = _option_field(option)

    def vendors(self) -> list[tuple[str, str, bool, list[forms.BoundField]]]:
        """Short name, title, whether it is the chosen one, and fields of each mail service."""
        return [
            (slug, vendor.title, slug == self["provider"].value(), self._fields_of(slug))
            for slug, vendor in VENDORS.items()
        ]

    def options(self) -> dict[str, str]:
        """What was given for the chosen mail service."""
        prefix = f"{self.cleaned_data['provider']}-"
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and value
        }

    def _fields_of(self, slug: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(f"{slug}-")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("provider") == "smtp" and not data.get("smtp_host"):
            self.add_error("smtp_host", "Sending by SMTP needs a server, like smtp.example.com.")
        for name in ("smtp_connections", "smtp_messages"):
            data[name] = data.get(name) or getattr(SenderSettings(), name)
        return data


def _option_field(option: Option) -> forms.Field:
    if option.choices:
        return forms.ChoiceField(label=option.label, required=False, choices=list(option.choices.items()))
    if option.secret:
        kept = forms.PasswordInput(attrs={"autocomplete": "new-password", "placeholder": "unchanged"})
        return forms.CharField(label=option.label, required=False, max_length=500, widget=kept)
    return forms.CharField(label=option.label, required=False, max_length=500)


class LimitsForm(forms.Form):
    """How fast a provider may be used. Empty: as fast as it goes."""

    per_second = forms.IntegerField(label="Messages a second", required=False, min_value=1, max_value=1_000_000)
    per_minute = forms.IntegerField(label="Messages a minute", required=False, min_value=1, max_value=1_000_000)
    warm_up = forms.BooleanField(label="Warm up: begin with few a day and grow", required=False)
    first = forms.IntegerField(label="Messages on the first day", min_value=1, max_value=1_000_000, initial=200)
    growth = forms.IntegerField(label="More each day, in per cent", min_value=5, max_value=100, initial=30)
    goal = forms.IntegerField(label="Until so many a day", min_value=2, max_value=1_000_000, initial=50_000)


class PaceForm(forms.Form):
    domain = forms.CharField(label="Domain", max_length=200)
    per_minute = forms.IntegerField(label="Messages a minute", min_value=1, max_value=1_000_000)


class DkimForm(forms.Form):
    algorithm = forms.ChoiceField(
        label="Kind",
        choices=[("rsa", "RSA (every receiver reads it)"), ("ed25519", "Ed25519 (shorter, beside RSA)")],
    )


class TestSendForm(forms.Form):
    address = forms.EmailField(label="Send a test message to")


class SegmentForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    goal = forms.CharField(label="What is this segment for?", max_length=300)
    action = forms.CharField(label="What do we do differently for it?", max_length=300)
    definition = forms.CharField(
        label="Rule", widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "data-code": "yes"})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the one that he looked at


class TemplateForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    subject = forms.CharField(label="Subject", max_length=1000)
    preheader = forms.CharField(label="Preheader", required=False, max_length=1000)
    mjml = forms.CharField(
        label="MJML and Liquid",
        strip=False,
        max_length=400_000,
        widget=forms.Textarea(attrs={"rows": 28, "spellcheck": "false", "data-code": "yes"}),
    )
    own_text = forms.BooleanField(label="Write the plain text by hand", required=False)
    text = forms.CharField(
        label="Plain text", required=False, max_length=400_000, widget=forms.Textarea(attrs={"rows": 10})
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the one that he looked at


class MessageRulesForm(forms.Form):
    second_pair_of_eyes = forms.BooleanField(label="Messages need a second pair of eyes", required=False)
    seeds = forms.CharField(
        label="Seed list", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 6})
    )


class DoneForm(forms.Form):
    result = forms.CharField(
        label="How did it end?", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )


def known_zone(name: str) -> str:
    """The name of a zone, or nothing. Raises ValidationError for a name that is none."""
    try:
        if name:
            zone(name)
    except InvalidInput as fault:
        raise forms.ValidationError(fault.message) from None
    return name


@cache
def zones() -> list[str]:
    """Names of time zones to choose from."""
    return sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc", "posix")))
