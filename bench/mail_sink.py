"""A mail server that takes everything and keeps nothing, as fast as it can: the other end for bench/send.py.

Prints its port. What is measured against it is the sender, so it does as little as the protocol allows.
"""

import asyncio
import socket

_END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._waiting = bytearray()
        self._in_content = False
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        answers = b""
        while (line := self._next()) is not None:
            answers += self._answer(line)
        if answers:
            self._transport.write(answers)

    def _next(self) -> bytes | None:
        """The next command, or the end of a message."""
        end = self._waiting.find(_END if self._in_content else b"\r\n")
        if end < 0:
            return None
        line = bytes(self._waiting[:end])
        if self._in_content:
            self._ended(line)
            line = b"."
        del self._waiting[: end + (len(_END) if self._in_content else 2)]
        return line

    def _ended(self, content: bytes) -> None:
        """A message has come; others may look at it here."""

    def _answer(self, line: bytes) -> bytes:
        word = line[:4].upper()
        self._in_content = word == b"DATA"
        if word == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
        if word == b"DATA":
            return b"354 go on\r\n"
        return b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n"


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
