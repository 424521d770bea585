"""Processes of a service, as far as the event log goes: instances that share a Redis and nothing else."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from chatdock.errors import Gone
from chatdock.eventlog.base import EventLog, tail
from chatdock.eventlog.redis import RedisEventLog


@asynccontextmanager
async def nodes(
    url: str, count: int, *, prefix: str = "", keep_seconds: float = 600.0
) -> AsyncIterator[list[RedisEventLog]]:
    """That many instances, under a prefix of their own if none is given."""
    prefix = prefix or secrets.token_hex(4)
    logs = [RedisEventLog(url, prefix=prefix, keep_seconds=keep_seconds) for _ in range(count)]
    try:
        yield logs
    finally:
        await asyncio.gather(*(log.close() for log in logs))


def frames(first: int, count: int, word: str = "n") -> list[bytes]:
    """Frames that tell which they are."""
    return [b'data: {"%s":%d}\n\n' % (word.encode(), n) for n in range(first, first + count)]


def append(log: EventLog, run_id: str, some: list[bytes], *, end: bool = False) -> int:
    return log.append(run_id, len(some), b"".join(some), end=end)


async def collect(log: EventLog, run_id: str, after: int = 0, into: list[bytes] | None = None) -> list[bytes]:
    """Everything behind `after` up to the end; what was seen before an error is in `into`."""
    seen: list[bytes] = [] if into is None else into
    async for part in tail(log, run_id, after):
        if part is not None:
            assert part.first == after + len(seen) + 1, "a gap or a repetition"
            assert part.count == len(part.frames())
            seen.extend(part.frames())
    return seen


async def collect_or_gone(log: EventLog, run_id: str, seen: list[bytes]) -> bool:
    """Tails into `seen`; whether the end came, rather than word that the tape is gone."""
    try:
        await collect(log, run_id, into=seen)
    except Gone:
        return False
    return True


def claim_meanwhile(url: str, prefix: str, run_id: str, epoch: int) -> int:
    """Claims a run from another thread while this one, and every instance on its loop, stands still."""

    async def claim() -> int:
        async with nodes(url, 1, prefix=prefix) as (log,):
            return await log.claim(run_id, epoch)

    with ThreadPoolExecutor() as thread:
        return thread.submit(asyncio.run, claim()).result()


async def until(happened: Callable[[], bool], seconds: float = 60.0) -> None:
    """Returns once it has."""
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.01)


async def until_readable(log: EventLog, run_id: str, count: int, seconds: float = 60.0) -> None:
    """Returns once so many frames can be read there."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                if (await log.read(run_id, 0)).count >= count:
                    return
            except Exception:  # noqa: BLE001 - away, gone, not yet there: all the same to this question
                pass
            await asyncio.sleep(0.02)
