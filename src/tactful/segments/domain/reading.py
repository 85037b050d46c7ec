"""A rule as a sentence that a marketer reads. It says what unset and days mean wherever they matter."""

from tactful.segments.domain.nodes import All, Any, Meaning, Node, Not
from tactful.segments.domain.notes import notes_on
from tactful.segments.domain.phrases import phrase


def read(node: Node) -> str:
    """The rule as one or more sentences; money as plain numbers in the company's currency."""
    return " ".join([f"Customers {_whole(node)}.", *notes_on(node)])


def _whole(node: Node) -> str:
    match node:
        case All(nodes):
            return " and ".join(_part(child, within=node) for child in nodes)
        case Any(nodes):
            return " or ".join(_part(child, within=node) for child in nodes)
        case Not(child):
            return f"other than those {_part(child, within=node)}"
        case Meaning(short):
            return phrase(short)
    return phrase(node)


def _part(node: Node, *, within: Node) -> str:
    """Brackets where the words alone would leave it open what belongs together."""
    if isinstance(node, Not) and _several(within):
        inner = _whole(node.node)
        return f"other than those {inner if inner.startswith('(') else f'({inner})'}"
    mixed = _several(node) and type(node) is not type(within)
    return f"({_whole(node)})" if mixed else _whole(node)


def _several(node: Node) -> bool:
    return isinstance(node, All | Any) and len(node.nodes) > 1
