"""Starting, pinning and always ending the processes of a run; every one listens on the loopback only."""

import ctypes
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from bench.cpu import cpu_seconds, family
from bench.jobs import AnyJob, AnyResult, IdleJob, IdleResult, RequestsResult, StallResult, StreamsResult

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "bench" / "out"
# Without it a checkout would be compiled at every start, where an installed package was compiled once.
_INHERITED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
SERVER_CORE = 0
LOAD_CORE = 1
READY_SECONDS = 40.0
TERMINATE_SECONDS = 8.0
READY_POLL_SECONDS = 0.01
JOB_GRACE_SECONDS = 60.0  # after a job's own timeout: reading what arrived takes time too
LOG_TAIL_BYTES = 2_000
_PR_SET_PDEATHSIG = 1

Result = TypeVar("Result", StreamsResult, RequestsResult, StallResult)


class BenchError(Exception):
    """Something under measurement did not start or did not answer; the message says what and shows its last words."""


@dataclass(frozen=True)
class Process:
    """A running server."""

    name: str
    pid: int
    port: int
    ready_cpu_seconds: float
    """CPU from its birth to its first healthy answer."""

    @property
    def pids(self) -> list[int]:
        return family(self.pid)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    name: str,
    argv: list[str],
    *,
    port: int,
    core: int,
    env: Mapping[str, str] | None = None,
    ready_path: str = "/healthz",
) -> Iterator[Process]:
    """Start a server, wait until `ready_path` answers 200, and end it on the way out."""
    OUT.mkdir(exist_ok=True)
    log_path = OUT / f"{name}.log"
    with log_path.open("wb") as log:
        child = _start(argv, core=core, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(name, child, port, ready_path, log_path)
            yield Process(name, child.pid, port, cpu_seconds(family(child.pid)))
        finally:
            _end(child)


@contextmanager
def holding_idle(job: IdleJob) -> Iterator[IdleResult]:
    """Hold idle streams open from the load's core."""
    child = _start_load(job)
    try:
        yield _read_result(child, job, IdleResult)
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.wait(TERMINATE_SECONDS)
    finally:
        _end(child)


@contextmanager
def talking(argv: list[str], *, core: int) -> Iterator[bytes]:
    """A process that says one line once it is ready, and ends with its standard input."""
    child = _start(argv, core=core, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    try:
        with _deadline(READY_SECONDS, child.kill):
            line = child.stdout.readline()
        if not line:
            raise BenchError(f"{argv[-1]} ended without a word")
        yield line
        child.stdin.close()
        child.wait(TERMINATE_SECONDS)
    finally:
        _end(child)


def run_job(job: AnyJob, kind: type[Result]) -> Result:
    """Have the load generator do one job in a process of its own."""
    child = _start_load(job)
    try:
        return _read_result(child, job, kind)
    finally:
        _end(child)


def run_script(argv: list[str], *, question: str, env: Mapping[str, str] | None = None, seconds: float = 60.0) -> str:
    """Run a short script on the server's core: a question on its standard input, its standard output as the answer."""
    pipe = subprocess.PIPE
    child = _start(argv, core=SERVER_CORE, env=env, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        answer, complaint = child.communicate(question.encode(), seconds)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{argv[-1]} took longer than {seconds:.0f} s") from error
    finally:
        _end(child)
    if child.returncode:
        raise BenchError(f"{argv[-1]} ended with {child.returncode}:\n{complaint[-LOG_TAIL_BYTES:].decode()}")
    return answer.decode()


def own_module(module: str, *arguments: str) -> list[str]:
    """The command line of one of bench's own modules, in bench's environment."""
    return [sys.executable, "-m", module, *arguments]


def _start_load(job: AnyJob) -> subprocess.Popen[bytes]:
    child = _start(own_module("bench.load"), core=LOAD_CORE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.write(msgspec.json.encode(job) + b"\n")
    child.stdin.flush()
    return child


AnyKind = TypeVar("AnyKind", bound=AnyResult)


def _read_result(child: subprocess.Popen[bytes], job: AnyJob, kind: type[AnyKind]) -> AnyKind:
    assert child.stdout is not None
    with _deadline(job.timeout_seconds + JOB_GRACE_SECONDS, child.kill):
        line = child.stdout.readline()
    if not line:
        raise BenchError(f"the load generator ended without a result for {type(job).__name__}")
    return msgspec.json.decode(line, type=kind)


@contextmanager
def _deadline(seconds: float, expire: Callable[[], None]) -> Iterator[None]:
    """Call `expire` when the block takes longer; the harness has one thread and nothing else to wait for."""

    def ring(signal_number: int, frame: object) -> None:
        expire()

    signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _start(
    argv: list[str],
    *,
    core: int,
    stdin: int,
    stdout: int | IO[bytes],
    stderr: int | None = None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        argv,
        cwd=ROOT,
        env={**_INHERITED, **(env or {})},
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        preexec_fn=partial(_settle_in, core),
    )


def _settle_in(core: int) -> None:
    """In the child, before it becomes itself: one core, and the death of the parent is its own."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _wait_until_ready(name: str, child: subprocess.Popen[bytes], port: int, path: str, log_path: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if child.poll() is not None:
            raise BenchError(f"{name} ended with {child.returncode}:\n{_tail(log_path)}")
        if _answers(port, path):
            return
        time.sleep(READY_POLL_SECONDS)
    raise BenchError(f"{name} was not ready within {READY_SECONDS:.0f} s:\n{_tail(log_path)}")


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _tail(log_path: Path) -> str:
    return log_path.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace")


def _end(child: subprocess.Popen[bytes]) -> None:
    """Ask, wait, then insist."""
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(TERMINATE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
