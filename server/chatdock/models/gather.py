"""Gathering: while the loop is busy, readers of many slow streams wait a little for more, and all go on together.

Everything behind a read (decoding, folding, the tape, the write to each viewer) costs by the read and hardly by the delta.
So a loop that has time hands over each delta at once, and one that has none hands over two or three at a time: a thousand
streams then fit where seven hundred did, and nobody reads that fast. First words are never held back.
"""

import asyncio
import time
from collections.abc import Callable

CHECK_SECONDS = 0.1  # how often the loop's share of its processor is looked at
BUSY_SHARE = 0.75  # above it readers wait twice as long,
CALM_SHARE = 0.4  # below it half as long: between the two it has found its pace
LEAST_SECONDS = 0.02  # one delta of a fast model
MOST_SECONDS = 0.16  # eight of them; no eye sees a sixth of a second in a text that grows


class Gather:
    """One loop's. Called from the loop's own thread only."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, processor_seconds: Callable[[], float] = time.thread_time
    ) -> None:
        self._loop = loop
        self._processor_seconds = processor_seconds
        self.seconds = 0.0  # how long readers wait at present
        self._checked_at = loop.time()
        self._used = processor_seconds()
        self._waiting: list[Callable[[], None]] = []

    def take(self, wake: Callable[[], None]) -> bool:
        """True if `wake` is called a little later, with the others; False if now is the time."""
        now = self._loop.time()
        if now - self._checked_at >= CHECK_SECONDS:
            self._look(now)
        if not self.seconds:
            return False
        if not self._waiting:
            self._loop.call_later(self.seconds, self._wake_all)
        self._waiting.append(wake)
        return True

    def _look(self, now: float) -> None:
        used = self._processor_seconds()
        share = (used - self._used) / (now - self._checked_at)
        if share > BUSY_SHARE:
            self.seconds = min(MOST_SECONDS, max(LEAST_SECONDS, self.seconds * 2))
        elif share < CALM_SHARE:
            self.seconds = self.seconds / 2 if self.seconds > LEAST_SECONDS else 0.0
        self._checked_at = now
        self._used = used

    def _wake_all(self) -> None:
        waiting, self._waiting = self._waiting, []
        for wake in waiting:
            wake()
