"""What the event log costs: microseconds of CPU a frame, in memory and on Redis, and how late a frame is elsewhere.

`python bench/eventlog.py [--rounds 5]`. CPU is this process's own, user and system; Redis' share is not counted. Rounds
alternate; medians, with the spread in brackets. For the latency the owner is a process of its own: 500 runs, a frame each
50 ms, and one viewer of each run here.
"""

import argparse
import asyncio
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "server"), str(ROOT / "tests")]

import uvloop  # noqa: E402
from redis.asyncio import Redis  # noqa: E402

from chatdock.eventlog.base import EventLog, tail  # noqa: E402
from chatdock.eventlog.memory import MemoryEventLog  # noqa: E402
from chatdock.eventlog.redis import RedisEventLog  # noqa: E402
from servers.redis import RedisServer  # noqa: E402

FRAME = (
    b'data: {"type":"thread.item.updated","item_id":"cti_0123456789abcdef","update":{"type":"x","delta":" word"}}\n\n'
)
FRAMES = 20_000
RUNS = 50
SIZES = (1, 20, 200)
LIVE_RUNS, LIVE_SECONDS, LIVE_GAP_SECONDS = 500, 10.0, 0.05


async def appended(log: EventLog, size: int) -> None:
    """FRAMES over RUNS runs, `size` an append, a turn of the loop after each of them has had one."""
    data = FRAME * size
    names = [secrets.token_hex(8) for _ in range(RUNS)]
    for _ in range(FRAMES // size // RUNS):
        for name in names:
            log.append(name, size, data)
        await asyncio.sleep(0)
    for name in names:
        log.append(name, 0, b"", end=True)
    for name in names:
        await log.flush(name)


async def relayed(owner: EventLog, reader: EventLog, size: int) -> None:
    """The same, paced as models speak, with a viewer of each run at the reader's: what both cost together."""
    data = FRAME * size
    names = [secrets.token_hex(8) for _ in range(RUNS)]
    for name in names:
        owner.append(name, size, data)
    for name in names:
        await owner.flush(name)
    viewers = [asyncio.create_task(_view(reader, name)) for name in names]
    for _ in range(FRAMES // size // RUNS - 1):
        for name in names:
            owner.append(name, size, data)
        await asyncio.sleep(0.005)
    for name in names:
        owner.append(name, 0, b"", end=True)
    assert set(await asyncio.gather(*viewers)) == {FRAMES // size // RUNS * size}


async def _view(log: EventLog, run_id: str) -> int:
    count = 0
    async for part in tail(log, run_id, 0):
        count += part.count if part is not None else 0
    return count


async def replayed(owner: EventLog, reader: EventLog, size: int) -> None:
    """One run of FRAMES, appended `size` at a time and read once elsewhere."""
    name = secrets.token_hex(8)
    for _ in range(FRAMES // size):
        owner.append(name, size, FRAME * size)
        await asyncio.sleep(0)
    owner.append(name, 0, b"", end=True)
    await owner.flush(name)
    before = time.process_time()
    assert (await reader.read(name, 0)).count == FRAMES
    replays.append((time.process_time() - before) * 1e3)


replays: list[float] = []


async def micros(work: Callable[[], Awaitable[None]]) -> float:
    """CPU of one of FRAMES frames."""
    before = time.process_time()
    await work()
    return (time.process_time() - before) / FRAMES * 1e6


async def costs(url: str, rounds: int) -> None:
    """The table of CPU."""
    memory, owner, reader = MemoryEventLog(), RedisEventLog(url, prefix="bench"), RedisEventLog(url, prefix="bench")
    figures: dict[str, list[float]] = {}
    works: dict[str, Callable[[int], Awaitable[None]]] = {
        "memory": lambda size: appended(memory, size),
        "redis": lambda size: appended(owner, size),
        "memory, watched": lambda size: relayed(memory, memory, size),
        "redis, watched by its owner": lambda size: relayed(owner, owner, size),
        "redis, watched elsewhere (both)": lambda size: relayed(owner, reader, size),
    }
    for number in range(rounds + 1):
        for name, work in works.items():
            for size in SIZES:
                value = await micros(lambda work=work, size=size: work(size))  # type: ignore[misc]
                if number:  # the first warms up
                    figures.setdefault(f"{name:32} {size:4} frames an append", []).append(value)
        await replayed(owner, reader, 20)
    print("CPU microseconds a frame")
    for name, values in figures.items():
        print(f"  {name}: {_spread(values)}")
    print(f"CPU milliseconds to read a run of {FRAMES} frames elsewhere: {_spread(replays[1:])}")
    for log in (memory, owner, reader):
        await log.close()


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):6.2f} [{min(values):.2f} to {max(values):.2f}]"


# ---- latency ---------------------------------------------------------------------------------------------------------


async def own(url: str, prefix: str) -> None:
    """The owner's process: frames that carry the instant they were appended at."""
    log = RedisEventLog(url, prefix=prefix)
    names = [f"run_{n}" for n in range(LIVE_RUNS)]
    for name in names:
        log.append(name, 1, b"data: 0\n\n")
    for name in names:
        await log.flush(name)
    print("began", flush=True)
    await asyncio.sleep(2.0)
    ends_at = time.monotonic() + LIVE_SECONDS
    turn = 0
    while time.monotonic() < ends_at:
        turn += 1
        wakes_at = time.monotonic() + LIVE_GAP_SECONDS / 10
        for name in names[turn % 10 :: 10]:  # a tenth at a time: models do not speak in unison
            log.append(name, 1, b"data: %d\n\n" % time.monotonic_ns())
        await asyncio.sleep(max(0.0, wakes_at - time.monotonic()))
    for name in names:
        log.append(name, 0, b"", end=True)
        await log.flush(name)
    await log.close()


async def latencies(url: str) -> None:
    """How late frames are elsewhere."""
    prefix = secrets.token_hex(4)
    owner = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__)), "--own", url, prefix, stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None and await owner.stdout.readline() == b"began\n"
    log = RedisEventLog(url, prefix=prefix)
    late: list[float] = []
    dozes: list[float] = []

    async def view(name: str) -> None:
        async for part in tail(log, name, 0):
            now = time.monotonic_ns()
            for frame in part.frames() if part is not None else ():
                if stamp := int(frame[6:-2]):
                    late.append((now - stamp) / 1e6)

    async def doze() -> None:
        while True:
            due = time.monotonic() + 0.005
            await asyncio.sleep(0.005)
            dozes.append((time.monotonic() - due) * 1e3)

    dozing = asyncio.create_task(doze())
    before, redis_before = time.process_time(), await _redis_seconds(url)
    try:
        await asyncio.gather(*(view(f"run_{n}") for n in range(LIVE_RUNS)))
    finally:
        owner.kill()
        await owner.wait()
    here = (time.process_time() - before) / len(late) * 1e6
    there = (await _redis_seconds(url) - redis_before) / len(late) * 1e6
    dozing.cancel()
    print(
        f"milliseconds until a frame is elsewhere, {LIVE_RUNS} runs x {LIVE_GAP_SECONDS * 1e3:.0f} ms, {len(late)} frames:"
    )
    print(f"  {_shares(late)}; how late a timer is in the same process: {_shares(dozes)}")
    print(f"  CPU microseconds a frame: {here:.1f} of the viewers' process, {there:.1f} of Redis")
    await log.close()


def _shares(values: list[float]) -> str:
    values.sort()
    return ", ".join(f"p{share} {values[len(values) * share // 100]:.1f}" for share in (50, 90, 99))


async def _redis_seconds(url: str) -> float:
    async with Redis.from_url(url) as client:
        used = await client.info("cpu")
    return float(used["used_cpu_sys"]) + float(used["used_cpu_user"])


def main() -> None:
    """Starts a Redis, measures, stops it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="of the CPU table; 0 leaves it out")
    parser.add_argument("--own", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.own:
        uvloop.run(own(*options.own))
        return
    with tempfile.TemporaryDirectory() as directory:
        server = RedisServer(Path(directory))
        try:
            if options.rounds:
                uvloop.run(costs(server.url, options.rounds))
            uvloop.run(latencies(server.url))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
