"""The collection endpoint: POST /v1/{identify,track,page,screen,group,alias,batch,import}, as Segment has it.

Answers: 200 after the commit; 400 with the reason where nothing could be taken; 401, 404, 405, 413, 415; 503 while
the database is away. Never 500. A batch with some bad events is 200, like Segment's: sent again, the bad ones would
only come back with the good. Each bad event is named in the answer and kept for staff to see.
"""

import base64
import binascii
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any

import msgspec
import structlog

from tactful.api import reading
from tactful.api.inbox import Away, Inbox, Rows, field
from tactful.api.keys import Keys
from tactful.api.reading import Judged, Letter, Refused, Rejected
from tactful.kernel.clock import Clock

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = tuple[int, dict[str, Any], list[tuple[bytes, bytes]]]

PREFIX = "/v1/"
_NAMED = 100  # bad events named in an answer
_KEPT = 32 * 1024  # bytes of a body that is no JSON at all
_JSON = (b"content-type", b"application/json")
# Site snippets post from any origin; the key is not a secret that a browser could keep.
_CORS = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding"),
    (b"access-control-max-age", b"86400"),
]
# Not `Basic`: browsers would ask visitors of a site for a password.
_CHALLENGE = [(b"www-authenticate", b'WriteKey realm="Tactful"')]
_AGAIN = [(b"retry-after", b"2")]

log = structlog.get_logger(__name__)


class _HungUp(Exception):
    """The sender is gone before the end of its request."""


class Collect:
    """The endpoint as an ASGI application."""

    def __init__(self, *, inbox: Inbox, keys: Keys, clock: Clock) -> None:
        self._inbox = inbox
        self._keys = keys
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            status, content, headers = await self._answer(scope, receive)
        except _HungUp:
            return
        except Refused as fault:
            status, content, headers = fault.status, {"success": False, "reason": fault.message}, []
        except Away as fault:
            status, content, headers = 503, {"success": False, "reason": fault.message}, _AGAIN
        except Exception:  # whatever it is, the sender shall keep its events and try again
            log.exception("collect", path=scope["path"])
            status, content, headers = 503, {"success": False, "reason": "not stored; try again"}, _AGAIN
        await _send(send, status, content, headers)

    async def close(self) -> None:
        """Commit what still waits and let go of the database."""
        await self._keys.close()
        await self._inbox.close()

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        word = scope["path"].removeprefix(PREFIX).rstrip("/")
        if word not in reading.KINDS and word not in reading.BATCHES:
            raise Refused("there is no such endpoint", 404)
        if scope["method"] == "OPTIONS":
            return 204, {}, []
        if scope["method"] != "POST":
            return 405, {"success": False, "reason": "POST events here"}, [(b"allow", b"POST, OPTIONS")]
        headers = dict(scope["headers"])
        body = await _body(receive)
        source = await self._source(_basic(headers))
        now = self._clock.now()
        try:
            encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
            letter = reading.open_letter(reading.unpack(body, encoding=encoding), word=word)
        except Refused as fault:
            if source and fault.status == 400:
                await self._keep_body(body, fault.message, source=source, now=now)
            raise
        source = source or await self._source(letter.write_key)
        if source is None:
            return 401, {"success": False, "reason": "the write key is missing or not valid"}, _CHALLENGE
        judged = reading.judge(letter, source=source, now=now)
        if judged.accepted or judged.rejected:
            historical = word in reading.HISTORICAL
            await self._inbox.put(_rows(judged, source=source, historical=historical, now=now))
        return _verdict(letter, judged)

    async def _source(self, key: str | None) -> str | None:
        return await self._keys.source_of(key) if key else None

    async def _keep_body(self, body: bytes, reason: str, *, source: str, now: datetime) -> None:
        text = body[:_KEPT].decode("utf-8", "replace").replace("\x00", "\ufffd")
        kept = Judged(rejected=[Rejected(0, reason, text.encode())])
        await self._inbox.put(_rows(kept, source=source, historical=False, now=now))


def _verdict(letter: Letter, judged: Judged) -> Answer:
    if not judged.rejected:
        return 200, {"success": True}, []
    if letter.single:
        return 400, {"success": False, "reason": judged.rejected[0].reason}, []
    named = [{"index": bad.index, "reason": bad.reason} for bad in judged.rejected[:_NAMED]]
    content = {"accepted": len(judged.accepted), "rejected": len(judged.rejected), "reasons": named}
    if judged.accepted:
        return 200, {"success": True, **content}, []
    return 400, {"success": False, "reason": judged.rejected[0].reason, **content}, []


def _rows(judged: Judged, *, source: str, historical: bool, now: datetime) -> Rows:
    moment = now.isoformat().encode()
    origin = field(source.encode())
    start = b"\t".join((moment, origin, b"t" if historical else b"f", b""))
    return Rows(
        inbox=b"".join([start + field(payload) + b"\n" for payload in judged.accepted]),
        rejected=b"".join(
            b"\t".join((moment, origin, b"validate", field(bad.reason[:1000].encode()), field(bad.payload))) + b"\n"
            for bad in judged.rejected
        ),
    )


async def _body(receive: Receive) -> bytes:
    """The whole body, as far as it is not too long. Raises Refused (413), _HungUp."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _HungUp
        part = message.get("body", b"")
        size += len(part)
        if size > reading.MAX_BODY:
            raise Refused(f"the body is larger than {reading.MAX_BODY // 1024} KiB; send smaller batches", 413)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _basic(headers: dict[bytes, bytes]) -> str | None:
    """The write key in a basic authorization: its user name; clients leave the password empty."""
    scheme, _, word = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        return base64.b64decode(word.strip(), validate=True).decode().partition(":")[0] or None
    except (binascii.Error, UnicodeDecodeError):
        return None


async def _send(send: Send, status: int, content: dict[str, Any], headers: list[tuple[bytes, bytes]]) -> None:
    body = msgspec.json.encode(content) if content else b""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [_JSON, length, *_CORS, *headers]})
    await send({"type": "http.response.body", "body": body})
