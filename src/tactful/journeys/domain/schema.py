"""The form of a journey as a JSON Schema, made from the same words that the parser reads.

It refuses less than the parser: it does not know whether ways lead somewhere, shares make 1, or a circle waits.
Conditions are rules of segments, whose schema is part of this one.
"""

from collections.abc import Mapping
from typing import cast

from tactful.journeys.domain.calendar import MOMENTS
from tactful.journeys.domain.definition import CHANNELS
from tactful.journeys.domain.fields import WEEKDAYS
from tactful.journeys.domain.matching import KEYS, OPERATORS
from tactful.journeys.domain.parsing import CATEGORIES
from tactful.segments.domain import schema as rules

Schema = dict[str, object]

_TEXT: Schema = {"type": "string", "pattern": "\\S"}
_ANY_OBJECT: Schema = {"type": "object"}
_FLAG: Schema = {"type": "boolean"}
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date"}
_DATE_OF: Schema = {
    "type": "string",
    "pattern": "^(?!\\s*(cart|proposal)\\.)(?=.*\\S)",
    "examples": [
        "birthday",
        *(f"{of}.{name}" for of, names in MOMENTS.items() for name in names),
        "deal.valid_until",
    ],
}
_CLOCK: Schema = {"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"}
_SLUG: Schema = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"}
_REENTRY: Schema = {"type": "string", "pattern": "^(never|after_exit|any_time|after_days:\\s*[0-9]{1,4})$"}
_IF: Schema = {"$ref": "#/$defs/condition"}
_WHERE: Schema = {"type": "array", "items": {"$ref": "#/$defs/test"}}
_WEEKDAYS: Schema = {"type": "array", "items": {"enum": list(WEEKDAYS)}}
_DAYS_AWAY: Schema = {"type": "number", "minimum": -3660, "maximum": 3660}
_PER_HOUR: Schema = {"type": "number", "minimum": 0, "maximum": 10_000_000}
_ZONE: Schema = {"enum": ["customer", "company"]}
_VALUE: Schema = {"type": ["string", "number", "boolean"]}
_SPAN: Schema = {"type": "number", "minimum": 0}
_EVENT: Mapping[str, Schema] = {"event": _TEXT}
_OF_EVENT: Mapping[str, Schema] = {"where": _WHERE, "same_key": _FLAG}


def schema() -> Schema:
    """The schema, draft 2020-12."""
    spoken = rules.schema()
    steps = {f"step_{name}": form for name, form in _steps().items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A journey",
        "description": "What each part means is said in journeys.md, what conditions mean in segments.md.",
        **_journey(),
        "$defs": {
            **cast("dict[str, Schema]", spoken["$defs"]),
            "condition": {"$ref": "#/$defs/node"},
            "test": _test(),
            "entry": {"anyOf": _entries()},
            "exit_rule": {"anyOf": _exits()},
            "step": {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in steps]},
            **steps,
        },
    }


def _journey() -> Schema:
    required: dict[str, Schema] = {
        "slug": _SLUG,
        "name": _TEXT,
        "owner": _TEXT,
        "failure_path": _TEXT,
        "category": {"enum": list(CATEGORIES)},
        "topic": _TEXT,
        "entry": {"$ref": "#/$defs/entry"},
        "start": _TEXT,
        "steps": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/$defs/step"}},
    }
    optional: dict[str, Schema] = {
        "description": _TEXT,
        "review_by": _DAY,
        "priority": {"type": "number", "minimum": -1000, "maximum": 1000},
        "channel": {"enum": list(CHANNELS)},
        "holdout": {"type": "number", "minimum": 0, "maximum": 0.9},
        "reentry": _REENTRY,
        "key": {"enum": list(KEYS)},
        "goal": _object({**_EVENT, "within_days": _SPAN}, _OF_EVENT),
        "exit": {"type": "array", "items": {"$ref": "#/$defs/exit_rule"}},
    }
    return _object(required, optional)


def _entries() -> list[Schema]:
    asked: dict[str, Schema] = {"if": _IF}
    of_calendar: dict[str, Schema] = {"segment": _TEXT, "per_hour": _PER_HOUR}
    recurring: dict[str, Schema] = {
        "at": _CLOCK,
        "weekdays": _WEEKDAYS,
        "month_day": {"type": "number", "minimum": 0, "maximum": 31},
        "zone": _ZONE,
    }
    return [
        _object(_EVENT, {**_OF_EVENT, **asked}),
        _object({"segment": _TEXT}, {"on": {"enum": ["entered", "left"]}, **asked}),
        _object({"date": _DATE_OF}, {"days": _DAYS_AWAY, "at": _CLOCK, "yearly": _FLAG, "segment": _TEXT, **asked}),
        _object({"schedule": _object({}, recurring)}, {**of_calendar, **asked}),
        _object({"once": _object({"date": _DAY}, {"at": _CLOCK, "zone": _ZONE})}, {**of_calendar, **asked}),
    ]


