"""Documents that people write in YAML, of which JSON is a part: rules, journeys, files of an installation."""

import re
from pathlib import Path
from typing import Any

import yaml

from tactful.kernel.errors import InvalidInput


class _Loader(yaml.SafeLoader):
    """YAML in which only true and false are booleans and dates stay text.

    The YAML 1.1 rules would turn the fields `on`, `yes` and `no`, and the country NO, into booleans.
    """


_Loader.yaml_implicit_resolvers = {
    letter: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
    ]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(text: str) -> Any:
    """The data of a YAML (or JSON) text. Raises InvalidInput with the line that cannot be read."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader with fewer types
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise InvalidInput(f"this is not YAML or JSON{where}: {getattr(fault, 'problem', None) or fault}") from None
    except (ValueError, RecursionError) as fault:
        raise InvalidInput(f"this is not YAML or JSON: {fault}") from None


def read_file(path: Path) -> str:
    """The text of a file that somebody names. Raises InvalidInput where there is none, or no text in it."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InvalidInput(f"there is no file {path}") from None
    except OSError as fault:
        raise InvalidInput(f"{path} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is no text in UTF-8") from None
