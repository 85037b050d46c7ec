"""One embedded PostgreSQL for the whole run; each test in a transaction of its own."""

import os
import tempfile
from pathlib import Path

import hypothesis
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase

from tactful.cli import postgres
from tactful.config.settings import database

_folder = Path(tempfile.gettempdir()) / f"tactful-tests-of-{os.getuid()}"
_folder.mkdir(parents=True, exist_ok=True)
_server = postgres.start(_folder)

# pytest-django has loaded the settings by now, with no database to speak of: tell them about this one.
_words = database(_server.url)
settings.DATABASES["default"].update(_words)
connections["default"].settings_dict.update(_words)
os.environ["TACTFUL_DATABASE_URL"] = _server.url

# Nothing here outlives the run: this server need not wait for the disk, nor a password take its time.
with psycopg.connect(_server.url, autocommit=True) as _connection:
    for _setting in ("fsync", "full_page_writes", "synchronous_commit"):
        _connection.execute(f"ALTER SYSTEM SET {_setting} = off")
    _connection.execute("SELECT pg_reload_conf()")
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


_KEPT = {"django_content_type", "auth_permission", "django_migrations"}


def _empty_what_is_filled(_case: object) -> None:
    """After a test with transactions of its own. Django would empty every table and make its permissions anew: that
    takes longer than most tests."""
    with connections["default"].cursor() as cursor:
        tables = set(connections["default"].introspection.django_table_names(only_existing=True)) - _KEPT
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))  # noqa: S608
        if filled := [row[0] for row in cursor.fetchall()]:
            cursor.execute(f"TRUNCATE {', '.join(filled)} CASCADE")


TransactionTestCase._fixture_teardown = _empty_what_is_filled  # type: ignore[method-assign]

# Machines differ, and are shared: how long an example takes is no property of the code.
hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")


def pytest_unconfigure() -> None:
    connections.close_all()
    _server.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Runs at the same time must not share a database."""
    connections["default"].settings_dict["TEST"]["NAME"] = f"tactful_test_{os.getpid()}"
