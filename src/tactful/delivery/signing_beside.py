"""Signatures made beside the sender, by a process of its own, while the sender makes and hands over other messages.

An RSA signature takes a third of what a message takes. Threads would not do as well: a signature is so short that
its thread waits longer for the next turn in the interpreter. Messages go there by sheets, to wake nobody for each.

Nothing depends on that process. It holds no message: what it does not answer, because it was killed or is stuck,
is signed here, with the same bytes, and the next batch starts another one.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from select import POLLOUT, poll
from threading import Lock, Thread
from typing import IO, cast

import msgspec
import structlog

from tactful.delivery.domain.dkim import Unsigned, value
from tactful.delivery.signing_process import Order, frame, receive

log = structlog.get_logger()

SHEET = 20
"""Messages that are best handed over at once: fewer wake the process for each, more wait for each other."""

_WORTH_A_PROCESS = 40  # messages in a batch; fewer are signed here before the process would have begun
_PATIENCE = 20.0  # seconds for a sheet, which takes a hundredth of one; leases are longer
_END_WITHIN = 5.0  # seconds

Answer = Callable[[], list[bytes]]
"""Waits for the values of signatures; gives none where they have to be made here."""


class Signer:
    """Starts the process when there is enough to sign, and again when it has ended. For one thread."""

    def __init__(self) -> None:
        self._process: _Process | None = None

    def sheets(self, expected: int) -> "Sheets":
        """For a batch of about so many messages. A process is started once in a batch at most."""
        if self._process and self._process.has_ended:
            log.warning("the process that signs has ended; another one is started")
            self.close()
        return Sheets(self._ask if expected >= _WORTH_A_PROCESS else None)

    def close(self) -> None:
        """End the process. The next batch starts another one."""
        if self._process:
            self._process.end()
        self._process = None

    def _ask(self, order: Order) -> Answer:
        try:
            self._process = self._process or _Process()
        except OSError as fault:
            log.warning("no process that signs can be started", error=str(fault))
            return list
        return self._process.ask(order)


class Sheets:
    """The messages of a batch, handed to the process a sheet at a time."""

    def __init__(self, ask: Callable[[Order], Answer] | None) -> None:
        self._ask = ask
        self._open = _Sheet()

    def add(self, wanted: Sequence[Unsigned]) -> Callable[[], bytes]:
        """What gives the signatures of a message, to go on top of it. Any thread may ask, and waits for them."""
        if not wanted:
            return bytes
        place = len(self._open.order.texts)
        self._open.add(wanted)
        return partial(self._open.lines, place, wanted)

    def hand_over(self) -> None:
        """Let the sheet be signed, and begin the next one."""
        if self._ask and self._open.order.texts:
            self._open.answer = self._ask(self._open.order)
        self._open = _Sheet()


class _Sheet:
    def __init__(self) -> None:
        self.order = Order([], [])
        self.answer: Answer = list

    def add(self, wanted: Sequence[Unsigned]) -> None:
        keys = self.order.private_keys
        for one in wanted:
            if one.private_key not in keys:
                keys.append(one.private_key)
            self.order.texts.append((keys.index(one.private_key), one.text))

    def lines(self, place: int, wanted: Sequence[Unsigned]) -> bytes:
        made = self.answer()[place : place + len(wanted)] or [value(one.private_key, one.text) for one in wanted]
        return b"".join(one.line(found) for one, found in zip(wanted, made, strict=True))


class _Process:
    """The process that runs, and a thread that listens to it."""

    def __init__(self) -> None:
        self.has_ended = False
        self._waiting: deque[Future[list[bytes]]] = deque()
        self._ending = Lock()
        # -P: what lies in the folder from which Tactful was started is no program of ours.
        program = [sys.executable, "-P", "-m", "tactful.delivery.signing_process"]
        self._process = subprocess.Popen(  # noqa: S603 -- our own program, no arguments
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )
        self._stdin = cast("IO[bytes]", self._process.stdin)
        os.set_blocking(self._stdin.fileno(), False)  # one that is stuck must not hold up the sender
        self._room = poll()
        self._room.register(self._stdin, POLLOUT)
        self._stdout = cast("IO[bytes]", self._process.stdout)
        self._listener = Thread(target=self._listen, name="signatures", daemon=True)
        self._listener.start()

    def ask(self, order: Order) -> Answer:
        values: Future[list[bytes]] = Future()
        with self._ending:
            if self.has_ended:
                return list
            self._waiting.append(values)
        try:
            self._write(frame(order))
        except OSError:  # nobody reads there any more, or it is stuck
            self._process.kill()
        return partial(self._answer, values)

    def _write(self, content: bytes) -> None:
        left = memoryview(content)
        while left:
            if not self._room.poll(_PATIENCE * 1000):
                raise TimeoutError
            left = left[os.write(self._stdin.fileno(), left) :]

    def end(self) -> None:
        self._stdin.close()
        try:
            self._process.wait(_END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._stdout.close()

    def _answer(self, values: Future[list[bytes]]) -> list[bytes]:
        try:
            return values.result(_PATIENCE)
        except TimeoutError:  # it is stuck; its end tells the others, who need not be as patient
            self._process.kill()
            return []

    def _listen(self) -> None:
        # It answers in the order in which it was asked.
        while (body := receive(self._stdout.fileno())) is not None:
            self._waiting.popleft().set_result(msgspec.msgpack.decode(body, type=list[bytes]))
        with self._ending:
            self.has_ended = True
        for values in self._waiting:
            values.set_result([])
