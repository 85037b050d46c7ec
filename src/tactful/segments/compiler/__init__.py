"""From trees to DuckDB's SQL: features of all trees in one pass per table, then a predicate per tree.

Nothing of a rule is pasted: names come from our own catalogue, values are typed literals made by sqlglot.
"""

from tactful.segments.compiler.conditions import CUTS
from tactful.segments.compiler.passes import MIDNIGHTS
from tactful.segments.compiler.plans import (
    Explained,
    Plan,
    Read,
    RowsPlan,
    Watched,
    everyone,
    explained,
    members,
    ranks,
    subjects,
    watched,
)

__all__ = [
    "CUTS",
    "MIDNIGHTS",
    "Explained",
    "Plan",
    "Read",
    "RowsPlan",
    "Watched",
    "everyone",
    "explained",
    "members",
    "ranks",
    "subjects",
    "watched",
]
