"""Processes that are stopped, go on, or die while they own a run, as real processes."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from chatdock.eventlog.redis_uploads import PAUSED_SECONDS
from eventlog.nodes import append, collect, frames, nodes

TESTS = Path(__file__).parents[1]


@asynccontextmanager
async def owner(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The process of `owner.py`, which has begun."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent / "server")])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(TESTS / "eventlog" / "owner.py"),
        *arguments,
        env={**os.environ, "PYTHONPATH": paths},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 60) == b"began\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_a_process_that_was_stopped_and_goes_on_writes_nothing(redis_url: str) -> None:
    async with (
        owner(redis_url, "stopped", "run_a", "old") as process,
        nodes(redis_url, 2, prefix="stopped") as (new, third),
    ):
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(0.1)
        at = await new.claim("run_a", 2)
        assert at > 3
        append(new, "run_a", frames(at + 1, 5, "new"))
        await new.flush("run_a")
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        assert (await asyncio.wait_for(process.stdout.readline(), 60)).startswith(b"fenced ")
        await asyncio.sleep(0.2)
        append(new, "run_a", frames(at + 6, 1, "new"), end=True)
        await new.flush("run_a")
        assert await collect(third, "run_a") == frames(1, at, "old") + frames(at + 1, 6, "new")


async def test_a_process_that_slept_until_its_run_had_expired_does_not_bring_it_back(redis_url: str) -> None:
    async with (
        owner(redis_url, "slept", "run_a", "old", "0.5") as process,
        nodes(redis_url, 1, prefix="slept", keep_seconds=0.5) as (new,),
    ):
        await asyncio.sleep(0.3)
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(0.1)
        at = await new.claim("run_a", 2)
        append(new, "run_a", frames(at + 1, 1, "new"), end=True)
        await new.flush("run_a")
        await asyncio.sleep(PAUSED_SECONDS + 1.0)
        async with Redis.from_url(redis_url) as client:
            assert await client.keys("*{slept}*") == [], "the run has expired"
            process.send_signal(signal.SIGCONT)
            assert process.stdout is not None
            assert (await asyncio.wait_for(process.stdout.readline(), 60)).startswith(b"fenced ")
            assert await client.keys("*{slept}*") == []


async def test_a_run_whose_process_was_killed_goes_on_in_another_and_its_viewers_see_one_answer(redis_url: str) -> None:
    async with (
        owner(redis_url, "killed", "run_a", "old") as process,
        nodes(redis_url, 2, prefix="killed") as (new, third),
    ):
        viewers = [asyncio.create_task(collect(log, "run_a")) for log in (new, third)]
        await asyncio.sleep(0.3)
        process.kill()
        await process.wait()
        at = await new.claim("run_a", 2)
        append(new, "run_a", frames(at + 1, 3, "new"), end=True)
        expected = frames(1, at, "old") + frames(at + 1, 3, "new")
        assert await asyncio.wait_for(asyncio.gather(*viewers), 60) == [expected, expected]
