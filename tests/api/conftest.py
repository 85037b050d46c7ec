"""The door under test: in this process as an ASGI application, or behind a real server."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from django.db import connection
from tests.api.callers import NOW, Caller, Server

from tactful.api.door import build, conninfo
from tactful.team import services as team


@pytest.fixture
def write_key(transactional_db: None) -> str:
    """A valid key."""
    return team.create_api_key(name="shop", now=NOW).secret


@pytest.fixture
def call(write_key: str) -> Iterator[Caller]:
    door = build(nothing)
    transport = httpx.ASGITransport(app=door, raise_app_exceptions=True)  # type: ignore[arg-type] -- looser typing
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(transport=transport, base_url="http://door")
        yield Caller(write_key, runner, client, door)
        runner.run(client.aclose())
        runner.run(door.close())


@pytest.fixture
def inbox() -> Callable[[], list[tuple[Any, ...]]]:
    """What waits for the engine: (source, historical, payload), in order."""
    return lambda: rows("SELECT source, historical, payload FROM events_inbox ORDER BY id")


@pytest.fixture
def rejected() -> Callable[[], list[tuple[Any, ...]]]:
    """What could not be taken: (source, stage, reason, payload), in order."""
    return lambda: rows("SELECT source, stage, reason, payload FROM events_rejectedevent ORDER BY id")


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def nothing(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """What stands beside the collection endpoint in these tests."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode("latin-1")]


@pytest.fixture(scope="module")
def process(django_db_setup: None) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """The door behind granian, as it runs in earnest, on the test database; and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
         "--workers", "1", "--no-ws", "--log-level", "error", "served:application"],
        cwd=Path(__file__).parent,
        env={**os.environ, "TACTFUL_DATABASE_URL": _url(), "DJANGO_SETTINGS_MODULE": "tactful.config.settings"},
        start_new_session=True,
    )  # fmt: skip
    try:
        _wait_for(port)
        yield running, f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture
def server(process: tuple[subprocess.Popen[bytes], str], write_key: str) -> Server:
    return Server(process[1], process[0], write_key)


def _url() -> str:
    """The test database as a URL: pytest-django has changed the name since the environment was set."""
    words = psycopg.conninfo.conninfo_to_dict(conninfo())
    url = f"postgresql://{words.get('user', '')}:{words.get('password', '')}@/{words['dbname']}"
    return f"{url}?host={words.get('host', '')}" + (f"&port={words['port']}" if words.get("port") else "")


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("the server did not start")
