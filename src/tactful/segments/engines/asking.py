"""A question to an engine: the plan of everyone, said in its words."""

from datetime import datetime

from tactful.segments.compiler import Plan, everyone
from tactful.segments.domain.nodes import Node, leaves
from tactful.segments.domain.phrases import phrase
from tactful.segments.domain.terms import Terms
from tactful.segments.domain.writing import to_json
from tactful.segments.engines.errors import EngineCannot, Untranslatable
from tactful.segments.engines.source import Engine, Source
from tactful.segments.engines.translating import Dialect, translated


def ids(engine: Engine, said: str, source: Source) -> list[int]:
    """The customers that a query gives, sorted."""
    return sorted(engine.numbers(said, source))


def count(engine: Engine, said: str, source: Source) -> int:
    """How many customers a query gives."""
    return engine.numbers(f"SELECT count(*) FROM ({said}) AS met", source)[0]  # noqa: S608 -- compiled


def in_words_of(dialect: Dialect, plan: Plan, tree: Node, *, at: datetime, terms: Terms) -> str:
    """The plan of a tree in a dialect. Raises EngineCannot, naming the condition."""
    try:
        return translated(plan.query, dialect)
    except Untranslatable as reason:
        raise EngineCannot(
            _refusal(dialect, tree, at=at, terms=terms) or _because(dialect, "that", reason)
        ) from reason


def _refusal(dialect: Dialect, tree: Node, *, at: datetime, terms: Terms) -> str:
    """Which condition it is: the first that cannot be said alone."""
    for leaf in dict.fromkeys(leaves(tree)):
        try:
            translated(everyone(leaf, at=at, terms=terms).query, dialect)
        except Untranslatable as reason:
            what = f"“{next(iter(to_json(leaf)))}”, customers {phrase(leaf)}"
            return _because(dialect, what, reason)
    return ""


def _because(dialect: Dialect, what: str, reason: Untranslatable) -> str:
    return f"{dialect.engine} cannot answer {what}: it has no “{reason}” that means the same as in DuckDB"
