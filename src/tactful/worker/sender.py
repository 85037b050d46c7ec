"""The sender: claims queued messages, looks at the guards once more, renders and hands over."""

import os
import socket
import threading

from tactful.flows import dispatch
from tactful.kernel.clock import SystemClock
from tactful.worker import loop

_IDLE = 0.25  # seconds


def run(stop: threading.Event) -> None:
    clock = SystemClock()
    name = f"{socket.gethostname()}:{os.getpid()}"

    def once() -> None:
        loop.listen(dispatch.CHANNEL)
        if not dispatch.dispatch(worker=name, clock=clock) and not stop.is_set():
            loop.wait_for_notice(_IDLE)

    try:
        loop.run("sender", once, stop)
    finally:
        dispatch.close()
