"""The load generator: one job as a JSON line on standard input, its result as a JSON line on standard output.

echo '{"type":"streams", ...}' | python -m bench.load
"""

import asyncio
import itertools
import sys
import time
from typing import assert_never

import msgspec
import uvloop

from bench.http_client import Connection
from bench.jobs import (
    AnyJob,
    AnyResult,
    IdleJob,
    IdleResult,
    RequestsJob,
    RequestsResult,
    StallJob,
    StallResult,
    StreamsJob,
)
from bench.sse import body_of
from bench.streams import MAX_PROBLEMS_TOLD, Sample, percentile, ready, run_streams

OPENING_AT_ONCE = 50  # a listening socket's queue is finite
POLL_PAUSE_SECONDS = 0.0005


async def run_requests(job: RequestsJob) -> RequestsResult:
    """Keep-alive requests as fast as they are answered."""
    requests = [ready(request) for request in job.requests]
    turns = iter(range(job.count))
    waits_ms: list[float] = []
    problems: list[str] = []

    async def slot(index: int) -> None:
        connection = await Connection.open(job.port)
        for _ in turns:
            if not connection.is_open:
                connection = await Connection.open(job.port)
            reply = await connection.exchange(requests[index % len(requests)])
            if reply.status != 200 or reply.failure or reply.ended_at_ns is None:
                problems.append(reply.failure or f"status {reply.status}: {body_of(reply.data())[:200]!r}")
            else:
                waits_ms.append((reply.ended_at_ns - reply.sent_at_ns) / 1e6)
        connection.close()

    before = Sample.take(job.watched)
    async with asyncio.timeout(job.timeout_seconds), asyncio.TaskGroup() as group:
        for index in range(job.connections):
            group.create_task(slot(index))
    return RequestsResult(
        count=len(waits_ms),
        problems=list(dict.fromkeys(problems))[:MAX_PROBLEMS_TOLD],
        cpu_seconds=before.until(Sample.take(job.watched)),
        p50_ms=percentile(waits_ms, 50),
        p99_ms=percentile(waits_ms, 99),
    )


async def hold_idle(job: IdleJob) -> IdleResult:
    """Open every stream, report, then hold them until a line comes on standard input."""
    requests = itertools.cycle([ready(request) for request in job.requests])
    held: list[Connection] = []
    problems: list[str] = []
    gate = asyncio.Semaphore(OPENING_AT_ONCE)

    async def open_one(request: bytes) -> None:
        async with gate:
            connection = await Connection.open(job.port)
            reply = connection.send(request)
            await connection.answered()
            if reply.status != 200:
                problems.append(f"status {reply.status}: {body_of(reply.data())[:200]!r}")
            held.append(connection)

    async with asyncio.timeout(job.timeout_seconds), asyncio.TaskGroup() as group:
        for _ in range(job.connections):
            group.create_task(open_one(next(requests)))
    await asyncio.sleep(0.5)
    still_open = sum(connection.is_open for connection in held)
    result = IdleResult(open=still_open, problems=list(dict.fromkeys(problems))[:MAX_PROBLEMS_TOLD])
    _say(result)
    await asyncio.to_thread(sys.stdin.readline)
    for connection in held:
        connection.close()
    return result


async def find_stall(job: StallJob) -> StallResult:
    """Poll, start the run, go on polling; the longest wait is the longest the server's loop stood still."""
    poller, runner = await Connection.open(job.port), await Connection.open(job.port)
    poll = ready(job.poll)
    longest_before = await _poll_for(poller, poll, job.before_seconds)
    reply = runner.send(ready(job.run))
    longest_after = await _poll_for(poller, poll, job.after_seconds)
    async with asyncio.timeout(job.timeout_seconds):
        await runner.ended()
    problems = [] if reply.status == 200 and reply.failure is None else [reply.failure or f"status {reply.status}"]
    return StallResult(longest_before_ms=longest_before, longest_after_ms=longest_after, problems=problems)


async def _poll_for(poller: Connection, poll: bytes, seconds: float) -> float:
    longest_ms = 0.0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        reply = await poller.exchange(poll)
        if reply.failure is not None or reply.ended_at_ns is None:
            raise ConnectionError(reply.failure)
        longest_ms = max(longest_ms, (reply.ended_at_ns - reply.sent_at_ns) / 1e6)
        await asyncio.sleep(POLL_PAUSE_SECONDS)
    return longest_ms


def _say(result: AnyResult) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
    sys.stdout.buffer.flush()


async def work(job: AnyJob) -> None:
    """Do one job and say its result."""
    match job:
        case StreamsJob():
            _say(await run_streams(job))
        case RequestsJob():
            _say(await run_requests(job))
        case IdleJob():
            await hold_idle(job)
        case StallJob():
            _say(await find_stall(job))
        case _:
            assert_never(job)


def main() -> None:
    line = sys.stdin.buffer.readline()
    uvloop.run(work(msgspec.json.decode(line, type=AnyJob)))


if __name__ == "__main__":
    main()
