"""The live scope: rows of a few customers as the running transaction has them, asked with the compiled plans."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tactful.lake.engine import over
from tactful.lake.rows import of_customers
from tactful.lake.tables import LakeTable
from tactful.segments import cuts, queries
from tactful.segments.calendar import midnights
from tactful.segments.compiler import CUTS, MIDNIGHTS, Read, RowsPlan, Watched, members, subjects
from tactful.segments.compiler.moments import bare
from tactful.segments.domain.folds import HAPPENED, Table
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.terms import Terms
from tactful.segments.errors import TableMissing
from tactful.segments.waiting import looked_again

Subject = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a plan reads, by table."""

    by_table: Mapping[str, pa.Table]

    def first_after(self, moment: datetime) -> dict[int, datetime]:
        """For customers of whom something is known that happens only after the moment: when the first does."""
        limit = pa.scalar(bare(moment), pa.timestamp("us"))
        found: dict[int, datetime] = {}
        for table, column in HAPPENED.items():
            rows = self.by_table.get(table)
            if rows is None:
                continue
            later = rows.filter(pc.greater(rows[column], limit)).select(["customer_id", column])
            for customer_id, when in zip(*(values.to_pylist() for values in later.columns), strict=True):
                if customer_id is not None:
                    aware = when.replace(tzinfo=UTC)
                    found[customer_id] = min(found.get(customer_id, aware), aware)
        return found


def answers(
    trees: Sequence[Node], asked: Sequence[Subject], *, tables: Sequence[LakeTable], terms: Terms
) -> list[list[bool]]:
    """Per tree, whether each subject (customer, moment) meets it; who is no active customer meets nothing."""
    if not trees or not asked:
        return [[False] * len(asked) for _ in trees]
    if len({moment for _, moment in asked}) == 1:
        at = asked[0][1]
        plan = members(tuple(trees), terms=terms)
        found = members_at(plan, load(plan, asked, tables), at)
        inside = [members_in(found, number) for number in range(len(trees))]
        return [[customer_id in each for customer_id, _ in asked] for each in inside]
    plan = subjects(tuple(trees), terms=terms)
    columns = [[False] * len(asked) for _ in trees]
    for subject, *met in of_subjects(plan, load(plan, asked, tables), asked):
        for column, answer in zip(columns, met, strict=True):
            column[subject] = answer
    return columns


def members_at(plan: RowsPlan, rows: Rows, at: datetime) -> pa.Table:
    """The answers of a plan for one moment: customer_id, then its columns."""
    with over({**rows.by_table, **_midnights(plan, rows, [at]), **_cuts(plan)}) as reader:
        return reader.arrow(plan.sql, plan.parameters(at))


def members_in(answers: pa.Table, number: int) -> set[int]:
    """The customers who meet the tree of this number."""
    ids: list[Any] = answers["customer_id"].filter(answers[f"m{number}"]).to_pylist()
    return set(ids)


def watched_at(watched: Watched, rows: Rows, at: datetime) -> tuple[list[set[int]], dict[int, datetime]]:
    """Per tree the customers who meet it; and when each has to be looked at again, if ever."""
    answers = members_at(watched.plan, rows, at)
    again = rows.first_after(at)
    for customer_id, due in looked_again(watched, answers, at):
        again[customer_id] = min(again.get(customer_id, due), due)
    return [members_in(answers, number) for number in range(watched.trees)], again


def of_subjects(plan: RowsPlan, rows: Rows, asked: Sequence[Subject]) -> list[tuple[Any, ...]]:
    """The answers of a plan for subjects at their own moments: the position of each, then the plan's columns."""
    given = {**rows.by_table, "subjects": relation(plan, asked)}
    given |= {**_midnights(plan, rows, [moment for _, moment in asked]), **_cuts(plan)}
    with over(given) as reader:
        return reader.rows(plan.sql)


def asked_one(plan: RowsPlan, subject: Subject, *, tables: Sequence[LakeTable]) -> tuple[object, ...] | None:
    """The plan's row for one subject; None where he is no active customer."""
    found = of_subjects(plan, load(plan, [subject], tables), [subject])
    return found[0][1:] if found else None


def load(plan: RowsPlan, asked: Sequence[Subject], tables: Sequence[LakeTable]) -> Rows:
    """One query per table for all subjects, and of each only the columns and rows that the plan looks at."""
    known = {table.name: table for table in tables}
    customer_ids = sorted({customer_id for customer_id, _ in asked})
    earliest = min(moment for _, moment in asked)
    return Rows({read.table: _rows(read, known, customer_ids, earliest) for read in plan.reads})


def _rows(read: Read, known: Mapping[str, LakeTable], customer_ids: Sequence[int], earliest: datetime) -> pa.Table:
    table = known.get(read.table)
    if table is None:
        raise TableMissing(f"the lake table {read.table} is not among those given")
    wanted = read.columns | {table.key, "customer_id", *([table.moment] if table.moment else [])}
    narrow = replace(table, columns=tuple(column for column in table.columns if column.name in wanted))
    conditions: list[str] = []
    params: list[object] = []
    if read.names:
        conditions.append("name = ANY(%s)")
        params.append(list(read.names))
    if read.days is not None:
        conditions.append(f"{HAPPENED[read.table]} > %s")
        params.append(earliest - timedelta(days=read.days))
    return of_customers(narrow, customer_ids, where=" AND ".join(conditions), params=params)


def _midnights(plan: RowsPlan, rows: Rows, moments: Sequence[datetime]) -> dict[str, pa.Table]:
    """The midnights of the zones of these customers, where the plan joins them."""
    if not plan.midnights:
        return {}
    zones = {zone for zone in rows.by_table[Table.CUSTOMERS]["zone"].to_pylist() if zone}
    return {MIDNIGHTS: midnights(moments, plan.midnights, plan.terms, zones)}


def _cuts(plan: RowsPlan) -> dict[str, pa.Table]:
    """The cuts that percentiles are held against, where the plan asks for any."""
    return {CUTS: cuts.relation(queries.cuts(plan.cuts))} if plan.cuts else {}


def relation(plan: RowsPlan, asked: Sequence[Subject]) -> pa.Table:
    """The subjects as rows: their positions, with what the plan asks of each moment."""
    beside = {moment: plan.parameters(moment) for moment in {moment for _, moment in asked}} if plan.asks else {}
    return pa.table(
        {
            "subject": pa.array(range(len(asked)), pa.int64()),
            "customer_id": pa.array([customer_id for customer_id, _ in asked], pa.int64()),
            "as_of": pa.array([bare(moment) for _, moment in asked], pa.timestamp("us")),
            **{name: pa.array([beside[moment][name] for _, moment in asked]) for name in plan.asks},
        }
    )
