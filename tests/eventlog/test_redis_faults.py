"""What becomes of tapes when Redis is lost in every way it can be: a real server, stopped, killed, emptied, filled, demoted.

In each: viewers of the owner's process see the whole run as if nothing had happened; viewers elsewhere see the whole run, or
are told to load the thread; nobody sees anything else; and within ten seconds of Redis' return all is as before.
"""

import asyncio
import os
import signal
import time
import tracemalloc

import pytest
from redis.asyncio import Redis

from chatdock.errors import Gone, Unavailable
from chatdock.eventlog.base import EventLog
from chatdock.eventlog.redis_uploads import DROPPED_MOST
from eventlog.nodes import append, collect, collect_or_gone, frames, nodes, until, until_readable
from servers.breakable import (
    AWAY_SECONDS,
    FAULTS,
    UNNOTICED,
    Breakable,
    Fault,
    every_connection_cut,
    stopped_and_continued,
)

HEAL_SECONDS = 10.0  # from the moment Redis answers again
WAIT_SECONDS = 60.0  # for what has no bound of its own, on a busy machine


@pytest.fixture
def redis(breakable_redis: Breakable) -> Breakable:
    return breakable_redis


class Run:
    """A run that is written all through the fault, a frame every ten milliseconds."""

    def __init__(self, log: EventLog, run_id: str) -> None:
        self.expected: list[bytes] = []
        self.longest_append_seconds = 0.0
        self._log = log
        self._run_id = run_id
        self._stop = asyncio.Event()
        self.say(5)

    def say(self, count: int, *, end: bool = False) -> None:
        some = frames(len(self.expected) + 1, count)
        self.expected += some
        began_at = time.perf_counter()
        append(self._log, self._run_id, some, end=end)
        self.longest_append_seconds = max(self.longest_append_seconds, time.perf_counter() - began_at)

    async def write(self) -> None:
        while not self._stop.is_set():
            self.say(1)
            await asyncio.sleep(0.01)
        self.say(1, end=True)

    def stop(self) -> None:
        self._stop.set()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_no_viewer_sees_anything_but_the_run(
    redis: Breakable, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    async with nodes(redis.url, 2) as (owner, other):
        run = Run(owner, "run_a")
        await owner.flush("run_a")
        seen_here: list[bytes] = []
        seen_there: list[bytes] = []
        writing = asyncio.create_task(run.write())
        here = asyncio.create_task(collect(owner, "run_a", into=seen_here))
        there = asyncio.create_task(collect_or_gone(other, "run_a", seen_there))
        await until(lambda: len(seen_there) > 20)

        breaking = asyncio.create_task(fault(redis))
        while not breaking.done():
            await asyncio.sleep(0.1)
            assert len(run.expected) - len(seen_here) < 150, "a viewer of the owner's process waits for Redis"
        await breaking
        assert fault in UNNOTICED or "Redis does not take events" in caplog.text, "it was no fault"
        back_at = time.monotonic()
        await until_readable(other, "run_a", len(run.expected), WAIT_SECONDS)
        append(other, "run_new", frames(1, 2), end=True)  # and new runs, the other way round
        await until_readable(owner, "run_new", 2, WAIT_SECONDS)
        assert time.monotonic() - back_at < HEAL_SECONDS

        run.stop()
        await writing
        await here
        assert seen_here == run.expected
        ended_there = await asyncio.wait_for(there, WAIT_SECONDS)
        assert seen_there == (run.expected if ended_there else run.expected[: len(seen_there)])
        await owner.flush("run_a")
        assert await collect(other, "run_a") == run.expected
        assert run.longest_append_seconds < AWAY_SECONDS / 2


@pytest.mark.parametrize("fault", [stopped_and_continued, every_connection_cut], ids=lambda fault: fault.__name__)
async def test_a_viewer_elsewhere_waits_through_a_fault_that_loses_nothing(redis: Breakable, fault: Fault) -> None:
    async with nodes(redis.url, 2) as (owner, other):
        run = Run(owner, "run_a")
        await owner.flush("run_a")
        seen: list[bytes] = []
        there = asyncio.create_task(collect(other, "run_a", into=seen))
        await until(lambda: len(seen) == 5)  # before its first answer it would hear that nobody knows
        writing = asyncio.create_task(run.write())
        await fault(redis)
        run.stop()
        await writing
        assert await asyncio.wait_for(there, WAIT_SECONDS) == run.expected


async def test_while_redis_is_away_a_run_nobody_here_knows_is_unavailable_at_once_and_not_gone(
    redis: Breakable,
) -> None:
    async with nodes(redis.url, 2) as (owner, other):
        append(owner, "run_a", frames(1, 3))
        await owner.flush("run_a")
        assert (await other.read("run_a", 0)).count == 3
        pid = await redis.pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(Unavailable):
                await other.read("run_a", 0)  # this one has to find out
            began_at = time.monotonic()
            for _ in range(50):
                with pytest.raises(Unavailable):
                    await other.read("run_a", 0)
            assert time.monotonic() - began_at < 20
            with pytest.raises(Unavailable):
                await other.claim("run_a", 2)
        finally:
            os.kill(pid, signal.SIGCONT)
        await until_readable(other, "run_a", 3, WAIT_SECONDS)


async def test_a_tape_that_vanished_with_its_owner_is_gone_for_those_who_watch_it(redis: Breakable) -> None:
    async with nodes(redis.url, 2) as (owner, other):
        append(owner, "run_a", frames(1, 3))
        await owner.flush("run_a")
        seen: list[bytes] = []
        there = asyncio.create_task(collect_or_gone(other, "run_a", seen))
        await until(lambda: len(seen) == 3)
        await owner.close()
        await redis.command("FLUSHALL")
        assert not await asyncio.wait_for(there, WAIT_SECONDS)
        assert seen == frames(1, 3)
        with pytest.raises(Gone):
            await other.claim("run_a", 2)


async def test_a_tape_with_a_hole_is_gone_and_never_read_across(redis: Breakable) -> None:
    async with nodes(redis.url, 3) as (owner, other, third), Redis.from_url(redis.url) as client:
        for first in (1, 4, 7):
            append(owner, "run_a", frames(first, 3))
            await owner.flush("run_a")
        (tape,) = await client.keys("*tape:run_a")
        assert await client.xlen(tape) == 3, "three entries, so that one can be taken out of the middle"
        assert await client.xdel(tape, "6-0") == 1
        for log, after in ((other, 0), (third, 3)):
            with pytest.raises(Gone):
                await log.read("run_a", after)
        assert (await other.read("run_a", 6)).frames() == frames(7, 3)


async def test_a_run_that_says_nothing_is_written_again_after_redis_lost_it(redis: Breakable) -> None:
    async with nodes(redis.url, 2) as (owner, other):
        append(owner, "run_a", frames(1, 3))
        await owner.flush("run_a")
        await redis.command("FLUSHALL")
        await until_readable(other, "run_a", 3, WAIT_SECONDS)


async def test_keys_that_somebody_spoiled_are_written_again_and_spoil_no_other_run(redis: Breakable) -> None:
    async with nodes(redis.url, 2) as (owner, other), Redis.from_url(redis.url) as client:
        for run_id in ("run_a", "run_b", "run_c"):
            append(owner, run_id, frames(1, 10, run_id))
            await owner.flush(run_id)
        (head,) = await client.keys("*head:run_a")
        (tape,) = await client.keys("*tape:run_b")
        await client.set(head, "spoiled")
        await client.xadd(tape, {"n": 1, "d": "spoiled"}, id="99-0")
        for run_id in ("run_a", "run_b", "run_c"):
            append(owner, run_id, frames(11, 5, run_id), end=True)
        for run_id in ("run_a", "run_b", "run_c"):
            await owner.flush(run_id)
            assert await collect(other, run_id) == frames(1, 15, run_id)


async def test_what_a_failover_lost_is_written_again_by_its_owner(redis: Breakable) -> None:
    async with nodes(redis.url, 2) as (owner, other), Redis.from_url(redis.url) as client:
        append(owner, "run_a", frames(1, 10))
        await owner.flush("run_a")
        saved = {key: await client.dump(key) or b"" for key in await client.keys("*run_a")}
        seen: list[bytes] = []
        there = asyncio.create_task(collect_or_gone(other, "run_a", seen))
        append(owner, "run_a", frames(11, 10))
        await owner.flush("run_a")
        await until(lambda: len(seen) == 20)
        for key, value in saved.items():  # as the replica had them a second ago
            await client.restore(key, 90_000_000, value, replace=True)
        append(owner, "run_a", frames(21, 5), end=True)
        await owner.flush("run_a")
        assert await collect(other, "run_a") == frames(1, 25)
        ended = await asyncio.wait_for(there, WAIT_SECONDS)
        assert seen == frames(1, 25) if ended else frames(1, 20)


async def test_a_service_that_starts_before_redis_answers_its_own_viewers_and_catches_up(redis: Breakable) -> None:
    redis.server.stop()
    async with nodes(redis.url, 2) as (owner, other):
        append(owner, "run_a", frames(1, 3))
        assert (await owner.read("run_a", 0)).frames() == frames(1, 3)
        with pytest.raises(Unavailable):
            await other.read("run_a", 0)
        with pytest.raises(Unavailable):
            await owner.flush("run_a")
        redis.server.start()
        await until_readable(other, "run_a", 3, WAIT_SECONDS)


async def test_what_is_kept_while_redis_is_away_is_the_tapes_and_nothing_else(redis: Breakable) -> None:
    redis.server.stop()
    frame = b"data: " + b"x" * 990 + b"\n\n"
    async with nodes(redis.url, 1) as (log,):
        append(log, "run_0", [frame])
        await asyncio.sleep(0.5)
        tracemalloc.start()
        try:
            for n in range(20):
                for _ in range(200):
                    append(log, f"run_{n}", [bytes(bytearray(frame))])
                for m in range(1000):
                    log.drop(f"run_other_{n}_{m}")
                await asyncio.sleep(0.05)
            used, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(log._uploads._dropped) == DROPPED_MOST < 20_000
        tapes = 20 * 200 * len(frame)
        assert used < 1.3 * tapes + 2_000_000
        assert most < 1.6 * tapes + 4_000_000


async def test_a_deletion_is_told_when_redis_is_back(redis: Breakable) -> None:
    async with nodes(redis.url, 2) as (owner, other):
        append(owner, "run_a", frames(1, 3), end=True)
        await owner.flush("run_a")
        pid = await redis.pid()
        os.kill(pid, signal.SIGSTOP)
        owner.drop("run_a")
        await asyncio.sleep(0.2)
        os.kill(pid, signal.SIGCONT)
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                try:
                    await other.read("run_a", 0)
                except Gone:
                    break
                await asyncio.sleep(0.05)
        assert await redis.command("KEYS", "*run_a*") == []
