"""What is wrong with a rule, for somebody who builds it from cards: which condition it concerns, in plain words.

The path and the exact words stay where the rule is written as code.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from re import Match
from typing import Any

from tactful.segments.services.editing import located
from tactful.web import words

_NUMBER = r"(-?[\d.]+)"
_QUOTED = r"['\"](.*)['\"]"
_CHOOSE = "Choose one that is in the list"

# Measures of the code as the builder calls them, for what cannot be asked of them.
_CALLED: Mapping[str, str] = {
    "average_gap_days": "The average days between purchases",
    "times_own_gap": "The days since the last purchase by his own gap",
    "days_since_last": "The days since the last purchase",
    "days_since_first": "The days since the first purchase",
    "category_share": "The share of a category",
    "discount_share": "The share bought with discount",
    "returned_share": "The share returned",
    "smallest": "The smallest purchase",
    "largest": "The largest purchase",
    "categories": "The number of categories",
}
_NAMED = re.compile(rf"\b({'|'.join(sorted(_CALLED, key=len, reverse=True))})\b")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong: where (empty: with the rule as a whole), as the code has it, and in plain words."""

    path: str
    said: str
    plain: str


def of_rule(message: str, rule: object) -> Fault:
    """The fault that a message about this rule tells of. What it only names is looked for in the rule."""
    path, said = located(message)
    return Fault(path or _place_of(said, rule), said, plain(said))


def plain(said: str) -> str:
    """What is wrong and how to mend it, in words of the builder."""
    for pattern, tell in _TOLD.items():
        if found := pattern.fullmatch(said):
            return tell(found) if callable(tell) else tell
    text = _NAMED.sub(lambda name: _CALLED[name[0]], said)
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def told(message: str, known: Fault | None) -> str:
    """What a form that was not saved says: of the rule in plain words, of anything else as it is."""
    if known and message.endswith(known.said):
        return f"Not saved yet. {known.plain}"
    return plain(message) if any(pattern.fullmatch(message) for pattern in _OF_OTHERS) else message


def _whole(found: Match[str]) -> str:
    return f"Write a whole number from {_shown(found[1])} to {_shown(found[2])}."


def _between(found: Match[str]) -> str:
    return f"Write a number from {_shown(found[1])} to {_shown(found[2])}."


def _shown(number: str) -> str:
    return words.number(float(number), 0 if float(number).is_integer() else 3)


def _circle(found: Match[str]) -> str:
    names = re.sub(r"\b(segment|stage) ", "", found[1])
    return f"The segments name each other in a circle: {names}. Take one of them out."


def _many(found: Match[str]) -> str:
    return f"One condition holds at most {_shown(found[1])} values."


_Tell = str | Callable[[Match[str]], str]


def _quote(before: str, after: str) -> Callable[[Match[str]], str]:
    return lambda found: f"{before}“{found[1]}”{after}"


_UNKNOWN_SEGMENT = re.compile(rf"there is no segment {_QUOTED} in use")
_UNKNOWN_STAGE = re.compile(rf"there is no stage {_QUOTED}; there are .*")
_IN_CIRCLE = re.compile(r"the rules refer to each other in a circle: (.*)")
_OF_OTHERS = (_UNKNOWN_SEGMENT, _UNKNOWN_STAGE, _IN_CIRCLE)

