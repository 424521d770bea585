"""The seam for what happened lately: one tape a run, gapless, replayable byte for byte, that expires.

A frame is the bytes `data: {json}\\n\\n`; the frame at seq n is the n-th of its run, counted from 1. Frames are encoded
once, kept, and the same bytes go to every viewer.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

HEARTBEAT_SECONDS = 15.0


class Slice(msgspec.Struct, frozen=True):
    """Frames `first..first+len-1`; `ended` when the run's last frame is among them or before them."""

    first: int
    frames: Sequence[bytes]
    ended: bool


class EventLog(Protocol):
    """Tapes by run id."""

    def append(self, run_id: str, frames: Sequence[bytes], *, end: bool = False) -> int:
        """Adds frames, wakes the viewers of this process, and returns the last seq. Only the run's owner calls it."""

    async def flush(self, run_id: str) -> None:
        """Returns when other processes can see everything appended so far."""

    async def read(self, run_id: str, after: int) -> Slice:
        """Every frame behind `after`. Raises: Gone (expired or never here), BadRequest (`after` lies in the future)."""

    async def wait(self, run_id: str, after: int, timeout_seconds: float) -> bool:
        """Returns True once there is more than `after` or the run ended, False on timeout."""

    def drop(self, run_id: str) -> None:
        """Forgets a tape now: its thread was deleted."""

    async def close(self) -> None:
        """Ends connections and timers."""


async def tail(log: EventLog, run_id: str, after: int) -> AsyncIterator[Slice | None]:
    """What is there, then what comes, then the end; None is a heartbeat's turn. A lost wake costs seconds, never an event."""
    while True:
        part = await log.read(run_id, after)
        if part.frames or part.ended:
            yield part
            after = part.first + len(part.frames) - 1
        if part.ended:
            return
        if not await log.wait(run_id, after, HEARTBEAT_SECONDS):
            yield None
