"""Rules in files that people write: YAML, of which JSON is a part."""

from tactful.kernel.documents import read_yaml
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.tree import parse


def parse_file(text: str) -> Node:
    """The rule in a text, bare or under the key `rule`. Raises InvalidInput with the place of what is wrong."""
    said = read_yaml(text)
    return parse(said["rule"] if isinstance(said, dict) and "rule" in said else said)
