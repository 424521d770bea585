"""Small reads, and small writes without an fsync, on the event loop's own thread: handing one to another costs more.

Rules: only in the thread that opened it; nothing here waits for a lock. What cannot be done at once goes to the threads,
and after a read that took long because the disk was asked, all reads do for a while. A write ends in the page cache.
"""

import asyncio
import contextlib
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Generic

from chatdock.storage.sql.road import Planned, T
from chatdock.storage.sql.sqlite_file import is_away
from chatdock.storage.sql.sqlite_jobs import Job, JobQueue, Jobs, resolve
from chatdock.storage.sql.sqlite_link import Link

SLOW_SECONDS = 0.01  # half of what counts as a stall; a read of memory takes 30 us
TURNS = 200  # commits here, then one by the writer, who also moves what was written from the log into the file
GATHER_SECONDS = 0.002  # how long a write waits while every turn brings another; eight at once cost as much as two
REST_SECONDS = 1.0  # how long the threads read afterwards, so that a cold disk stops the loop at most once a second

if sys.platform == "win32":
    disk_reads = time.monotonic_ns  # nobody counts them: then every slow read was the disk's fault
else:
    import resource

    _WHOSE = getattr(resource, "RUSAGE_THREAD", resource.RUSAGE_SELF)

    def disk_reads() -> int:
        """Blocks this thread has had read from a disk: a busy machine makes a read slow as well, and is not to blame."""
        return resource.getrusage(_WHOSE).ru_inblock


class Answer(Generic[T]):
    """What a plan returned; a class because None is an answer."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value


class LoopReader:
    """One connection for the thread that calls `open`."""

    def __init__(self, link: Link, disk_reads: Callable[[], int] = disk_reads) -> None:
        self._link = link
        self._disk_reads = disk_reads
        self._disk_reads_known = 0
        self._thread: int | None = None
        self._rested_at = 0.0

    def open(self) -> None:
        """Connects; from now on this thread is the one."""
        self._thread = threading.get_ident()
        self._disk_reads_known = self._disk_reads()
        with contextlib.suppress(sqlite3.Error):  # the first read will see
            self._link.connected()

    def close(self) -> None:
        """Ends the connection."""
        self._thread = None
        self._link.drop()

    def try_read(self, plan: Planned[T]) -> Answer[T] | None:
        """The answer, or None: then ask a thread. Raises: what the plan raises."""
        began = time.monotonic()
        if began < self._rested_at or threading.get_ident() != self._thread:
            return None
        try:
            answer = Answer(self._link.run(plan))
        except (sqlite3.Error, UnicodeEncodeError) as error:
            if is_away(error):
                self._link.drop()
                self._rested_at = began + REST_SECONDS
            return None  # a thread tries again, may wait, and knows what to say
        ended = time.monotonic()
        if ended - began > SLOW_SECONDS and self._has_asked_disk():
            self._rested_at = ended + REST_SECONDS
        return answer

    def _has_asked_disk(self) -> bool:
        before, self._disk_reads_known = self._disk_reads_known, self._disk_reads()
        return self._disk_reads_known > before


class LoopWriter:
    """One connection for the thread that calls `open`: what comes in successive turns of the loop shares a transaction."""

    def __init__(self, link: Link, writer: JobQueue) -> None:
        self._link = link
        self._writer = writer
        self._thread: int | None = None
        self._jobs: Jobs = []
        self._until = 0.0
        self._turns = 0

    def open(self) -> None:
        """Connects; from now on this thread is the one."""
        self._thread = threading.get_ident()

    def close(self) -> None:
        """Leaves what waits to the writer, and ends the connection."""
        self._thread = None
        self._pass_on()
        self._link.drop()

    def put(self, job: Job[Any]) -> None:
        """Soon, after a turn of the loop that brings no more; where anything is in the way, in the writer's next transaction."""
        if threading.get_ident() != self._thread:
            self._writer.put(job)
            return
        if not self._jobs:
            self._until = job.loop.time() + GATHER_SECONDS
            job.loop.call_soon(self._commit, job.loop, 0)
        self._jobs.append(job)

    def _commit(self, loop: asyncio.AbstractEventLoop, known: int) -> None:
        count = len(self._jobs)
        if known < count and loop.time() < self._until:
            loop.call_soon(self._commit, loop, count)
            return
        if not count:  # closed meanwhile
            return
        self._turns = (self._turns + 1) % TURNS
        if self._turns == 0 or not self._try_commit():
            self._pass_on()

    def _try_commit(self) -> bool:
        try:
            self._link.begin(is_durable=False)
            for job in self._jobs:
                job.result = self._link.run(job.plan)
            self._link.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - the writer tries again, may wait, and knows what to say
            self._link.roll_back()
            if is_away(error):
                self._link.drop()
            return False
        done, self._jobs = self._jobs, []
        resolve(done)
        return True

    def _pass_on(self) -> None:
        jobs, self._jobs = self._jobs, []
        for job in jobs:
            self._writer.put(job)
