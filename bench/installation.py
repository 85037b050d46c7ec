"""A whole `tactful up` on a folder of its own, with a mail server behind it: for proofs and for measuring.

Customers who ask get a letter at once; nothing else is set up. As a program, with a data folder and the port of a
mail server as arguments, it makes that set-up and prints the write key.
"""

import asyncio
import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from datetime import time as hour
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
from bench.mail_sink import _END, Sink

ROOT = Path(__file__).parent.parent
SOURCE = "api:proof"
LOOPS = ("web", "engine", "sender", "clock", "caller")
LETTER_AT_ONCE = {
    "slug": "letter-at-once",
    "name": "A letter at once",
    "owner": "Nobody",
    "failure_path": "Nothing depends on it.",
    "review_by": "2099-01-01",
    "category": "information",
    "topic": "tips",
    "reentry": "never",
    "goal": {"event": "Order Completed", "within_days": 7},
    "entry": {"event": "Letter Asked"},
    "start": "letter",
    "steps": {
        "letter": {"type": "message", "template": "tips-after-purchase", "expires_hours": 24, "next": "done"},
        "done": {"type": "exit"},
    },
}


class MailServer:
    """A mail server in a thread of this process that writes down which message came when."""

    def __init__(self) -> None:
        self.arrived: defaultdict[str, list[float]] = defaultdict(list)  # by Message-ID, seconds since the epoch
        self.recipients: defaultdict[str, set[str]] = defaultdict(set)  # Message-IDs by recipient
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "MailServer":
        started = threading.Event()
        self._started = started
        self._thread.start()
        started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def note(self, content: bytes) -> None:
        head = content.split(b"\r\n\r\n", 1)[0].decode("latin-1")
        message_id = _header("Message-ID", head)
        self.arrived[message_id].append(time.time())
        self.recipients[_header("To", head)].add(message_id)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._loop.create_server(lambda: _Recording(self), "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        self._loop.run_forever()
        server.close()


class _Recording(Sink):
    def __init__(self, server: MailServer) -> None:
        self._server = server

    def _next(self) -> bytes | None:
        end = self._waiting.find(_END) if self._in_content else -1
        if end >= 0:
            self._server.note(bytes(self._waiting[:end]))
        return super()._next()


def _header(name: str, head: str) -> str:
    found = re.search(rf"^{name}:\s*(.+?)\s*$", head, re.MULTILINE | re.IGNORECASE)
    return found.group(1) if found else ""


@dataclass
class Installation:
    """`tactful up` on a folder."""

    data: Path
    port: int
    key: str
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def pid_of(self, name: str) -> int | None:
        """The process of a loop, of the database (`postgres`), of `up` itself or of what signs beside the sender
        (`signatures`); None while it is down."""
        if name == "up":
            return self.process.pid
        if name == "signatures":
            return next((child.pid for child in _children(self.pid_of("sender")) if _is_alive(child.pid)), None)
        if name == "postgres":
            with suppress(OSError, ValueError, IndexError):
                pid = int((self.data / "postgres" / "postmaster.pid").read_text().splitlines()[0])
                return pid if _is_alive(pid) else None
            return None
        for child in _children(self.process.pid):
            with suppress(psutil.Error, ValueError):
                words = child.cmdline()
                if words[words.index("worker") + 1 :][:1] == [name] and _is_alive(child.pid):
                    return int(child.pid)
        return None

    def answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Ask its database; waits while that is away."""
        folder = self.data / "postgres"
        for _ in range(120):
            address = f"postgresql://postgres:@/postgres?host={folder}"
            with suppress(psycopg.OperationalError), psycopg.connect(address, connect_timeout=5) as link:
                return link.execute(sql, params).fetchall()  # type: ignore[arg-type] -- SQL of our own
            time.sleep(0.5)
        raise TimeoutError("the database does not answer")

    def stop(self, *, within: float = 30.0) -> float:
        """Ask it to stop; seconds until it was gone."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(within)
        return time.monotonic() - began


@contextmanager
def running(data: Path, *, mail_port: int) -> Iterator[Installation]:
    """Set up and start an installation; it answers, and all its loops work, when this returns."""
    key = prepare(data, mail_port)
    port = free_port()
    process = start(data, port)
    installation = Installation(data, port, key, process)
    try:
        wait_until(installation.answers, "it answers", within=90)
        wait_until(lambda: all(map(installation.pid_of, LOOPS)), "all loops run", within=60)
        yield installation
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()


def prepare(data: Path, mail_port: int) -> str:
    """The write key of an installation that is ready to send."""
    made = subprocess.run(
        [sys.executable, "-m", "bench.installation", str(data), str(mail_port)],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, env=environment(),
    )  # fmt: skip
    return str(json.loads(made.stdout)["key"])


def start(data: Path, port: int, *words: str) -> subprocess.Popen[bytes]:
    """`tactful up` on this folder, not waited for."""
    return subprocess.Popen(
        [sys.executable, "-m", "tactful.cli.main", "up", "--data", str(data), "--port", str(port), *words],
        cwd=ROOT, env=environment(), stdout=(data / "up.out").open("ab"), stderr=(data / "up.log").open("ab"),
    )  # fmt: skip


def environment() -> dict[str, str]:
    """As somebody has it who has just opened a terminal."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("TACTFUL_", "DJANGO_"))}


@dataclass
class Client:
    """Sends events as a careful client does: again, with the same message ids, until they are acknowledged."""

    installation: Installation
    acknowledged: dict[str, float] = field(default_factory=dict)  # when, by message id
    sent: dict[str, float] = field(default_factory=dict)  # first attempt, by message id
    repeats: int = 0

    def ask_for_letter(self, number: int, *, until: float) -> bool:
        """A new customer, who agrees and asks for a letter; whether that was acknowledged before the deadline."""
        return self.send([identify(number), track(number, "Letter Asked")], until=until)

    def send(self, events: list[dict[str, Any]], *, until: float) -> bool:
        began = time.time()
        for event in events:
            self.sent[event["messageId"]] = began
        while not self._posted(events):
            if time.time() > until:
                return False
            self.repeats += 1
            time.sleep(0.1)
        now = time.time()
        for event in events:
            self.acknowledged[event["messageId"]] = now
        return True

    def _posted(self, events: list[dict[str, Any]]) -> bool:
        word = base64.b64encode(f"{self.installation.key}:".encode()).decode()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.installation.port, timeout=15)
            headers = {"Authorization": f"Basic {word}"}
            connection.request("POST", "/v1/batch", json.dumps({"batch": events}), headers)
            answer = connection.getresponse()
            return answer.status == 200 and b'"success":true' in answer.read()
        except (OSError, http.client.HTTPException):
            return False


def identify(number: int) -> dict[str, Any]:
    agreed = {"channel": "email", "topic": "tips", "granted": True, "method": "proof"}
    traits = {"email": f"person{number}@example.org", "firstName": f"Person {number}", "consents": [agreed]}
    return {"type": "identify", "messageId": str(uuid4()), "userId": f"person-{number}", "traits": traits}


def track(number: int, name: str) -> dict[str, Any]:
    return {
        "type": "track",
        "messageId": str(uuid4()),
        "userId": f"person-{number}",
        "event": name,
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"number": number},
    }


def wait_until(holds: Any, what: str, *, within: float) -> None:
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {within} s: {what}")
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _children(pid: int | None) -> list[psutil.Process]:
    if pid is None:
        return []
    try:
        found: list[psutil.Process] = psutil.Process(pid).children()
    except psutil.NoSuchProcess:
        return []
    return found


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def set_up(data: Path, mail_port: int) -> str:
    """In the process that makes it: the key, the sender, the journey; no caps, no quiet hours."""
    from tactful.cli import environment as here  # noqa: PLC0415 -- Django is configured only by now

    here.configure(data)
    env = here.connect(data, None)
    here.migrate()
    from tactful.decisions import services as decisions  # noqa: PLC0415 -- as above
    from tactful.delivery import services as delivery  # noqa: PLC0415 -- as above
    from tactful.delivery.port import SenderSettings  # noqa: PLC0415 -- as above
    from tactful.journeys import services as journeys  # noqa: PLC0415 -- as above
    from tactful.kernel.time import QuietHours  # noqa: PLC0415 -- as above
    from tactful.team import services as team  # noqa: PLC0415 -- as above

    now = datetime.now(UTC)
    decisions.save_quiet_hours(QuietHours(hour(0), hour(0)))
    decisions.save_caps([])
    delivery.save_sender(
        SenderSettings(
            provider="smtp",
            from_address="hello@leaf.example",
            smtp_host="127.0.0.1",
            smtp_port=mail_port,
            smtp_security="none",
        )
    )
    journeys.save(LETTER_AT_ONCE, now=now)
    journeys.activate(str(LETTER_AT_ONCE["slug"]), now=now)
    key = team.create_api_key(name=SOURCE.removeprefix("api:"), now=now).secret
    env.close()
    return key


if __name__ == "__main__":
    print(json.dumps({"key": set_up(Path(sys.argv[1]), int(sys.argv[2]))}))
