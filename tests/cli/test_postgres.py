"""The embedded server's folder, as people treat it."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest

from tactful.cli import postgres


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has the server run as somebody else")
def test_a_folder_that_root_has_copied_back_starts() -> None:
    with tempfile.TemporaryDirectory(prefix="tactful-") as name:  # short, because of the socket in it
        first, second = Path(name) / "a", Path(name) / "b"
        postgres.start(first).close()
        shutil.copytree(first / "postgres", second / "postgres")
        assert (second / "postgres" / "PG_VERSION").stat().st_uid == 0
        server = postgres.start(second)
        try:
            with psycopg.connect(server.url) as link:
                assert link.execute("SELECT 1").fetchone() == (1,)
        finally:
            server.close()
