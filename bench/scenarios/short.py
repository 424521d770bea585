"""A whole run of one delta: what a run costs besides its deltas, and how soon the first delta is there."""

from bench.contest import Contest, Streams
from bench.contestants import CHATDOCK, CHATKIT_PYTHON
from bench.figures import Figure, at_most, under
from bench.jobs import StreamsResult

AT_ONCE = 8  # so many runs share a commit, and the peer still answers them all in time


def short(contest: Contest) -> None:
    """One after another, so that nothing waits for anything but its own run; then several at once, as users come."""
    alone = Streams(deltas=1, connections=1, runs=contest.sized(200, 60))
    together = Streams(deltas=1, connections=AT_ONCE, runs=contest.sized(800, 240))
    with contest.field_of(CHATDOCK, CHATKIT_PYTHON) as field:
        for contestant in field.values():
            contest.warm_up(contestant)
        one_by_one = contest.alternate(field, lambda one: contest.stream(one, alone))
        at_once = contest.alternate(field, lambda one: contest.stream(one, together))
    waits = {name: [one.first_delta_p50_ms or 0.0 for one in taken] for name, taken in one_by_one.items()}
    for scenario, measure, values, target in (
        ("short, 1 delta", "server CPU per run", _costs(one_by_one), under(1.0)),
        (f"short, 1 delta, {AT_ONCE} at once", "server CPU per run", _costs(at_once), under(1.0)),
        ("short, 1 delta", "time to first delta p50", waits, at_most(0.1)),
    ):
        contest.add(
            Figure(
                scenario=scenario,
                measure=measure,
                unit="ms",
                ours=values.get(CHATDOCK, []),
                peer=CHATKIT_PYTHON,
                theirs=values[CHATKIT_PYTHON],
                target=target,
            )
        )


def _costs(results: dict[str, list[StreamsResult]]) -> dict[str, list[float]]:
    return {name: [1000 * one.cpu_seconds["server"] / one.runs for one in taken] for name, taken in results.items()}
