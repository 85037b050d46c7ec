"""The live scope: rows of a few customers as the running transaction has them, asked with the compiled plans."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tactful.kernel.time import DAY
from tactful.lake.engine import Reader, over
from tactful.lake.rows import of_customers
from tactful.lake.tables import LakeTable
from tactful.segments.compiler import Read, RowsPlan, Watched, members, subjects
from tactful.segments.domain.features import HAPPENED
from tactful.segments.domain.nodes import Node
from tactful.segments.errors import TableMissing

Subject = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class Rows:
    """What a plan reads, by table."""

    by_table: Mapping[str, pa.Table]

    def first_after(self, moment: datetime) -> dict[int, datetime]:
        """For customers of whom something is known that happens only after the moment: when the first does."""
        limit = pa.scalar(_bare(moment), pa.timestamp("us"))
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
    trees: Sequence[Node], asked: Sequence[Subject], *, tables: Sequence[LakeTable], currency: str
) -> list[list[bool]]:
    """Per tree, whether each subject (customer, moment) meets it; who is no active customer meets nothing."""
    if not trees or not asked:
        return [[False] * len(asked) for _ in trees]
    if len({moment for _, moment in asked}) == 1:
        at = asked[0][1]
        plan = members(tuple(trees), currency=currency)
        rows = load(plan, asked, tables)
        inside = members_at(plan, rows, at, count=len(trees))
        return [[customer_id in found for customer_id, _ in asked] for found in inside]
    plan = subjects(tuple(trees), currency=currency)
    columns = [[False] * len(asked) for _ in trees]
    with _reader(asked, load(plan, asked, tables)) as reader:
        for subject, *met in reader.rows(plan.sql):
            for column, answer in zip(columns, met, strict=True):
                column[subject] = answer
    return columns


def members_at(plan: RowsPlan, rows: Rows, at: datetime, *, count: int) -> list[set[int]]:
    """Per tree of a `members` plan, the customers who meet it at a moment."""
    with over(rows.by_table) as reader:
        answers = reader.rows(plan.sql, plan.parameters(at))
    return [{answer[0] for answer in answers if answer[number]} for number in range(1, count + 1)]


def watched_at(watched: Watched, rows: Rows, at: datetime) -> tuple[list[set[int]], dict[int, datetime]]:
    """Per tree the customers who meet it; and when each has to be looked at again, if ever."""
    with over(rows.by_table) as reader:
        answers = reader.arrow(watched.plan.sql, watched.plan.parameters(at))
    again = rows.first_after(at)
    for customer_id, due in looked_again(watched, answers, at):
        again[customer_id] = min(again.get(customer_id, due), due)
    return [members_in(answers, number) for number in range(watched.trees)], again


def members_in(answers: pa.Table, number: int) -> set[int]:
    """The customers who meet the tree of this number."""
    ids = answers.filter(answers[f"m{number}"])["customer_id"].to_pylist()
    return {each for each in ids if each is not None}


def looked_again(watched: Watched, answers: pa.Table, at: datetime) -> Iterator[tuple[int, datetime]]:
    """Who has to be looked at again because of time alone, and when: for those who have to."""
    now = pa.scalar(_bare(at), pa.timestamp("us"))
    never = pa.scalar(None, pa.timestamp("us"))
    tomorrow = pa.scalar(_bare(at) + DAY if watched.daily else None, pa.timestamp("us"))
    ahead: list[pa.ChunkedArray[Any]] = []
    for number, spans in enumerate(watched.spans):
        since = answers[f"w{number}"].cast(pa.timestamp("us"))
        shifted = [pc.add(since, pa.scalar(span)) for span in spans]
        ahead.extend(pc.if_else(pc.greater(then, now), then, never) for then in shifted)
    first = pc.min_element_wise(pa.repeat(tomorrow, answers.num_rows), *ahead)
    both = pa.table({"customer_id": answers["customer_id"], "due": first})
    for row in both.filter(pc.is_valid(both["due"])).to_pylist():
        yield row["customer_id"], row["due"].replace(tzinfo=UTC)


def asked_one(plan: RowsPlan, subject: Subject, *, tables: Sequence[LakeTable]) -> tuple[object, ...] | None:
    """The plan's row for one subject; None where he is no active customer."""
    with _reader([subject], load(plan, [subject], tables)) as reader:
        found = reader.rows(plan.sql)
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


@contextmanager
def _reader(asked: Sequence[Subject], rows: Rows) -> Iterator[Reader]:
    with over({**rows.by_table, "subjects": _relation(asked)}) as reader:
        yield reader


def _relation(asked: Sequence[Subject]) -> pa.Table:
    return pa.table(
        {
            "subject": pa.array(range(len(asked)), pa.int64()),
            "customer_id": pa.array([customer_id for customer_id, _ in asked], pa.int64()),
            "as_of": pa.array([_bare(moment) for _, moment in asked], pa.timestamp("us")),
        }
    )


def _bare(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
