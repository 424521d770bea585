"""A Redis of one test's own, and the ways it can be lost: stopped, killed, emptied, filled, demoted."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from servers.redis import RedisServer

AWAY_SECONDS = 4.0  # longer than a command's deadline and than the time between two sweeps

Fault = Callable[["Breakable"], Coroutine[None, None, None]]


class Breakable:
    """The server."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.url = server.url

    async def command(self, *words: str) -> object:
        async with Redis.from_url(self.url) as client:
            return await client.execute_command(*words)  # type: ignore[no-untyped-call]

    async def pid(self) -> int:
        async with Redis.from_url(self.url) as client:
            return int((await client.info("server"))["process_id"])


@pytest.fixture
def breakable_redis() -> Iterator[Breakable]:
    """Running, and stopped with the test."""
    directory = Path(tempfile.mkdtemp(prefix="chatdock-redis-"))
    server = RedisServer(directory)
    try:
        yield Breakable(server)
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


async def killed_and_started_empty(redis: Breakable) -> None:
    os.kill(await redis.pid(), signal.SIGKILL)
    redis.server.stop()
    await asyncio.sleep(1.0)
    redis.server.start()


async def killed_and_started_empty_later(redis: Breakable) -> None:
    os.kill(await redis.pid(), signal.SIGKILL)
    redis.server.stop()
    await asyncio.sleep(AWAY_SECONDS)
    redis.server.start()


async def emptied(redis: Breakable) -> None:
    await redis.command("FLUSHALL")


async def stopped_and_continued(redis: Breakable) -> None:
    pid = await redis.pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(AWAY_SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)


async def read_only_for_a_while(redis: Breakable) -> None:
    await redis.command("REPLICAOF", "127.0.0.1", "1")
    await asyncio.sleep(AWAY_SECONDS)
    await redis.command("REPLICAOF", "NO", "ONE")


async def out_of_memory_for_a_while(redis: Breakable) -> None:
    await redis.command("CONFIG", "SET", "maxmemory", "1")
    await asyncio.sleep(AWAY_SECONDS)
    await redis.command("CONFIG", "SET", "maxmemory", "0")


async def every_connection_cut(redis: Breakable) -> None:
    for kind in ("pubsub", "normal"):
        await redis.command("CLIENT", "KILL", "TYPE", kind)


async def scripts_forgotten(redis: Breakable) -> None:
    await redis.command("SCRIPT", "FLUSH")


FAULTS: list[Fault] = [
    killed_and_started_empty,
    killed_and_started_empty_later,
    emptied,
    stopped_and_continued,
    read_only_for_a_while,
    out_of_memory_for_a_while,
    every_connection_cut,
    scripts_forgotten,
]
UNNOTICED = [emptied, scripts_forgotten]  # nothing but the next answer tells
