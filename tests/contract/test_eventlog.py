"""Every event log keeps these promises; a new backend joins by one line in BACKENDS."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Protocol

import pytest

from chatdock.errors import BadRequest, Gone
from chatdock.eventlog.base import PAGE_BYTES, EventLog, TapeFull, read_whole, tail
from chatdock.eventlog.memory import KEEP_SECONDS, MAX_RUN_BYTES, MemoryEventLog
from chatdock.eventlog.redis import RedisEventLog


class Backend(Protocol):
    """Makes an event log that shares nothing with those of other tests."""

    def __call__(self, *, keep_seconds: float = KEEP_SECONDS, max_run_bytes: int = MAX_RUN_BYTES) -> EventLog: ...


def _memory(request: pytest.FixtureRequest) -> Backend:
    return MemoryEventLog


def _redis(request: pytest.FixtureRequest) -> Backend:
    return partial(RedisEventLog, request.getfixturevalue("redis_url"), prefix=secrets.token_hex(4))


BACKENDS: dict[str, Callable[[pytest.FixtureRequest], Backend]] = {"memory": _memory, "redis": _redis}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    return BACKENDS[request.param](request)


@pytest.fixture
async def tape(backend: Backend) -> AsyncIterator[EventLog]:
    log = backend()
    yield log
    await log.close()


def _frames(first: int, count: int) -> list[bytes]:
    return [b'data: {"n":%d}\n\n' % n for n in range(first, first + count)]


def append(log: EventLog, run_id: str, frames: list[bytes], *, end: bool = False) -> int:
    return log.append(run_id, len(frames), b"".join(frames), end=end)


async def _all(log: EventLog, run_id: str, after: int = 0) -> list[bytes]:
    frames: list[bytes] = []
    async for part in tail(log, run_id, after):
        if part is not None:
            assert part.first == after + len(frames) + 1, "a gap or a repetition"
            frames.extend(part.frames())
    return frames


async def test_what_was_appended_is_read_back_byte_for_byte_from_every_position(tape: EventLog) -> None:
    frames = _frames(1, 50)
    assert append(tape, "run_a", frames[:20]) == 20
    assert append(tape, "run_a", frames[20:], end=True) == 50
    for after in range(51):
        assert await _all(tape, "run_a", after) == frames[after:]


async def test_a_long_tape_is_read_a_page_at_a_time_and_is_whole(tape: EventLog) -> None:
    frames = [b"data: %d %b\n\n" % (n, b"x" * 1000) for n in range(2000)]
    for at in range(0, 2000, 9):
        append(tape, "run_a", frames[at : at + 9])
    first = await tape.read("run_a", 3)
    assert first.has_more and not first.ended
    assert len(first.data) < 2 * PAGE_BYTES
    assert first.frames() == frames[3 : 3 + first.count]
    append(tape, "run_a", [], end=True)
    assert await _all(tape, "run_a", 3) == frames[3:]
    assert (await read_whole(tape, "run_a")).frames() == frames


async def test_what_is_held_here_is_what_a_read_gives_and_nothing_is_made_up(tape: EventLog) -> None:
    assert tape.held("run_1", 0) is None
    append(tape, "run_1", _frames(1, 3))
    append(tape, "run_1", _frames(4, 2))
    for after in range(5):
        assert tape.held("run_1", after) == await tape.read("run_1", after)
    assert [tape.held("run_1", after) for after in (5, 6, -1)] == [None, None, None]
    append(tape, "run_1", _frames(6, 1), end=True)
    assert tape.held("run_1", 5) == await tape.read("run_1", 5)
    tape.drop("run_1")
    assert tape.held("run_1", 0) is None


async def test_a_viewer_who_waits_gets_what_comes_and_then_the_end(tape: EventLog) -> None:
    append(tape, "run_a", _frames(1, 1))
    viewer = asyncio.create_task(_all(tape, "run_a"))
    for n in range(2, 30):
        await asyncio.sleep(0)
        append(tape, "run_a", _frames(n, 1))
    append(tape, "run_a", [], end=True)
    assert await viewer == _frames(1, 29)


async def test_viewers_that_come_and_go_at_random_while_frames_are_appended_lose_and_repeat_nothing(
    tape: EventLog,
) -> None:
    dice = random.Random(7)
    frames = _frames(1, 400)
    append(tape, "run_a", frames[:1])

    async def writer() -> None:
        at = 1
        while at < len(frames):
            step = dice.randint(1, 7)
            append(tape, "run_a", frames[at : at + step])
            at += step
            await asyncio.sleep(0)
        append(tape, "run_a", [], end=True)

    async def viewer() -> list[bytes]:
        seen: list[bytes] = []
        while True:
            cut_after = dice.randint(1, 40)
            ended = False
            async for part in tail(tape, "run_a", len(seen)):
                if part is None:
                    continue
                seen.extend(part.frames())
                ended = part.ended
                cut_after -= 1
                if cut_after == 0:
                    break
            if ended:
                return seen

    results = await asyncio.gather(writer(), *(viewer() for _ in range(50)))
    assert all(result == frames for result in results[1:])


async def test_a_run_that_was_never_taped_is_gone(tape: EventLog) -> None:
    with pytest.raises(Gone):
        await tape.read("run_nobody", 0)


async def test_a_position_in_the_future_is_refused_and_not_taken_for_the_start(tape: EventLog) -> None:
    append(tape, "run_a", _frames(1, 3))
    with pytest.raises(BadRequest):
        await tape.read("run_a", 4)


async def test_a_dropped_tape_is_gone_and_its_viewers_learn_of_it(tape: EventLog) -> None:
    append(tape, "run_a", _frames(1, 3))
    woken = asyncio.Event()
    tape.watch("run_a", woken.set)
    tape.drop("run_a")
    await asyncio.wait_for(woken.wait(), 30)
    with pytest.raises(Gone):
        await tape.read("run_a", 0)


async def test_a_viewer_that_stopped_watching_is_not_woken(tape: EventLog) -> None:
    append(tape, "run_a", _frames(1, 1))
    wakes: list[int] = []
    unwatch = tape.watch("run_a", lambda: wakes.append(1))
    append(tape, "run_a", _frames(2, 1))
    unwatch()
    append(tape, "run_a", _frames(3, 1))
    assert len(wakes) == 1


async def test_runs_do_not_mix(tape: EventLog) -> None:
    append(tape, "run_a", _frames(1, 2), end=True)
    append(tape, "run_b", _frames(100, 2), end=True)
    assert await _all(tape, "run_a") == _frames(1, 2)
    assert await _all(tape, "run_b") == _frames(100, 2)


async def test_a_tape_that_is_full_refuses_more_but_takes_its_end(backend: Backend) -> None:
    log = backend(max_run_bytes=1_000)
    append(log, "run_a", [b"x" * 900 + b"\n\n"])
    with pytest.raises(TapeFull):
        append(log, "run_a", [b"x" * 900 + b"\n\n"])
    append(log, "run_a", [b"end\n\n"], end=True)
    assert await _all(log, "run_a") == [b"x" * 900 + b"\n\n", b"end\n\n"]
    await log.close()


async def test_an_ended_tape_expires_after_its_time_and_a_running_one_does_not(backend: Backend) -> None:
    log = backend(keep_seconds=0.01)
    append(log, "run_running", _frames(1, 1))
    append(log, "run_ended", _frames(1, 1), end=True)
    await asyncio.sleep(0.02)
    append(log, "run_other", [], end=True)  # whatever ends next sweeps
    with pytest.raises(Gone):
        async with asyncio.timeout(5):
            while await log.read("run_ended", 0):  # elsewhere its time begins when its end arrives there
                await asyncio.sleep(0.01)
    assert (await log.read("run_running", 0)).frames() == _frames(1, 1)
    await log.close()


async def test_a_run_that_goes_on_after_a_claim_is_one_tape(tape: EventLog) -> None:
    append(tape, "run_a", _frames(1, 3))
    assert await tape.claim("run_a", 2) == 3
    assert append(tape, "run_a", _frames(4, 2), end=True) == 5
    assert await _all(tape, "run_a") == _frames(1, 5)


async def test_a_tape_that_is_not_there_cannot_be_claimed(tape: EventLog) -> None:
    with pytest.raises(Gone):
        await tape.claim("run_nobody", 2)


async def test_what_was_flushed_and_what_was_not_read_the_same(tape: EventLog) -> None:
    append(tape, "run_a", _frames(1, 3))
    await tape.flush("run_a")
    append(tape, "run_a", _frames(4, 3))
    assert (await tape.read("run_a", 2)).frames() == _frames(3, 4)
    await tape.flush("run_nobody")
