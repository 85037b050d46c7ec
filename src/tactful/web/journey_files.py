"""A journey as text: YAML in and out, and every mistake with the step and the field where it is."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tactful.journeys.domain.definition import CHANNELS
from tactful.journeys.domain.parsing import parse
from tactful.journeys.domain.parsing_steps import parse_steps
from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import InvalidInput
from tactful.segments.services.editing import located
from tactful.web.segment_files import MAX_TEXT, written

_ORDER = (
    *("slug", "name", "description", "owner", "failure_path", "review_by", "category", "priority", "topic"),
    *("channel", "holdout", "reentry", "key", "goal", "entry", "exit", "start", "steps"),
)
_STEP_ORDER = ("type", "template", "arms", "winner", "title", "text", "to", "event", "where", "if")
_LAST = ("next", "yes", "no", "on_timeout", "missing")
_FIELD = re.compile(r"([a-z_]+(?:\[\d+\])*(?:\.[a-z_]+(?:\[\d+\])*)*):?(?:\s+(.*))?", re.DOTALL)
_NO_CONDITION = "is no condition: "


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong. Without a step it is about the journey itself; `inner` is the place within a condition."""

    step: str
    field: str
    words: str
    inner: str = ""


def as_data(text: str) -> dict[str, Any]:
    """What a text (JSON or YAML) says, code conditions of the builder included. Raises InvalidInput."""
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"The journey is longer than {MAX_TEXT} characters")
    said = read_yaml(text)
    if not isinstance(said, dict):
        raise InvalidInput("The journey must be an object with named fields")
    try:
        plain = written(json.dumps(said, default=str, allow_nan=False)).rule
    except (ValueError, TypeError, RecursionError) as fault:
        raise InvalidInput(f"This cannot be a journey: {fault}") from None
    return plain if isinstance(plain, dict) else {}


def in_order(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same journey as people write it: the database keeps fields in another order."""
    ordered = _sorted(data, _ORDER)
    if isinstance(ordered.get("steps"), dict):
        steps = ordered["steps"]
        names = [name for name in _walked(str(ordered.get("start", "")), steps) if name in steps]
        ordered["steps"] = {name: _step(steps[name]) for name in dict.fromkeys((*names, *steps))}
    return ordered


def as_yaml(data: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(in_order(data), sort_keys=False, allow_unicode=True, width=100)
    return text


def faults(data: Mapping[str, Any]) -> list[Fault]:
    """Every mistake that can be told: the first of the journey, and the first of each step."""
    try:
        parse(data)
    except InvalidInput as first:
        steps = data.get("steps")
        names = [str(name) for name in steps] if isinstance(steps, dict) else []
        said = [first.message, *_of_steps(steps if isinstance(steps, dict) else {})]
        return list(dict.fromkeys(fault_of(message, names) for message in said))
    return []


def fault_of(message: str, steps: Collection[str]) -> Fault:
    """The place that a message of the parser begins with, and what it says of it."""
    step, rest = _step_of(message, steps)
    if step and not rest.startswith("."):
        return Fault(step, "", _capital(rest.lstrip(": ")))
    found = _FIELD.fullmatch(rest.removeprefix("."))
    field, words = (found[1], found[2] or "") if found else ("", rest)
    if not step and field.split(".")[0].split("[")[0] not in (*_ORDER, "same_key"):
        return Fault("", "", message)
    if words.startswith(_NO_CONDITION):
        inner, said = located(words.removeprefix(_NO_CONDITION))
        return Fault(step, field, _capital(said), inner)
    return Fault(step, field, _capital(words))


def _step_of(message: str, steps: Collection[str]) -> tuple[str, str]:
    """The longest name of a step that the message begins with, and what follows; names may have dots in them."""
    after = message.removeprefix("steps.")
    if after == message:
        return "", message
    fitting = [
        name for name in steps if after.startswith(name) and after[len(name) : len(name) + 1] in {".", ":", " "}
    ]
    name = max(fitting, key=len, default="")
    return (name, after[len(name) :]) if name else ("", message)


def _of_steps(steps: Mapping[str, Any]) -> Iterator[str]:
    for name, step in steps.items():
        try:
            parse_steps({name: step}, topic="", channels=CHANNELS)
        except InvalidInput as fault:
            yield fault.message


def _walked(start: str, steps: Mapping[str, Any]) -> list[str]:
    """Steps as one would read them: from the start along the ways."""
    seen: dict[str, None] = {}
    ahead = [start]
    while ahead:
        name = ahead.pop(0)
        step = steps.get(name)
        if name in seen or not isinstance(step, dict):
            continue
        seen[name] = None
        ways = step.get("ways") if isinstance(step.get("ways"), list) else []
        ahead += [str(step[way]) for way in _LAST if step.get(way)]
        ahead += [str(way["next"]) for way in ways or [] if isinstance(way, dict) and way.get("next")]
    return list(seen)


def _step(step: Any) -> Any:
    if not isinstance(step, dict):
        return step
    first = _sorted({name: value for name, value in step.items() if name not in _LAST}, _STEP_ORDER)
    return first | {name: step[name] for name in _LAST if name in step}


def _sorted(data: Mapping[str, Any], order: Collection[str]) -> dict[str, Any]:
    return {name: data[name] for name in order if name in data} | {
        name: value for name, value in data.items() if name not in order
    }


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
