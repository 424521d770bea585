"""Fifty streams as fast as the upstream gives: events for each second of the server's CPU."""

from bench.contest import Contest, Streams
from bench.contestants import CEILING, CHATDOCK, CHATKIT_PYTHON, Contestant
from bench.figures import Figure, at_least

STREAMS = 50
TARGET_TIMES_CHATKIT_PYTHON = 12
AIM_TIMES_CHATKIT_PYTHON = 40


def burst(contest: Contest) -> None:
    """Chatdock against chatkit-python and against the ceiling of one frame a send."""
    deltas = contest.sized(2000, 800)

    def rate(contestant: Contestant) -> float:
        result = contest.stream(contestant, Streams(deltas=deltas, connections=STREAMS))
        return result.deltas / result.cpu_seconds["server"]

    with contest.field_of(CHATDOCK, CHATKIT_PYTHON, CEILING) as field:
        for contestant in field.values():
            contest.warm_up(contestant)
        rates = contest.alternate(field, rate)
    for peer, times in ((CHATKIT_PYTHON, TARGET_TIMES_CHATKIT_PYTHON), (CEILING, 1)):
        contest.add(
            Figure(
                scenario=f"burst {STREAMS} x {deltas}",
                measure="deltas",
                unit="per server CPU s",
                ours=rates.get(CHATDOCK, []),
                peer=peer,
                theirs=rates[peer],
                target=at_least(times),
                note=f"aim {AIM_TIMES_CHATKIT_PYTHON}" if peer == CHATKIT_PYTHON else "",
            )
        )
