"""The way to Redis: two kinds of connection, a deadline on everything, and a memory of whether it is there.

Commands share a small pool. One more connection listens to this process's channel. Nothing is tried twice in here: what
has to arrive is somebody's standing work, who tries again after `pause`.
"""

import asyncio
import logging
import random
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec
from redis.exceptions import ConnectionError, ReadOnlyError, RedisError, TimeoutError

from chatdock.errors import Unavailable
from chatdock.eventlog.redis_scripts import CLAIM, DROP, READ, WRITE, Ask, Entry, Found, Result, Told
from chatdock.redis_client import redis_client

COMMAND_SECONDS = 2.0  # a Redis that takes longer is not there
POOL_CONNECTIONS = 8  # a call is over in a millisecond; more callers than this wait for one another
PAUSE_FIRST_SECONDS, PAUSE_MOST_SECONDS = 0.1, 1.5
SILENCE_SECONDS = 12.0  # a sweep is heard of every few seconds; after four that were not, the listener connects again
LOG_SECONDS = 30.0  # one line a period while Redis is away
READ_BYTES = 1024 * 1024  # what one call returns: Redis does nothing else meanwhile
PROBE_MS = 1_000
ABANDONED_MS = 25 * 3600 * 1000  # a run lives for a day at most; what nobody ended is forgotten after it

Record = TypeVar("Record", Found, Told)

log = logging.getLogger(__name__)


class Link:
    """One process's connections under one node id."""

    def __init__(self, url: str, prefix: str, keep_seconds: float) -> None:
        self.node = secrets.token_hex(8)
        self.is_up = True
        self.takes_writes = True
        self._space = "{" + prefix + "}"
        self._keep_ms = max(1, int(keep_seconds * 1000))
        self._client = redis_client(url, connections=POOL_CONNECTIONS, seconds=COMMAND_SECONDS)
        self._write, self._read, self._claim, self._drop = map(self._client.register_script, (WRITE, READ, CLAIM, DROP))
        self._encode = msgspec.msgpack.Encoder().encode
        self._results = msgspec.msgpack.Decoder(list[Result])
        self._result = msgspec.msgpack.Decoder(Result)
        self._found = msgspec.msgpack.Decoder(list[Found])
        self._told = msgspec.msgpack.Decoder(list[Told])
        self._heard_at = time.monotonic()
        self._logged_at = -LOG_SECONDS

    async def write(self, entries: Sequence[Entry], data: Sequence[bytes]) -> list[Result]:
        """One result an entry. Raises: Unavailable; what was written by then is found out by writing again."""
        header = self._encode((self.node, ABANDONED_MS, self._keep_ms, entries))
        try:
            reply = await self._call(self._write, header, b"".join(data))
        except Unavailable:
            self.takes_writes = False
            raise
        self.takes_writes = True
        return self._results.decode(reply)

    async def probe(self) -> None:
        """Whether Redis takes writes again, when there is nothing to write. Raises: Unavailable."""
        try:
            await self._client.set(f"{self._space}:probe:{self.node}", 1, px=PROBE_MS)
        except (RedisError, OSError) as error:
            raise Unavailable("The event log is not available right now.") from error
        self.takes_writes = True

    async def read(
        self, asks: Sequence[Ask], unwatched: Sequence[str] = (), *, page_bytes: int = READ_BYTES
    ) -> list[tuple[Found, bytes]]:
        """One answer an ask, some `page_bytes` of frames each and READ_BYTES in all; and who is no longer watched.

        Raises: Unavailable.
        """
        header = self._encode((self.node, READ_BYTES, page_bytes, asks, unwatched))
        packed, blob = _parts(await self._call(self._read, header))
        return list(_with_data(self._found.decode(packed), blob))

    async def claim(self, run_id: str, epoch: int) -> Result:
        """Raises: Unavailable."""
        return self._result.decode(
            await self._call(self._claim, self._encode((self.node, run_id, epoch, ABANDONED_MS)))
        )

    async def drop(self, run_ids: Sequence[str]) -> None:
        """Raises: Unavailable."""
        await self._call(self._drop, self._encode((self.node, run_ids, ABANDONED_MS)))

    async def listen(self, hear: Callable[[Told, bytes], None], on_return: Callable[[], None]) -> None:
        """Hands on what this process is told, for ever; `on_return` after each connection, for what was said before it."""
        tries = 0
        while True:
            try:
                async with self._client.pubsub() as channel:
                    await channel.subscribe(f"{self._space}:node:{self.node}")
                    self._heard_at = time.monotonic()
                    tries = 0
                    on_return()
                    while time.monotonic() - self._heard_at < SILENCE_SECONDS:
                        told = await channel.get_message(ignore_subscribe_messages=True, timeout=COMMAND_SECONDS)
                        if told is not None:
                            self._hear(told["data"], hear)
            except (RedisError, OSError) as error:
                self._note(error)
            tries += 1
            await pause(tries)

    async def close(self) -> None:
        """Ends every connection, within a second even if Redis does not answer."""
        try:
            async with asyncio.timeout(1.0):
                await self._client.aclose(close_connection_pool=True)
        except (RedisError, OSError):
            pass

    def _hear(self, data: object, hear: Callable[[Told, bytes], None]) -> None:
        self._heard_at = time.monotonic()
        if isinstance(data, bytes) and data:
            packed, blob = _parts(data)
            for told, frames in _with_data(self._told.decode(packed), blob):
                hear(told, frames)

    async def _call(
        self, script: Any, header: bytes, blob: bytes = b""
    ) -> bytes:  # Any: redis-py's stubs know no coroutine
        try:
            reply: bytes = await script(keys=[self._space], args=[header, blob])
        except (RedisError, OSError) as error:
            self._note(error)
            if isinstance(error, ConnectionError | TimeoutError | ReadOnlyError | OSError):
                self.is_up = isinstance(error, ReadOnlyError) and self.is_up
                await self._client.connection_pool.disconnect(inuse_connections=False)
            raise Unavailable("The event log is not available right now.") from error
        self.is_up = True
        return reply

    def _note(self, error: Exception) -> None:
        now = time.monotonic()
        if now - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            reason = f"{type(error).__name__}: {str(error)[:200]}"
            log.warning("Redis does not take events (%s); runs go on for those who watch them here", reason)


async def pause(tries: int) -> None:
    """Waits longer each time, and never as long as the others."""
    await asyncio.sleep(min(PAUSE_MOST_SECONDS, PAUSE_FIRST_SECONDS * 2 ** min(tries, 8)) * random.uniform(0.5, 1.0))


def _parts(data: bytes) -> tuple[bytes, bytes]:
    """The records and the frames of a message."""
    size = 4 + int.from_bytes(data[:4], "big")
    return data[4:size], data[size:]


def _with_data(records: list[Record], blob: bytes) -> list[tuple[Record, bytes]]:
    if len(records) == 1:
        return [(records[0], blob)]
    parts = []
    at = 0
    for record in records:
        parts.append((record, blob[at : at + record.size]))
        at += record.size
    return parts
