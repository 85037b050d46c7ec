"""One embedded PostgreSQL for the whole run; each test in a transaction of its own."""

import os
import tempfile
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings
from django.db import connections

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
