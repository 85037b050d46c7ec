"""What all loops share: stopping on request, outliving a database restart, not outliving their parent."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection

from tactful.jobs import services as jobs

log = structlog.get_logger()

# COPY and NOTIFY are the driver's own: their errors do not all pass Django's translation.
DATABASE_AWAY = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)

_RECONNECT_AFTER = 0.5  # seconds between attempts while the database is away
_ASK_AGAIN_AFTER = 1.0  # seconds until a standby asks for the lock again
_LOOK_EVERY = 0.5  # seconds between looks at the parent


def stop_on_signals(*, parent: int | None) -> threading.Event:
    """An event that SIGTERM, SIGINT or the end of the parent process sets; without a parent, nobody is watched."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    if parent is not None:
        threading.Thread(target=_watch_parent, args=(stop, parent), daemon=True).start()
    return stop


def _watch_parent(stop: threading.Event, parent: int) -> None:
    # A supervisor that was killed cannot stop its children: they notice that they were adopted.
    while not stop.is_set():
        if os.getppid() != parent:
            stop.set()
        stop.wait(_LOOK_EVERY)


def run_alone(name: str, work: Callable[[], None], stop: threading.Event) -> None:
    """Call `work` again and again while this process holds the lock of this name; else stand by."""

    def hold() -> None:
        with jobs.only_one(name) as mine:
            if not mine:
                stop.wait(_ASK_AGAIN_AFTER)
                return
            log.info("started", loop=name)
            while not stop.is_set():
                work()

    run(name, hold, stop)


def run(name: str, work: Callable[[], None], stop: threading.Event) -> None:
    """Call `work` again and again; when the database goes away, connect anew and go on."""
    while not stop.is_set():
        try:
            work()
        except DATABASE_AWAY as fault:
            log.warning("database away", loop=name, error=str(fault).strip())
            connection.close()
            stop.wait(_RECONNECT_AFTER)
    connection.close()
    log.info("stopped", loop=name)


def listen(channel: str) -> None:
    """Subscribe this connection to a channel of NOTIFY; again and again is harmless."""
    with connection.cursor() as cursor:
        cursor.execute(f'LISTEN "{channel}"')


def wait_for_notice(seconds: float) -> None:
    """Sleep until somebody notifies, at most so long."""
    for _ in connection.connection.notifies(timeout=seconds, stop_after=1):
        return
