"""The demo is a function of its arguments: the same seed gives the same company, row by row."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from bench.installation import ROOT, environment
from django.db import connection
from psycopg import sql

SHAPE = ("--customers", "60", "--days", "25", "--seed", "3", "--until", "2026-06-01")
# Every column but `changed_in`, the number of a transaction, which counts what the server did before.
TABLES = (
    "customers_customer",
    "customers_identifier",
    "customers_contactpoint",
    "customers_merge",
    "events_event",
    "events_rejectedevent",
    "catalog_product",
    "catalog_order",
    "catalog_orderline",
    "catalog_orderreturn",
    "consent_consentrecord",
    "consent_consentstate",
    "consent_suppression",
    "segments_member",
    "segments_memberchange",
    "segments_segmentsize",
    "journeys_run",
    "journeys_runstep",
    "decisions_decision",
    "decisions_touch",
    "delivery_delivery",
    "sales_task",
)
# Hashes of addresses are keyed by the secret of the installation, and two installations have two.
OWN = {"consent_suppression": {"address_hash"}}


@contextmanager
def database(name: str) -> Iterator[str]:
    """An empty database on the tests' server, and its address."""
    host = connection.get_connection_params()["host"]
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield f"postgresql://postgres:@/{name}?host={host}"
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def build(folder: Path, url: str, hash_seed: str) -> None:
    words = ("demo", "--no-serve", "--data", folder, "--database-url", url, *SHAPE)
    done = subprocess.run(
        [sys.executable, "-m", "tactful.cli.main", *words],
        cwd=ROOT, env=environment() | {"PYTHONHASHSEED": hash_seed}, capture_output=True, text=True, timeout=170,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def rows(url: str, table: str) -> list[Any]:
    """The table's rows as JSON, without what belongs to the one installation."""
    left_out = {"changed_in"} | OWN.get(table, set())
    statement = sql.SQL("SELECT to_jsonb(t) - %s::text[] AS said FROM {} AS t ORDER BY said").format(
        sql.Identifier(table)
    )
    with psycopg.connect(url) as reader:
        return [row[0] for row in reader.execute(statement, [sorted(left_out)]).fetchall()]


@pytest.mark.timeout(240)
def test_the_same_seed_makes_the_same_company(django_db_setup: None, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with database(f"one_{os.getpid()}") as first, database(f"other_{os.getpid()}") as second:
        # Different orders of hashing, as two runs have them: nothing may hang on the order of a set.
        with ThreadPoolExecutor() as both:
            for waiting in [both.submit(build, one, first, "1"), both.submit(build, other, second, "2")]:
                waiting.result()
        assert [table for table in TABLES if rows(first, table) != rows(second, table)] == []
        assert len(rows(first, "customers_customer")) == 60
        assert min(len(rows(first, table)) for table in ("events_event", "decisions_decision", "journeys_run")) > 9
    truths = [json.loads((folder / "truth.json").read_text(encoding="utf-8")) for folder in (one, other)]
    assert truths[0] == truths[1]
    assert truths[0]["seed"] == "3"
