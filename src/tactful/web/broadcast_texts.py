"""The texts of a broadcast in its form: one, or two to five against each other, each for an equal share."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms

from tactful.journeys.domain.steps import Message
from tactful.kernel.time import DAY

MOST = 5
_DAYS = 14
_LETTERS = "ABCDE"
Choices = Sequence[tuple[str, str]]


def text_field(number: int) -> str:
    """The field of a text; the first is that of a broadcast without a test."""
    return "template" if number == 1 else f"template_{number}"


def name_field(number: int) -> str:
    return f"text_name_{number}"


def fields(texts: Choices) -> Iterator[tuple[str, forms.Field]]:
    """What a test adds to the form."""
    for number in range(1, MOST + 1):
        yield (
            name_field(number),
            forms.CharField(
                label="Its name" if number > 1 else "Name of the first text",
                required=False,
                max_length=60,
                widget=forms.TextInput(attrs={"placeholder": _LETTERS[number - 1]}),
            ),
        )
        if number > 1:
            choices = [("", "None"), *((slug, name) for slug, name in texts if slug)]
            yield text_field(number), forms.ChoiceField(label=f"Text {number}", required=False, choices=choices)
    decides = [("margin", "margin of their orders"), ("event", "how many do something")]
    yield "decides", forms.ChoiceField(label="What decides", required=False, choices=decides)
    yield (
        "decides_event",
        forms.CharField(
            label="Which event",
            required=False,
            max_length=200,
            widget=forms.TextInput(attrs={"list": "events"}),
        ),
    )
    yield (
        "decides_days",
        forms.IntegerField(
            label="within days after sending", required=False, min_value=1, max_value=365, initial=_DAYS
        ),
    )


def faults(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a test, by field."""
    named = _named(data)
    for place, (number, name, text) in enumerate(named):
        if name in (other for _, other, _ in named[:place]):
            yield name_field(number), f"Two texts are called {name}."
        if text in (other for _, _, other in named[:place]):
            yield text_field(number), "This text is there already: a test needs different ones."
    if len(named) > 1 and data.get("decides") == "event" and not data.get("decides_event"):
        yield "decides_event", "Name the event that decides, as in Order Completed."


def said(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a message step says of its texts."""
    named = _named(data)
    if len(named) < 2:
        return {"template": data["template"]}
    shares = equal_shares(len(named))
    arms = [
        {"name": name, "template": text, "share": share}
        for (_, name, text), share in zip(named, shares, strict=True)
    ]
    winner = {"by": data["decides"] or "margin", "within_days": data["decides_days"] or _DAYS}
    return {"arms": arms, "winner": winner | ({"event": data["decides_event"]} if winner["by"] == "event" else {})}


def _named(data: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Number of the row, name and text of those that were chosen."""
    return [
        (number, data.get(name_field(number)) or _LETTERS[number - 1], text)
        for number in range(1, MOST + 1)
        if (text := data.get(text_field(number)))
    ]


def equal_shares(count: int) -> list[float]:
    """Of so many texts, in whole per cents; the first takes what is left over."""
    each = int(100 / count) / 100
    return [round(1 - each * (count - 1), 2), *[each] * (count - 1)]


def can_show(message: Message) -> bool:
    """Whether the form can show these texts: equal shares, judged by margin or by an event without properties."""
    if not message.arms or message.winner is None:
        return True
    winner = message.winner
    plain = winner.event is None or not winner.event.where
    whole = winner.within % DAY == timedelta(0)
    return plain and whole and [arm.share for arm in message.arms] == equal_shares(len(message.arms))


def typed(message: Message) -> dict[str, Any]:
    """What the form shows of the texts."""
    shown: dict[str, Any] = {"template": message.template}
    for number, arm in enumerate(message.arms, start=1):
        shown |= {text_field(number): arm.template, name_field(number): arm.name}
    if winner := message.winner:
        event = winner.event.name if winner.event else ""
        shown |= {"decides": winner.by, "decides_event": event, "decides_days": int(winner.within / DAY)}
    return shown
