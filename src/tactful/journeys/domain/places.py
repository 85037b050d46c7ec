"""The places of a journey as people call them: a step by its name, a field as the canvas labels it."""

import re
from collections.abc import Mapping

_PLACES = re.compile(r"\[\d+\]")

# By their whole path, else by its last name, else by its first.
_CALLED: Mapping[str, str] = {
    "slug": "Short name",
    "name": "Name",
    "description": "What it does",
    "owner": "Who answers for it",
    "failure_path": "What to do when it fails",
    "review_by": "To be reviewed by",
    "category": "Category",
    "priority": "Priority",
    "topic": "Topic",
    "channel": "Channel",
    "holdout": "Left alone for comparison",
    "reentry": "Entering again",
    "key": "A run is about one",
    "goal": "Goal",
    "entry": "Entry",
    "exit": "Who leaves",
    "start": "The first step",
    "steps": "Steps",
    "template": "Text",
    "share": "Share",
    "arms": "Texts under test",
    "winner": "Which text wins",
    "expires_hours": "Given up after",
    "next": "What comes next",
    "yes": "If yes",
    "no": "If not",
    "on_timeout": "If it does not come",
    "missing": "If there is no date",
    "event": "Event",
    "where": "Conditions on the event",
    "if": "Condition",
    "until": "Until when",
    "at": "At",
    "weekdays": "Days of the week",
    "days": "Days",
    "hours": "Hours",
    "minutes": "Minutes",
    "ways": "Ways",
    "title": "What is to be done",
    "note": "What helps to do it",
    "assignee": "For whom",
    "due_hours": "Due within",
    "to": "To whom",
    "text": "Words",
    "set": "Attributes",
    "join": "Joins the lists",
    "leave": "Leaves the lists",
    "url": "Address",
    "body": "What to send",
}


def place_of(path: str) -> str:
    """`steps.letter.template` is the text of the step “letter”; what is no path is said as it is."""
    root, _, inside = path.partition(".")
    if root != "steps" or not inside:
        return label_of(path)
    step, _, field = inside.partition(".")
    return f"Step “{step}”, {label_of(field).lower()}" if field else f"Step “{step}”"


def label_of(field: str) -> str:
    """A field as the canvas calls it; empty where the fault is about no field."""
    if not field:
        return ""
    names = names_in(field)
    by_place = names[0] if names[0] in {"entry", "goal", "exit"} else names[-1]
    return _CALLED.get(by_place) or _CALLED.get(names[0]) or names[-1].replace("_", " ").capitalize()


def names_in(field: str) -> list[str]:
    return _PLACES.sub("", field).split(".")
