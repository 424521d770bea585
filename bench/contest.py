"""One run of the bench: how many pairs, how long, the shared upstream, and the figures so far."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from bench import contestants
from bench.contestants import CEILING, CHATDOCK, CHATKIT_PYTHON, Contestant
from bench.figures import Figure
from bench.jobs import StreamsJob, StreamsResult
from bench.processes import LOAD_CORE, Process, free_port, own_module, run_job, serving

WARM_UP_RUNS = 20

Subject = TypeVar("Subject")
Value = TypeVar("Value")


@dataclass
class Contest:
    """What a scenario is given."""

    pairs: int
    quick: bool
    with_chatdock: bool
    upstream: Process
    figures: list[Figure] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def sized(self, full: int, quick: int) -> int:
        """A count for a full run, or for a quick one."""
        return quick if self.quick else full

    @contextmanager
    def field_of(self, *names: str) -> Iterator[dict[str, Contestant]]:
        """Start the named contestants, ours left out where it is not wanted."""
        with ExitStack() as stack:
            started = {name: stack.enter_context(self._start(name)) for name in names if self.has(name)}
            yield started

    def has(self, name: str) -> bool:
        """Whether a contestant takes part in this run."""
        return name != CHATDOCK or self.with_chatdock

    def _start(self, name: str) -> AbstractContextManager[Contestant]:
        starters: Mapping[str, Callable[[], AbstractContextManager[Contestant]]] = {
            CHATDOCK: lambda: contestants.chatdock(self.upstream),
            CHATKIT_PYTHON: lambda: contestants.chatkit_python(self.upstream),
            CEILING: contestants.ceiling,
        }
        return starters[name]()

    def alternate(self, field: Mapping[str, Subject], measure: Callable[[Subject], Value]) -> dict[str, list[Value]]:
        """Measure each of the field in turn, as often as there are pairs."""
        taken: dict[str, list[Value]] = {name: [] for name in field}
        for _ in range(self.pairs):
            for name, subject in field.items():
                taken[name].append(measure(subject))
        return taken

    def add(self, figure: Figure) -> None:
        """Keep a figure that has values."""
        if figure.ours or figure.theirs:
            self.figures.append(figure)

    def stream(self, contestant: Contestant, plan: "Streams") -> StreamsResult:
        """Run streams against a contestant and note what went wrong."""
        result = run_job(plan.job(contestant, self.upstream), StreamsResult)
        if result.complete < result.runs:
            lost = result.runs - result.complete
            self.problems.append(
                f"{contestant.name}, {plan.text}: {lost} of {result.runs} incomplete: {result.problems}"
            )
        if plan.spacing_ms and result.steady is None:
            self.problems.append(f"{contestant.name}, {plan.text}: a stream had ended before the last had begun")
        return result

    def warm_up(self, contestant: Contestant) -> None:
        """Let every lazy import and schema happen before the clock starts."""
        self.stream(contestant, Streams(deltas=20, connections=4, runs=WARM_UP_RUNS))


@dataclass(frozen=True)
class Streams:
    """Streams to run: N deltas each, so many milliseconds apart (then stamped), over so many connections."""

    deltas: int
    connections: int
    runs: int | None = None
    spacing_ms: int = 0
    ramp_seconds: float = 0.0
    timeout_seconds: float = 120.0

    @property
    def text(self) -> str:
        """What the user says: the upstream's orders."""
        return f"bench {self.deltas} {self.spacing_ms}" + (" stamp" if self.spacing_ms else "")

    def job(self, contestant: Contestant, upstream: Process) -> StreamsJob:
        """The load generator's orders."""
        return StreamsJob(
            port=contestant.process.port,
            watched={"server": contestant.process.pids, "upstream": upstream.pids},
            timeout_seconds=self.timeout_seconds,
            requests=contestant.chat(self.text, self.connections),
            connections=self.connections,
            runs=self.runs or self.connections,
            deltas=self.deltas,
            stamped=bool(self.spacing_ms),
            ramp_seconds=self.ramp_seconds,
        )


@contextmanager
def contest(*, pairs: int, quick: bool, with_chatdock: bool) -> Iterator[Contest]:
    """A contest with its upstream running."""
    port = free_port()
    argv = own_module("bench.upstream", "--port", str(port))
    with serving("upstream", argv, port=port, core=LOAD_CORE) as upstream:
        yield Contest(pairs=pairs, quick=quick, with_chatdock=with_chatdock, upstream=upstream)
