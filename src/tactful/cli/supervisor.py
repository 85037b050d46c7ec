"""Starts the processes of one installation, starts again what falls over, stops all of them cleanly."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

import structlog
from rich.text import Text

from tactful.cli.environment import Environment
from tactful.cli.output import console
from tactful.cli.postgres import GivenUp
from tactful.kernel.errors import Conflict
from tactful.team import services as team

log = structlog.get_logger()

LOOPS = ("web", "engine", "sender", "clock", "caller")
_GRACE = 10.0  # seconds for a clean stop before a process is killed
_LOOK_EVERY = 0.2  # seconds
_PATIENCE = 4.0  # seconds for the port: the web process of an `up` that was killed needs a moment to notice
_STEADY = 3.0  # seconds; a process that lives shorter than this is started again more and more slowly
_LONGEST_WAIT = 30.0  # seconds between two attempts


@dataclass(slots=True)
class _Child:
    """One loop's process. `restless` counts the short lives in a row, this one not included."""

    process: subprocess.Popen[bytes]
    restless: int = 0
    started: float = field(default_factory=time.monotonic)

    def pause(self) -> float:
        """How long after its start the next one may be started, in seconds."""
        return min(_LONGEST_WAIT, 2.0 ** (self.restless - 1)) if self.restless else 0.0


def supervise(env: Environment, *, host: str, port: int) -> None:
    """Run until SIGTERM or SIGINT. Raises Conflict when the folder or the port is taken."""
    with claim(env.data, host=host, port=port):
        Supervisor(env, host=host, port=port).run()


def address_of(host: str, port: int) -> str:
    """Where a browser of this machine reaches it. One that answers on every address is reached on its own."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- read, not bound
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


class Supervisor:
    """The processes of one installation, and the embedded database where there is one.

    With `mail_port` one of them takes mail that comes in by SMTP; `mail_words` are more options of that one.
    """

    def __init__(
        self,
        env: Environment,
        *,
        host: str,
        port: int,
        mail_port: int | None = None,
        mail_words: Sequence[str] = (),
    ) -> None:
        self._env = env
        self._host, self._port = host, port
        self._words: dict[str, list[str]] = {loop: [] for loop in LOOPS}
        self._words["web"] = ["--host", host, "--port", str(port)]
        if mail_port is not None:
            self._words["inbound"] = ["--host", host, "--port", str(mail_port), *mail_words]
        self._children: dict[str, _Child] = {}
        self._stopping = False

    def run(self) -> None:
        """Start all loops and keep them running until SIGTERM, SIGINT or SIGHUP; then stop them."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup asks not to hear of it
                signal.signal(number, self._ask_to_stop)
        team.follow_address(address_of(self._host, self._port))
        announced = False
        try:
            for loop in self._words:
                self._children[loop] = self._started(loop)
            while not self._stopping:
                self._look_after_database()
                self._look_after_children()
                announced = announced or self._announce()
                time.sleep(_LOOK_EVERY)
        except GivenUp:
            pass  # asked to stop while the database was recovering
        finally:
            self._stop_all()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _started(self, loop: str, *, restless: int = 0) -> _Child:
        command = [sys.executable, "-m", "tactful.cli.main", "worker", loop, "--data", str(self._env.data)]
        command += ["--parent", str(os.getpid()), *self._words[loop]]
        # Own session: Ctrl-C in the terminal reaches only the supervisor, which then stops the rest in order.
        process = subprocess.Popen(  # noqa: S603 -- our own program with our own arguments
            command, env={**os.environ, "TACTFUL_DATABASE_URL": self._env.url}, start_new_session=True
        )
        return _Child(process, restless)

    def _look_after_children(self) -> None:
        for loop, child in self._children.items():
            code = child.process.poll()
            lived = time.monotonic() - child.started
            if code is None or lived < child.pause():
                continue
            log.warning("fell over, starting again", loop=loop, exit_code=code)
            restless = child.restless + 1 if lived < _STEADY + child.pause() else 0
            self._children[loop] = self._started(loop, restless=restless)

    def _look_after_database(self) -> None:
        if self._env.embedded and not self._env.embedded.is_running():
            log.warning("the database fell over, starting again")
            self._env.embedded.restart(give_up=lambda: self._stopping)
            log.warning("the database is back")

    def _announce(self) -> bool:
        """Tell where to go, once somebody answers there."""
        address = address_of(self._host, self._port)
        try:
            with urlopen(f"{address}/healthz", timeout=1):  # noqa: S310 -- our own address
                console.print(Text.assemble("Tactful answers on ", (address, "bold"), "   (Ctrl-C stops it)"))
        except (URLError, OSError):
            return False
        return True

    def _stop_all(self) -> None:
        for child in self._children.values():
            if child.process.poll() is None:
                child.process.terminate()
        deadline = time.monotonic() + _GRACE
        for loop, child in self._children.items():
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("did not stop in time, killed", loop=loop)
                child.process.kill()
                child.process.wait()


@contextmanager
def claim(data: Path, *, host: str, port: int, mail_port: int | None = None) -> Iterator[None]:
    """Be the only one that runs this folder. Raises Conflict when the folder or a port is taken."""
    with _sole_owner(data):
        _require_free(host, port, option="--port")
        if mail_port is not None:
            _require_free(host, mail_port, option="--mail-port")
        yield


@contextmanager
def _sole_owner(data: Path) -> Iterator[None]:
    """Hold the folder's lock file. The kernel lets go of it when the process ends, however it ends."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(
                f"another 'tactful up' is running on {data}: stop it first, or use another folder with --data"
            ) from None
        yield


def _require_free(host: str, port: int, *, option: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _is_free(host, port, option=option):
        if time.monotonic() > deadline:
            raise Conflict(f"port {port} on {host} is taken: choose another with {option}")
        time.sleep(_LOOK_EVERY)


def _is_free(host: str, port: int, *, option: str) -> bool:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as fault:
        raise Conflict(f"{host} is not an address of this machine: {fault}") from None
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError:
            raise Conflict(
                f"port {port} is not allowed to this user: choose one above 1023 with {option}"
            ) from None
        except OSError:
            return False
    return True
