"""Why a customer is in a segment or not, as lines to read: what was asked, what was seen, whether it is met.

A stage of the lifecycle also leaves out whoever is in an earlier one. That is one line, with the rules of the
earlier stages folded behind it: who asks about the seventh stage did not ask for the rules of six others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_GROUPS = {"all": "All of these", "any": "At least one of these", "not": "None of this"}
_NO_EARLIER = "He is in no earlier stage"


@dataclass(frozen=True, slots=True)
class Earlier:
    """A stage before the one asked about. The first whose rule is met is where he is (`here`)."""

    slug: str
    name: str
    met: bool
    here: bool
    lines: tuple["Line", ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One condition or group. `value` is what a condition saw; a line about earlier stages has them all."""

    reading: str
    met: bool
    depth: int
    asks: bool = False
    value: object = None
    earlier: tuple[Earlier, ...] = ()

    @property
    def here(self) -> Earlier | None:
        """The earlier stage in which he is."""
        return next((stage for stage in self.earlier if stage.here), None)


def lines(tree: Any, stages: Mapping[str, str]) -> list[Line]:
    """The tree that `explain` tells, as lines. `stages` are names by slug, in their order."""
    if tree.get("stage") in stages:  # the stage itself was asked about: that line would say what the heading says
        return list(_of_stage(tree, stages, 0))
    return list(_flat(tree, stages, 0))


def _flat(node: Mapping[str, Any], stages: Mapping[str, str], depth: int) -> Iterator[Line]:
    reading = node.get("reading") or _GROUPS[node["kind"]]
    yield Line(reading, node["met"], depth, asks=node["kind"] == "condition", value=node.get("value"))
    if node.get("stage") in stages:
        yield from _of_stage(node, stages, depth + 1)
        return
    for child in node.get("nodes", ()):
        yield from _flat(child, stages, depth + 1)


def _of_stage(node: Mapping[str, Any], stages: Mapping[str, str], depth: int) -> Iterator[Line]:
    """Its own rule, then that he is in none before it: so a stage is spelled out."""
    own, *others = node["nodes"][0]["nodes"]
    yield from _flat(own, stages, depth)
    if not others:
        return
    met = all(each["met"] for each in others)
    earlier = tuple(_earlier(others, stages))
    here = next((stage.name for stage in earlier if stage.here), "")
    yield Line(_NO_EARLIER if met else f"He is in an earlier stage: {here}", met, depth, earlier=earlier)


def _earlier(others: Sequence[Mapping[str, Any]], stages: Mapping[str, str]) -> Iterator[Earlier]:
    found = False
    for (slug, name), not_in_it in zip(stages.items(), others, strict=False):
        met = not not_in_it["met"]
        yield Earlier(slug, name, met, met and not found, tuple(_flat(not_in_it["nodes"][0], stages, 0)))
        found = found or met
