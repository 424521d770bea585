"""The queue on a Redis stream with one consumer group: each run goes to one process, and to another if that one dies.

{chatdock}:runs      stream of run ids, read by the group `runs`
{chatdock}:workers   there while a worker lives
"""

import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from redis.exceptions import RedisError, ResponseError

from chatdock.dispatch.base import Ticket
from chatdock.errors import Unavailable
from chatdock.redis_client import redis_client

BLOCK_MS = 1_000
COMMAND_SECONDS = 3.0  # longer than a take blocks
CONNECTIONS = 4
GROUP = "runs"
LEASE_MS = 15_000  # as long as a run's: whoever took one and has not made it his by then is gone
LOOK_FOR_LOST_SECONDS = 5.0
KEPT = 100_000  # runs that wait; the store has them all
WORKERS_MS = 5_000


class RedisRunQueue:
    """`dispatch.base.RunQueue`."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "chatdock",
        lease_ms: int = LEASE_MS,
        look_for_lost_seconds: float = LOOK_FOR_LOST_SECONDS,
    ) -> None:
        self._lease_ms = lease_ms
        self._look_for_lost_seconds = look_for_lost_seconds
        self.has_workers = False
        self._stream = "{" + prefix + "}:runs"
        self._workers = "{" + prefix + "}:workers"
        self._name = secrets.token_hex(8)
        self._lost_at = 0.0
        self._client = redis_client(url, connections=CONNECTIONS, seconds=COMMAND_SECONDS, as_text=True)

    async def put(self, run_id: str) -> None:
        """See RunQueue.put."""
        async with _explained():
            await self._client.xadd(self._stream, {"run": run_id}, maxlen=KEPT, approximate=True)

    async def take(self, most: int) -> Sequence[Ticket]:
        """See RunQueue.take."""
        async with _explained():
            now = time.monotonic()
            if now >= self._lost_at:
                self._lost_at = now + self._look_for_lost_seconds
                lost = await self._in_group(self._claim_lost, most)
                if lost:
                    return lost
            return await self._in_group(self._read_new, most)

    async def done(self, tickets: Sequence[Ticket]) -> None:
        """See RunQueue.done."""
        ids = [ticket.id for ticket in tickets]
        async with _explained(), self._client.pipeline(transaction=False) as pipeline:
            pipeline.xack(self._stream, GROUP, *ids)
            pipeline.xdel(self._stream, *ids)
            await pipeline.execute()

    async def announce(self) -> None:
        """See RunQueue.announce."""
        async with _explained():
            await self._client.set(self._workers, self._name, px=WORKERS_MS)

    async def look(self) -> None:
        """See RunQueue.look."""
        async with _explained():
            self.has_workers = bool(await self._client.exists(self._workers))

    async def close(self) -> None:
        """See RunQueue.close."""
        with contextlib.suppress(RedisError, OSError):
            await self._client.aclose(close_connection_pool=True)

    async def _in_group(self, ask: Any, most: int) -> list[Ticket]:  # Any: redis-py's replies are untyped
        """Asks, and makes the group where there is none (any more)."""
        try:
            return await ask(most)  # type: ignore[no-any-return]
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
        with contextlib.suppress(ResponseError):  # another process was faster
            await self._client.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        return await ask(most)  # type: ignore[no-any-return]

    async def _read_new(self, most: int) -> list[Ticket]:
        reply: Any = await self._client.xreadgroup(GROUP, self._name, {self._stream: ">"}, count=most, block=BLOCK_MS)
        return [_ticket(entry) for _, entries in reply for entry in entries]

    async def _claim_lost(self, most: int) -> list[Ticket]:
        reply: Any = await self._client.xautoclaim(self._stream, GROUP, self._name, self._lease_ms, count=most)
        return [_ticket(entry) for entry in reply[1] if entry[1]]


def _ticket(entry: Any) -> Ticket:
    return Ticket(id=entry[0], run_id=entry[1]["run"])


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise Unavailable("The chat is not available right now. Please try again.", retry_after_seconds=2) from error
