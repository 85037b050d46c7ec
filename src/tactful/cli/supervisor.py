"""Starts the processes of one installation, starts again what falls over, stops all of them cleanly."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

import structlog

from tactful.cli.environment import Environment
from tactful.cli.output import console
from tactful.kernel.errors import Conflict

log = structlog.get_logger()

LOOPS = ("web", "engine", "sender", "clock")
_GRACE = 10.0  # seconds for a clean stop before a process is killed
_LOOK_EVERY = 0.3  # seconds
_QUICKEST_RESTART = 1.0  # seconds between two starts of the same loop


@dataclass
class _Child:
    loop: str
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)


def supervise(env: Environment, *, host: str, port: int) -> None:
    """Run until SIGTERM or SIGINT. Raises Conflict when the folder or the port is taken."""
    with _sole_owner(env.data):
        _require_free(host, port)
        Supervisor(env, host=host, port=port).run()


class Supervisor:
    def __init__(self, env: Environment, *, host: str, port: int) -> None:
        self._env = env
        self._host, self._port = host, port
        self._children: dict[str, _Child] = {}
        self._stopping = False

    def run(self) -> None:
        signal.signal(signal.SIGTERM, self._ask_to_stop)
        signal.signal(signal.SIGINT, self._ask_to_stop)
        try:
            for loop in LOOPS:
                self._start(loop)
            self._announce()
            while not self._stopping:
                time.sleep(_LOOK_EVERY)
                self._look_after_database()
                self._look_after_children()
        finally:
            self._stop_all()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _start(self, loop: str) -> None:
        command = [sys.executable, "-m", "tactful.cli.main", "worker", loop, "--data", str(self._env.data)]
        if loop == "web":
            command += ["--host", self._host, "--port", str(self._port)]
        # Own group: Ctrl-C in the terminal reaches only the supervisor, which then stops the rest in order.
        process = subprocess.Popen(  # noqa: S603 -- our own program with our own arguments
            command, env={**os.environ, "TACTFUL_DATABASE_URL": self._env.url}, start_new_session=True
        )
        self._children[loop] = _Child(loop, process)

    def _look_after_children(self) -> None:
        for loop, child in list(self._children.items()):
            code = child.process.poll()
            if code is None or time.monotonic() - child.started < _QUICKEST_RESTART:
                continue
            log.warning("fell over, starting again", loop=loop, exit_code=code)
            self._start(loop)

    def _look_after_database(self) -> None:
        if self._env.embedded and not self._env.embedded.is_running():
            log.warning("the database fell over, starting again")
            self._env.embedded.restart()

    def _announce(self) -> None:
        address = f"http://{self._host}:{self._port}"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not self._stopping:
            try:
                with urlopen(f"{address}/healthz", timeout=2):  # noqa: S310 -- our own address
                    console.print(f"Tactful answers on [bold]{address}[/bold]   (Ctrl-C stops it)")
                    return
            except (URLError, OSError):
                time.sleep(0.1)
            self._look_after_children()

    def _stop_all(self) -> None:
        for child in self._children.values():
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + _GRACE
        for child in self._children.values():
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()


@contextmanager
def _sole_owner(data: Path) -> Iterator[None]:
    """Hold the folder's lock file. The kernel lets go of it when the process ends, however it ends."""
    with (data / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(
                f"another 'tactful up' is running on {data}: stop it first, or use another folder with --data"
            ) from None
        yield


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Conflict(f"port {port} on {host} is taken: choose another with --port") from None
