"""YAML that people keep: written so that it reads back as it was, changed in place so that comments stay."""

import re
from collections.abc import Mapping
from datetime import date
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from tactful.kernel.documents import read_yaml
from tactful.kernel.errors import InvalidInput

_WIDTH = 110
_LONG = 90
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def written(data: Mapping[str, Any], *, over: str = "") -> str:
    """The data as YAML. `over`: the text that stands there; its comments and its order stay where they can.

    A text that says the same already is given back as it is. Raises InvalidInput for one that cannot be read.
    """
    if not over.strip():
        return _dumped(_node(data))
    if read_yaml(over) == data:
        return over
    tree = _round_trip().load(over)
    if not isinstance(tree, CommentedMap):
        return _dumped(_node(data))
    _merge(tree, data)
    merged = _dumped(tree)
    # Comments are worth something, what is said is worth more.
    return merged if _says(merged, data) else _dumped(_node(data))


def _says(text: str, data: Mapping[str, Any]) -> bool:
    try:
        return bool(read_yaml(text) == data)
    except InvalidInput:
        return False


class _Representer(RoundTripRepresenter):
    """Numbers as both versions of YAML read them: 1.0e-05, for 1e-05 is a text in the older one."""


def _float(representer: _Representer, value: float) -> ScalarNode:
    said = repr(value)
    return representer.represent_scalar(
        "tag:yaml.org,2002:float", said if "." in said else said.replace("e", ".0e")
    )


_Representer.add_representer(float, _float)


def _round_trip() -> YAML:
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = _WIDTH
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dumped(tree: Any) -> str:
    out = StringIO()
    _round_trip().dump(tree, out)
    return out.getvalue()


def _merge(tree: CommentedMap, data: Mapping[str, Any]) -> None:
    for name in [name for name in tree if name not in data]:
        del tree[name]
    for place, (name, value) in enumerate(data.items()):
        if name not in tree:
            tree.insert(min(place, len(tree)), _quoted(name), _node(value))
        else:
            tree[name] = _merged(tree[name], value)


def _merged(old: Any, new: Any) -> Any:
    if isinstance(old, CommentedMap) and isinstance(new, Mapping):
        _merge(old, new)
        return old
    if isinstance(old, CommentedSeq) and isinstance(new, list):
        for place, value in enumerate(new[: len(old)]):
            old[place] = _merged(old[place], value)
        del old[len(new) :]
        old.extend(_node(value) for value in new[len(old) :])
        return old
    same = type(old) is not bool and (old.isoformat() if isinstance(old, date) else old) == new
    return old if same and type(new) is not bool else _node(new)


def _node(value: Any) -> Any:
    """Values as the writer takes them: small objects on one line, long texts folded, look-alikes quoted."""
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, list):
        sequence = CommentedSeq([_node(inner) for inner in value])
        if all(not isinstance(inner, Mapping | list) for inner in value):
            sequence.fa.set_flow_style()
        return sequence
    return _quoted(value)


def _mapping(value: Mapping[str, Any]) -> CommentedMap:
    found = CommentedMap((_quoted(name), _node(inner)) for name, inner in value.items())
    plain = all(not isinstance(inner, Mapping | list) for inner in value.values())
    if value and plain and len(str(dict(value))) < _LONG:
        found.fa.set_flow_style()
    return found


def _quoted(value: Any) -> Any:
    """A text that YAML would read as something else stands in quotes; a date reads well without them."""
    if not isinstance(value, str):
        return value
    if _DATE.fullmatch(value):
        return _as_date(value)
    try:
        same = read_yaml(f"- {value}") == [value] and read_yaml(f"[{value}]") == [value]
    except InvalidInput:
        same = False
    return value if same else DoubleQuotedScalarString(value)


def _as_date(value: str) -> Any:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return DoubleQuotedScalarString(value)
