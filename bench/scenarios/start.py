"""From nothing to ready: CPU and memory at the first healthy answer."""

from bench.contest import Contest
from bench.contestants import CHATDOCK, CHATKIT_PYTHON
from bench.cpu import rss_kib
from bench.figures import Figure, at_most


def start(contest: Contest) -> None:
    """Each server started afresh every time; the first start, which fills the page cache, is thrown away."""

    def ready(name: str) -> tuple[float, float]:
        with contest.field_of(name) as field:
            process = field[name].process
            return process.ready_cpu_seconds, rss_kib(process.pids) / 1024

    names = [name for name in (CHATDOCK, CHATKIT_PYTHON) if contest.has(name)]
    for name in names:
        ready(name)
    taken = contest.alternate({name: name for name in names}, ready)
    for column, (measure, unit, target) in enumerate(
        (("CPU", "s", at_most(0.1)), ("resident memory", "MiB", at_most(1 / 3)))
    ):
        contest.add(
            Figure(
                scenario="start, until ready",
                measure=measure,
                unit=unit,
                ours=[values[column] for values in taken.get(CHATDOCK, [])],
                peer=CHATKIT_PYTHON,
                theirs=[values[column] for values in taken[CHATKIT_PYTHON]],
                target=target,
            )
        )
