"""Forms of the customer card: who looks after him, and how long marketing waits."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms

from tactful.kernel.time import zone
from tactful.team.queries import UserRow
from tactful.web.shell import Reader

SPANS = {"7": timedelta(days=7), "30": timedelta(days=30)}
UNTIL = "until"


class OwnerForm(forms.Form):
    """Who looks after the customer: somebody who works here, or nobody."""

    def __init__(self, *args: Any, staff: list[UserRow], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = [("", "nobody"), *((row.email, row.name or row.email) for row in staff)]
        self.fields["owner"] = forms.ChoiceField(label="Looked after by", required=False, choices=chosen)


class HoldForm(forms.Form):
    span = forms.ChoiceField(
        label="How long",
        choices=[("7", "7 days"), ("30", "30 days"), (UNTIL, "until the day below")],
    )
    day = forms.DateField(
        label="Goes on again on",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "A day like 2026-12-24."},
    )
    reason = forms.CharField(
        label="Why",
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": "We are negotiating a contract"}),
        error_messages={"required": "Say why, for whoever opens this card next."},
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("span") == UNTIL and not data.get("day") and "day" not in self.errors:
            self.add_error("day", "Choose the day on which marketing goes on again.")
        return data


def held_until(data: dict[str, Any], who: Reader) -> datetime:
    """The moment that a valid HoldForm means; a day begins in the company's zone."""
    if data["span"] in SPANS:
        return who.now + SPANS[data["span"]]
    day: date = data["day"]
    return datetime.combine(day, time(), tzinfo=zone(who.zone)).astimezone(UTC)
