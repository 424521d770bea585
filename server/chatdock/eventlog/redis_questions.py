"""Reads from Redis, gathered: whoever asks while one call is under way shares the next.

After a restart hundreds of viewers come at once; one call each would cost more than the frames they lack. And a viewer who
leaves takes no command with him that is half sent.
"""

import asyncio

from chatdock.errors import Unavailable
from chatdock.eventlog.base import PAGE_BYTES
from chatdock.eventlog.redis_link import Link
from chatdock.eventlog.redis_scripts import Ask, Found

CALL_ASKS = 200

Answer = tuple[Found, bytes]


class Questions:
    """What this process wants to know, in the order it was asked."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._waiting: list[tuple[Ask, asyncio.Future[Answer]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, ask: Ask) -> Answer:
        """A page of the frames; none where the others of its call had so many. Raises: Unavailable."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._work(), name="eventlog questions")
        return await answer

    def close(self) -> None:
        """Nobody is answered any more."""
        if self._asking is not None:
            self._asking.cancel()

    async def _work(self) -> None:
        try:
            while self._waiting:
                some = self._waiting[:CALL_ASKS]
                answers = await self._link.read([ask for ask, _ in some], page_bytes=PAGE_BYTES)
                del self._waiting[: len(some)]
                for (_, future), answer in zip(some, answers, strict=True):
                    if not future.done():  # its viewer has left
                        future.set_result(answer)
        except Unavailable:
            pass
        finally:
            self._asking = None
            left, self._waiting = self._waiting, []
            for _, future in left:
                if not future.done():
                    future.set_exception(Unavailable("The event log is not available right now."))
