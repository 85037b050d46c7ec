"""Whom a rule that is not saved yet would meet or move: the customers behind the builder's numbers."""

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import takewhile

from pyroaring import BitMap64

from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.kernel.errors import TactfulError
from tactful.segments import queries as segments
from tactful.segments.domain.nodes import Node
from tactful.segments.services import editing

_LONGEST = 3_000  # characters of an address that every server on the way takes
_KIND = "tried:"
WAYS: Mapping[str, str] = {
    "meet": "meet the rule that is being written",
    "enter": "would enter by the rule that is being written",
    "leave": "would leave by the rule that is being written",
}


def address(rule: object, slug: str | None, way: str, *, of_stage: bool) -> str:
    """How an address asks for them; empty for a rule that is too long for one."""
    asked = _KIND + json.dumps([way, slug or "", of_stage, rule], separators=(",", ":"), ensure_ascii=False)
    return asked if len(asked) <= _LONGEST else ""


def tried(asked: str, at: datetime) -> tuple[str, BitMap64] | None:
    """What they would do, in words, and who they are; None where an address asks for nothing of the kind."""
    if not asked.startswith(_KIND) or len(asked) > _LONGEST:
        return None
    try:
        way, slug, of_stage, rule = json.loads(asked.removeprefix(_KIND))
        after = before(slug or None) if of_stage else ()
        found = editing.tried(rule, slug=slug or None, at=at, tables=TABLES, folder=FOLDER, after=after)
        ids = {"meet": found.met, "enter": found.entering, "leave": found.leaving}[way]
    except (ValueError, TypeError, KeyError, RecursionError, TactfulError):
        return None
    return WAYS[way], ids if ids is not None else BitMap64()


def before(slug: str | None) -> list[Node]:
    """The rules of the stages before one; of all where it is new."""
    return [stage.own for stage in takewhile(lambda stage: stage.slug != slug, segments.stages())]
