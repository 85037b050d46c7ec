"""A segment as text: YAML in and out, code conditions, and what differs between two versions."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.tree import parse
from tactful.segments.domain.writing import to_json

MAX_TEXT = 200_000
CODE = "(code)"  # how the builder sends a condition that is written as code
_FIELDS = ("name", "goal", "action")


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says: the rule as JSON values, and the fields of a whole file where it is one."""

    rule: object
    fields: Mapping[str, str]


def written(text: str) -> Written:
    """A rule, or a whole file with `rule` and maybe `name`, `goal`, `action`. Raises InvalidInput."""
    said = _loaded(text)
    if not isinstance(said, dict) or "rule" not in said:
        return Written(_spelled(said), {})
    return Written(_spelled(said["rule"]), {name: str(said[name]) for name in _FIELDS if said.get(name)})


def as_yaml(said: Any) -> str:
    text: str = yaml.safe_dump(
        json.loads(json.dumps(said, default=str)), sort_keys=False, allow_unicode=True, width=100
    )
    return text


def rule_as_yaml(definition: object) -> str:
    """A saved rule in the one spelling."""
    return as_yaml(_in_order(definition))


def file_of(*, name: str, goal: str, action: str, definition: object) -> str:
    """A whole segment as people keep it in a file."""
    return as_yaml({"name": name, "goal": goal, "action": action, "rule": _in_order(definition)})


def differences(old: str, new: str) -> list[tuple[str, str]]:
    """The lines of both texts: (`-`, line) stands only in the old one, (`+`, line) only in the new one."""
    lines = difflib.ndiff(old.splitlines(), new.splitlines())
    return [(line[0], line[2:]) for line in lines if line[0] in "-+ "]


def _in_order(definition: object) -> object:
    """The database keeps keys in another order. A rule that cannot be read any more stays as it is."""
    try:
        return to_json(parse(definition))
    except InvalidInput:
        return definition


def _loaded(text: str) -> object:
    if len(text) > MAX_TEXT:
        raise InvalidInput(f"the rule is longer than {MAX_TEXT} characters")
    try:
        # What JSON cannot hold (endless loops, NaN) cannot be a rule.
        return json.loads(json.dumps(read_yaml(text), default=str, allow_nan=False))
    except (ValueError, TypeError, RecursionError) as fault:
        raise InvalidInput(f"this is not YAML or JSON: {fault}") from None


def _spelled(said: Any) -> Any:
    """The rule with every code condition replaced by what its code says; code that says nothing stays as it is."""
    if isinstance(said, list):
        return [_spelled(inner) for inner in said]
    if not isinstance(said, dict):
        return said
    if set(said) == {CODE} and isinstance(said[CODE], str):
        try:
            inner = _loaded(said[CODE])
        except InvalidInput:
            return said
        return inner if isinstance(inner, dict) and CODE not in inner else said
    return {name: _spelled(inner) for name, inner in said.items()}
