"""Those who post to the door in these tests."""

import asyncio
import base64
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tactful.api.door import Door

# The door has connections of its own, so what these tests do is committed; only these tables are emptied after.
COMMITTED = pytest.mark.django_db(transaction=True, available_apps=["tactful.events", "tactful.team"])
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Caller:
    """Posts to the door in this process. `write_key` is valid."""

    write_key: str
    runner: asyncio.Runner
    client: httpx.AsyncClient
    door: Door

    def __call__(self, path: str, *, method: str = "POST", key: str | None = "", **options: Any) -> httpx.Response:
        word = self.write_key if key == "" else key
        auth = None if word is None else httpx.BasicAuth(word, "")
        return self.runner.run(self.client.request(method, path, auth=auth, **options))


@dataclass
class Server:
    url: str
    process: subprocess.Popen[bytes]
    write_key: str

    @property
    def authorization(self) -> dict[str, str]:
        return {"authorization": "Basic " + base64.b64encode(f"{self.write_key}:".encode()).decode()}
