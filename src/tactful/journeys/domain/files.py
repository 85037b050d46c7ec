"""Journeys as files."""

import re
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
    except yaml.YAMLError as error:
        raise InvalidInput(f"This is not readable YAML: {error}") from None
