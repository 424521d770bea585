"""How long the event loop stands still when the first run of a process comes."""

from bench.contest import Contest
from bench.contestants import CHATDOCK, CHATKIT_PYTHON
from bench.figures import Figure, under
from bench.jobs import StallJob, StallResult
from bench.processes import run_job


def stall(contest: Contest) -> None:
    """The longest wait of a health poller from the start of the first run, on a process that has just become ready."""

    def longest(name: str) -> tuple[float, float]:
        with contest.field_of(name) as field:
            contestant = field[name]
            run = contestant.chat("bench 50 5 stamp")[0]
            job = StallJob(port=contestant.process.port, poll=contestant.poll(), run=run)
            result = run_job(job, StallResult)
        if result.problems:
            contest.problems.append(f"stall, {name}: {result.problems}")
        return result.longest_after_ms, result.longest_before_ms

    names = [name for name in (CHATDOCK, CHATKIT_PYTHON) if contest.has(name)]
    taken = contest.alternate({name: name for name in names}, longest)
    for column, (measure, target) in enumerate(
        (("longest wait, first run", under(20)), ("longest wait, before it", None))
    ):
        contest.add(
            Figure(
                scenario="stall",
                measure=measure,
                unit="ms",
                ours=[values[column] for values in taken.get(CHATDOCK, [])],
                peer=CHATKIT_PYTHON,
                theirs=[values[column] for values in taken[CHATKIT_PYTHON]],
                target=target,
            )
        )
