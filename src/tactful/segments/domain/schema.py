"""The form of a rule as a JSON Schema, made from the same catalogue that reads rules.

Whatever `tree.parse` takes, the schema takes. It refuses less: it knows no calendar, no depth, and no end before a
beginning.
"""

from collections.abc import Mapping
from itertools import combinations, groupby

from tactful.segments.domain.catalogue import ALLOWED, ATTRIBUTES, MESSAGES, OPEN, RECORDS, TECHNOLOGY, Kind
from tactful.segments.domain.comparisons import Bound, LastDays, Op, Whose
from tactful.segments.domain.conditions import Ago, How, Measure, Orders, Which, Word
from tactful.segments.domain.parsing_events import COUNTS, MAX_STEPS, MAX_TIMES
from tactful.segments.domain.parsing_purchases import FIFTHS, nonsense
from tactful.segments.domain.places import MAX_LIST, MAX_NUMBER, MAX_TEXT
from tactful.segments.domain.values import MAX_AHEAD, MAX_DAYS, PERIODS

Schema = dict[str, object]

_NODE: Schema = {"$ref": "#/$defs/node"}
_TEXT: Schema = {"type": "string", "maxLength": MAX_TEXT, "pattern": "^[^\\u0000]*$"}
_NAME: Schema = {**_TEXT, "minLength": 1}
_NUMBER: Schema = {"type": "number", "minimum": -MAX_NUMBER, "maximum": MAX_NUMBER}
_TRUTH: Schema = {"type": "boolean"}
_TRUE: Schema = {"const": True}
_DAY: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "format": "date"}
_OWN: Schema = {
    "type": "string",
    "maxLength": MAX_TEXT,
    "pattern": f"^({'|'.join(each[:-1] for each in OPEN)})\\.[^\\u0000]",
}
_MOMENT: Schema = {
    "type": "string",
    "maxLength": MAX_TEXT,
    "pattern": "^[0-9]{4}",
    "description": "A date, or a moment like 2026-02-20T10:00:00+01:00; without an offset it is UTC.",
}


def schema() -> Schema:
    """The schema, draft 2020-12."""
    kinds = _kinds()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A rule of a segment",
        "description": "What each condition means is said in segments.md.",
        **_NODE,
        "$defs": {
            "node": {"anyOf": [{"$ref": f"#/$defs/{name}"} for name in kinds]},
            **kinds,
            "property": _property(),
            "step": _object({"event": _NAME}, {"within_days": _days(), "where": _where()}),
            "first_step": _object({"event": _NAME}, {"where": _where()}),
        },
    }


def _kinds() -> dict[str, Schema]:
    """One schema per kind of condition, by the word that it begins with."""
    return {
        "all": _object({"all": _list(_NODE)}),
        "any": _object({"any": _list(_NODE)}),
        "not": _object({"not": _NODE}),
        "everyone": _object({"everyone": _TRUE}),
        "attribute": {"anyOf": [_attribute(kind) for kind in Kind]},
        "consent": _object({"consent": _object({"channel": _NAME, "topic": _NAME}), "is": _one_of(Word)}),
        "event": {"anyOf": _events()},
        "sequence": _sequence(),
        "orders": {"anyOf": _orders(Bound)},
        "percentile": _percentile(),
        "rfm": _object({"rfm": {**_object({}, dict.fromkeys(FIFTHS, _list(_whole(1, 5)))), "minProperties": 1}}),
        "record": {"anyOf": [_record(name) for name in RECORDS]},
        "message": _counted({"message": _one_of(MESSAGES)}, {"journey": _NAME, "topic": _NAME}),
        "technology": {"anyOf": [_technology("is", _NAME), _technology("in", _list(_NAME))]},
        "reachable": _object({"reachable": {"const": "email"}, "topic": _NAME}),
        "near": _near(),
        "list": _object({"list": _NAME}),
        "segment": _object({"segment": _NAME}),
        "stage": _object({"stage": _NAME}),
        "sample": _object({"sample": _between(0, 1), "seed": _NAME}),
    }


def _attribute(kind: Kind) -> Schema:
    """A field of this kind and one comparison: two properties, no more."""
    fields = [field for field, its in ATTRIBUTES.items() if its is kind]
    return _compared("attribute", _OWN if kind is Kind.JSON else {"enum": fields}, kind, ALLOWED[kind])


