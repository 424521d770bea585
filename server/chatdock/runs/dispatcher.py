"""Takes runs from the queue and puts them to work here, as many as there is room for.

A worker does nothing else. A replica does so while there is no worker: what was handed to one that died is not left lying.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable

from chatdock.dispatch.base import RunQueue, Ticket
from chatdock.errors import Unavailable
from chatdock.storage.base import Claimable, Leases

ANNOUNCE_SECONDS = 1.0
FULL_SECONDS = 0.05
AWAY_SECONDS = 1.0

log = logging.getLogger(__name__)


class Dispatcher:
    """One process's share of the queue. `room` says how many more runs this process takes, `is_left` whether the owner
    of one without a lease is taken for dead: one that is not is left to whoever looks after runs.
    """

    def __init__(
        self,
        queue: RunQueue,
        leases: Leases,
        recover: Callable[[Claimable], Awaitable[bool]],
        room: Callable[[], int],
        is_left: Callable[[Claimable], bool],
        *,
        is_worker: bool,
    ) -> None:
        self._queue = queue
        self._leases = leases
        self._recover = recover
        self._room = room
        self._is_left = is_left
        self._is_worker = is_worker
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Until `close`."""
        self._tasks = [
            asyncio.create_task(_again(self._tell), name="dispatch presence"),
            asyncio.create_task(_again(self._take), name="dispatch"),
        ]

    async def close(self) -> None:
        """Takes no more."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _tell(self) -> None:
        if self._is_worker:
            await self._queue.announce()
        else:
            await self._queue.look()
        await asyncio.sleep(ANNOUNCE_SECONDS)

    async def _take(self) -> None:
        room = self._room()
        if room <= 0:
            await asyncio.sleep(FULL_SECONDS)
        elif not self._is_worker and self._queue.has_workers:
            await asyncio.sleep(ANNOUNCE_SECONDS)
        else:
            tickets = await self._queue.take(room)
            if tickets:
                await asyncio.gather(*(self._begin(ticket) for ticket in tickets))
                await self._queue.done(tickets)

    async def _begin(self, ticket: Ticket) -> None:
        run = await self._leases.find(ticket.run_id)
        if run is not None and (run.owner is None or (run.is_orphan and self._is_left(run))):
            await self._recover(run)


async def _again(turn: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await turn()
        except Unavailable:
            await asyncio.sleep(AWAY_SECONDS * random.uniform(0.5, 1.0))
        except Exception:
            log.exception("the dispatch stumbled")
            await asyncio.sleep(AWAY_SECONDS)
