"""Light load: fifty streams of twenty tokens a second, where system calls are most of what a delta costs."""

from bench.contest import Contest, Streams
from bench.contestants import CEILING, CHATDOCK, CHATKIT_PYTHON, Contestant
from bench.figures import Figure, at_most

STREAMS, SPACING_MS = 50, 50


def light(contest: Contest) -> None:
    """CPU of the server for each delta while all streams run."""
    plan = Streams(deltas=contest.sized(120, 60), connections=STREAMS, spacing_ms=SPACING_MS, ramp_seconds=1.0)

    def microseconds(contestant: Contestant) -> float:
        window = contest.stream(contestant, plan).steady
        return float("nan") if window is None else 1e6 * window.cpu_seconds["server"] / window.deltas

    with contest.field_of(CHATDOCK, CHATKIT_PYTHON, CEILING) as field:
        for contestant in field.values():
            contest.warm_up(contestant)
        costs = contest.alternate(field, microseconds)
    for peer, target in ((CHATKIT_PYTHON, at_most(0.2)), (CEILING, None)):
        contest.add(
            Figure(
                scenario=f"light {STREAMS} x {SPACING_MS} ms",
                measure="server CPU",
                unit="us per delta",
                ours=costs.get(CHATDOCK, []),
                peer=peer,
                theirs=costs[peer],
                target=target,
            )
        )
