"""Plans on their way from event loops to threads, and their results on the way back.

Jobs leave a loop together, at the end of its turn: a thread that wakes while the loop is still at work fights it for the
interpreter's lock, at every statement, and finds one job where a moment later there are eight.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from queue import Empty, SimpleQueue
from typing import Any, Generic

from chatdock.storage.sql.road import Planned, T


class Job(Generic[T]):
    """A plan, and where its result goes. Made in the loop that waits for it."""

    __slots__ = ("error", "future", "is_durable", "loop", "plan", "result")

    def __init__(self, plan: Planned[T], *, is_durable: bool) -> None:
        self.plan = plan
        self.is_durable = is_durable
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


Jobs = list[Job[Any]]


class JobQueue:
    """Bundles of up to `bundle` jobs for any number of threads."""

    def __init__(self, bundle: int) -> None:
        self._bundle = bundle
        self._ready: SimpleQueue[Jobs | None] = SimpleQueue()
        self._leaving: dict[asyncio.AbstractEventLoop, Jobs] = {}

    def put(self, job: Job[Any]) -> None:
        """From the job's own loop."""
        leaving = self._leaving.get(job.loop)
        if leaving is None:
            self._leaving[job.loop] = [job]
            job.loop.call_soon(self._send, job.loop)
        else:
            leaving.append(job)

    def _send(self, loop: asyncio.AbstractEventLoop) -> None:
        jobs = self._leaving.pop(loop, [])
        for first in range(0, len(jobs), self._bundle):
            self._ready.put(jobs[first : first + self._bundle])

    def end(self, threads: int) -> None:
        """So many threads come to their end, behind everything that was put."""
        for loop in list(self._leaving):
            self._send(loop)
        for _ in range(threads):
            self._ready.put(None)

    def take(self) -> Jobs | None:
        """The next bundle, waiting for it; None is the end."""
        return self._ready.get()

    def take_more(self, jobs: Jobs) -> bool:
        """Adds what is there without waiting, up to about a bundle; False is the end."""
        with contextlib.suppress(Empty):
            while len(jobs) < self._bundle:
                more = self._ready.get_nowait()
                if more is None:
                    return False
                jobs += more
        return True


def settle(jobs: Sequence[Job[Any]]) -> None:
    """Wakes each loop once, however many of its futures are ready."""
    by_loop: dict[asyncio.AbstractEventLoop, Jobs] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, ready in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(resolve, ready)


def resolve(jobs: Jobs) -> None:
    """Hands each its result, or its error; in the loop that waits."""
    for job in jobs:
        if job.future.done():  # its waiter was cancelled
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
