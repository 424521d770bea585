"""Tapes in this process's memory: bounded per run and in all, kept for ten minutes after a run's end."""

import asyncio
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable

from chatdock.errors import BadRequest, Gone
from chatdock.eventlog.base import Slice, TapeFull, split

KEEP_SECONDS = 600.0  # long enough to reload a page, change networks or wake a laptop
MAX_RUN_BYTES = 16 * 1024 * 1024  # some 80,000 deltas; no answer a person reads is longer
MAX_TOTAL_BYTES = 512 * 1024 * 1024  # ended tapes go first, oldest first
_CHUNK_OVERHEAD = 81  # of a bytes object, an integer and their places in two lists, on 64-bit CPython


class _Tape:
    """Chunks of frames as they were appended; `starts[i]` is how many frames lie before chunk i."""

    __slots__ = ("chunks", "count", "ended", "size", "starts", "watchers")

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.starts: list[int] = []
        self.count = 0
        self.size = 0
        self.ended = False
        self.watchers: list[Callable[[], None]] = []

    def behind(self, after: int) -> bytes:
        """The frames behind the first `after`."""
        if after == self.count:
            return b""
        at = bisect_right(self.starts, after) - 1
        skip = after - self.starts[at]
        if not skip:
            return self.chunks[-1] if at == len(self.chunks) - 1 else b"".join(self.chunks[at:])
        return b"".join(split(self.chunks[at])[skip:]) + b"".join(self.chunks[at + 1 :])


class MemoryEventLog:
    """One process's tapes. Appending is synchronous: viewers are woken in the same turn of the loop."""

    def __init__(self, *, keep_seconds: float = KEEP_SECONDS, max_run_bytes: int = MAX_RUN_BYTES) -> None:
        self._tapes: dict[str, _Tape] = {}
        self._ended: deque[tuple[float, str]] = deque()
        self._total = 0
        self._keep_seconds = keep_seconds
        self._max_run_bytes = max_run_bytes
        self._timer: asyncio.TimerHandle | None = None

    def append(self, run_id: str, count: int, data: bytes, *, end: bool = False) -> int:
        """See EventLog.append."""
        tape = self._tapes.get(run_id)
        if tape is None:
            tape = self._tapes[run_id] = _Tape()
        if count:
            added = len(data) + _CHUNK_OVERHEAD
            if tape.size + added > self._max_run_bytes and not end:
                raise TapeFull(run_id)
            tape.chunks.append(data)
            tape.starts.append(tape.count)
            tape.count += count
            tape.size += added
            self._total += added
        if end:
            tape.ended = True
            self._ended.append((time.monotonic() + self._keep_seconds, run_id))
            self._expire()
        for wake in tuple(tape.watchers):
            wake()
        return tape.count

    async def flush(self, run_id: str) -> None:
        """There is no other process to tell."""

    async def read(self, run_id: str, after: int) -> Slice:
        """See EventLog.read."""
        tape = self._tapes.get(run_id)
        if tape is None:
            raise Gone("The events of this run are no longer kept; load the thread instead.")
        if after > tape.count or after < 0:
            raise BadRequest("There is no such event in this run.", param="after")
        return Slice(after + 1, tape.count - after, tape.behind(after), tape.ended)

    def watch(self, run_id: str, wake: Callable[[], None]) -> Callable[[], None]:
        """See EventLog.watch. Watching a tape that is not there wakes nobody."""
        tape = self._tapes.get(run_id)
        if tape is None:
            return _nothing
        tape.watchers.append(wake)

        def unwatch() -> None:
            if wake in tape.watchers:
                tape.watchers.remove(wake)

        return unwatch

    def drop(self, run_id: str) -> None:
        """See EventLog.drop."""
        tape = self._tapes.pop(run_id, None)
        if tape is not None:
            self._total -= tape.size
            for wake in tuple(tape.watchers):
                wake()

    async def close(self) -> None:
        """Ends the expiry timer; the tapes go with the process."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        """Drops what is over its time, and the oldest ended tapes while all together hold too much."""
        now = time.monotonic()
        while self._ended and (self._ended[0][0] <= now or self._total > MAX_TOTAL_BYTES):
            self.drop(self._ended.popleft()[1])
        if self._ended and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(1.0, self._ended[0][0] - now), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._expire()


def _nothing() -> None:
    pass
