"""A batch over several connections at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from time import monotonic

from tactful.delivery.port import Outcome, Outgoing, Result, SenderSettings, result_of
from tactful.delivery.providers.smtp.connection import Answer, Broken, Connection

_WORTH_A_CONNECTION = 8  # messages; fewer do not pay for opening one more
_LONGEST_BATCH = 120.0  # seconds; leases are longer
_FEW_FAILURES = 3  # connections that broke in one batch; then the rest waits for the next attempt


class Smtp:
    """The provider. Connections stay open between batches, each for as many messages as the server likes to take by
    one; one that broke is replaced by the next message."""

    name = "smtp"

    def __init__(self, settings: SenderSettings) -> None:
        self._settings = settings
        self._limit = settings.smtp_connections
        self._idle: list[Connection] = []
        self._threads = ThreadPoolExecutor(max_workers=self._limit, thread_name_prefix="smtp")

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        waiting: SimpleQueue[tuple[int, Outgoing]] = SimpleQueue()
        for item in enumerate(messages):
            waiting.put(item)
        batch = _Batch(waiting, [None] * len(messages))
        wanted = min(self._limit, max(1, len(messages) // _WORTH_A_CONNECTION))
        for running in [self._threads.submit(self._work, batch) for _ in range(wanted)]:
            running.result()
        return batch.complete(messages, provider=self.name)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _work(self, batch: "_Batch") -> None:
        """Send with one connection until nothing waits."""
        connection: Connection | None = None
        while (item := batch.take()) is not None:
            number, message = item
            try:
                connection, answer = self._deliver(message, connection)
            except Broken as broken:
                connection = None
                batch.broke()
                answer = broken.answer
            batch.results[number] = result_of(
                message, answer.outcome, provider=self.name, reason=answer.reason, means=answer.means
            )
            if connection and connection.used >= self._settings.smtp_messages:
                connection.close()
                connection = None
        if connection:
            self._idle.append(connection)

    def _deliver(self, message: Outgoing, open_one: Connection | None) -> tuple[Connection, Answer]:
        """Deliver over this connection, an idle one or a new one. A server may have closed one that was idle: then
        the message certainly did not go, and a new connection is tried at once."""
        kept = open_one or self._kept()
        if kept:
            try:
                return kept, kept.deliver(message)
            except Broken as broken:
                if broken.outcome is not Outcome.RETRY:
                    raise
        fresh = Connection(self._settings)
        return fresh, fresh.deliver(message)

    def _kept(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None


class _Batch:
    """Messages that wait and the results so far. Lists and queues are safe between threads; counts may be rough."""

    def __init__(self, waiting: SimpleQueue[tuple[int, Outgoing]], results: list[Result | None]) -> None:
        self.results = results
        self._waiting = waiting
        self._failures = 0
        self._until = monotonic() + _LONGEST_BATCH

    def take(self) -> tuple[int, Outgoing] | None:
        if self._failures >= _FEW_FAILURES or monotonic() > self._until:
            return None
        try:
            return self._waiting.get_nowait()
        except Empty:
            return None

    def broke(self) -> None:
        self._failures += 1

    def complete(self, messages: Sequence[Outgoing], *, provider: str) -> list[Result]:
        """The results; what was not tried because the server is slow or in trouble waits for the next attempt."""
        untried = "the mail server is slow or in trouble; not tried this time"
        return [
            result or result_of(message, Outcome.RETRY, provider=provider, reason=untried)
            for message, result in zip(messages, self.results, strict=True)
        ]
