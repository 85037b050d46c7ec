"""One embedded PostgreSQL for the whole run; each test in a transaction of its own."""

import os
import tempfile
from pathlib import Path

import pytest

from tactful.cli import postgres

# Django reads its settings when pytest-django loads, so the server starts before anything else.
_folder = Path(tempfile.gettempdir()) / f"tactful-tests-{os.getuid()}"
_folder.mkdir(parents=True, exist_ok=True)
_server = postgres.start(_folder)
os.environ["TACTFUL_DATABASE_URL"] = _server.url
os.environ["TACTFUL_SECRET_KEY"] = "only for tests"
os.environ["TACTFUL_DATA"] = tempfile.mkdtemp(prefix="tactful-data-")


def pytest_unconfigure() -> None:
    _server.close()


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Runs at the same time must not share a database."""
    from django.conf import settings  # noqa: PLC0415 -- Django is configured only by now

    settings.DATABASES["default"]["TEST"]["NAME"] = f"tactful_test_{os.getpid()}"
