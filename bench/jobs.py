"""What the load generator can be asked to do and what it answers: one JSON line each way between two processes."""

import msgspec


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request, ready but for its framing."""

    method: str = "POST"
    path: str
    headers: dict[str, str] = {}
    body: str = ""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What every job knows: where the server listens, and whose CPU to read."""

    port: int
    watched: dict[str, list[int]] = {}
    """Process ids by role; their CPU is read by the load generator itself, at the very edges of the window."""
    timeout_seconds: float = 60.0


class StreamsJob(Job, tag="streams", frozen=True, kw_only=True):
    """Start `runs` streams over `connections` connections, one after the other on each, and read every one to its end."""

    requests: list[Request]
    """Taken in turn by the connections."""
    connections: int
    runs: int
    deltas: int
    stamped: bool = False
    ramp_seconds: float = 0.0
    settle_seconds: float = 0.3
    """How long after the last end CPU is still counted: what a server leaves for later is its cost too."""


class RequestsJob(Job, tag="requests", frozen=True, kw_only=True):
    """Send one request `count` times over keep-alive connections."""

    requests: list[Request]
    connections: int
    count: int


class IdleJob(Job, tag="idle", frozen=True, kw_only=True):
    """Open streams, say so, and hold them until standard input has a line."""

    requests: list[Request]
    connections: int


class StallJob(Job, tag="stall", frozen=True, kw_only=True):
    """Poll one path without pause while a run is started on another connection, and find the longest wait."""

    poll: Request
    run: Request
    before_seconds: float = 0.5
    after_seconds: float = 1.5


AnyJob = StreamsJob | RequestsJob | IdleJob | StallJob


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The stretch in which every stream was running."""

    seconds: float
    deltas: int
    """Arrived in it."""
    cpu_seconds: dict[str, float]
    latency_p50_ms: float | None
    latency_p99_ms: float | None


class StreamsResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the streams came to."""

    runs: int
    complete: int
    problems: list[str]
    deltas: int
    frames: int
    reads: int
    seconds: float
    cpu_seconds: dict[str, float]
    """From before the first request to `settle_seconds` after the last end, by role; `load` is the generator itself."""
    first_delta_p50_ms: float | None
    first_delta_p99_ms: float | None
    steady: Window | None


class RequestsResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the requests came to."""

    count: int
    problems: list[str]
    cpu_seconds: dict[str, float]
    p50_ms: float | None
    p99_ms: float | None


class IdleResult(msgspec.Struct, frozen=True, kw_only=True):
    """How many streams are open, said while they are."""

    open: int
    problems: list[str]


class StallResult(msgspec.Struct, frozen=True, kw_only=True):
    """The longest wait of the poller, before and from the start of the run."""

    longest_before_ms: float
    longest_after_ms: float
    problems: list[str]


AnyResult = StreamsResult | RequestsResult | IdleResult | StallResult
