"""Two real files through the real importer: live = lake = reference, some of it counted by SQL over the file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.segments import segments_reference as reference
from tests.segments.segments_kit import Base
from tests.segments.world_kit import rows_now

from tactful.flows import nightly, react, setting_up
from tactful.flows.importing import Kind, import_file, read_mapping
from tactful.flows.tables import TABLES
from tactful.segments import queries, services
from tactful.team import queries as team
from tactful.team import services as office

DATA = Path(__file__).parents[3] / "shared" / "data"
RETAIL, CDNOW = DATA / "online_retail.parquet", DATA / "CDNOW_master.txt"
RULES: dict[str, Any] = {
    "thrice": {"orders": "count", "at_least": 3},
    "spent-lately": {"orders": "revenue", "at_least": 100, "in_last_days": 180},
    "gone": {"orders": "days_since_last", "greater": 90},
    "big-baskets": {"all": [{"orders": "average", "greater": 40}, {"orders": "smallest", "at_least": 15}]},
    "overdue": {"orders": "times_own_gap", "at_least": 2},
    "often": {"orders": "average_gap_days", "at_most": 30},
    "winter": {"orders": "largest", "at_least": 75, "months": [11, 12, 1]},
    "top": {"percentile": {"orders": "revenue"}, "greater": 80},
    "best": {"rfm": {"recency": [4, 5], "frequency": [4, 5]}},
    "again-soon": {
        "all": [
            {"event": "Order Completed", "count": {"at_least": 2}, "in_last_days": 60},
            {"not": {"orders": "returned_share", "greater": 0.05}},
        ]
    },
    "abroad": {"all": [{"attribute": "country", "set": True}, {"attribute": "country", "is_not": "GB"}]},
    "many-things": {"any": [{"orders": "products", "at_least": 50}, {"sample": 0.1, "seed": "tea"}]},
}
# What some of the rules say, said again over purchases (person, bought_at, spent) until a moment.
COUNTED = {
    "thrice": "SELECT person FROM bought WHERE bought_at <= $now GROUP BY person HAVING count(*) >= 3",
    "spent-lately": """SELECT person FROM bought WHERE bought_at > $now - INTERVAL 4320 HOURS AND bought_at <= $now
        GROUP BY person HAVING sum(spent) >= 10000""",
    "gone": """SELECT person FROM bought WHERE bought_at <= $now
        GROUP BY person HAVING epoch(CAST($now AS TIMESTAMP) - max(bought_at)) >= 91 * 86400""",
    "often": """SELECT person FROM bought WHERE bought_at <= $now GROUP BY person
        HAVING count(*) > 1 AND epoch(max(bought_at) - min(bought_at)) <= 30 * 86400 * (count(*) - 1)""",
    "top": """WITH spent AS (SELECT person, sum(spent) AS spent FROM bought WHERE bought_at <= $now GROUP BY 1),
        placed AS (SELECT *, count(*) OVER (ORDER BY spent) AS reached, count(*) OVER () AS everybody FROM spent)
        SELECT person FROM placed
        WHERE spent > (SELECT min(spent) FROM placed WHERE 100 * reached >= 80 * everybody)""",
}
# Invoices of goods, their lines once each; the shop's clock is London's.
RETAIL_BOUGHT = """CREATE VIEW bought AS SELECT CAST(CustomerID AS VARCHAR) AS person,
        CAST(min(InvoiceDate) AT TIME ZONE 'Europe/London' AS TIMESTAMP) AS bought_at,
        sum(Quantity * round(UnitPrice * 100)::BIGINT) AS spent
    FROM (SELECT DISTINCT * FROM read_parquet('{path}'))
    WHERE CustomerID IS NOT NULL AND UnitPrice >= 0.005 AND InvoiceNo NOT LIKE 'C%' AND Quantity > 0
        AND StockCode NOT IN ('POST', 'DOT', 'C2', 'M', 'm', 'D', 'S', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'B')
    GROUP BY CustomerID, InvoiceNo"""
CDNOW_BOUGHT = """CREATE VIEW bought AS SELECT word[1] AS person, strptime(word[2], '%Y%m%d') AS bought_at,
        round(word[4]::DOUBLE * 100)::BIGINT AS spent
    FROM (SELECT regexp_split_to_array(trim(line), '\\s+') AS word
        FROM read_csv('{path}', header = true, columns = {{'line': 'VARCHAR'}}, delim = '|', quote = ''))"""
RETAIL_MOMENTS = [datetime(2011, 3, 31, 12, tzinfo=UTC), datetime(2011, 10, 31, tzinfo=UTC)]
RETAIL_MOMENTS.append(datetime(2011, 12, 10, tzinfo=UTC))
CDNOW_MOMENTS = [datetime(1997, 7, 1, tzinfo=UTC), datetime(1998, 1, 1, 12, tzinfo=UTC)]
CDNOW_MOMENTS.append(datetime(1998, 7, 1, 12, tzinfo=UTC))

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "FOLDER", tmp_path / "lake")


def needs(path: Path) -> None:
    if not path.exists():
        pytest.skip(f"the real data is not here: {path} is missing")


def bring(path: Path, name: str, folder: Path, *, currency: str, now: datetime) -> None:
    """A company that has its segments already gets its past from a file."""
    setting_up.prepare(now=now)
    office.save_workspace(replace(team.workspace(), zone="Europe/Berlin", currency=currency))
    services.install_ready(now=now)
    for slug, rule in RULES.items():
        services.save(slug=slug, name=slug, definition=rule, goal="g", action="a", now=now)
    nightly.fill_segments(now)
    words = read_mapping(Path(name), Kind.ORDERS)
    import_file(path, kind=Kind.ORDERS, mapping=words, dry_run=False, now=now, folder=folder)
    nightly.flush_lake(now)


def held_against_the_reference(moments: list[datetime], *, currency: str) -> dict[tuple[str, datetime], set[str]]:
    """Everybody against every segment, at every moment, in every scope; who is in, by the company's own ids."""
    for moment in moments:
        services.make_cuts(now=moment, tables=TABLES, folder=nightly.FOLDER)
    nightly.cut_percentiles(moments[-1])
    react.drain(now=moments[-1])
    while react.tick(now=moments[-1]):
        pass
    base = rows_now(currency=currency)
    base = Base(base.rows, nights=tuple(moments), currency=currency)
    names = {row["id"]: row["external_id"] for row in base.of("customers")}
    rows = [row for row in queries.segments() if row.position is None]
    found: dict[tuple[str, datetime], set[str]] = {}
    for moment in moments:
        live = services.evaluate([row.tree for row in rows], [(each, moment) for each in names], tables=TABLES)
        for row, met in zip(rows, live, strict=True):
            expected = reference.members(base, row.tree, moment)
            assert {each for each, inside in zip(names, met, strict=True) if inside} == expected, row.slug
            lake = services.ids(row.slug, at=moment, tables=TABLES, folder=nightly.FOLDER)
            assert lake == sorted(expected), f"{row.slug} at {moment}"
            found[row.slug, moment] = {names[each] for each in expected}
    for row in rows:
        kept = {names[each] for each in queries.member_ids(row.slug)}
        assert kept == found[row.slug, moments[-1]], f"{row.slug}, as it is kept"
    return found


