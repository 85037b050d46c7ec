"""Rules asked about past moments, over rows of customers that lie ready under the names of their tables.

Preparing needs the database once; asking needs nothing but the rows, so that other processes can do it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pyroaring import BitMap64

from tactful.lake.engine import Reader
from tactful.lake.tables import LakeTable
from tactful.segments import cuts as percentiles
from tactful.segments import live, queries
from tactful.segments.calendar import midnights
from tactful.segments.compiler import CUTS, MIDNIGHTS, Read, RowsPlan, members, subjects
from tactful.segments.domain.folds import Table
from tactful.segments.live import Subject
from tactful.segments.services.asking import Rule, over_lake, tree_of

_TOGETHER = 50_000  # subjects of one question: what they are joined with has to be kept in memory


@dataclass(frozen=True, slots=True)
class PastRules:
    """Rules, compiled. `cuts` are what percentiles are held against, made as of several moments of the past."""

    plan: RowsPlan
    count: int
    cuts: tuple[percentiles.Row, ...] = ()

    @property
    def reads(self) -> tuple[Read, ...]:
        """The columns it needs of each table; of events, only those of these names (all, where there are none)."""
        return self.plan.reads


def past_rules(rules: Sequence[Rule]) -> PastRules | None:
    """The rules (trees, or segments by slug) made ready. None where there are none. Raises InvalidInput."""
    trees = tuple(tree_of(rule) for rule in rules)
    return PastRules(subjects(trees, terms=queries.terms()), len(trees)) if trees else None


def with_cuts(
    rules: PastRules, moments: Sequence[datetime], *, tables: Sequence[LakeTable], folder: Path
) -> PastRules:
    """The rules with the cuts that they ask for, made as of these moments over the whole lake."""
    wanted = rules.plan.cuts
    if not wanted:
        return rules
    with over_lake([table.name for table in tables], rules.plan, moments[:1], tables=tables, folder=folder) as lake:
        found = [row for at in moments for row in percentiles.made(lake, wanted, at=at, terms=rules.plan.terms)]
    return replace(rules, cuts=tuple(found))


def asked_of_past(rules: PastRules, reader: Reader, asked: Sequence[Subject]) -> Iterator[tuple[bool, ...]]:
    """For each subject (customer, moment), in their order, whether he met each rule then."""
    for first in range(0, len(asked), _TOGETHER):
        yield from _answered(rules, reader, asked[first : first + _TOGETHER])


def members_by_moment(
    rule: Rule, moments: Iterable[datetime], *, tables: Sequence[LakeTable], folder: Path
) -> Iterator[tuple[datetime, BitMap64]]:
    """Who met a rule at each of these moments, over the whole lake, read once."""
    listed = sorted(moments)
    plan = members((tree_of(rule),), terms=queries.terms())
    if not listed:
        return
    with over_lake([each.table for each in plan.reads], plan, listed[:1], tables=tables, folder=folder) as reader:
        _keep(reader, plan)
        zones = _zones(reader) if plan.midnights else []
        for at in listed:
            if plan.midnights:
                reader.register(MIDNIGHTS, midnights([at], plan.midnights, plan.terms, zones))
            met = reader.arrow(
                f"SELECT customer_id FROM ({plan.sql}) WHERE m0",  # noqa: S608 -- compiled
                plan.parameters(at),
            )
            yield at, BitMap64(each for each in met["customer_id"].to_pylist() if each is not None)


def _keep(reader: Reader, plan: RowsPlan) -> None:
    """The rows that a plan looks at, in memory: it will be asked hundreds of times."""
    for read in plan.reads:
        columns = sorted({"customer_id", *read.columns} | ({"name"} if read.names else set()))
        listed = ", ".join(f'"{column}"' for column in columns)
        among = f"WHERE name IN ({', '.join('?' * len(read.names))})" if read.names else ""
        rows = f"SELECT {listed} FROM {reader.relation(read.table)} {among}"  # noqa: S608 -- names of our own
        reader.run(f'CREATE TEMP TABLE "kept_{read.table}" AS {rows}', read.names)
    for read in plan.reads:
        reader.run(f'CREATE OR REPLACE TEMP VIEW "{read.table}" AS FROM "kept_{read.table}"')


def _answered(rules: PastRules, reader: Reader, asked: Sequence[Subject]) -> list[tuple[bool, ...]]:
    plan = rules.plan
    reader.register("subjects", live.relation(plan, asked))
    if plan.midnights:
        moments = {moment for _, moment in asked}
        reader.register(MIDNIGHTS, midnights(moments, plan.midnights, plan.terms, _zones(reader)))
    if plan.cuts:
        reader.register(CUTS, percentiles.relation(rules.cuts))
    found = [(False,) * rules.count] * len(asked)
    for subject, *met in reader.rows(plan.sql):
        found[subject] = tuple(map(bool, met))
    return found


def _zones(reader: Reader) -> list[str]:
    asked = f"SELECT DISTINCT zone FROM {Table.CUSTOMERS} WHERE zone IS NOT NULL"  # noqa: S608 -- a name of our own
    return [zone for (zone,) in reader.rows(asked)]
