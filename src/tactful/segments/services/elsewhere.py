"""Questions about everyone, asked of the engine that TACTFUL_ENGINE names."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings

from tactful.lake.tables import LakeTable
from tactful.segments import queries
from tactful.segments.calendar import midnights
from tactful.segments.compiler import MIDNIGHTS, everyone
from tactful.segments.domain.nodes import Node
from tactful.segments.engines import asking
from tactful.segments.engines.choosing import engine_called
from tactful.segments.engines.source import Engine, Source


def chosen() -> Engine | None:
    """None for DuckDB in this process."""
    return engine_called(settings.ENGINE, settings.ENGINE_URL)


def ids(engine: Engine, tree: Node, *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> list[int]:
    """Customers who meet a tree as of a moment, sorted."""
    return asking.ids(engine, *_question(engine, tree, at, tables, folder))


def count(engine: Engine, tree: Node, *, at: datetime, tables: Sequence[LakeTable], folder: Path) -> int:
    """How many customers meet a tree as of a moment."""
    return asking.count(engine, *_question(engine, tree, at, tables, folder))


def _question(
    engine: Engine, tree: Node, at: datetime, tables: Sequence[LakeTable], folder: Path
) -> tuple[str, Source]:
    terms = queries.terms()
    plan = everyone(tree, at=at, terms=terms)
    said = asking.in_words_of(engine.dialect, plan, tree, at=at, terms=terms)
    given = {MIDNIGHTS: midnights([at], plan.midnights, terms)} if plan.midnights else {}
    return said, Source([table for table in tables if table.name in plan.tables], folder, given)
