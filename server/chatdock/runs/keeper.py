"""Standing work for runs: heartbeats for those at work here, a look at what the store says of them, and a search for orphans.

The database is the judge and its clock the time. A run here stops when another process has it, and when somebody asked
for that anywhere. A store that is away is asked again.
"""

import asyncio
import contextlib
import logging
import random
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
    ) -> None:
        self._leases = leases
        self._owner = owner
        self._active = active
        self._recover = recover
        self._advance = advance
        self._settle = settle
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
            self._tasks.append(asyncio.create_task(_repeat(turn, seconds), name=f"runs {name}"))

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
        for orphan in await self._leases.orphans(REAP_RUNS):
            if orphan.run.id not in self._active or orphan.is_over:
                await self._recover(orphan)
        for scope, thread_id in await self._leases.stalled(REAP_RUNS):
            self._advance(scope, thread_id)


async def _repeat(turn: Callable[[], Awaitable[None]], seconds: float) -> None:
    while True:
        try:
            await turn()
        except Unavailable as error:
            log.warning("runs cannot be looked after: %s", error.message)
        except Exception:
            log.exception("looking after runs stumbled")
        await asyncio.sleep(seconds * random.uniform(0.8, 1.2))
