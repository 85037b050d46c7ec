"""The engine: works in what came through the door, and moves the journeys that are due."""

import threading

from tactful.events.services import CHANNEL
from tactful.flows import react
from tactful.kernel.clock import SystemClock
from tactful.worker import loop

_IDLE = 0.25  # seconds; a run that becomes due waits at most this long


def run(stop: threading.Event) -> None:
    clock = SystemClock()

    def once() -> None:
        loop.listen(CHANNEL)
        worked = react.react(now=clock.now()) + react.tick(now=clock.now())
        if not worked and not stop.is_set():
            loop.wait_for_notice(_IDLE)

    loop.run_alone(react.ENGINE, once, stop)