def _property() -> Schema:
    return _compared("property", _NAME, Kind.JSON, ALLOWED[Kind.JSON] - {Op.ANNIVERSARY_IN_DAYS})


def _compared(subject: str, name: Schema, kind: Kind, ops: frozenset[Op]) -> Schema:
    comparisons = {str(op): _operand(op, kind) for op in Op if op in ops}
    return {**_object({subject: name}, comparisons), "minProperties": 2, "maxProperties": 2}


def _operand(op: Op, kind: Kind) -> Schema:
    """What an operator compares with."""
    value = _VALUES[kind]
    ends = [_MOMENT, _NUMBER] if kind is Kind.JSON else [_MOMENT]
    operands: dict[Op, Schema] = {
        Op.IS: value,
        Op.IS_NOT: value,
        Op.IN: _list(value),
        Op.CONTAINS: _NAME,
        Op.STARTS: _NAME,
        Op.GREATER: _NUMBER,
        Op.LESS: _NUMBER,
        Op.SET: _TRUTH,
        Op.BEFORE: _MOMENT,
        Op.AFTER: _MOMENT,
        Op.BETWEEN: {"anyOf": [{**_list(end), "minItems": 2, "maxItems": 2} for end in ends]},
        Op.IN_LAST_DAYS: _days(),
        Op.IN_NEXT_DAYS: _days(),
        Op.ANNIVERSARY_IN_DAYS: _whole(0, MAX_AHEAD),
    }
    return operands[op]


_VALUES: Mapping[Kind, Schema] = {
    Kind.TEXT: _TEXT,
    Kind.TRUTH: _TRUTH,
    Kind.DAY: _DAY,
    Kind.MOMENT: _MOMENT,
    Kind.JSON: {"anyOf": [_TEXT, _NUMBER, _TRUTH]},
}


def _events() -> list[Schema]:
    """Counted, looked at when last or first, or made into a number."""
    numbers: dict[str, Schema] = {**dict.fromkeys(map(str, How), _NAME), "share_where": _where()}
    ago = _choice({}, {str(ago): _days() for ago in Ago})
    return [
        _counted({"event": _NAME}, {"where": _where()}),
        *(_object({"event": _NAME, str(which): ago}, {"where": _where()}) for which in Which),
        *(
            _choice(
                {"event": _NAME, said: of},
                _bounds(Bound, _LIMITS.get(said, _NUMBER)),
                {"where": _where(), **_window()},
                _PERIODS,
            )
            for said, of in numbers.items()
        ),
    ]


_LIMITS: Mapping[str, Schema] = {
    "share_where": {"type": "number", "minimum": 0, "maximum": 1},
    str(How.DISTINCT): {**_NUMBER, "minimum": 0},
}


def _counted(required: Mapping[str, Schema], optional: Mapping[str, Schema]) -> Schema:
    """How often: at least once, if nothing else is said."""
    times = _choice({}, {str(bound): _whole(0, MAX_TIMES) for bound in COUNTS})
    said = _object(required, {"count": times, "never": _TRUE, **optional, **_window()})
    return {**said, **_PERIODS, "not": {"anyOf": [*_PAIRS, {"required": ["count", "never"]}]}}


def _technology(key: str, names: Schema) -> Schema:
    said = _object({"technology": _one_of(TECHNOLOGY), key: names}, _window())
    return {**said, **_PERIODS, "not": {"anyOf": _PAIRS}}


def _sequence() -> Schema:
    step: Schema = {"$ref": "#/$defs/step"}
    steps: Schema = {"type": "array", "prefixItems": [{"$ref": "#/$defs/first_step"}], "items": step}
    said = _object(
        {"sequence": {**steps, "minItems": 1, "maxItems": MAX_STEPS}},
        {"then_not": {**step, "required": ["event", "within_days"]}, "in_last_days": _days()},
    )
    return {**said, "anyOf": [{"required": ["then_not"]}, {"properties": {"sequence": {"minItems": 2}}}]}


