"""A process that signs for a sender: texts come in by its standard input, signatures leave by its output.

It knows no setting and no database, and gets the keys with the texts: never by arguments, which everybody on the
machine can read. It ends when its input does, so it does not outlive the sender, however that ends.
"""

import os
import signal
import sys
from contextlib import suppress
from typing import BinaryIO

import msgspec

from tactful.delivery.domain.dkim import value

_HEAD = 4  # bytes, which say how long the rest is


class Order(msgspec.Struct, array_like=True):
    """Texts to sign, each with the place of its key."""

    private_keys: list[str]
    texts: list[tuple[int, bytes]]


def frame(content: object) -> bytes:
    """How it is written into a pipe."""
    body = msgspec.msgpack.encode(content)
    return len(body).to_bytes(_HEAD) + body


def receive(pipe: int) -> bytes | None:
    """What the next frame holds; None at the end, also where that comes in the middle."""
    head = _exactly(pipe, _HEAD)
    return head and _exactly(pipe, int.from_bytes(head))


def _exactly(pipe: int, size: int) -> bytes | None:
    found = bytearray()
    while len(found) < size:
        more = os.read(pipe, size - len(found))
        if not more:
            return None
        found += more
    return bytes(found)


def main(source: int, target: BinaryIO) -> None:
    orders = msgspec.msgpack.Decoder(Order)
    while (body := receive(source)) is not None:
        order = orders.decode(body)
        target.write(frame([value(order.private_keys[place], text) for place, text in order.texts]))
        target.flush()


if __name__ == "__main__":
    # Who stops a whole group of processes stops the sender too, and that one still has a batch to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        main(0, sys.stdout.buffer)
