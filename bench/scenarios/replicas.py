"""What it costs to be two: replicas on PostgreSQL and Redis beside one process with everything in its memory."""

import http.client
import math
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

from bench import contestants
from bench.contest import Contest, Streams
from bench.contestants import Chatdock, Contestant
from bench.figures import Figure, at_least, under
from bench.idle_streams import VIEWERS_A_RUN, start_detached
from bench.jobs import Request, StreamsJob, StreamsResult
from bench.processes import run_job
from bench.scenarios.sqlite import memory_url

SCENARIO = "replicas"
RELAYED = 24
WATCHED, SPACING_MS = 500, 200  # 2,500 deltas a second: both replicas share a core, all else the other one
STARTED_AT_ONCE = 20
LONG_DELTAS, RESUMES = 20_000, 20


def replicas(contest: Contest) -> None:
    """Relaying, watching elsewhere, resuming elsewhere."""
    if not contest.with_chatdock:
        return
    with (
        contestants.backends() as env,
        contestants.chatdock(contest.upstream, env=env) as here,
        contestants.beside(here) as elsewhere,
    ):
        with contestants.chatdock(contest.upstream, memory_url()) as alone:
            _relay(contest, here, elsewhere, alone)
        _watch(contest, here, elsewhere)
        _resume(contest, here, elsewhere)


def _relay(contest: Contest, here: Chatdock, elsewhere: Chatdock, alone: Chatdock) -> None:
    # What is said is measured, not what a run costs in a database: some milliseconds, spread over many deltas.
    deltas = contest.sized(20_000, 10_000)

    def rate(pair: tuple[Contestant, ...]) -> float:
        """Each takes its share of the streams, one after the other: the load generator knows one port."""
        plan = Streams(deltas=deltas, connections=RELAYED // len(pair))
        results = [contest.stream(one, plan) for one in pair]
        return sum(result.deltas for result in results) / sum(result.cpu_seconds["server"] for result in results)

    for contestant in (here, elsewhere, alone):
        contest.warm_up(contestant)
    rates = contest.alternate({"two": (here, elsewhere), "one": (alone, alone)}, rate)
    contest.add(
        Figure(
            scenario=f"{SCENARIO}, burst {RELAYED} x {deltas}",
            measure="deltas",
            unit="per server CPU s",
            ours=rates["two"],
            peer="Chatdock, one process in memory",
            theirs=rates["one"],
            target=at_least(0.8),
        )
    )


def _watch(contest: Contest, here: Chatdock, elsewhere: Chatdock) -> None:
    """Runs at one replica, each with one viewer: at the other, and for comparison where it runs."""
    deltas = contest.sized(150, 100)  # longer than it takes to begin all of them
    text = f"bench {deltas} {SPACING_MS} stamp"
    sessions = math.ceil(WATCHED / VIEWERS_A_RUN)

    def watch(viewed: Chatdock) -> StreamsResult:
        requests = [here.chat(text, sessions)[n % sessions] for n in range(WATCHED)]
        with ThreadPoolExecutor(STARTED_AT_ONCE) as pool:
            started = list(pool.map(lambda request: start_detached(here.process.port, request), requests))
        watching = [
            Request(method="GET", path=f"/v1/chatkit/runs/{run_id}/events", headers=here.headers(n % sessions))
            for n, run_id in enumerate(started)
        ]
        job = StreamsJob(
            port=viewed.process.port,
            watched={"server": [*here.process.pids, *elsewhere.process.pids]},
            timeout_seconds=120.0,
            requests=watching,
            connections=WATCHED,
            runs=WATCHED,
            deltas=deltas,
            stamped=True,
        )
        result = run_job(job, StreamsResult)
        if result.complete < result.runs or result.steady is None:
            contest.problems.append(f"{SCENARIO}: {result.complete} of {result.runs} complete: {result.problems}")
        return result

    for one in (here, elsewhere):
        contest.warm_up(one)
    results = contest.alternate({"elsewhere": elsewhere, "here": here}, watch)
    for measure, name, target in (("p50", "latency_p50_ms", None), ("p99", "latency_p99_ms", under(50))):
        contest.add(
            Figure(
                scenario=f"{SCENARIO}, {WATCHED} runs x {SPACING_MS} ms watched at the other",
                measure=f"latency {measure}",
                unit="ms",
                ours=_milliseconds(results["elsewhere"], name),
                peer="Chatdock, watched where they run",
                theirs=_milliseconds(results["here"], name),
                target=target,
            )
        )


def _milliseconds(results: list[StreamsResult], name: str) -> list[float]:
    values = [getattr(result.steady, name, None) for result in results]
    return [math.nan if value is None else value for value in values]


def _resume(contest: Contest, here: Chatdock, elsewhere: Chatdock) -> None:
    """A long run that has ended, from the start and from its middle, at the other replica."""
    (request,) = here.chat(f"bench {LONG_DELTAS} 0")
    run_id = start_detached(here.process.port, request)
    path = f"/v1/chatkit/runs/{run_id}"
    while b'"completed"' not in contestants.ask(
        here.process.port, Request(method="GET", path=path, headers=here.headers(0))
    ):
        time.sleep(0.1)
    for what, after in (("the start", 0), ("the middle", LONG_DELTAS // 2)):
        headers = {**here.headers(0), "last-event-id": f"{run_id}:{after}"}
        waits = [_first_byte_ms(elsewhere.process.port, f"{path}/events", headers) for _ in range(RESUMES)]
        contest.add(
            Figure(
                scenario=f"{SCENARIO}, resume of {LONG_DELTAS:,} deltas at the other, from {what}",
                measure="time to the first byte of the body",
                unit="ms",
                ours=waits,
                target=under(100),
                note=f"mean {statistics.mean(waits):.0f}",
            )
        )


def _first_byte_ms(port: int, path: str, headers: dict[str, str]) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.connect()
        began_at = time.perf_counter()
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        reply.read(1)
        waited = time.perf_counter() - began_at
        reply.read()
    finally:
        connection.close()
    return waited * 1e3
