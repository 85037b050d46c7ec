"""One port for all: collection as plain ASGI, everything else a WSGI application beside it."""

from typing import Any

import psycopg.conninfo
from django.conf import settings

from tactful.api.collect import PREFIX, Collect, Receive, Scope, Send
from tactful.api.inbox import Inbox
from tactful.api.keys import Keys
from tactful.api.mount import Mount, WSGIApp
from tactful.kernel.clock import SystemClock

HEALTH = "/healthz"
"""Answers whether this process answers, and nothing else: the database has a supervisor of its own."""


class Door:
    """Sends each request to the one that answers it."""

    def __init__(self, *, collect: Collect, web: WSGIApp) -> None:
        self._collect = collect
        self._web = Mount(web)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
        elif scope["path"] == HEALTH:
            await _say_well(send)
        elif scope["path"].startswith(PREFIX):
            await self._collect(scope, receive, send)
        else:
            await self._web(scope, receive, send)

    async def close(self) -> None:
        """Commit what still waits and let go of the database."""
        self._web.close()
        await self._collect.close()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.close()
        await send({"type": "lifespan.shutdown.complete"})


async def _say_well(send: Send) -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"2"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok"})


def build(web: WSGIApp) -> Door:
    """The whole port for the database in Django's settings; `web` answers what is not collection."""
    clock = SystemClock()
    return Door(collect=Collect(inbox=Inbox(conninfo()), keys=Keys(clock), clock=clock), web=web)


def conninfo() -> str:
    """Where the database is, in PostgreSQL's words."""
    words: dict[str, Any] = settings.DATABASES["default"]
    return psycopg.conninfo.make_conninfo(
        "",
        dbname=words["NAME"],
        user=words["USER"] or None,
        password=words["PASSWORD"] or None,
        host=words["HOST"] or None,
        port=words["PORT"] or None,
        **words.get("OPTIONS", {}),
    )