def _exits() -> list[Schema]:
    return [
        _object(_EVENT, {**_OF_EVENT, "reason": _TEXT}),
        _object({"if": _IF, "reason": _TEXT}),
    ]


def _steps() -> dict[str, Schema]:
    """One form per kind of step; waits and messages have several."""
    following: dict[str, Schema] = {"next": _TEXT}
    return {
        "message": {"anyOf": _messages()},
        "wait": {"anyOf": _waits()},
        "branch": {"anyOf": _branches()},
        "split": _step(
            "split", {"ways": _list(_object({"name": _TEXT, "share": _between(0.001, 0.999), **following}))}
        ),
        "task": _step(
            "task", {"title": _TEXT, **following}, {"note": _TEXT, "assignee": _TEXT, "due_hours": _SPAN}
        ),
        "notify": _step("notify", {"to": _TEXT, "text": _TEXT, **following}),
        "update": {
            **_step("update", following, {"set": _update_set(), "join": _names(), "leave": _names()}),
            "anyOf": [{"required": [name]} for name in ("set", "join", "leave")],
        },
        "webhook": _step(
            "webhook", {"url": {"type": "string", "pattern": "^https?://"}, **following}, {"body": _ANY_OBJECT}
        ),
        "exit": _step("exit", {}),
    }


def _messages() -> list[Schema]:
    more: dict[str, Schema] = {
        "topic": _TEXT,
        "if": _IF,
        "expires_hours": _SPAN,
        "channel": {"enum": list(CHANNELS)},
    }
    arm = _object({"name": _TEXT, "template": _TEXT, "share": _between(0.01, 0.99)})
    arms: Schema = {"type": "array", "items": arm, "minItems": 2, "maxItems": 5}
    by_event = _object({"by": {"const": "event"}, **_EVENT, "within_days": _SPAN}, _OF_EVENT)
    by_margin = _object({"by": {"const": "margin"}, "within_days": _SPAN})
    return [
        _step("message", {"template": _TEXT, "next": _TEXT}, {**more, "arms": {"maxItems": 0}}),
        _step("message", {"arms": arms, "winner": {"anyOf": [by_margin, by_event]}, "next": _TEXT}, more),
    ]


def _waits() -> list[Schema]:
    spans: dict[str, Schema] = {"days": _SPAN, "hours": _SPAN, "minutes": _SPAN}
    clock: dict[str, Schema] = {"at": _CLOCK, "weekdays": _WEEKDAYS}
    day: dict[str, Schema] = {"days": _DAYS_AWAY, "at": _CLOCK}
    until: Schema = {"anyOf": [_object({of: _TEXT}, day) for of in ("attribute", "property")]}
    return [
        {
            **_step("wait", {"next": _TEXT}, {**spans, **clock}),
            "anyOf": [{"required": [name]} for name in (*spans, "at")],
            "dependentRequired": {"weekdays": ["at"]},
        },
        _step("wait", {"until": until, "next": _TEXT}, {"missing": _TEXT}),
        {
            **_step(
                "wait",
                {**_EVENT, "next": _TEXT, "on_timeout": _TEXT},
                {**_OF_EVENT, "timeout_hours": _SPAN, "timeout_days": _SPAN},
            ),
            "anyOf": [{"required": [name]} for name in ("timeout_hours", "timeout_days")],
        },
    ]


def _branches() -> list[Schema]:
    ways: dict[str, Schema] = {"yes": _TEXT, "no": _TEXT}
    of: dict[str, Schema] = {"of": {"enum": ["start", "heard"]}}
    return [
        _step("branch", {"if": _IF, **ways}, of),
        _step("branch", {"where": {**_WHERE, "minItems": 1}, **ways}, of),
    ]


def _way() -> Schema:
    return _object({"name": _TEXT, "share": _between(0.001, 0.999), "next": _TEXT})


def _test() -> Schema:
    """A property of an event and exactly one comparison."""
    operands: dict[str, Schema] = dict.fromkeys(sorted(OPERATORS), _VALUE)
    operands |= {"in": {"type": "array"}, "set": _FLAG}
    return {**_object({"property": _TEXT}, operands), "minProperties": 2, "maxProperties": 2}


def _update_set() -> Schema:
    return {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}


def _step(kind: str, required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return _object({"type": {"const": kind}, **required}, optional)


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 2}


def _names() -> Schema:
    return {"type": "array", "items": _TEXT}


def _between(least: float, most: float) -> Schema:
    return {"type": "number", "minimum": least, "maximum": most}
