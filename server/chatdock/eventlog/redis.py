"""Tapes that outlive a process, on Redis Streams: written by the run's owner alone, read by whoever is asked.

    append -> the local tape -> viewers of this process, in the same turn of the loop
                  └ every few milliseconds, all runs in one call -> Redis -> the processes that watch them

Redis may be lost. Then a run goes on for the viewers of its owner, who writes it again once Redis is back; viewers elsewhere
wait, and load the thread from the store where their tape is gone. Nobody is shown frames of two owners as one answer.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from chatdock.errors import Fenced, Unavailable
from chatdock.eventlog.base import Slice, future, gone, in_sequence
from chatdock.eventlog.memory import KEEP_SECONDS, MAX_RUN_BYTES, MemoryEventLog
from chatdock.eventlog.redis_link import Link
from chatdock.eventlog.redis_mirrors import Mirrors
from chatdock.eventlog.redis_scripts import Told
from chatdock.eventlog.redis_uploads import Uploads
from chatdock.eventlog.watchers import Watchers

log = logging.getLogger(__name__)


class RedisEventLog:
    """One process's tapes, and its view of the others'."""

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "chatdock",
        keep_seconds: float = KEEP_SECONDS,
        max_run_bytes: int = MAX_RUN_BYTES,
    ) -> None:
        self._own = MemoryEventLog(keep_seconds=keep_seconds, max_run_bytes=max_run_bytes)
        self._link = Link(url, prefix, keep_seconds)
        self._uploads = Uploads(self._link, self._own, self._on_fenced, keep_seconds)
        self._watchers = Watchers(lambda run_id: self._mirrors.release(run_id))
        self._mirrors = Mirrors(self._link, self._watchers)
        self._tasks: list[asyncio.Task[None]] = []

    def append(self, run_id: str, count: int, data: bytes, *, end: bool = False) -> int:
        """See EventLog.append. What Redis does never shows here, but that the run was taken over."""
        if not self._tasks:
            self._start()
        last = self._uploads.refusal(run_id)
        if last is not None:
            if end:
                return last
            raise Fenced(run_id)
        last = self._own.append(run_id, count, data, end=end)
        self._uploads.note(run_id)
        self._watchers.wake(run_id)
        return last

    def check(self) -> None:
        """See EventLog.check. Known within seconds: somebody sweeps, and tries to write where writing failed."""
        self._start()
        if not (self._link.is_up and self._link.takes_writes):
            raise Unavailable("The chat is not available right now. Please try again.", retry_after_seconds=2)

    async def claim(self, run_id: str, epoch: int, *, anew: bool = False) -> int:
        """See EventLog.claim. Asking again after Unavailable is safe."""
        self._start()
        claimed = await self._link.claim(run_id, epoch)
        if claimed.status == "fenced":
            raise Fenced(run_id)
        tape = self._own.tape(run_id)
        if tape is None:
            if claimed.status == "missing":
                if not anew:
                    raise gone()
                self._uploads.adopt(run_id, epoch, 0)
                return 0
            for count, data in await self._mirrors.whole(run_id):
                self._own.append(run_id, count, data)
            tape = self._own.tape(run_id)
        self._uploads.adopt(run_id, epoch, claimed.seq)
        self._mirrors.release(run_id)
        self._watchers.wake(run_id)
        return tape.count if tape is not None else 0

    def disown(self, run_id: str) -> None:
        """See EventLog.disown."""
        self._uploads.disown(run_id)

    async def flush(self, run_id: str) -> None:
        """See EventLog.flush."""
        await self._uploads.flush(run_id)

    async def read(self, run_id: str, after: int) -> Slice:
        """See EventLog.read."""
        if self._own.tape(run_id) is not None:
            return await self._own.read(run_id, after)
        if after < 0:
            raise future()
        self._start()
        return in_sequence(await self._mirrors.read(run_id, after))

    def held(self, run_id: str, after: int) -> Slice | None:
        """See EventLog.held. Only the owner of a run holds all of it."""
        return self._own.held(run_id, after)

    def watch(self, run_id: str, wake: Callable[[], None]) -> Callable[[], None]:
        """See EventLog.watch."""
        return self._watchers.add(run_id, wake)

    def drop(self, run_id: str) -> None:
        """See EventLog.drop. Other processes learn of it at once, or when Redis is back."""
        self._start()
        self._own.drop(run_id)
        self._uploads.drop(run_id)
        self._mirrors.release(run_id)
        self._watchers.wake(run_id)

    async def close(self) -> None:
        """Sends what is left, then ends connections, tasks and timers."""
        left = set(self._tasks)
        while left:  # again and again: redis-py may swallow a cancellation while it connects
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=0.05)
        self._mirrors.close()
        await self._uploads.finish()
        await self._own.close()
        await self._link.close()

    def _start(self) -> None:
        """With the first use, for tasks need the loop."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(_stay(self._uploads.keep_up), name="eventlog uploads"),
                asyncio.create_task(_stay(self._mirrors.keep_up), name="eventlog mirrors"),
                asyncio.create_task(
                    _stay(lambda: self._link.listen(self._hear, self._on_return)), name="eventlog ears"
                ),
            ]

    def _hear(self, told: Told, data: bytes) -> None:
        if self._own.tape(told.run_id) is None:
            self._mirrors.hear(told, data)
        elif told.kind == "dropped":
            self._own.drop(told.run_id)
            self._uploads.fence(told.run_id, 0)
        elif told.kind == "claimed":
            self._uploads.note(told.run_id)  # Redis says whether that is so

    def _on_return(self) -> None:
        """Redis is there (again): whatever was said or lost meanwhile is looked for."""
        self._mirrors.sweep_all()
        self._uploads.check_all()

    def _on_fenced(self, run_id: str, base: int) -> None:
        """Viewers go on with what the new owner writes, unless they have seen more than it knows of."""
        tape = self._own.tape(run_id)
        if tape is not None:
            self._mirrors.lose(run_id, base, tape.count)
            self._own.drop(run_id)
        self._watchers.wake(run_id)


async def _stay(work: Callable[[], Coroutine[None, None, None]]) -> None:
    """Standing work does not end with an error nobody thought of."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("the event log stumbled")
            await asyncio.sleep(1.0)
