"""Small reads on the event loop's own thread: handing one to another thread costs more than the read.

Rules: only in the thread that opened it; nothing here waits for a lock. What cannot be answered at once goes to the
threads, and after a read that took long all reads do for a while: then the disk is asked, not the memory.
"""

import contextlib
import sqlite3
import threading
import time
from typing import Generic

from chatdock.storage.sql.road import Planned, T
from chatdock.storage.sql.sqlite_file import is_away
from chatdock.storage.sql.sqlite_link import Link

SLOW_SECONDS = 0.01  # a read of memory takes 50 us; ten more runs of the loop's work do not add up to a stall
REST_SECONDS = 1.0  # how long the threads read afterwards, so that a cold disk stops the loop at most once a second


class Answer(Generic[T]):
    """What a plan returned; a class because None is an answer."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value


class LoopReader:
    """One connection for the thread that calls `open`."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._thread: int | None = None
        self._rested_at = 0.0

    def open(self) -> None:
        """Connects; from now on this thread is the one."""
        self._thread = threading.get_ident()
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
        if ended - began > SLOW_SECONDS:
            self._rested_at = ended + REST_SECONDS
        return answer
