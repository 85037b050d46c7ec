"""The form of a broadcast, and the journey of one step that it makes."""

from collections.abc import Mapping
from typing import Any

from django import forms

from tactful.journeys.domain.definition import Definition
from tactful.journeys.domain.steps import Message
from tactful.kernel.time import DAY
from tactful.web import broadcast_texts as texts

_EVERYBODY = "Everybody"
_FAILURE = "Pause the broadcast, mend the text or the link, and resume: nobody gets it twice."
_OF_FORM = frozenset({"topic", "template", "arms", "winner"})  # of a message, what the form says anew
_NEW = {
    "reentry": "never",
    "start": "letter",
    "steps": {"letter": {"type": "message", "next": "done"}, "done": {"type": "exit"}},
}


class BroadcastForm(forms.Form):
    name = forms.CharField(label="Name", max_length=120)
    segment = forms.ChoiceField(label="To whom", required=False)
    template = forms.ChoiceField(label="Text")
    topic = forms.ChoiceField(label="Topic")
    category = forms.ChoiceField(
        label="What it is",
        choices=[
            ("information", "information: useful without buying"),
            ("activation", "activation: invites to buy"),
            ("service", "service: about something the customer already has"),
        ],
    )
    date = forms.DateField(label="On", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    at = forms.TimeField(label="At", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    zone = forms.ChoiceField(
        label="By whose clocks", choices=[("customer", "each customer's own"), ("company", "the company's")]
    )
    per_hour = forms.IntegerField(
        label="At most, customers an hour", required=False, min_value=1, max_value=10_000_000
    )
    holdout = forms.DecimalField(
        label="Left alone for comparison, %", required=False, min_value=0, max_value=90, decimal_places=1
    )
    goal = forms.CharField(
        label="Goal: which event", required=False, max_length=200, widget=forms.TextInput(attrs={"list": "events"})
    )
    within = forms.IntegerField(label="within days after it", required=False, min_value=1, max_value=365)
    owner = forms.CharField(label="Who answers for it", max_length=120)
    failure_path = forms.CharField(
        label="What to do when it fails", widget=forms.Textarea(attrs={"rows": 2}), initial=_FAILURE
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)  # the one that he looked at

    def __init__(self, *args: Any, choices: Mapping[str, list[tuple[str, str]]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["segment"] = forms.ChoiceField(
            label="To whom", required=False, choices=[("", _EVERYBODY), *choices["segments"]]
        )
        for name in ("template", "topic"):
            self.fields[name] = forms.ChoiceField(label=self.fields[name].label, choices=choices[name])
        self.fields.update(texts.fields(choices["template"]))
        self.order_fields(list(BroadcastForm.base_fields))

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The texts after the first, each with its name."""
        return [
            (self[texts.text_field(number)], self[texts.name_field(number)]) for number in range(2, texts.MOST + 1)
        ]

    @property
    def tests(self) -> bool:
        """Whether several texts are chosen."""
        return any(text.value() for text, _ in self.rows)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("holdout") and not data.get("goal"):
            self.add_error("goal", "Those left alone are compared by a goal: name an event, as in Order Completed.")
        if bool(data.get("goal")) != bool(data.get("within")) and "within" in data:
            field = "within" if data.get("goal") else "goal"
            self.add_error(field, "A goal is an event and the days within which it should happen.")
        for field, fault in texts.faults(data):
            self.add_error(field, fault)
        return data


def definition_of(data: Mapping[str, Any], *, slug: str, was: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The journey that this form means. What it does not show stays as it `was`."""
    entry: dict[str, Any] = {
        "once": {"date": data["date"].isoformat(), "at": f"{data['at']:%H:%M}", "zone": data["zone"]}
    }
    entry |= {"segment": data["segment"]} if data["segment"] else {}
    entry |= {"per_hour": data["per_hour"]} if data["per_hour"] else {}
    shown = {name: data[name] for name in ("name", "owner", "failure_path", "category", "topic")}
    made = {**(was or _NEW), "slug": slug, **shown, "entry": entry}
    made["steps"] = {name: _with_texts(step, data) for name, step in made["steps"].items()}
    made["holdout"] = float(data["holdout"]) / 100 if data["holdout"] else None
    made["goal"] = {"event": data["goal"], "within_days": data["within"]} if data["goal"] else None
    return {name: value for name, value in made.items() if value is not None}


def _with_texts(step: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The message with these texts, about the topic of the broadcast."""
    if step["type"] != "message":
        return dict(step)
    return {**{name: value for name, value in step.items() if name not in _OF_FORM}, **texts.said(data)}


def is_simple(definition: Definition) -> bool:
    """Whether the form can show it all: one message, then the end. Others are changed on the canvas."""
    messages = [step for step in definition.steps.values() if isinstance(step, Message)]
    if len(definition.steps) != 2 or len(messages) != 1:
        return False
    plain = texts.can_show(messages[0]) and not messages[0].condition
    if definition.goal and definition.goal.event.where:
        return False
    return (
        plain and not definition.exit_events and not definition.exit_conditions and not definition.entry.condition
    )


def typed(definition: Definition, *, version: int) -> dict[str, Any]:
    """What the form shows of a broadcast. Only for those that `is_simple`."""
    rule: Any = definition.entry.rule
    message = next(step for step in definition.steps.values() if isinstance(step, Message))
    goal = definition.goal
    return {
        "name": definition.name,
        "segment": definition.entry.segment or "",
        **texts.typed(message),
        "topic": definition.topic,
        "category": definition.category,
        "date": rule.on,
        "at": rule.at,
        "zone": "customer" if rule.own_zone else "company",
        "per_hour": definition.entry.per_hour or None,
        "holdout": round(definition.holdout * 100, 1) or None,
        "goal": goal.event.name if goal else "",
        "within": int(goal.within / DAY) if goal else None,
        "owner": definition.owner,
        "failure_path": definition.failure_path,
        "version": version,
    }
