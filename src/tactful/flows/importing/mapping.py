"""A mapping: what the columns of a file mean, which rows are refused and why. Data, written in YAML.

`docs/guides/bring-your-own-orders.md` describes every key.
"""

from collections.abc import Mapping as Words
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import yaml

from tactful.flows.importing.dates import check_names
from tactful.flows.importing.rules import Condition, parse_condition
from tactful.kernel.errors import InvalidInput
from tactful.kernel.time import zone

BUILT_IN = Path(__file__).parent / "mappings"


class Kind(Enum):
    """What a row of the file is."""

    ORDERS = "orders"
    CUSTOMERS = "customers"
    EVENTS = "events"


WHO = ("customer_id", "email", "phone")
FIELDS: Words[Kind, frozenset[str]] = {
    Kind.ORDERS: frozenset(
        {
            *WHO, "order_id", "date", "sku", "product", "category", "quantity", "price", "cost", "amount",
            "discount", "shipping", "tax", "coupon", "currency", "refund_of",
        }
    ),
    Kind.CUSTOMERS: frozenset({*WHO, "date"}),
    Kind.EVENTS: frozenset({*WHO, "event", "date", "message_id"}),
}  # fmt: skip

ROW = "row"
_OTHERS = {Kind.CUSTOMERS: "traits", Kind.EVENTS: "properties"}
_SECTIONS = {
    "name", "kind", "about", "file", "columns", "dates", "traits", "properties", "constants", "values", "formats",
    "orders", "refunds", "reject", "consents", "duplicates",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rejection:
    """Rows to which the condition applies are refused, with this reason."""

    reason: str
    when: Condition


@dataclass(frozen=True, slots=True)
class ConsentColumn:
    """A column that says whether a person agreed to a topic on a channel."""

    column: str
    channel: str
    topic: str
    text: str
    yes: frozenset[str]
    no: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mapping:
    """How to read one kind of file. Names of fields, dates and traits left, the columns of the file right."""

    name: str
    kind: Kind
    columns: Words[str, str]
    about: str = ""
    dates: Words[str, str] = field(default_factory=dict)
    traits: Words[str, str] = field(default_factory=dict)
    properties: Words[str, str] = field(default_factory=dict)
    constants: Words[str, str] = field(default_factory=dict)
    values: Words[str, Words[str, str]] = field(default_factory=dict)
    date_formats: tuple[str, ...] = ()
    decimal: str = "."
    zone: str = "UTC"
    encoding: str | None = None
    delimiter: str | None = None
    header: tuple[str, ...] = ()
    order_from: tuple[str, ...] = ("order_id",)
    refund: Condition | None = None
    rejections: tuple[Rejection, ...] = ()
    consents: tuple[ConsentColumn, ...] = ()
    merge_duplicates: bool = True

    def __post_init__(self) -> None:
        _check(self)

    def has(self, name: str) -> bool:
        return name in self.columns or name in self.constants


def read_mapping(path: Path, kind: Kind) -> Mapping:
    """The mapping written in a file, or shipped under this name. Raises InvalidInput with the place."""
    source = path if path.exists() else BUILT_IN / f"{path.stem}.yaml"
    if not source.exists():
        ready = ", ".join(sorted(file.stem for file in BUILT_IN.glob("*.yaml")))
        raise InvalidInput(f"there is no mapping {path}; ready ones are: {ready}")
    try:
        words = yaml.safe_load(source.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise InvalidInput(f"{source.name} is not YAML: {fault}") from None
    mapping = parse_mapping(words, fallback_name=source.stem, kind=kind)
    if mapping.kind is not kind:
        raise InvalidInput(f"{source.name} maps {mapping.kind.value}, the file is to be read as {kind.value}")
    return mapping


def parse_mapping(words: object, *, fallback_name: str, kind: Kind) -> Mapping:
    """A mapping from the YAML tree. Raises InvalidInput that names the key."""
    tree = _table(words, "the mapping")
    unknown = set(tree) - _SECTIONS
    if unknown:
        raise InvalidInput(f"a mapping has no {', '.join(sorted(unknown))}; it has {', '.join(sorted(_SECTIONS))}")
    formats, file = _table(tree.get("formats"), "formats"), _table(tree.get("file"), "file")
    refunds = _table(tree.get("refunds"), "refunds")
    return Mapping(
        name=str(tree.get("name") or fallback_name),
        kind=_kind(tree.get("kind"), kind),
        about=str(tree.get("about") or ""),
        columns=_strings(tree.get("columns"), "columns"),
        dates=_strings(tree.get("dates"), "dates"),
        traits=_strings(tree.get("traits"), "traits"),
        properties=_strings(tree.get("properties"), "properties"),
        constants=_strings(tree.get("constants"), "constants"),
        values={
            name: _strings(table, f"values.{name}") for name, table in _table(tree.get("values"), "values").items()
        },
        date_formats=_list(formats.get("dates"), "formats.dates"),
        decimal=str(formats.get("decimal", ".")),
        zone=str(formats.get("zone", "UTC")),
        encoding=_optional(file.get("encoding")),
        delimiter=_optional(file.get("delimiter")),
        header=_list(file.get("header"), "file.header"),
        order_from=_list(_table(tree.get("orders"), "orders").get("from", ["order_id"]), "orders.from"),
        refund=parse_condition(refunds["when"], "refunds.when") if "when" in refunds else None,
        rejections=_rejections(tree.get("reject")),
        consents=_consents(tree.get("consents")),
        merge_duplicates=_choice(tree.get("duplicates", "merge"), ("merge", "keep"), "duplicates") == "merge",
    )


def _check(mapping: Mapping) -> None:
    """What a mapping must say, whoever wrote it."""
    strangers = set(mapping.columns) - FIELDS[mapping.kind]
    if strangers:
        known = ", ".join(sorted(FIELDS[mapping.kind]))
        raise InvalidInput(f"{mapping.kind.value} have no {', '.join(sorted(strangers))}; fields are: {known}")
    missing = missing_fields(mapping.kind, {*mapping.columns, *mapping.constants}, order_from=mapping.order_from)
    if missing:
        raise InvalidInput(f"the mapping {mapping.name} does not say which column is {'; nor '.join(missing)}")
    _check_dates(mapping)
    if mapping.decimal not in {".", ","}:
        raise InvalidInput(f"formats.decimal is '.' or ',', not {mapping.decimal!r}")
    zone(mapping.zone)


def _check_dates(mapping: Mapping) -> None:
    if mapping.dates and mapping.kind is not Kind.ORDERS:
        raise InvalidInput(
            f"dates are those of orders: {mapping.kind.value} have them among {_OTHERS[mapping.kind]}"
        )
    check_names(mapping.dates, taken={*FIELDS[mapping.kind], *mapping.traits, *mapping.constants})


def missing_fields(kind: Kind, known: set[str], *, order_from: tuple[str, ...]) -> list[str]:
    """What these fields lack to make rows of this kind, in words."""
    wants = [("the customer (customer_id, email or phone)", bool(known & set(WHO)))]
    if kind is not Kind.CUSTOMERS:
        wants.append(("the moment (date)", "date" in known))
    if kind is Kind.EVENTS:
        wants.append(("the name of the event (event)", "event" in known))
    if kind is Kind.ORDERS:
        wants.append(
            ("the money (price with quantity, or amount)", {"price", "quantity"} <= known or "amount" in known)
        )
        wants += [(f"{name} (orders.from)", name in known) for name in order_from if name != ROW]
    return [words for words, present in wants if not present]


def _kind(words: object, fallback: Kind) -> Kind:
    return Kind(_choice(words or fallback.value, tuple(kind.value for kind in Kind), "kind"))


def _rejections(words: object) -> tuple[Rejection, ...]:
    found = []
    for place, entry in enumerate(_sequence(words, "reject")):
        rule = _table(entry, f"reject[{place}]")
        if not rule.get("reason") or "when" not in rule:
            raise InvalidInput(f"reject[{place}] needs a reason and a when")
        found.append(Rejection(str(rule["reason"]), parse_condition(rule["when"], f"reject[{place}].when")))
    return tuple(found)


def _consents(words: object) -> tuple[ConsentColumn, ...]:
    found = []
    for place, entry in enumerate(_sequence(words, "consents")):
        rule = _table(entry, f"consents[{place}]")
        if "column" not in rule or "topic" not in rule:
            raise InvalidInput(f"consents[{place}] needs a column and a topic")
        found.append(
            ConsentColumn(
                column=str(rule["column"]),
                channel=str(rule.get("channel", "email")),
                topic=str(rule["topic"]),
                text=str(rule.get("text", "")),
                yes=_words_of(rule.get("agreed", ["yes", "true", "1", "y"]), f"consents[{place}].agreed"),
                no=_words_of(rule.get("declined", ["no", "false", "0", "n"]), f"consents[{place}].declined"),
            )
        )
    return tuple(found)


def _words_of(words: object, place: str) -> frozenset[str]:
    # YAML reads a bare yes as true: both ways of writing it mean the word in the file.
    spoken = {"True": "yes", "False": "no"}
    return frozenset(spoken.get(word, word).casefold() for word in _list(words, place)) | frozenset(
        word.casefold() for word in _list(words, place)
    )


def _table(words: object, place: str) -> dict[str, Any]:
    if words is None:
        return {}
    if not isinstance(words, dict):
        raise InvalidInput(f"{place} must be a table of names and values")
    return {str(name): value for name, value in words.items()}


def _strings(words: object, place: str) -> dict[str, str]:
    table = _table(words, place)
    for name, value in table.items():
        # YAML takes a bare NO for "false": Norway must not become a falsehood in silence.
        if isinstance(value, bool | list | dict):
            raise InvalidInput(f"{place}.{name} must be a text: put it in quotes")
    return {name: "" if value is None else str(value) for name, value in table.items()}


def _sequence(words: object, place: str) -> list[Any]:
    if words is None:
        return []
    if not isinstance(words, list):
        raise InvalidInput(f"{place} must be a list")
    return words


def _list(words: object, place: str) -> tuple[str, ...]:
    if isinstance(words, str):
        return (words,)
    return tuple(str(word) for word in _sequence(words, place))


def _optional(words: object) -> str | None:
    return None if words in {None, "", "auto"} else str(words)


def _choice(words: object, choices: tuple[str, ...], place: str) -> str:
    if str(words) not in choices:
        raise InvalidInput(f"{place} is one of {', '.join(choices)}, not {words!r}")
    return str(words)
