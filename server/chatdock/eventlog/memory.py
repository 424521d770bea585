"""Tapes in this process's memory: bounded per run and in all, kept for ten minutes after a run's end."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from chatdock.eventlog.base import PAGE_BYTES, Slice, TapeFull, future, gone, in_sequence
from chatdock.eventlog.tape import CHUNK_OVERHEAD_BYTES, Tape

KEEP_SECONDS = 600.0  # long enough to reload a page, change networks or wake a laptop
MAX_RUN_BYTES = 16 * 1024 * 1024  # some 80,000 deltas; no answer a person reads is longer
MAX_TOTAL_BYTES = 512 * 1024 * 1024  # ended tapes go first, oldest first


class _Watched(Tape):
    """A tape and who waits for more of it."""

    __slots__ = ("watchers",)

    def __init__(self) -> None:
        super().__init__()
        self.watchers: list[Callable[[], None]] = []


class MemoryEventLog:
    """One process's tapes. Appending is synchronous: viewers are woken in the same turn of the loop."""

    def __init__(self, *, keep_seconds: float = KEEP_SECONDS, max_run_bytes: int = MAX_RUN_BYTES) -> None:
        self._tapes: dict[str, _Watched] = {}
        self._ended: deque[tuple[float, str]] = deque()
        self._total = 0
        self._keep_seconds = keep_seconds
        self._max_run_bytes = max_run_bytes
        self._timer: asyncio.TimerHandle | None = None

    def append(self, run_id: str, count: int, data: bytes, *, end: bool = False) -> int:
        """See EventLog.append."""
        tape = self._tapes.get(run_id)
        if tape is None:
            tape = self._tapes[run_id] = _Watched()
        if count:
            added = len(data) + CHUNK_OVERHEAD_BYTES
            if tape.size + added > self._max_run_bytes and not end:
                raise TapeFull(run_id)
            tape.add(count, data)
            self._total += added
        if end:
            tape.ended = True
            self._ended.append((time.monotonic() + self._keep_seconds, run_id))
            self._expire()
        for wake in tuple(tape.watchers):
            wake()
        return tape.count

    def check(self) -> None:
        """There is no other process to see it."""

    async def claim(self, run_id: str, epoch: int, *, anew: bool = False) -> int:
        """See EventLog.claim. There is no other process to fence off."""
        tape = self._tapes.get(run_id)
        if tape is None:
            if anew:
                return 0
            raise gone()
        return tape.count

    def disown(self, run_id: str) -> None:
        """See EventLog.disown. Whoever owns the run now keeps it elsewhere."""
        self.drop(run_id)

    async def flush(self, run_id: str) -> None:
        """There is no other process to tell."""

    async def read(self, run_id: str, after: int) -> Slice:
        """See EventLog.read."""
        tape = self._tapes.get(run_id)
        if tape is None:
            raise gone()
        if after > tape.count or after < 0:
            raise future()
        count, data = tape.piece(after, PAGE_BYTES)
        has_more = after + count < tape.count
        return in_sequence(Slice(after + 1, count, data, tape.ended and not has_more, has_more))

    def held(self, run_id: str, after: int) -> Slice | None:
        """See EventLog.held."""
        tape = self._tapes.get(run_id)
        if tape is None or after >= tape.count or after < 0:
            return None
        data = tape.chunks[-1] if tape.starts[-1] == after else tape.behind(after)
        return Slice(after + 1, tape.count - after, data, tape.ended)

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

    def tape(self, run_id: str) -> Tape | None:
        """What is held of a run, to be looked at."""
        return self._tapes.get(run_id)

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
