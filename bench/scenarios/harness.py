"""The bench's own limits: what the upstream can send and the load generator can read with no server between them."""

import json

from bench.contest import Contest, Streams
from bench.contestants import Contestant
from bench.figures import Figure
from bench.jobs import Request


class Direct(Contestant):
    """The upstream itself, asked in its own dialect."""

    def chat(self, text: str, sessions: int = 1) -> list[Request]:
        body = {"model": "bench-1", "stream": True, "input": [{"role": "user", "content": text}]}
        return [Request(path="/v1/responses", body=json.dumps(body))] * sessions


def harness(contest: Contest) -> None:
    """Rates the upstream and the load can reach together, and the latency a delta has before any server adds its own."""
    direct = Direct("nothing between", contest.upstream)
    bursts = [contest.stream(direct, Streams(deltas=2000, connections=50)) for _ in range(contest.pairs)]
    for role in ("upstream", "load"):
        rates = [result.deltas / result.cpu_seconds[role] for result in bursts]
        contest.add(
            Figure(scenario="harness", measure=f"burst, {role}", unit="deltas/CPU s", ours=[], theirs=rates, peer=role)
        )
    for streams in (200, 1000):
        plan = Streams(deltas=contest.sized(250, 100), connections=streams, spacing_ms=20, ramp_seconds=1.0)
        result = contest.stream(direct, plan)
        if (window := result.steady) is None:
            continue
        share = 100 * (window.cpu_seconds["upstream"] + window.cpu_seconds["load"]) / window.seconds
        name = f"{streams} x 20 ms"
        for measure, unit, value in (
            ("both on one core", "% of a core", share),
            ("latency floor p50", "ms", window.latency_p50_ms),
            ("latency floor p99", "ms", window.latency_p99_ms),
        ):
            values = [] if value is None else [value]
            contest.add(
                Figure(scenario=f"harness {name}", measure=measure, unit=unit, ours=[], theirs=values, peer="both")
            )
