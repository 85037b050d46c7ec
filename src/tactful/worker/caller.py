"""The caller: calls that journeys make to other systems."""

import threading

from tactful.flows import calling
from tactful.kernel.clock import SystemClock
from tactful.worker import loop

_IDLE = 1.0  # seconds


def run(stop: threading.Event) -> None:
    clock = SystemClock()

    def once() -> None:
        if not calling.call_out(clock=clock):
            stop.wait(_IDLE)

    loop.run("caller", once, stop)