_TELLS: tuple[tuple[str, _Tell], ...] = (
    (r"needs exactly one of all, any, not.*", "No such condition is known here: mend its code, or remove it."),
    (r"needs exactly one of is, is_not.*", "Choose how the value compares."),
    (
        r"needs exactly one of orders, event, .*",
        "Say what is ranked: purchases, events, records, or a number.",
    ),
    (r"needs exactly one of .*days_ago.*", "Say how many days ago."),
    (r"needs exactly one of .*", "Say how it compares: at least, at most, exactly, more or less than."),
    (r"must be an object with fields.*", "This is no condition yet: mend its code, or remove it."),
    (rf"does not know {_QUOTED}; known here: .*", _quote("", " cannot be said here: take it out of the code.")),
    (r"must be a list, not .*", "Name one value or several."),
    (r"is empty, which says nothing: name at least one", "Name at least one value."),
    (r"has more than (\d+) entries", _many),
    (r"has more than (\d+) steps", "These are more steps than one condition can follow."),
    (r"must be a text, not .*", "Write words here."),
    (r"is longer than \d+ characters", "This is too long to be meant: write less."),
    (r"has characters that no text can hold", "There are characters in it that no text can hold."),
    (r"is empty", "This is still empty: fill it in."),
    (r"needs a number", "Write a number."),
    (r"must be a number, not .*", "Write a number."),
    (r"is beyond any number counted here", "This number is too large to be counted."),
    (rf"must be a whole number from {_NUMBER} to {_NUMBER}", _whole),
    (rf"must be a number from {_NUMBER} to {_NUMBER}", _between),
    (rf"must be a number of at least {_NUMBER}", lambda found: f"Write a number of at least {_shown(found[1])}."),
    (r"must be a share from 0 to 1; .*", "Write a share from 0 to 100 percent."),
    (r"says \w+; a percentile ranks .*", "Only the number itself is ranked: take the comparison out of the code."),
    (rf"{_QUOTED} is no number; .*", "Only your own attributes hold numbers: choose one of them."),
    (r"can only be true; leave it out otherwise", "This can only be said, or left out."),
    (rf"must be one of .*, not {_QUOTED}", _quote("", f" is not known here. {_CHOOSE}.")),
    (r"there is no field .*", f"No customer has a field called so. {_CHOOSE}."),
    (r"there are no records .*", f"{_CHOOSE}: tasks, tickets, proposals."),
    (r"a \w+ is never .*", f"That is no state of these. {_CHOOSE}."),
    (r"only email is known so far.*", "Only e-mail can be asked for so far."),
    (r".* is \S.*; ask by .*", "This field cannot be compared so: choose another comparison."),
    (r"needs two values: .*", "Give both values: the least and the greatest."),
    (r"says both .*; choose one", "This says two things at once: keep one of them."),
    (r"ends before it begins", "The end lies before the beginning: change one of them."),
    (r"must be true or false, not .*", "Choose yes or no."),
    (r"must be a date like .*", "Write a date, such as 2026-03-01."),
    (rf"{_QUOTED} is not a (?:date|moment).*", _quote("", " is no date: write it as 2026-03-01.")),
    (rf"{_QUOTED} is beyond the calendar", _quote("", " is no day of any calendar.")),
    (r"must lie between the years .*", "Write a year between 1800 and 2500."),
    (r"clock says where .*", "Whose clock it is can only be said of calendar days."),
    (r"names none of recency, frequency, money", "Choose at least one of the three."),
    (r"needs within_days: .*", "Say within how many days: before that nobody knows whether it still comes."),
    (r"needs either is, with one name, or in, with several", "Name one or several."),
    (r"needs [a-z_]+", "Something is still empty: fill it in."),
    (r"is the first: .*", "The first step follows nothing: no days can be said of it."),
    (r"is one event only; .*", "One step alone is no sequence: add another, or ask how often it was done."),
    (r"anniversaries are asked.*", "A day that returns can only be asked of a field of the customer."),
    (r"the rule is nested deeper .*", "Its groups stand too deep in each other: take some out."),
    (r"the rule has more than \d+ conditions", "It has more conditions than can be kept: split it in two."),
    (
        r"the rule has more than \d+ sequences",
        "It has more sequences than can be asked: split it in two.",
    ),
    (r"the rule with all that it refers to.*", "It names segments that name many others: say it with fewer."),
    (r"this is not YAML or JSON.*", "This cannot be read as a rule: mend its code."),
)
_TOLD: Mapping[re.Pattern[str], _Tell] = {
    _UNKNOWN_SEGMENT: _quote("There is no segment ", " in use: choose another."),
    _UNKNOWN_STAGE: _quote("There is no stage ", " any more: choose another."),
    _IN_CIRCLE: _circle,
    **{re.compile(pattern, re.DOTALL): tell for pattern, tell in _TELLS},
}


def _place_of(said: str, rule: object) -> str:
    """Where a rule names the segment or stage that a fault is about; empty where it does not."""
    for pattern, key in ((_UNKNOWN_SEGMENT, "segment"), (_UNKNOWN_STAGE, "stage")):
        if found := pattern.fullmatch(said):
            return next((path for path, named in _naming(rule, "") if named == (key, found[1])), "")
    if found := _IN_CIRCLE.fullmatch(said):
        circle = {tuple(name.split(" ", 1)) for name in found[1].split(" → ")}
        return next((path for path, named in _naming(rule, "") if named in circle), "")
    return ""


def _naming(rule: Any, path: str) -> Iterator[tuple[str, tuple[str, str]]]:
    """The conditions that name a segment or a stage: path and (`segment`, slug)."""
    if not isinstance(rule, Mapping):
        return
    for key in ("segment", "stage"):
        if isinstance(rule.get(key), str):
            yield f"{path}.{key}".removeprefix("."), (key, rule[key])
    for key in ("all", "any", "not"):
        inner = rule.get(key)
        at = f"{path}.{key}".removeprefix(".")
        if isinstance(inner, list):
            for place, child in enumerate(inner):
                yield from _naming(child, f"{at}[{place}]")
        else:
            yield from _naming(inner, at)
