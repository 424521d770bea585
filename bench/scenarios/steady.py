"""Streams at 50 tokens a second: how much of a core they take, what is dropped, and what the server adds to each delta."""

import math
from collections.abc import Callable

from bench.contest import Contest, Streams
from bench.contestants import CEILING, CHATDOCK, CHATKIT_PYTHON, Contestant
from bench.figures import Figure, Target, under
from bench.jobs import StreamsResult

SPACING_MS = 20
MANY, SOME = 1000, 200
RAMP_SECONDS = 5.0  # a thousand runs take a server that needs 4 ms each four seconds to start


def steady(contest: Contest) -> None:
    """A thousand streams against the ceiling, which chatkit-python cannot hold; two hundred against both."""
    with contest.field_of(CHATDOCK, CHATKIT_PYTHON, CEILING) as field:
        for contestant in field.values():
            contest.warm_up(contestant)
        _many(contest, field)
        _some(contest, field)


def _many(contest: Contest, field: dict[str, Contestant]) -> None:
    plan = Streams(deltas=contest.sized(600, 450), connections=MANY, spacing_ms=SPACING_MS, ramp_seconds=RAMP_SECONDS)
    running = {name: one for name, one in field.items() if name != CHATKIT_PYTHON}
    results = contest.alternate(running, lambda one: contest.stream(one, plan))
    name = f"steady {MANY} x {SPACING_MS} ms"
    measures: list[tuple[str, str, Callable[[StreamsResult], float], Target | None]] = [
        ("streams dropped", "of 1,000", lambda result: float(result.runs - result.complete), under(0)),
        ("CPU", "% of a core at that rate", _share(MANY), under(75)),
        ("CPU, starts included", "us per delta", _microseconds, None),
        ("latency p50", "ms", _latency("latency_p50_ms"), None),
        ("latency p99", "ms", _latency("latency_p99_ms"), None),
    ]
    _add(contest, name, results, CEILING, measures)


def _some(contest: Contest, field: dict[str, Contestant]) -> None:
    plan = Streams(deltas=contest.sized(300, 150), connections=SOME, spacing_ms=SPACING_MS, ramp_seconds=1.0)
    results = contest.alternate(field, lambda one: contest.stream(one, plan))
    name = f"steady {SOME} x {SPACING_MS} ms"
    measures: list[tuple[str, str, Callable[[StreamsResult], float], Target | None]] = [
        ("CPU", "% of a core at that rate", _share(SOME), None),
        ("latency p50", "ms", _latency("latency_p50_ms"), under(1)),
        ("latency p99", "ms", _latency("latency_p99_ms"), under(10)),
    ]
    for peer in (CHATKIT_PYTHON, CEILING):
        _add(contest, name, results, peer, measures)


def _add(
    contest: Contest,
    scenario: str,
    results: dict[str, list[StreamsResult]],
    peer: str,
    measures: list[tuple[str, str, Callable[[StreamsResult], float], Target | None]],
) -> None:
    for measure, unit, read, target in measures:
        ours = [read(result) for result in results.get(CHATDOCK, [])]
        theirs = [read(result) for result in results[peer]]
        contest.add(
            Figure(scenario=scenario, measure=measure, unit=unit, ours=ours, peer=peer, theirs=theirs, target=target)
        )


def _share(streams: int) -> Callable[[StreamsResult], float]:
    """CPU for each delta times the deltas offered: the plain share, but true on a shared machine too.

    Above 100 the server falls behind, and its streams grow longer than they should be.
    """

    def read(result: StreamsResult) -> float:
        window = result.steady
        if window is None or not window.deltas:
            return math.nan
        return 100 * window.cpu_seconds["server"] / window.deltas * streams * 1000 / SPACING_MS

    return read


def _microseconds(result: StreamsResult) -> float:
    """There even where a server was so late that there was no moment with all streams running."""
    return 1e6 * result.cpu_seconds["server"] / result.deltas if result.deltas else math.nan


def _latency(name: str) -> Callable[[StreamsResult], float]:
    def read(result: StreamsResult) -> float:
        value: float | None = getattr(result.steady, name, None)
        return math.nan if value is None else value

    return read
