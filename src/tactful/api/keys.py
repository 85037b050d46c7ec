"""Write keys in memory for some seconds: PostgreSQL is not asked at each request, and a revoked key soon ends."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.db import Error as DatabaseError
from django.db import close_old_connections, connections

from tactful.api.inbox import Away
from tactful.kernel.clock import Clock
from tactful.team.domain.keys import digest_of
from tactful.team.services import use_api_key

_REMEMBERED = 3.0  # seconds
_MOST_KEPT = 10_000  # keys, so that guessing does not fill the memory


class Keys:
    """The sources behind write keys."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, tuple[float, asyncio.Future[str | None]]] = {}
        # Django is synchronous: one thread, and with it one connection, asks.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="keys")

    async def source_of(self, key: str) -> str | None:
        """The source of events sent with this key, None where it is not valid. Raises Away."""
        loop = asyncio.get_running_loop()
        digest = digest_of(key)
        until, answer = self._known.get(digest, (0.0, None))
        if answer is None or loop.time() > until:
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            answer = loop.run_in_executor(self._thread, self._look_up, digest)
            self._known[digest] = (loop.time() + _REMEMBERED, answer)
        try:
            return await asyncio.shield(answer)
        except DatabaseError:
            self._known.pop(digest, None)
            raise Away from None

    async def close(self) -> None:
        """Let go of the thread and its connection."""
        await asyncio.get_running_loop().run_in_executor(self._thread, connections.close_all)
        self._thread.shutdown(wait=False)

    def _look_up(self, digest: str) -> str | None:
        close_old_connections()  # drops one that has died; outside a request nobody else does
        key = use_api_key(digest, now=self._clock.now())
        return key.source if key else None
