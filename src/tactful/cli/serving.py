"""The one port: a single process, so that killing it leaves nobody holding the port."""

import asyncio
import os
import signal

from granian.constants import Interfaces
from granian.server.embed import Server

APPLICATION = "tactful.config.asgi:application"


def serve(*, host: str, port: int) -> None:
    """Answer HTTP until SIGTERM or SIGINT, or until the process that started this one is gone."""
    asyncio.run(_serve(host, port))


async def _serve(host: str, port: int) -> None:
    server = Server(APPLICATION, address=host, port=port, interface=Interfaces.ASGI, log_enabled=False)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    answering = asyncio.create_task(server.serve())
    watching = asyncio.create_task(_watch_parent(stop, os.getppid()))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
    watching.cancel()
    stopping.cancel()
    if not answering.done():
        server.stop()
    await answering


async def _watch_parent(stop: asyncio.Event, parent: int) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(1.0)
    stop.set()
