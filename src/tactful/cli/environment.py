"""From a data folder to a running Django: the database, the secret, the settings."""

import os
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from tactful.cli import postgres
from tactful.kernel.clock import SystemClock

SETTINGS = "tactful.config.settings"


@dataclass
class Environment:
    """Where this process works. `embedded` is None on a server of one's own."""

    data: Path
    url: str
    embedded: postgres.Embedded | None

    def close(self) -> None:
        connections.close_all()
        if self.embedded:
            self.embedded.close()


def configure(data: Path) -> None:
    """Load Django for this data folder, before any connection is made."""
    (data / "static").mkdir(parents=True, exist_ok=True)
    os.environ["TACTFUL_DATA"] = str(data)
    os.environ.setdefault("TACTFUL_SECRET_KEY", postgres.secret_key(data))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    django.setup()


def connect(data: Path, url: str | None) -> Environment:
    """Reach the database: the one given, or the embedded server of the folder, started if needed."""
    embedded = None if url else postgres.start(data)
    address = url or (embedded.url if embedded else "")
    os.environ["TACTFUL_DATABASE_URL"] = address
    words = import_module(SETTINGS).database(address)
    settings.DATABASES[DEFAULT_DB_ALIAS].update(words)
    connections[DEFAULT_DB_ALIAS].settings_dict.update(words)
    return Environment(data=data, url=address, embedded=embedded)


def migrate() -> None:
    """Bring the tables up to date, and what the lake needs on them. Quick where nothing is to do.

    Processes that start at the same time wait for each other: Django's migrations know no lock.
    """
    number = import_module("tactful.jobs.services").lock_number("migrate")
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
        try:
            _migrate()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])


def _migrate() -> None:
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
    import_module("tactful.flows.setting_up").prepare(now=SystemClock().now())
