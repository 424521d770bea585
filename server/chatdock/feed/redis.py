"""Feeds over replicas: numbered and kept in Redis, heard by one connection a process, read from a copy of it.

    tell -> a queue -> Redis numbers and keeps it, if anybody watches anywhere -> PUBLISH -> every process that watches

A copy is whole once it was made behind the subscription: what was said before was kept, what is said later is heard.

Redis may be lost. What is told meanwhile waits, up to a bound; what does not fit makes those who watch load their threads
again, as does a Redis that comes back empty, or without the last it had.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from typing import Any

from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError, RedisError

from chatdock.errors import Unavailable
from chatdock.feed.base import KEEP_COUNT, KEEP_SECONDS, Part
from chatdock.feed.channel import Channel, fresh_token
from chatdock.feed.redis_scripts import JOIN, START_OVER, TELL
from chatdock.redis_client import redis_client
from chatdock.types.happening import Happening
from chatdock.types.wire import encode

COMMAND_SECONDS = 2.0
POOL_CONNECTIONS = 4
MAX_WAITING = 5_000  # happenings told while Redis is away
BATCH = 100
REFRESH_SECONDS = 120.0  # well within what is kept, so that a watched feed never expires
PAUSE_SECONDS = 0.5
LISTEN_SECONDS = 0.05  # how soon what is newly watched is subscribed to
PING_SECONDS = 2.0
SILENCE_SECONDS = 6.0  # after three pings without an answer the listener connects again

Arguments = list[str | bytes | int]

log = logging.getLogger(__name__)


class RedisFeed:
    """One process's copy of the feeds it watches."""

    def __init__(self, url: str, *, prefix: str = "chatdock", keep_seconds: float = KEEP_SECONDS) -> None:
        self._client = redis_client(url, connections=POOL_CONNECTIONS, seconds=COMMAND_SECONDS)
        self._tell, self._join, self._start_over = map(self._client.register_script, (TELL, JOIN, START_OVER))
        self._space = "{" + prefix + "}:feed:"
        self._keep_ms = int(keep_seconds * 1000)
        self._channels: dict[str, Channel] = {}
        self._joined: set[str] = set()  # subscribed, and copied since
        self._doubts: Counter[str] = (
            Counter()
        )  # how often a copy was found wanting: one that was asked for before counts for nothing
        self._is_away = False  # as the listener finds it
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._missed: set[str] = set()
        self._more = asyncio.Event()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def tell(self, address: str, happening: Happening) -> None:
        """See Feed.tell."""
        if len(self._waiting) >= MAX_WAITING:
            self._missed.add(self._waiting.popleft()[0])
        self._waiting.append((address, encode(happening)))
        self._more.set()
        self._start()

    def watch(self, address: str, wake: Callable[[], None]) -> Callable[[], None]:
        """See Feed.watch."""
        channel = self._channels.get(address)
        if channel is None:
            channel = self._channels[address] = Channel()
        channel.watchers.append(wake)
        self._changed.set()
        self._start()

        def unwatch() -> None:
            if wake in channel.watchers:
                channel.watchers.remove(wake)
            if not channel.watchers and self._channels.get(address) is channel:
                del self._channels[address]
                self._joined.discard(address)
                self._doubts.pop(address, None)
                self._changed.set()

        return unwatch

    async def read(self, address: str, after: str | None) -> Part:
        """See Feed.read."""
        channel = self._channels.get(address)
        if channel is None:
            return Channel().behind(after)
        if address not in self._joined:
            await self._copy(address, channel)
        return channel.behind(after)

    async def close(self) -> None:
        """Ends tasks and connections."""
        left = set(self._tasks)
        while left:  # again and again: redis-py may swallow a cancellation while it connects
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=0.05)
        try:
            async with asyncio.timeout(1.0):
                await self._client.aclose(close_connection_pool=True)
        except (RedisError, OSError):
            pass

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._stay(work), name="feed") for work in (self._send, self._listen, self._refresh)
            ]

    async def _stay(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await work()
            except (RedisError, OSError) as error:
                log.debug("the feed waits for Redis: %s", type(error).__name__)
            except Exception:
                log.exception("the feed stumbled")
            await asyncio.sleep(PAUSE_SECONDS)

    def _keys(self, address: str) -> list[str]:
        return [f"{self._space}{address}:meta", f"{self._space}{address}:frames"]

    async def _send(self) -> None:
        while True:
            if not (self._waiting or self._missed):
                await self._more.wait()
            self._more.clear()
            while self._missed:
                address = next(iter(self._missed))
                await self._begin_anew(address)
                self._missed.discard(address)
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                try:
                    async with self._client.pipeline(transaction=False) as pipe:
                        for address, data in batch:
                            args: Arguments = [self._space + address, data, KEEP_COUNT, self._keep_ms]
                            await self._tell(keys=self._keys(address), args=args, client=pipe)
                        await pipe.execute()
                except BaseException:
                    self._missed.update(address for address, _ in batch)  # how many were told is not known
                    raise

    async def _begin_anew(self, address: str) -> None:
        """Every position of this feed is unknown from now on."""
        await self._start_over(keys=self._keys(address), args=[self._space + address, fresh_token()])

    async def _listen(self) -> None:
        """Subscribed to what is watched; after a connection was lost, everything is copied again."""
        self._joined.clear()
        try:
            async with self._client.pubsub() as ears:
                await self._follow(ears)
        except (RedisError, OSError):
            self._is_away = True
            raise

    async def _follow(self, ears: PubSub) -> None:
        subscribed: set[str] = set()
        self._changed.set()
        heard_at = pinged_at = time.monotonic()
        while True:
            if self._changed.is_set():
                self._changed.clear()
                wanted = set(self._channels)
                if new := wanted - subscribed:
                    await ears.subscribe(*(self._space + address for address in new))
                if old := subscribed - wanted:
                    await ears.unsubscribe(*(self._space + address for address in old))
                if not subscribed:
                    heard_at = pinged_at = time.monotonic()  # nobody was there to hear
                subscribed = wanted
            if not subscribed:
                self._is_away = False  # not that anybody knew
                await self._changed.wait()
                continue
            told = await ears.get_message(timeout=LISTEN_SECONDS)
            now = time.monotonic()
            if told is not None:
                heard_at = now
                self._hear(told)
            elif now - heard_at > SILENCE_SECONDS:
                raise ConnectionError("nothing is heard any more")
            elif now - pinged_at > PING_SECONDS:
                pinged_at = now
                await ears.ping()

    def _hear(self, told: dict[str, Any]) -> None:
        if told["type"] == "subscribe":  # what came before was heard of by nobody here
            self._is_away = False
            self._doubt(told["channel"].decode().removeprefix(self._space))
        if told["type"] != "message":
            return
        address = told["channel"].decode().removeprefix(self._space)
        channel = self._channels.get(address)
        if channel is None:
            return
        token, number, frame = told["data"].split(b":", 2)
        count = int(number)
        if token.decode() == channel.token and count == channel.count + 1:
            channel.add(frame)
        elif token.decode() != channel.token or count > channel.count:
            self._doubt(address)

    def _doubt(self, address: str) -> None:
        """The copy lacks something: whoever reads next makes another, and one under way does not count."""
        channel = self._channels.get(address)
        if channel is not None:
            self._doubts[address] += 1
            self._joined.discard(address)
            channel.wake()

    async def _copy(self, address: str, channel: Channel) -> None:
        if self._is_away:  # whoever listens is trying already, and wakes everybody
            raise Unavailable("What happens in this chat cannot be told right now.", retry_after_seconds=2)
        doubts, before = self._doubts[address], (channel.token, channel.count)
        try:
            args: Arguments = [self._space + address, fresh_token(), self._keep_ms]
            found, number, frames = await self._join(keys=self._keys(address), args=args)
            token, count = found.decode(), int(number)
            if (
                token == before[0] and count < before[1]
            ):  # Redis lost the last it had, and would give their numbers to others
                await self._begin_anew(address)
                self._doubt(address)
                return
        except (RedisError, OSError) as error:
            raise Unavailable("What happens in this chat cannot be told right now.", retry_after_seconds=2) from error
        if self._channels.get(address) is not channel:
            return
        if token != channel.token or count > channel.count:  # else it was overtaken by what is heard
            channel.start_over(token, count, frames)
        if self._doubts[address] == doubts:
            self._joined.add(address)

    async def _refresh(self) -> None:
        """Watched feeds do not expire."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS)
            for address, channel in list(self._channels.items()):
                await self._copy_quietly(address, channel)

    async def _copy_quietly(self, address: str, channel: Channel) -> None:
        try:
            await self._copy(address, channel)
        except Unavailable:
            self._doubt(address)