def _orders(bounds: type[Bound] | None) -> list[Schema]:
    """Measures that may be asked for in the same way stand together."""
    found = []
    for form, measures in groupby(sorted(Measure, key=_form), key=_form):
        limit = _limit(form[-1])
        required: dict[str, Schema] = {"orders": {"enum": [str(measure) for measure in measures]}}
        optional: dict[str, Schema] = {}
        window, months, category, alone, _ = form
        if category:
            (optional if alone else required)["category"] = _NAME
        if months:
            optional["months"] = _list(_whole(1, 12))
        optional.update(_window() if window else {})
        periods = _PERIODS if window else {}
        found.append(
            _choice(required, _bounds(bounds, limit), optional, periods)
            if bounds
            else {**_object(required, optional), **periods}
        )
    return found


def _form(measure: Measure) -> tuple[bool, bool, bool, bool, str]:
    """Whether a measure takes a period, months, a category, and can do without the category; what it counts."""
    alone = not nonsense(Orders(measure, Bound.AT_LEAST, 0))
    category = None if alone else "any"
    window = not nonsense(Orders(measure, Bound.AT_LEAST, 0, LastDays(1), category))
    months = not nonsense(Orders(measure, Bound.AT_LEAST, 0, None, category, (1,)))
    return window, months, not nonsense(Orders(measure, Bound.AT_LEAST, 0, None, "any")), alone, _counts(measure)


def _counts(measure: Measure) -> str:
    return "money" if measure.money else "share" if measure.share else "number"


def _limit(counts: str) -> Schema:
    return {"money": _NUMBER, "share": _between(0, 1), "number": {**_NUMBER, "minimum": 0}}[counts]


def _percentile() -> Schema:
    bounds = {str(bound): _between(0, 100) for bound in Bound if bound is not Bound.EXACTLY}
    return _choice({"percentile": {"anyOf": [*_orders(None), *_numbers()]}}, bounds)


def _numbers() -> list[Schema]:
    """What else has a number, without what it is compared with."""
    made: dict[str, Schema] = {**dict.fromkeys(map(str, How), _NAME), "share_where": _where()}
    events = [_object({"event": _NAME, **said}, {"where": _where(), **_window()}) for said in _each(made)]
    records = [
        _object({"record": {"const": name}, "state": _one_of(kind.states)}, _window())
        for name, kind in RECORDS.items()
    ]
    return [{**said, **_PERIODS} for said in (*events, *records)] + [_object({"attribute": _OWN})]


def _each(made: Mapping[str, Schema]) -> list[dict[str, Schema]]:
    """Nothing of them, or one of them."""
    return [{}, *({name: of} for name, of in made.items())]


def _record(name: str) -> Schema:
    return _counted({"record": {"const": name}, "state": _one_of(RECORDS[name].states)}, {})


def _near() -> Schema:
    place = _object({"latitude": _between(-90, 90), "longitude": _between(-180, 180)})
    return _object({"near": place, "within_km": _between(0.001, 20_040)})


def _where() -> Schema:
    return _list({"$ref": "#/$defs/property"})


def _window() -> dict[str, Schema]:
    return {
        "in_last_days": _days(),
        "in_last_calendar_days": _days(),
        "clock": _one_of(Whose),
        "within": _object({"from": _MOMENT, "to": _MOMENT}),
    }


_PAIRS: list[Schema] = [{"required": list(pair)} for pair in combinations(PERIODS, 2)]
_PERIODS: Schema = {"not": {"anyOf": _PAIRS}, "dependentRequired": {"clock": ["in_last_calendar_days"]}}


def _choice(
    required: Mapping[str, Schema],
    one_of: Mapping[str, Schema],
    optional: Mapping[str, Schema] | None = None,
    more: Schema | None = None,
) -> Schema:
    """An object that has exactly one of several properties."""
    said = _object(required, {**one_of, **(optional or {})})
    return {**said, **(more or {}), "oneOf": [{"required": [name]} for name in one_of]}


def _bounds(bounds: type[Bound], limit: Schema) -> dict[str, Schema]:
    return {str(bound): limit for bound in bounds}


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": MAX_LIST}


def _one_of(words: type[Word | Whose] | Mapping[str, object]) -> Schema:
    return {"enum": [str(word) for word in words]}


def _between(least: float, most: float) -> Schema:
    return {"type": "number", "minimum": least, "maximum": most}


def _whole(least: int, most: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": most}


def _days() -> Schema:
    return _whole(1, MAX_DAYS)
