"""What is strange about the names in a rule, at the condition; nothing of it keeps a rule from being saved."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tactful.customers import queries as customers
from tactful.flows import segment_care
from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.segments.domain.comparisons import Op
from tactful.segments.domain.conditions import Attribute
from tactful.segments.domain.known import strangers
from tactful.segments.domain.nodes import Node, said
from tactful.segments.domain.tree import parse
from tactful.segments.services import editing
from tactful.segments.services.editing import About
from tactful.web.pages import CLOCK

_LOOKED_AT, _LISTED = 500_000, 50  # customers and values that a suggestion looks at: beyond, it cannot say "nobody"

_BY_VALUE = frozenset({Op.IS, Op.IN})


@dataclass(frozen=True, slots=True)
class Hint:
    """What is strange, and the path of the condition."""

    path: str
    words: str


def hints(rule: object) -> Iterator[Hint]:
    """Of each condition of a rule that can be read, in their order."""
    tell = (_names(), _events(), _values())
    for path, condition in _conditions(rule, ""):
        asked = parse(condition)
        yield from (Hint(path, words) for told in tell for words in told(asked))


def _conditions(rule: Any, path: str) -> Iterator[tuple[str, object]]:
    groups = [key for key in ("all", "any", "not") if key in rule]
    if not groups:
        yield path, rule
    for key in groups:
        at, inner = f"{path}.{key}".removeprefix("."), rule[key]
        if isinstance(inner, Mapping):
            yield from _conditions(inner, at)
        else:
            for place, child in enumerate(inner):
                yield from _conditions(child, f"{at}[{place}]")


_Tell = Callable[[Node], Iterator[str]]


def _names() -> _Tell:
    known = segment_care.known()

    def tell(asked: Node) -> Iterator[str]:
        for each in (stranger for leaf in said(asked) for stranger in strangers(leaf, known)):
            yield f"There is no {each.what} “{each.name}”{_like(each.like)}"

    return tell


def _events() -> _Tell:
    there = {one.value for one in _suggested("events", About())}

    def tell(asked: Node) -> Iterator[str]:
        named = {event for leaf in said(asked) if (event := getattr(leaf, "event", None)) is not None}
        yield from (f"Nothing called “{event}” has ever happened." for event in sorted(named - there))

    return tell


def _values() -> _Tell:
    few = customers.total() <= _LOOKED_AT

    def tell(asked: Node) -> Iterator[str]:
        for leaf in said(asked) if few else ():
            if (
                isinstance(leaf, Attribute)
                and leaf.comparison.op in {Op.IS, Op.IN}
                and leaf.field in editing.SHARED
            ):
                for value in leaf.comparison.values:
                    yield from _unheard_of(leaf.field, str(value.raw))

    return tell


def _unheard_of(field: str, value: str) -> Iterator[str]:
    known = [one.value for one in _suggested("attribute_values", About(attribute=field, text=value))]
    if value not in known and len(known) < _LISTED:
        like = next((each for each in known if each.casefold() == value.casefold()), "")
        yield f"Nobody has the {field} “{value}”{_like(like)}"


def _like(name: str) -> str:
    return f": did you mean “{name}”?" if name else "."


def _suggested(kind: str, about: About) -> list[editing.Suggestion]:
    return editing.suggest(kind, about, now=CLOCK.now(), tables=TABLES, folder=FOLDER)
