"""Cuts: the values that a share of all buyers did not exceed. Percentiles are held against the last ones made."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from tactful.segments.domain.conditions import Percentile
from tactful.segments.domain.nodes import Node, leaves
from tactful.segments.domain.writing import to_json


@dataclass(frozen=True, slots=True, order=True)
class Cut:
    """A measure of purchases, by its spelling as JSON, and a share in percent."""

    measure: str
    percent: float

    @classmethod
    def of(cls, leaf: Percentile) -> "Cut":
        return cls(json.dumps(to_json(leaf)["percentile"], sort_keys=True), float(leaf.percent))


def cuts_of(trees: Iterable[Node]) -> frozenset[Cut]:
    """The cuts that a set of trees needs."""
    return frozenset(Cut.of(leaf) for tree in trees for leaf in leaves(tree) if isinstance(leaf, Percentile))
