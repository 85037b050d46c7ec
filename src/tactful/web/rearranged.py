"""Whom it would move if the lifecycle's stages were arranged otherwise: the customers behind such a number."""

from datetime import datetime

from pyroaring import BitMap64

from tactful.flows.nightly import FOLDER
from tactful.flows.tables import TABLES
from tactful.segments import services
from tactful.segments.errors import SegmentUnknown

NO_STAGE = "none"
_WITHOUT, _SWAPPED = "without", "swapped"


def without(slug: str, target: str) -> str:
    """How an address asks for who would be in a stage (or in none) if another were removed."""
    return f"{_WITHOUT}:{slug}:{target}"


def swapped(slug: str, *, up: bool) -> str:
    """How an address asks for who would change stages if one moved a place up or down."""
    return f"{_SWAPPED}:{slug}:{'up' if up else 'down'}"


def rearranged(asked: str, at: datetime) -> tuple[str, BitMap64] | None:
    """What they would do, in words, and who they are; None where an address asks for nothing of the kind."""
    kind, _, rest = asked.partition(":")
    slug, _, then = rest.partition(":")
    find = {_WITHOUT: _without, _SWAPPED: _swapped}.get(kind)
    try:
        return find(slug, then, at) if find else None
    except SegmentUnknown:
        return None


def _without(slug: str, target: str, at: datetime) -> tuple[str, BitMap64] | None:
    told = services.removal(slug, at=at, tables=TABLES, folder=FOLDER)
    if target == NO_STAGE:
        return f"would be in no stage without {told.stage.name}", told.nowhere
    found = next(((row, ids) for row, ids in told.goes if row.slug == target), None)
    return (f"would be in {found[0].name} without {told.stage.name}", found[1]) if found else None


def _swapped(slug: str, way: str, at: datetime) -> tuple[str, BitMap64] | None:
    told = services.shift(slug, up=way == "up", at=at, tables=TABLES, folder=FOLDER)
    return (f"would go from {told.source.name} to {told.target.name}", told.customers) if told else None
