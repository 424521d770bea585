"""The threads that wait for a disk so that no event loop has to: readers, and one writer with group commit.

Writes that queue up while the last fsync runs share the next transaction, so one fsync and one wake-up of the loop serve
them all. A group in which nothing has to be durable has no fsync.
"""

import asyncio
import contextlib
from queue import Empty, SimpleQueue
from typing import Any, Generic

from chatdock.storage.sql.road import Planned, T
from chatdock.storage.sql.sqlite_file import explain, is_away
from chatdock.storage.sql.sqlite_link import Link

GROUP = 256  # the most writes in one transaction: bounds how long the first of them waits

Queue = SimpleQueue["Job[Any] | None"]


class Job(Generic[T]):
    """A plan on its way, and where its result goes."""

    __slots__ = ("error", "future", "is_durable", "loop", "plan", "result")

    def __init__(self, plan: Planned[T], *, is_durable: bool) -> None:
        self.plan = plan
        self.is_durable = is_durable
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


class Reader:
    """A thread's work: take a job, run its plan, hand the result back."""

    def __init__(self, link: Link, queue: Queue) -> None:
        self._link = link
        self._queue = queue

    def work(self) -> None:
        """Until a None arrives."""
        last = False
        while not last:
            jobs, last = self._take()
            if jobs:
                try:
                    self._run(jobs)
                except Exception as error:  # noqa: BLE001 - a thread's edge: nobody may wait for ever
                    for job in jobs:
                        job.error = job.error or explain(error)
                _settle(jobs)
        self._link.drop()

    def _take(self) -> tuple[list[Job[Any]], bool]:
        job = self._queue.get()
        return ([job], False) if job else ([], True)

    def _run(self, jobs: list[Job[Any]]) -> None:
        for job in jobs:
            try:
                job.result = self._link.run(job.plan)
            except Exception as error:  # noqa: BLE001 - a thread's edge: everything goes to the one who asked
                if is_away(error):
                    self._link.drop()  # the next job tries a fresh one
                job.error = explain(error)


class Writer(Reader):
    """Group commit: whatever queued up during the last fsync goes into one transaction."""

    def _take(self) -> tuple[list[Job[Any]], bool]:
        jobs, last = super()._take()
        with contextlib.suppress(Empty):
            while not last and len(jobs) < GROUP:
                job = self._queue.get_nowait()
                if job is None:
                    last = True
                else:
                    jobs.append(job)
        return jobs, last

    def _run(self, jobs: list[Job[Any]]) -> None:
        try:
            if not self._run_together(jobs):
                self._run_apart(jobs)
        except Exception as error:  # noqa: BLE001 - a thread's edge; nothing of the group is written
            # A full disk or a lost file is everybody's error.
            self._link.roll_back()
            self._link.drop()
            for job in jobs:
                job.error = explain(error)

    def _run_together(self, jobs: list[Job[Any]]) -> bool:
        """One after the other, without a savepoint each: a refusal is rare, and undoes the whole group."""
        self._begin(jobs)
        for job in jobs:
            try:
                job.result = self._link.run(job.plan)
            except Exception as error:
                if is_away(error):
                    raise
                self._link.roll_back()
                job.error = explain(error)
                return len(jobs) == 1
        self._link.execute("COMMIT")
        return True

    def _run_apart(self, jobs: list[Job[Any]]) -> None:
        """The same again, each in a savepoint of its own: what is refused undoes only itself."""
        self._begin(jobs)
        for job in jobs:
            self._link.execute("SAVEPOINT job")
            job.error = None
            try:
                job.result = self._link.run(job.plan)
            except Exception as error:
                if is_away(error):
                    raise
                job.error = explain(error)
                self._link.execute("ROLLBACK TO job")
            self._link.execute("RELEASE job")
        self._link.execute("COMMIT")

    def _begin(self, jobs: list[Job[Any]]) -> None:
        self._link.begin(is_durable=any(job.is_durable for job in jobs))


def _settle(jobs: list[Job[Any]]) -> None:
    """Wakes each loop once, however many of its futures are ready."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job[Any]]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, ready in by_loop.items():
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, ready)


def _resolve(jobs: list[Job[Any]]) -> None:
    for job in jobs:
        if job.future.done():  # its waiter was cancelled
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.result)
