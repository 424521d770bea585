"""The load generator's main work: many streams at once, timed while they run and read when they are over."""

import asyncio
import gc
import random
import statistics
import time
from dataclasses import dataclass, field

from bench.cpu import cpu_seconds
from bench.http_client import Connection, Reply, request_bytes
from bench.jobs import Request, StreamsJob, StreamsResult, Window
from bench.sse import StreamReport, arrived_between, latencies_ns, report_on

MAX_PROBLEMS_TOLD = 3
WATCH_SECONDS = 0.02
RAMP_SEED = 20_261_121


@dataclass
class Sample:
    """CPU by role at one moment."""

    at_ns: int
    cpu: dict[str, float]

    @classmethod
    def take(cls, watched: dict[str, list[int]]) -> "Sample":
        cpu = {role: cpu_seconds(pids) for role, pids in watched.items()}
        return cls(time.monotonic_ns(), {**cpu, "load": time.process_time()})

    def until(self, later: "Sample") -> dict[str, float]:
        """CPU seconds by role between two samples."""
        return {role: later.cpu[role] - spent for role, spent in self.cpu.items()}


@dataclass
class Watch:
    """The two edges of the stretch in which every stream is running."""

    all_started: Sample | None = None
    first_ended: Sample | None = None
    replies: list[Reply] = field(default_factory=list)


async def run_streams(job: StreamsJob) -> StreamsResult:
    """Do the job."""
    requests = [ready(request) for request in job.requests]
    watch = Watch()
    random.seed(RAMP_SEED)
    gc.collect()
    gc.disable()
    before = Sample.take(job.watched)
    watcher = asyncio.create_task(_watch(job, watch))
    slots = [_slot(job, index, requests[index % len(requests)], watch) for index in range(job.connections)]
    done, late = await asyncio.wait([asyncio.create_task(slot) for slot in slots], timeout=job.timeout_seconds)
    ended_at_ns = time.monotonic_ns()
    await asyncio.sleep(job.settle_seconds)
    after = Sample.take(job.watched)
    watcher.cancel()
    for task in late:
        task.cancel()
    failures = [f"{type(error).__name__}: {error}" for task in done if (error := task.exception()) is not None]
    gc.enable()
    return _result(job, watch, before, after, ended_at_ns, failures)


def ready(request: Request) -> bytes:
    """A request's bytes."""
    return request_bytes(request.method, request.path, request.headers, request.body.encode())


async def _slot(job: StreamsJob, index: int, request: bytes, watch: Watch) -> None:
    """One connection: its share of the runs, one after the other."""
    if job.ramp_seconds:
        # At random, for an even step would line streams up on the upstream's period.
        await asyncio.sleep(random.random() * job.ramp_seconds)
    share = len(range(index, job.runs, job.connections))
    connection = await Connection.open(job.port)
    try:
        for _ in range(share):
            if not connection.is_open:
                connection = await Connection.open(job.port)
            watch.replies.append(connection.send(request))
            await connection.ended()
    finally:
        connection.close()


async def _watch(job: StreamsJob, watch: Watch) -> None:
    """Find the steady stretch by looking, which costs less than a callback a delta."""
    while watch.first_ended is None:
        await asyncio.sleep(WATCH_SECONDS)
        replies = watch.replies
        begun = sum(reply.first_delta_at_ns is not None for reply in replies)
        if watch.all_started is None and begun >= job.connections:
            watch.all_started = Sample.take(job.watched)
        if any(reply.ended_at_ns is not None for reply in replies):
            watch.first_ended = Sample.take(job.watched)


def _result(
    job: StreamsJob, watch: Watch, before: Sample, after: Sample, ended_at_ns: int, failures: list[str]
) -> StreamsResult:
    reports = [report_on(reply, job.deltas, stamped=job.stamped) for reply in watch.replies]
    first_deltas = [
        (reply.first_delta_at_ns - reply.sent_at_ns) / 1e6 for reply in watch.replies if reply.first_delta_at_ns
    ]
    return StreamsResult(
        runs=job.runs,
        complete=sum(report.problem is None for report in reports),
        problems=_told(failures, reports),
        deltas=sum(report.deltas for report in reports),
        frames=sum(report.frames for report in reports),
        reads=sum(len(reply.reads) for reply in watch.replies),
        seconds=(ended_at_ns - before.at_ns) / 1e9,
        cpu_seconds=before.until(after),
        first_delta_p50_ms=percentile(first_deltas, 50),
        first_delta_p99_ms=percentile(first_deltas, 99),
        steady=_steady(watch) if job.stamped else None,
    )


def _told(failures: list[str], reports: list[StreamReport]) -> list[str]:
    """The first few different problems."""
    problems = failures + [report.problem for report in reports if report.problem is not None]
    return list(dict.fromkeys(problems))[:MAX_PROBLEMS_TOLD]


def _steady(watch: Watch) -> Window | None:
    start, end = watch.all_started, watch.first_ended
    if start is None or end is None or end.at_ns <= start.at_ns:
        return None
    found = [late for reply in watch.replies for late in latencies_ns(reply, start.at_ns, end.at_ns)]
    in_ms = [late / 1e6 for late in found]
    return Window(
        seconds=(end.at_ns - start.at_ns) / 1e9,
        deltas=sum(arrived_between(reply, start.at_ns, end.at_ns) for reply in watch.replies),
        cpu_seconds=start.until(end),
        latency_p50_ms=percentile(in_ms, 50),
        latency_p99_ms=percentile(in_ms, 99),
    )


def percentile(values: list[float], rank: int) -> float | None:
    """The `rank`th percentile; None when there is nothing to rank."""
    if len(values) < 2:
        return values[0] if values else None
    return statistics.quantiles(values, n=100, method="inclusive")[rank - 1]
