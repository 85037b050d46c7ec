"""The ecosystem's own clients, unchanged, against a running server."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from segment.analytics.client import Client
from tests.api.callers import COMMITTED, Server

pytestmark = COMMITTED

Rows = Callable[[], list[tuple[Any, ...]]]
_PROJECT = Path(__file__).parents[2]
_NODE = """
const { Analytics } = require('@segment/analytics-node');
const [writeKey, host] = process.argv.slice(1);
const analytics = new Analytics({ writeKey, host, path: '/v1/batch', flushAt: 5 });
const failed = [];
analytics.on('error', (fault) => failed.push(fault));
analytics.identify({ userId: 'u1', traits: { email: 'a@example.com' } });
analytics.track({ userId: 'u1', event: 'Order Completed', properties: { order_id: '1', total: 9.5 } });
analytics.page({ anonymousId: 'a1', name: 'Home' });
analytics.group({ userId: 'u1', groupId: 'g1', traits: { name: 'Acme' } });
analytics.alias({ userId: 'u1', previousId: 'a1' });
analytics.closeAndFlush({ timeout: 10000 }).then(() => {
  if (failed.length) { console.error(failed); process.exit(1); }
});
"""


def kinds(inbox: Rows) -> list[str]:
    return sorted(json.loads(payload)["type"] for _, _, payload in inbox())


@pytest.mark.parametrize("packed", [False, True])
def test_segment_for_python(server: Server, inbox: Rows, *, packed: bool) -> None:
    failed: list[Any] = []
    client = Client(
        server.write_key, host=server.url, gzip=packed, on_error=lambda fault, items: failed.append((fault, items))
    )
    client.identify("u1", {"email": "a@example.com"})
    client.track("u1", "Order Completed", {"order_id": "1", "total": 9.5})
    client.page(anonymous_id="a1", name="Home")
    client.screen("u1", name="Cart")
    client.group("u1", "g1", {"name": "Acme"})
    client.alias("a1", "u1")
    client.flush()
    client.join()
    assert failed == []
    assert kinds(inbox) == ["alias", "group", "identify", "page", "screen", "track"]


def test_segment_for_node(server: Server, inbox: Rows) -> None:
    node = shutil.which("node") or shutil.which("node", path=str(_PROJECT / ".venv" / "bin"))
    if not node or not (_PROJECT / "node_modules" / "@segment" / "analytics-node").exists():
        pytest.skip("needs node and @segment/analytics-node in node_modules: `make setup`")
    done = subprocess.run(
        [node, "-e", _NODE, server.write_key, server.url],
        cwd=_PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert kinds(inbox) == ["alias", "group", "identify", "page", "track"]


def test_the_web_stands_on_the_same_port(server: Server) -> None:
    assert httpx.get(f"{server.url}/customers").text == "GET /customers 0"
    assert httpx.post(f"{server.url}/form", content=b"x" * 100_000).text == "POST /form 100000"
    assert httpx.get(f"{server.url}/v1/batch").status_code == 405


def test_what_was_acknowledged_survives_the_death_of_the_server(server: Server, inbox: Rows) -> None:
    """The last of this module: the server is gone after it."""
    for number in range(20):
        event = {"messageId": f"m{number}", "userId": "u1", "event": "X"}
        httpx.post(f"{server.url}/v1/track", json=event, headers=server.authorization).raise_for_status()
    os.killpg(server.process.pid, signal.SIGKILL)
    assert len(inbox()) == 20
