"""The rule of a segment as a typed, frozen tree. What can be said is here; how it is asked is the compiler's."""

from collections.abc import Iterator
from dataclasses import dataclass

from tactful.segments.domain.conditions import InSegment, Leaf, Message, Reachable, Rfm, Short, Stage, Technology


@dataclass(frozen=True, slots=True)
class All:
    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Any:
    nodes: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is said in a word, with what it means. Only here do short words reach a question."""

    short: Short
    node: "Node"


Node = All | Any | Not | Meaning | Leaf | Short


def leaves(node: Node) -> Iterator[Leaf]:
    """The conditions of a tree, from left to right; one that stands twice comes twice. Short words have none."""
    match node:
        case All(nodes) | Any(nodes):
            for child in nodes:
                yield from leaves(child)
        case Not(child) | Meaning(node=child):
            yield from leaves(child)
        case Message() | Technology() | Reachable() | Rfm() | InSegment() | Stage():
            return
        case _:
            yield node


def said(node: Node) -> Iterator[Leaf | Short]:
    """The conditions and short words of a rule, as people wrote it."""
    match node:
        case All(nodes) | Any(nodes):
            for child in nodes:
                yield from said(child)
        case Not(child):
            yield from said(child)
        case Meaning(short):
            yield short
        case _:
            yield node


def shorts(node: Node) -> Iterator[Short]:
    """The short words of a tree that nobody has spelled out yet."""
    match node:
        case All(nodes) | Any(nodes):
            for child in nodes:
                yield from shorts(child)
        case Not(child) | Meaning(node=child):
            yield from shorts(child)
        case Message() | Technology() | Reachable() | Rfm() | InSegment() | Stage():
            yield node
