"""Rules in files that people write: YAML, of which JSON is a part."""

import yaml

from tactful.kernel.errors import InvalidInput
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.tree import parse


def parse_file(text: str) -> Node:
    """The rule in a text, bare or under the key `rule`. Raises InvalidInput with the place of what is wrong."""
    try:
        said = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as fault:
        raise InvalidInput(f"this is not YAML: {fault}") from None
    return parse(said["rule"] if isinstance(said, dict) and "rule" in said else said)
