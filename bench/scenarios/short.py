"""A whole run of one delta: what a run costs besides its deltas, and how soon the first delta is there."""

from bench.contest import Contest, Streams
from bench.contestants import CHATDOCK, CHATKIT_PYTHON
from bench.figures import Figure, at_most, under


def short(contest: Contest) -> None:
    """One after another, so that nothing waits for anything but its own run."""
    plan = Streams(deltas=1, connections=1, runs=contest.sized(200, 60))
    with contest.field_of(CHATDOCK, CHATKIT_PYTHON) as field:
        for contestant in field.values():
            contest.warm_up(contestant)
        results = contest.alternate(field, lambda one: contest.stream(one, plan))
    costs = {name: [1000 * one.cpu_seconds["server"] / one.runs for one in taken] for name, taken in results.items()}
    waits = {name: [one.first_delta_p50_ms or 0.0 for one in taken] for name, taken in results.items()}
    for measure, values, target in (
        ("server CPU per run", costs, under(1.0)),
        ("time to first delta p50", waits, at_most(0.1)),
    ):
        contest.add(
            Figure(
                scenario="short, 1 delta",
                measure=measure,
                unit="ms",
                ours=values.get(CHATDOCK, []),
                peer=CHATKIT_PYTHON,
                theirs=values[CHATKIT_PYTHON],
                target=target,
            )
        )
