"""One timer for every paced stream: a wheel of one-millisecond slots, because 50,000 timers a second would be the load."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable

Step = Callable[[], float | None]
"""Sends one delta and says in how many milliseconds the next is due; None ends the stream."""


class Pacer:
    """Runs steps at their due millisecond, late ones at once, never early."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots: dict[int, list[Step]] = defaultdict(list)
        self._next_ms = 0
        self._ticking = False

    def schedule(self, step: Step, delay_ms: float) -> None:
        """Run `step` after `delay_ms`, and again for as long as it names a next delay, counted from its due time."""
        if not self._ticking:
            self._ticking = True
            self._next_ms = _now_ms()
            self._loop.call_later(0.001, self._tick)
        self._slots[_now_ms() + max(1, round(delay_ms))].append(step)

    def _tick(self) -> None:
        now_ms = _now_ms()
        while self._next_ms <= now_ms:
            due_ms, self._next_ms = self._next_ms, self._next_ms + 1
            for step in self._slots.pop(due_ms, ()):
                delay_ms = step()
                if delay_ms is not None:
                    self._slots[max(due_ms + max(1, round(delay_ms)), self._next_ms)].append(step)
        self._ticking = bool(self._slots)
        if self._ticking:
            self._loop.call_later(0.001, self._tick)


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
