"""A WSGI application inside an ASGI server, for web pages: one trip to a thread for a usual answer.

Django is at its best by WSGI; on this port collection wants ASGI. General bridges pass each part of body and answer
between threads one by one. Here the body is read before, and an answer whose length is known and modest comes back
whole; only a stream is fetched part by part.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_IN_MEMORY = 1024 * 1024  # bytes: longer bodies wait in a file, longer answers come in parts
_PLAIN_NAMES = {b"content-length": "CONTENT_LENGTH", b"content-type": "CONTENT_TYPE"}


@dataclass(slots=True)
class _Reply:
    """What the application has answered so far; `rest` gives what comes after `body`."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    rest: Iterator[bytes] | None = None
    close: Callable[[], object] | None = None

    def start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: object = None,  # noqa: ARG002 -- WSGI's signature; nothing has been sent yet when it is given
    ) -> Callable[[bytes], None]:
        self.status = int(status.partition(" ")[0])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return self._write

    def _write(self, part: bytes) -> None:
        self.body += part


class Mount:
    """The WSGI application as an ASGI one. Each of `workers` threads keeps its own connection to the database."""

    def __init__(self, app: WSGIApp, *, workers: int = 4) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="web")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
            if not await _read(receive, body):
                return
            loop = asyncio.get_running_loop()
            reply = await loop.run_in_executor(self._threads, self._ask, environ(scope, body))
            try:
                await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
                while reply.rest is not None:
                    await send({"type": "http.response.body", "body": reply.body, "more_body": True})
                    await loop.run_in_executor(self._threads, _next_part, reply)
                await send({"type": "http.response.body", "body": reply.body})
            finally:
                if reply.close is not None:
                    await loop.run_in_executor(self._threads, reply.close)

    def close(self) -> None:
        self._threads.shutdown(wait=False)

    def _ask(self, words: dict[str, Any]) -> _Reply:
        reply = _Reply()
        answer = self._app(words, reply.start)
        reply.close = getattr(answer, "close", None)
        reply.rest = iter(answer)
        first = next(reply.rest, b"")
        reply.body += first
        if _length(reply.headers) <= _IN_MEMORY:
            reply.body += b"".join(reply.rest)
            reply.rest = None
            if reply.close is not None:
                reply.close()  # here and now: one trip to the thread less
                reply.close = None
        return reply


def environ(scope: Scope, body: IO[bytes]) -> dict[str, Any]:
    """The request in WSGI's words. Texts are bytes written as Latin-1, as PEP 3333 wants them."""
    server = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    words: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", "").encode().decode("latin-1"),
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": str(server[0]),
        "SERVER_PORT": str(server[1] or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": str(client[0]),
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if b"_" in name:
            continue  # would pass for the same name with a dash, which a proxy in front may have set
        key = _PLAIN_NAMES.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
        text = value.decode("latin-1")
        if key in words:
            text = words[key] + ("; " if name == b"cookie" else ",") + text
        words[key] = text
    return words


async def _read(receive: Receive, body: IO[bytes]) -> bool:
    """The whole body into `body`; whether the sender stayed until its end."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        body.write(message.get("body", b""))
        if not message.get("more_body"):
            body.seek(0)
            return True


def _next_part(reply: _Reply) -> None:
    reply.body = b""
    if reply.rest is not None:
        reply.body = next(reply.rest, b"")
        if not reply.body:
            reply.rest = None


def _length(headers: list[tuple[bytes, bytes]]) -> float:
    """The length of the answer in bytes; endless where it is not known."""
    with suppress(ValueError):
        for name, value in headers:
            if name == b"content-length":
                return int(value)
    return float("inf")
