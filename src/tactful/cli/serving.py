"""The one port: a single process, so that killing it leaves nobody holding the port."""

import asyncio
import os
import signal
from contextlib import suppress
from importlib import import_module

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

APPLICATION = "tactful.config.asgi"
_LOOK_EVERY = 0.5  # seconds


def serve(*, host: str, port: int, parent: int | None = None) -> None:
    """Answer HTTP until SIGTERM or SIGINT, or until the `parent` process that started this one is gone."""
    asyncio.run(_serve(host, port, parent))


async def _serve(host: str, port: int, parent: int | None) -> None:
    application = import_module(APPLICATION).application
    # Granian's start-up log says nothing that people need; its errors go the way of all logs.
    server = Server(application, address=host, port=port, interface=Interfaces.ASGI, log_level=LogLevels.error)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    answering = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(_until(stop, parent))
    await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not answering.done():
        server.stop()  # type: ignore[no-untyped-call]
    await answering


async def _until(stop: asyncio.Event, parent: int | None) -> None:
    """Return when asked to stop, or when the parent is gone: then this process has been adopted by another."""
    while not stop.is_set() and parent in (None, os.getppid()):
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _LOOK_EVERY)
