"""Memory of a stream that is open and silent."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from bench import contestants
from bench.contest import Contest
from bench.contestants import CEILING, CHATDOCK, SSE_STARLETTE, Contestant
from bench.cpu import rss_kib
from bench.figures import Figure, under
from bench.idle_streams import watched_runs
from bench.jobs import IdleJob, Request
from bench.processes import holding_idle

Starter = Callable[[], AbstractContextManager[Contestant]]
WARM_CONNECTIONS = 100  # opened and closed first, so that what is allocated once is not counted


def idle(contest: Contest) -> None:
    """Resident memory for each of some thousand streams; every server is started afresh, for none gives memory back."""
    starters: dict[str, Starter] = {CEILING: contestants.ceiling, SSE_STARLETTE: contestants.sse_starlette}
    if contest.with_chatdock:
        starters[CHATDOCK] = lambda: contestants.chatdock(contest.upstream)
    for connections, limit in ((2000, 24), (5000, 24), (10_000, 40))[: 1 if contest.quick else 3]:
        costs = {name: [_kib_each(contest, start, connections)] for name, start in starters.items()}
        for peer in (SSE_STARLETTE, CEILING):
            contest.add(
                Figure(
                    scenario=f"idle, {connections:,} streams",
                    measure="resident memory",
                    unit="KiB a stream",
                    ours=costs.get(CHATDOCK, []),
                    peer=peer,
                    theirs=costs[peer],
                    target=under(limit),
                    note="aim 12",
                )
            )


def _kib_each(contest: Contest, start: Starter, connections: int) -> float:
    with start() as contestant:
        requests = _idle_requests(contestant, connections)
        with holding_idle(IdleJob(port=contestant.process.port, requests=requests, connections=WARM_CONNECTIONS)):
            pass
        before = rss_kib(contestant.process.pids)
        with holding_idle(IdleJob(port=contestant.process.port, requests=requests, connections=connections)) as result:
            after = rss_kib(contestant.process.pids)
        if result.open < connections or result.problems:
            contest.problems.append(f"idle, {contestant.name}: {result.open} of {connections} open: {result.problems}")
        return (after - before) / max(result.open, 1)


def _idle_requests(contestant: Contestant, connections: int) -> list[Request]:
    if isinstance(contestant, contestants.Chatdock):
        return watched_runs(contestant, connections)
    return [Request(method="GET", path="/idle")]
