"""Small reads on the event loop's own thread: handing one to another thread costs more than the read.

Rules: only in the thread that opened it; nothing here waits for a lock. What cannot be answered at once goes to the
threads, and after a read that took long because the disk was asked, all reads do for a while.
"""

import contextlib
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from typing import Generic

from chatdock.storage.sql.road import Planned, T
from chatdock.storage.sql.sqlite_file import is_away
from chatdock.storage.sql.sqlite_link import Link

SLOW_SECONDS = 0.01  # half of what counts as a stall; a read of memory takes 30 us
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
