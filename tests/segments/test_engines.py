"""Other engines answer as DuckDB does, or refuse."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from tests.segments.engines_kit import NOW, Case, agrees, cases, found, installed, oddities
from tests.segments.segments_kit import INSERTS, TABLES, TERMS, Base, base_of, in_everyone, put
from tests.segments.segments_strategies import meant, plain_rules, whens
from tests.segments.strategies_bases import bases

from tactful.kernel.errors import InvalidInput
from tactful.lake.services import flush, prepare
from tactful.segments import live
from tactful.segments.calendar import midnights
from tactful.segments.compiler import MIDNIGHTS, everyone
from tactful.segments.domain.nodes import All, Node
from tactful.segments.domain.tree import parse
from tactful.segments.engines import asking
from tactful.segments.engines.choosing import engine_called
from tactful.segments.engines.clickhouse_words import CLICKHOUSE
from tactful.segments.engines.errors import EngineCannot
from tactful.segments.engines.postgres import Postgres
from tactful.segments.engines.postgres_words import POSTGRES
from tactful.segments.engines.source import Source
from tactful.segments.engines.spark_words import SAIL, SPARK
from tactful.segments.engines.translating import Dialect

CASES, ODDITIES = list(cases()), list(oddities())
DIALECTS = [POSTGRES, SPARK, SAIL, CLICKHOUSE]
RANK = parse({"percentile": {"orders": "revenue"}, "at_least": 90})
other_engines = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) for name in ("chdb", "sail", "spark")]
)


def few(examples: int) -> settings:
    """A failing example is not made smaller: the engines are slow, and the time of a run is bounded."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate),
    )


def held(name: str, asked: list[Case]) -> tuple[int, list[str]]:
    """How many cases agree, and those refused."""
    engine = installed(name)
    refused = [says for says, rows, tree, at in asked if not agrees(engine, rows, tree, at)]
    return len(asked) - len(refused), refused


@pytest.mark.django_db
def test_postgres_means_what_the_table_says() -> None:
    assert held("postgres", CASES) == (len(CASES), [])


@pytest.mark.django_db
def test_postgres_reads_odd_values_as_duckdb_does() -> None:
    _, refused = held("postgres", ODDITIES[::3])
    assert all(says.startswith("[1.50, 2]") for says in refused)


@pytest.mark.django_db
@few(40)
@given(base=bases, rule=plain_rules, at=whens)
def test_postgres_agrees_with_duckdb(base: Base, rule: object, at: datetime) -> None:
    assert agrees(Postgres(), base, meant(rule), at)


@pytest.mark.django_db
@few(10)
@given(base=bases, rule=plain_rules, at=whens)
def test_the_tables_themselves_give_what_the_live_scope_gives(base: Base, rule: object, at: datetime) -> None:
    tree = meant(rule)
    plan = everyone(tree, at=at, terms=TERMS)
    said = asking.in_words_of(POSTGRES, plan, tree, at=at, terms=TERMS)
    asked = [(row["id"], at) for row in base.of("customers")]
    zones = {row["zone"] for row in base.of("customers") if row.get("zone")}
    mornings = {MIDNIGHTS: midnights([at], plan.midnights, TERMS, zones)} if plan.midnights else {}
    with transaction.atomic():
        put(Base({table: rows for table, rows in base.rows.items() if table in INSERTS}))
        [met] = live.answers([tree], asked, tables=TABLES, terms=TERMS)
        batch = asking.ids(Postgres(), said, Source(TABLES, given=mornings))
        transaction.set_rollback(True)
    assert batch == [customer for (customer, _), inside in zip(asked, met, strict=True) if inside]


@other_engines
@pytest.mark.timeout(900)
def test_an_engine_means_what_the_table_says(name: str) -> None:
    assert held(name, CASES) == (len(CASES), [])


@other_engines
@pytest.mark.timeout(900)
def test_an_engine_reads_odd_values_as_duckdb_does_or_refuses(name: str) -> None:
    agreed, _ = held(name, ODDITIES)
    assert agreed > 0.9 * len(ODDITIES)


@other_engines
@pytest.mark.timeout(900)
def test_an_engine_agrees_with_duckdb(name: str) -> None:
    engine = installed(name)

    @few(300)
    @given(base=bases, rule=plain_rules, at=whens)
    def all_agree(base: Base, rule: object, at: datetime) -> None:
        assert agrees(engine, base, meant(rule), at)

    all_agree()


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.engine)
def test_a_percentile_is_refused_by_name(dialect: Dialect) -> None:
    tree: Node = All((parse({"everyone": True}), RANK))
    with pytest.raises(EngineCannot, match=f"{dialect.engine} cannot answer “percentile”, customers "):
        asking.in_words_of(dialect, everyone(tree, at=NOW, terms=TERMS), tree, at=NOW, terms=TERMS)


@pytest.mark.django_db
def test_a_list_that_would_be_written_differently_is_refused() -> None:
    rows = base_of({"customers": [{"attributes": '{"tags": [1.50]}'}]})
    with pytest.raises(EngineCannot, match="a list with a fraction"):
        found(Postgres(), rows, parse({"attribute": "custom.tags", "contains": "1.5"}), NOW)
    assert in_everyone(rows, parse({"attribute": "custom.tags", "contains": "1.5"}), NOW) == {1}


def test_the_setting_names_an_engine_or_is_refused() -> None:
    assert engine_called("duckdb", "") is None
    sail = engine_called("sail", "sc://127.0.0.1:50051")
    assert sail is not None
    assert sail.dialect is SAIL
    with pytest.raises(InvalidInput, match="may be one of duckdb, postgres, chdb, spark, sail"):
        engine_called("oracle", "")
    with pytest.raises(InvalidInput, match="TACTFUL_ENGINE_URL"):
        engine_called("spark", "")


@other_engines
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_files_and_the_hot_tail_are_read_together(name: str, tmp_path: Path) -> None:
    engine = installed(name)
    prepare(TABLES)
    bought = {"completed_at": NOW.replace(tzinfo=None) - timedelta(days=3), "revenue_minor": 500}
    people = [{"id": number, "country": "DE"} for number in range(1, 5)]
    put(base_of({"customers": people, "orders": [{"customer_id": number, **bought} for number in (1, 2)]}))
    flush(TABLES, folder=tmp_path, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_customer SET country = 'FR' WHERE id = 2")
    put(base_of({"orders": [{"customer_id": 3, **bought}]}))
    tree = parse({"all": [{"attribute": "country", "is": "DE"}, {"orders": "revenue", "at_least": 5}]})
    plan = everyone(tree, at=NOW, terms=TERMS)
    said = asking.in_words_of(engine.dialect, plan, tree, at=NOW, terms=TERMS)
    assert asking.ids(engine, said, Source(TABLES, tmp_path)) == [1, 3]
    assert asking.count(engine, said, Source(TABLES, tmp_path)) == 2
