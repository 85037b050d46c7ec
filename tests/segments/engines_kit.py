"""Cases and made-up rules through another engine, held against DuckDB."""

# ruff: noqa: RUF001 -- digits that are none

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from tests.segments.segments_kit import TERMS, Base, base_of, in_everyone
from tests.segments.test_segment_cases import TABLE, base, meant

from tactful.kernel.time import parse_moment
from tactful.segments.calendar import midnights
from tactful.segments.compiler import MIDNIGHTS, everyone
from tactful.segments.domain.cuts import cuts_of
from tactful.segments.domain.nodes import Node
from tactful.segments.domain.tree import parse
from tactful.segments.engines import asking
from tactful.segments.engines.chdb import Chdb
from tactful.segments.engines.errors import EngineCannot
from tactful.segments.engines.postgres import Postgres
from tactful.segments.engines.source import Engine, Source
from tactful.segments.engines.spark import SparkConnect, sail

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SPARK_URL = "TACTFUL_TEST_SPARK"  # sc://host:port of a Spark that may be asked
Case = tuple[str, Base, Node, datetime]

# Values that engines write or read in ways of their own.
VALUES = (
    "12.50", "5.0", "5", "-0.5", "0.1", "100000000000000000000", "12345678.5", "0.0005", "0.00000015",
    "1234567890123456.5", "9007199254740993", '"12.50"', '"1.23456785E7"', '"1e20"', "true", "null", '""', '" x "',
    '["tea", "mugs"]', '[1.50, 2]', '{"a": {"b": "c, d: e"}}', '"a\\\\b"', '"\\u00e9 \\" \\n /"', '"${x}"',
)  # fmt: skip
NUMBERS = (
    "1e400", "-1e400", "1e-400", "+5", "-0", "00012", "1E+5", "5.", ".5", "1_000", " 5", "0x10", "inf", "nan",
    "5\n", "٥", "9" * 40,
)  # fmt: skip
MOMENTS = (
    "2026-02-20", "2026-02-30", "2024-02-29", "1900-02-29", "2026-13-01", "1850-01-01", "2400-01-01", "9999-12-31",
    "2026-02-20T10:00", "2026-02-20 10:00", "2026-02-20T10:00Z", "2026-02-20T10:00:00Z", "2026-02-20T10:00:00.12Z",
    "2026-02-20 10:00:00.123456+02:00", "2026-02-20T10:00:00-05:30", "2026-02-20T10:00:00+18:01",
    "2026-02-20T23:59:60", "2026-02-20T24:00:00", "2026-02-20T10:61", "2026-02-20T10:00:00+02:60", "0000-01-01",
)  # fmt: skip


def found(engine: Engine, rows: Base, tree: Node, at: datetime) -> list[int]:
    """Who meets a rule, by another engine."""
    plan = everyone(tree, at=at, terms=TERMS)
    said = asking.in_words_of(engine.dialect, plan, tree, at=at, terms=TERMS)
    given = {name: table for name, table in rows.arrow().items() if name in plan.tables}
    if plan.midnights:
        zones = {row["zone"] for row in rows.of("customers") if row.get("zone")}
        given[MIDNIGHTS] = midnights([at], plan.midnights, TERMS, zones)
    return asking.ids(engine, said, Source(given=given))


def agrees(engine: Engine, rows: Base, tree: Node, at: datetime) -> bool:
    """Whether both give the same customers; False if the engine refuses."""
    try:
        other = found(engine, rows, tree, at)
    except EngineCannot:
        return False
    assert other == sorted(in_everyone(rows, tree, at))
    return True


def cases() -> Iterator[Case]:
    """The table of cases, but for ranks: no other engine knows them."""
    for case in TABLE["cases"]:
        if "refused" not in case and not cuts_of([tree := meant(case)]):
            yield case["says"], base(case["base"]), tree, parse_moment(case.get("at", TABLE["now"]))


def oddities() -> Iterator[Case]:
    """Values at the edges of what engines agree on, asked as text, as number and as moment."""
    for value in VALUES:
        rows = _with_value(value)
        said = json.loads(value)
        texts = {value, said if isinstance(said, str) else json.dumps(said, separators=(",", ":"))}
        for text in sorted(texts | {"12.5", "1e-7", "0.00000015", "1.5e-7", "12345678.5", "1234567890123456.5"}):
            yield f"{value} is {text}", rows, parse({"attribute": "custom.x", "is": text}), NOW
    for number in NUMBERS:
        for rule in ({"greater": 4}, {"less": 6}, {"is": 0}, {"is": 5}, {"is": 100000}, {"greater": 10**14}):
            yield f"{number} {rule}", _with_value(json.dumps(number)), parse({"attribute": "custom.x", **rule}), NOW
    for moment in MOMENTS:
        rows = _with_value(json.dumps(moment))
        for edge in ("2026-02-20T08:00:00.123456Z", "2026-02-20T08:00:00.123455Z", "2026-02-20T10:00:00.12Z"):
            for rule in ({"before": edge}, {"after": edge}, {"anniversary_in_days": 20}):
                yield f"{moment} {rule}", rows, parse({"attribute": "custom.x", **rule}), NOW


def _with_value(value: str) -> Base:
    return base_of({"customers": [{"id": 1, "attributes": f'{{"x": {value}}}'}, {"id": 2}]})


def installed(name: str) -> Engine:
    """An engine that can be asked here and now; skips the test where it cannot."""
    if name == "postgres":
        return Postgres()
    if name == "chdb":
        pytest.importorskip("chdb", reason="chdb is not installed: uv sync --group engines")
        return Chdb()
    pytest.importorskip("pyspark", reason="pyspark is not installed: uv sync --group engines")
    if name == "spark":
        url = os.environ.get(SPARK_URL) or pytest.skip(f"no Spark: {SPARK_URL} is not set, see docs/engines.md")
        return SparkConnect(url)
    return sail(_sail_here())


def _sail_here() -> str:
    """A Sail server within this process."""
    spark = pytest.importorskip("pysail.spark", reason="pysail is not installed: uv sync --group engines")
    if "server" not in _SAIL:
        server = spark.SparkConnectServer()
        server.start(background=True)
        _SAIL["server"] = server
    host, port = _SAIL["server"].listening_address
    return f"sc://{host}:{port}"


_SAIL: dict[str, object] = {}
