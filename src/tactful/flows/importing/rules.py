"""Conditions on one row, as a mapping writes them: {field: sku, in: [POST, DOT]}, any, all, not."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tactful.flows.importing.values import number
from tactful.kernel.errors import InvalidInput

Row = Mapping[str, str]
Test = Callable[[Row], bool]

_COMPARISONS: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "at_most": lambda found, bound: found <= bound,
    "at_least": lambda found, bound: found >= bound,
    "less": lambda found, bound: found < bound,
    "greater": lambda found, bound: found > bound,
}
_TEXT = ("is", "is_not", "in", "starts", "matches", "missing")


@dataclass(frozen=True, slots=True)
class Condition:
    """A predicate over the mapped fields of a row (their texts), or over its raw columns."""

    tree: Mapping[str, Any]
    place: str

    def compile(self, *, decimal: str) -> Test:
        """The predicate as a function. Numbers are read with this decimal sign."""
        return _compile(self.tree, decimal)

    def names(self) -> set[str]:
        """The columns of the file (not fields) on which it looks."""
        return _columns(self.tree)


def parse_condition(words: object, place: str) -> Condition:
    """A condition from YAML. Raises InvalidInput that names the place."""
    _check(words, place)
    assert isinstance(words, dict)  # noqa: S101 -- checked one line above; this tells the type checker
    return Condition(words, place)


def _check(words: object, place: str) -> None:
    if not isinstance(words, dict) or not words:
        raise InvalidInput(f"{place} must be a condition such as {{field: sku, in: [POST]}}")
    for joint in ("all", "any"):
        if joint in words:
            if set(words) != {joint} or not isinstance(words[joint], list):
                raise InvalidInput(f"{place}: {joint} stands alone and holds a list of conditions")
            for index, part in enumerate(words[joint]):
                _check(part, f"{place}.{joint}[{index}]")
            return
    if "not" in words:
        _check(words["not"], f"{place}.not")
        return
    _check_leaf(words, place)


def _check_leaf(words: Mapping[str, Any], place: str) -> None:
    subjects, tests = set(words) & {"field", "column"}, set(words) - {"field", "column"}
    if len(subjects) != 1 or len(tests) != 1 or not tests <= {*_TEXT, *_COMPARISONS}:
        known = ", ".join([*_TEXT, *_COMPARISONS])
        raise InvalidInput(f"{place} names one field or column and one of: {known}")
    (test,) = tests
    if test in _COMPARISONS:
        try:
            Decimal(str(words[test]))
        except InvalidOperation:
            raise InvalidInput(f"{place}.{test} must be a number, not {words[test]!r}") from None
    if test == "matches":
        try:
            re.compile(str(words[test]))
        except re.error as fault:
            raise InvalidInput(f"{place}.matches is not a regular expression: {fault}") from None


def _columns(tree: Mapping[str, Any]) -> set[str]:
    if "not" in tree:
        return _columns(tree["not"])
    parts = tree.get("all") or tree.get("any")
    if parts:
        return set().union(*(_columns(part) for part in parts))
    return {str(tree["column"])} if "column" in tree else set()


def _compile(tree: Mapping[str, Any], decimal: str) -> Test:
    if "not" in tree:
        inner = _compile(tree["not"], decimal)
        return lambda row: not inner(row)
    if "all" in tree:
        every = [_compile(part, decimal) for part in tree["all"]]
        return lambda row: all(test(row) for test in every)
    if "any" in tree:
        some = [_compile(part, decimal) for part in tree["any"]]
        return lambda row: any(test(row) for test in some)
    return _leaf(tree, decimal)


def _leaf(tree: Mapping[str, Any], decimal: str) -> Test:
    name = str(tree["field"]) if "field" in tree else column_name(str(tree["column"]))
    (test,) = set(tree) - {"field", "column"}
    return _comparison(name, test, tree[test], decimal) if test in _COMPARISONS else _text(name, test, tree[test])


def _comparison(name: str, test: str, words: object, decimal: str) -> Test:
    bound, compare = Decimal(str(words)), _COMPARISONS[test]

    def judge(row: Row) -> bool:
        # What is no number is refused when the field is read: here it merely does not match.
        try:
            return compare(number(row.get(name, ""), decimal), bound)
        except InvalidInput:
            return False

    return judge


def _text(name: str, test: str, words: object) -> Test:
    if test == "in":
        among = frozenset(str(word) for word in words) if isinstance(words, list) else frozenset({str(words)})
        return lambda row: row.get(name, "") in among
    if test == "missing":
        return lambda row: (row.get(name, "") == "") == bool(words)
    text = str(words)
    if test == "matches":
        pattern = re.compile(text)
        return lambda row: pattern.search(row.get(name, "")) is not None
    if test == "starts":
        return lambda row: row.get(name, "").startswith(text)
    if test == "is":
        return lambda row: row.get(name, "") == text
    return lambda row: row.get(name, "") != text


def column_name(column: str) -> str:
    """How a raw column is called among the fields of a row: no field name contains a colon."""
    return f"column:{column}"
