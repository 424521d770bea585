"""Standing work for runs: heartbeats for those at work here, a look at what the store says of them, and a search for orphans.

The database is the judge and its clock the time. A run here stops when another process has it, and when somebody asked
for that anywhere: a lease that is merely over ends nothing. A store that is away is asked again.

Where this process itself comes late or does not reach the store, others may be as badly off: it leaves whatever it finds
without a lease alone for the time of a heartbeat, in which an owner who lives renews it.
"""

import asyncio
import contextlib
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping

from chatdock.errors import Unavailable
from chatdock.runs.active import ActiveRun
from chatdock.storage.base import Claimable, Leases
from chatdock.types.actor import Scope

BEAT_SECONDS = 5.0  # a third of a lease: two may be lost
WATCH_SECONDS = 0.3  # a stop from anywhere takes effect within a second
SETTLE_SECONDS = 0.3  # what was begun and not answered for begins within a second
REAP_SECONDS = 5.0
REAP_RUNS = 50
LATE_SECONDS = 1.5  # a turn that begins so much later, or a store that takes so long: something is overloaded
GRACE_SECONDS = 7.0  # a heartbeat of an owner in the same plight, and a second
AGAIN_SECONDS = 1.0  # after a turn that the store did not answer

log = logging.getLogger(__name__)


class Keeper:
    """Of one process's runs."""

    def __init__(
        self,
        leases: Leases,
        owner: str,
        active: Mapping[str, ActiveRun],
        recover: Callable[[Claimable], Awaitable[bool]],
        advance: Callable[[Scope, str], None],
        settle: Callable[[], Awaitable[None]],
        *,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._leases = leases
        self._owner = owner
        self._active = active
        self._recover = recover
        self._advance = advance
        self._settle = settle
        self._grace_seconds = grace_seconds
        self._troubled_at = -math.inf
        self._found: dict[tuple[str, int], float] = {}  # runs without a lease, and since when they are seen so here
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Until `close`."""
        work = {
            "beat": (self._beat, BEAT_SECONDS),
            "watch": (self._watch, WATCH_SECONDS),
            "settle": (self._settle, SETTLE_SECONDS),
            "reap": (self._reap, REAP_SECONDS),
        }
        for name, (turn, seconds) in work.items():
            self._tasks.append(asyncio.create_task(self._repeat(turn, seconds), name=f"runs {name}"))

    async def close(self) -> None:
        """Ends the standing work."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._tasks = []

    async def _beat(self) -> None:
        if self._active:
            await self._leases.beat(self._owner, list(self._active))

    async def _watch(self) -> None:
        here = dict(self._active)  # before the question: what begins meanwhile is not judged
        if not here:
            return
        held = await self._leases.held(self._owner)
        for run_id, run in here.items():
            known = held.get(run_id)
            if known is None or known.epoch != run.writer.epoch:
                run.stop("fenced")
            elif known.status == "cancelling":
                run.stop("cancelled")

    async def _reap(self) -> None:
        asked_at = time.monotonic()
        orphans = await self._leases.orphans(REAP_RUNS)
        now = time.monotonic()
        self._note_delay(now - asked_at)
        self._found = {key: self._found.get(key, now) for key in map(_key, orphans)}
        for orphan in orphans:
            if (orphan.run.id not in self._active or orphan.is_over) and self.is_left(orphan):
                await self._recover(orphan)
        for scope, thread_id in await self._leases.stalled(REAP_RUNS):
            self._advance(scope, thread_id)

    def is_left(self, orphan: Claimable) -> bool:
        """Whether its owner is taken for dead: at once where all went well here, a heartbeat later where it did not."""
        now = time.monotonic()
        if orphan.owner is None or orphan.is_over or now - self._troubled_at >= self._grace_seconds:
            return True
        return now - self._found.get(_key(orphan), now) >= self._grace_seconds

    def _note_delay(self, seconds: float) -> None:
        if seconds > LATE_SECONDS:
            self._troubled_at = time.monotonic()

    async def _repeat(self, turn: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            try:
                await turn()
                pause = seconds * random.uniform(0.8, 1.2)
            except Unavailable as error:
                log.warning("runs cannot be looked after: %s", error.message)
                self._troubled_at = time.monotonic()
                pause = min(seconds, AGAIN_SECONDS)
            except Exception:
                log.exception("looking after runs stumbled")
                pause = seconds
            due_at = time.monotonic() + pause
            await asyncio.sleep(pause)
            self._note_delay(time.monotonic() - due_at)


def _key(run: Claimable) -> tuple[str, int]:
    return run.run.id, run.epoch
