"""Documents that people write in YAML, of which JSON is a part: rules, journeys, files of an installation."""

import re
from pathlib import Path
from typing import Any

import yaml

from tactful.kernel.errors import InvalidInput

_LONGEST = 1_000_000  # characters
_MOST = 100_000  # values in a document, each as often as it is named
_TOO_DEEP = re.compile(r"(?:[\[{]\s*){200}")
_TAKEN_OUT = {f"tag:yaml.org,2002:{name}" for name in ("bool", "timestamp", "int", "float")}


class _Loader(yaml.SafeLoader):
    """YAML in which only true and false are booleans, numbers are decimal, and dates stay text.

    The YAML 1.1 rules would turn the fields `on`, `yes` and `no` and the country NO into booleans, the postcode
    01067 into 567 and the time 10:30 into 630. A key that stands twice is refused: one of the two would be lost.
    """

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None and _values(node, {}) > _MOST:
            raise ValueError(f"it holds more than {_MOST} values; anchors that name each other multiply")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 -- PyYAML's
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep=deep)


def _values(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a part of a document says; what an anchor names counts each time."""
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = _MOST + 1  # of a circle
    parts = node.value if isinstance(node, yaml.CollectionNode) else []
    pairs = isinstance(node, yaml.MappingNode)
    known[id(node)] = 1 + sum(_values(part, known) for each in parts for part in (each if pairs else [each]))
    return known[id(node)]


_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag not in _TAKEN_OUT]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _letters in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    (
        "float",
        r"^[-+]?(?:(?:(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|(?:0|[1-9][0-9]*)[eE][-+]?[0-9]+)$",
        "-+.0123456789",
    ),
    ("float", r"^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$", "-+."),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_letters))

_NO_TEXT = "is no text in UTF-8"


def read_yaml(text: str) -> Any:
    """The data of a YAML (or JSON) text. Raises InvalidInput with the line that cannot be read."""
    if len(text) > _LONGEST:
        raise InvalidInput(f"this is longer than {_LONGEST:,} characters: split it")
    if _TOO_DEEP.search(text):
        raise InvalidInput("this is not YAML or JSON that anybody wrote: its brackets stand hundreds deep")
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader with fewer types
    except yaml.reader.ReaderError:
        raise InvalidInput(f"this {_NO_TEXT}") from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise InvalidInput(f"this is not YAML or JSON{where}: {getattr(fault, 'problem', None) or fault}") from None
    except (ValueError, RecursionError) as fault:
        raise InvalidInput(f"this is not YAML or JSON: {fault}") from None
    except (LookupError, AttributeError, TypeError, ArithmeticError) as fault:
        # What PyYAML makes of a tag such as !!bool before a value that is none.
        raise InvalidInput(
            f"this is not YAML or JSON: a tag stands before what it does not fit ({fault})"
        ) from None


def read_file(path: Path, *, called: str = "") -> str:
    """The text of a file that somebody names. Raises InvalidInput where there is none, or no text in it.

    `called`: how people know the file, where that is not by its whole path.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(f"there is no file {path}") from None
    except OSError as fault:
        raise InvalidInput(f"{path} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{called or path} {_NO_TEXT}") from None
    if yaml.reader.Reader.NON_PRINTABLE.search(text):
        raise InvalidInput(f"{called or path} {_NO_TEXT}")
    return text
