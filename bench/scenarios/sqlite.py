"""What durable storage costs: the burst again, on a SQLite file and in memory only."""

import os

from bench import contestants
from bench.contest import Contest, Streams
from bench.contestants import Contestant
from bench.figures import Figure, at_least

STREAMS = 50
MEMORY_URL = "sqlite:///:memory:"


def memory_url() -> str:
    """The `DATABASE_URL` that keeps everything in memory; `BENCH_MEMORY_URL` names another."""
    return os.environ.get("BENCH_MEMORY_URL", MEMORY_URL)


def sqlite(contest: Contest) -> None:
    """Chatdock against itself."""
    if not contest.with_chatdock:
        return
    deltas = contest.sized(2000, 800)

    def rate(contestant: Contestant) -> float:
        result = contest.stream(contestant, Streams(deltas=deltas, connections=STREAMS))
        return result.deltas / result.cpu_seconds["server"]

    with contestants.chatdock(contest.upstream) as file, contestants.chatdock(contest.upstream, memory_url()) as memory:
        for contestant in (file, memory):
            contest.warm_up(contestant)
        rates = contest.alternate({"file": file, "memory": memory}, rate)
    contest.add(
        Figure(
            scenario="sqlite, burst",
            measure="deltas",
            unit="per server CPU s",
            ours=rates["file"],
            peer="Chatdock in memory",
            theirs=rates["memory"],
            target=at_least(0.9),
        )
    )
