"""How many events a second come in: through HTTP in batches of 100, against a bare COPY of the same rows.

Prints JSON. The server runs with one worker; the senders are threads of this process with open connections, on the
same machine, so they take their share of its cores.
"""

import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from tactful.cli import environment, postgres

BATCH = 100
BATCHES = 600
CONNECTIONS = 8
ROUNDS = 3


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tactful-bench-") as folder:
        os.environ["TACTFUL_SECRET_KEY"] = "bench"
        os.environ["TACTFUL_DATA"] = folder
        embedded = postgres.start(Path(folder))
        os.environ["TACTFUL_DATABASE_URL"] = embedded.url
        environment.configure(Path(folder))
        try:
            print(json.dumps(measure(), indent=2))
        finally:
            embedded.close()


def measure() -> dict[str, float]:
    from django.core.management import call_command  # noqa: PLC0415 -- Django is configured only by now

    from tactful.team.services import create_api_key  # noqa: PLC0415 -- as above

    call_command("migrate", verbosity=0, interactive=False)
    key = create_api_key(name="bench", now=datetime.now(UTC)).secret
    batches = [[event(number) for number in range(BATCH)] for _ in range(BATCHES)]
    requests = [request(key, batch) for batch in batches]
    port = free_port()
    server = serve(port)
    try:
        wait_for(port)
        send(port, requests[:20])
        through_http = max(send(port, requests) for _ in range(ROUNDS))
    finally:
        server.terminate()
        server.wait()
    bare = max(copy(batches) for _ in range(ROUNDS))
    return {
        "events": BATCH * BATCHES,
        "bytes_per_event": len(requests[0]) // BATCH,
        "http_events_per_s": round(through_http),
        "copy_events_per_s": round(bare),
        "ratio": round(bare / through_http, 2),
    }


def event(number: int) -> dict[str, object]:
    return {
        "type": "track",
        "messageId": str(uuid4()),
        "timestamp": datetime.now(UTC).isoformat(),
        "userId": f"user-{number}",
        "anonymousId": None,
        "event": "Product Viewed",
        "properties": {"product_id": f"sku-{number}", "name": "Green tea", "price": 9.5, "category": "Tea"},
        "context": {
            "library": {"name": "analytics-python", "version": "2.4"},
            "page": {"url": "https://x.example/"},
        },
        "integrations": {},
    }


def request(key: str, batch: list[dict[str, object]]) -> bytes:
    body = json.dumps({"batch": batch, "sentAt": datetime.now(UTC).isoformat()}).encode()
    word = base64.b64encode(f"{key}:".encode()).decode()
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {word}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def serve(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
         "--workers", "1", "--no-ws", "--log-level", "error", "bench_door:application"],
        cwd=Path(__file__).parent,
        env=os.environ,
    )  # fmt: skip


def send(port: int, requests: list[bytes]) -> float:
    """Send all requests over several connections; events per second."""
    threads = [
        threading.Thread(target=converse, args=(port, requests[start::CONNECTIONS])) for start in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(requests) * BATCH / (time.perf_counter() - began)


def converse(port: int, requests: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for each in requests:
            connection.sendall(each)
            answer = b""
            while b'{"success":true}' not in answer:
                part = connection.recv(4096)
                assert part, answer
                answer += part


def copy(batches: list[list[dict[str, object]]]) -> float:
    """The same rows by one COPY with one commit; rows per second."""
    from django.db import connection, transaction  # noqa: PLC0415 -- Django is configured only by now

    now = datetime.now(UTC).isoformat()
    rows = [json.dumps(each).replace("\\", "\\\\") for batch in batches for each in batch]
    data = "".join(f"{now}\tapi:bench\tf\t{row}\n" for row in rows)
    began = time.perf_counter()
    statement = "COPY events_inbox (received_at, source, historical, payload) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as copying:
        copying.write(data)
    return len(rows) / (time.perf_counter() - began)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
