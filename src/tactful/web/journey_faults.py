"""What is wrong with a journey, for somebody who draws it: the field as the canvas calls it, and what to do.

The path and the exact words stay where the journey is written as code.
"""

import re
from collections.abc import Callable, Mapping
from re import Match

from tactful.journeys.domain.places import label_of, names_in
from tactful.web import segment_faults
from tactful.web.journey_files import Fault

# What to do where a field is empty, by the last name of its path.
_FILL: Mapping[str, str] = {
    "slug": "Give it one",
    "name": "Give it one",
    "owner": "Name somebody",
    "failure_path": "Say what to do",
    "category": "Choose one",
    "entry": "Say who enters, and when",
    "event": "Choose the event",
    "segment": "Choose the segment",
    "property": "Name the property",
    "template": "Choose the text",
    "topic": "Choose one",
    "start": "Say which it is",
    "at": "Choose the hour",
    "within_days": "Say within how many days",
    "next": "Say which step it is",
    "yes": "Say which step it is",
    "no": "Say which step it is",
    "on_timeout": "Say which step it is",
    "date": "Choose the day",
    "reason": "Say why in words",
    "to": "Choose who is told",
    "text": "Write what they are told",
    "title": "Say what is to be done",
    "url": "Write where it is",
    "share": "Say how large it is",
}

_SPAN = r"needs (?:days|hours|minutes|timeout_days)\b.*"
_Tell = str | Callable[[Match[str]], str]
_TELLS: tuple[tuple[str, _Tell], ...] = (
    (r"must be one of .*", "Choose one that is in the list"),
    (r"must be a number, not .*", "Write a number"),
    (r"must be between (\S+) and (\S+), not .*", lambda found: f"Write a number from {found[1]} to {found[2]}"),
    (r"must be a date like .*", "Write a date, such as 2027-01-31"),
    (r"must be a time of day .*", "Write an hour, such as 10:30"),
    (r"may have small letters, digits.*", "Write small letters, digits, dashes and underscores only"),
    (r"must be an address that begins with https://.*", "Write an address that begins with https://"),
    (r"must have shares that make 1 together, .*", "Give them shares that make 100 % together"),
    (rf"{_SPAN}: more than .*", "Say how long: more than nothing, at most ten years"),
    (_SPAN, "Say how long"),
    (r"needs an event or an if", "Choose an event, or say a condition"),
    (r"needs exactly one of .*", "Say how the value compares"),
    (r"is not a field that is known here", "It cannot be said here: take it out of the YAML"),
    (r"must be an object .*|must be a list.*", "It cannot be read: mend it in the YAML"),
)
_TOLD = {re.compile(pattern, re.DOTALL): tell for pattern, tell in _TELLS}
_EMPTY = re.compile(r"is required|must be a text that says something", re.IGNORECASE)


def told(fault: Fault) -> dict[str, str]:
    """The fault as the canvas shows it: `words` beside the field, and `told` where the field must be named."""
    words, label = plain(fault), label_of(fault.field)
    said = f"{label}: {words[:1].lower()}{words[1:]}" if label else words
    return {"step": fault.step, "field": fault.field, "inner": fault.inner, "words": words, "told": said}


def plain(fault: Fault) -> str:
    """What to do about it. What has no plainer words is said as it is."""
    if fault.inner:
        return segment_faults.plain(f"{fault.words[:1].lower()}{fault.words[1:]}").rstrip(".")
    if _EMPTY.fullmatch(fault.words):
        return _FILL.get(names_in(fault.field)[-1], "Fill it in")
    said = f"{fault.words[:1].lower()}{fault.words[1:]}"
    for pattern, tell in _TOLD.items():
        if found := pattern.fullmatch(said):
            return tell(found) if callable(tell) else tell
    return fault.words