def counted_over_the_file(bought: str, path: Path, found: dict[tuple[str, datetime], set[str]]) -> None:
    """The same people by statements that know nothing of ours."""
    with duckdb.connect() as duck:
        duck.execute("SET TimeZone = 'UTC'")
        duck.execute(bought.format(path=str(path).replace("'", "''")))
        for (slug, moment), inside in found.items():
            if slug in COUNTED:
                rows = duck.execute(COUNTED[slug], {"now": moment.replace(tzinfo=None)}).fetchall()
                assert {row[0] for row in rows} == inside, f"{slug} at {moment}"
                assert inside, f"{slug} at {moment} proves nothing"


def prove_retail(path: Path, folder: Path) -> None:
    bring(path, "online_retail", folder, currency="GBP", now=RETAIL_MOMENTS[-1])
    counted_over_the_file(RETAIL_BOUGHT, path, held_against_the_reference(RETAIL_MOMENTS, currency="GBP"))


def prove_cdnow(path: Path, folder: Path) -> None:
    bring(path, "cdnow", folder, currency="USD", now=CDNOW_MOMENTS[-1])
    counted_over_the_file(CDNOW_BOUGHT, path, held_against_the_reference(CDNOW_MOMENTS, currency="USD"))


def test_some_customers_of_online_retail_are_in_the_right_segments(tmp_path: Path) -> None:
    needs(RETAIL)
    path = tmp_path / "some.parquet"
    with duckdb.connect() as duck:
        duck.execute(f"COPY (FROM read_parquet('{RETAIL}') WHERE CustomerID % 80 = 7) TO '{path}'")
    prove_retail(path, tmp_path)


def test_some_customers_of_cdnow_are_in_the_right_segments(tmp_path: Path) -> None:
    needs(CDNOW)
    path = tmp_path / "some.txt"
    header, *lines = CDNOW.read_text().splitlines()
    path.write_text("\n".join([header, *(line for line in lines if int(line.split()[0]) % 60 == 7)]) + "\n")
    prove_cdnow(path, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_customers_of_online_retail_are_in_the_right_segments(tmp_path: Path) -> None:
    needs(RETAIL)
    prove_retail(RETAIL, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_customers_of_cdnow_are_in_the_right_segments(tmp_path: Path) -> None:
    needs(CDNOW)
    prove_cdnow(CDNOW, tmp_path)
