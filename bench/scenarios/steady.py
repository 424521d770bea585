"""Streams at 50 tokens a second: how much of a core they take, what is dropped, and what the server adds to each delta."""

from collections.abc import Callable

from bench.contest import Contest, Streams
from bench.contestants import CEILING, CHATDOCK, CHATKIT_PYTHON, Contestant
from bench.figures import Figure, Target, under
from bench.jobs import StreamsResult, Window

SPACING_MS = 20
MANY, SOME = 1000, 200
RAMP_SECONDS = 3.0


def steady(contest: Contest) -> None:
    """A thousand streams against the ceiling, which chatkit-python cannot hold; two hundred against both."""
    with contest.field_of(CHATDOCK, CHATKIT_PYTHON, CEILING) as field:
        for contestant in field.values():
            contest.warm_up(contestant)
        _many(contest, field)
        _some(contest, field)


def _many(contest: Contest, field: dict[str, Contestant]) -> None:
    plan = Streams(deltas=contest.sized(400, 300), connections=MANY, spacing_ms=SPACING_MS, ramp_seconds=RAMP_SECONDS)
    running = {name: one for name, one in field.items() if name != CHATKIT_PYTHON}
    results = contest.alternate(running, lambda one: contest.stream(one, plan))
    name = f"steady {MANY} x {SPACING_MS} ms"
    measures: list[tuple[str, str, Callable[[StreamsResult], float | None], Target | None]] = [
        ("streams dropped", "of 1,000", lambda result: float(result.runs - result.complete), under(0)),
        ("CPU", "% of a core", _share, under(75)),
        ("latency p50", "ms", lambda result: _window(result, "latency_p50_ms"), None),
        ("latency p99", "ms", lambda result: _window(result, "latency_p99_ms"), None),
    ]
    _add(contest, name, results, CEILING, measures)


def _some(contest: Contest, field: dict[str, Contestant]) -> None:
    plan = Streams(deltas=contest.sized(300, 150), connections=SOME, spacing_ms=SPACING_MS, ramp_seconds=1.0)
    results = contest.alternate(field, lambda one: contest.stream(one, plan))
    name = f"steady {SOME} x {SPACING_MS} ms"
    measures: list[tuple[str, str, Callable[[StreamsResult], float | None], Target | None]] = [
        ("CPU", "% of a core", _share, None),
        ("latency p50", "ms", lambda result: _window(result, "latency_p50_ms"), under(1)),
        ("latency p99", "ms", lambda result: _window(result, "latency_p99_ms"), under(10)),
    ]
    for peer in (CHATKIT_PYTHON, CEILING):
        _add(contest, name, results, peer, measures)


def _add(
    contest: Contest,
    scenario: str,
    results: dict[str, list[StreamsResult]],
    peer: str,
    measures: list[tuple[str, str, Callable[[StreamsResult], float | None], Target | None]],
) -> None:
    for measure, unit, read, target in measures:
        ours = [value for result in results.get(CHATDOCK, []) if (value := read(result)) is not None]
        theirs = [value for result in results[peer] if (value := read(result)) is not None]
        contest.add(
            Figure(scenario=scenario, measure=measure, unit=unit, ours=ours, peer=peer, theirs=theirs, target=target)
        )


def _share(result: StreamsResult) -> float | None:
    window = result.steady
    return None if window is None else 100 * window.cpu_seconds["server"] / window.seconds


def _window(result: StreamsResult, name: str) -> float | None:
    window: Window | None = result.steady
    value = None if window is None else getattr(window, name)
    return None if value is None else float(value)
