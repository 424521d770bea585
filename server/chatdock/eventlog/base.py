"""The seam for what happened lately: one tape a run, gapless, replayable byte for byte, that expires.

A frame is the bytes `data: {json}\\n\\n`; the frame at seq n is the n-th of its run, counted from 1. Frames are encoded
once, many at a time, kept as they came, and the same bytes go to every viewer.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import msgspec

from chatdock.errors import BadRequest, Gone

HEARTBEAT_SECONDS = 15.0
PAD = b":\n\n"  # a comment, which no client takes for an event
DISTANCE = 1_000  # frames that a new owner leaves empty: more than its predecessor can have shown and not passed on
PADDING = PAD * DISTANCE
PAGE_BYTES = 128 * 1024  # of a long tape at a time: the first goes out before the second is looked for


class TapeFull(Exception):
    """One run wrote more than a tape may hold."""


class Slice(msgspec.Struct, frozen=True):
    """`count` frames from seq `first` on, as the bytes they are sent as; `ended` when the run's last one is behind us.

    `has_more`: there are others behind them already, and nobody is woken for those.
    """

    first: int
    count: int
    data: bytes
    ended: bool
    has_more: bool = False

    def frames(self) -> list[bytes]:
        """One by one."""
        return split(self.data)


def split(data: bytes) -> list[bytes]:
    """The frames of a run of frames. JSON on one line holds no line break, so the separator is never part of one."""
    return [frame + b"\n\n" for frame in data.split(b"\n\n")[:-1]]


def in_sequence(part: Slice) -> Slice:
    """The slice, unless it begins amid a new owner's padding: whoever asks saw frames that are no part of the run.

    Raises: Gone.
    """
    if part.data.startswith(PAD) and not part.data.startswith(PADDING):
        raise gone()
    return part


def gone() -> Gone:
    """For a tape that has expired, was lost, or never was."""
    return Gone("The events of this run are no longer kept; load the thread instead.")


def future() -> BadRequest:
    """For a position behind the last frame."""
    return BadRequest("There is no such event in this run.", param="after")


class EventLog(Protocol):
    """Tapes by run id."""

    def append(self, run_id: str, count: int, data: bytes, *, end: bool = False) -> int:
        """Adds that many frames, wakes the viewers of this process, and returns the last seq. Only the run's owner calls it.

        Raises, with nothing added and never with `end`: TapeFull (the run has written more than a tape holds), Fenced.
        """

    def check(self) -> None:
        """Raises: Unavailable, when other processes would not see what is appended now. Asks nobody: what is known counts."""

    async def claim(self, run_id: str, epoch: int, *, anew: bool = False) -> int:
        """Makes this process the owner of a tape that another began, and returns its last seq, behind which `append` goes on.

        Whoever appends with an older epoch is refused from now on. A run's first owner has epoch 1 and claims nothing.
        The new owner appends PADDING first if its predecessor may have shown frames that are lost.
        Raises: Gone (the tape was lost or has expired; with `anew` an empty one takes its place), Fenced (an epoch as new
        as this is taken), Unavailable.
        """

    def disown(self, run_id: str) -> None:
        """Writes no more of a run that is another process's now; viewers here go on with what that one writes."""

    async def flush(self, run_id: str) -> None:
        """Returns when other processes can see everything appended so far. Raises: Fenced, Unavailable (after seconds)."""

    async def read(self, run_id: str, after: int) -> Slice:
        """The frames behind `after`, a page of them (some PAGE_BYTES) where there are many.

        Raises: Gone (expired, lost or never here, or `after` lies on a frame that was lost), BadRequest (`after` lies in the future), Unavailable.
        """

    def held(self, run_id: str, after: int) -> Slice | None:
        """What `read` would give, if it can be told without waiting and there is something behind `after`; else None."""

    def watch(self, run_id: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Calls `wake` after every append that this process learns of, until the returned function is called."""

    def drop(self, run_id: str) -> None:
        """Forgets a tape now: its thread was deleted."""

    async def close(self) -> None:
        """Ends connections and timers."""


async def read_whole(log: EventLog, run_id: str) -> Slice:
    """Every frame there is. Raises as `EventLog.read` does."""
    part = await log.read(run_id, 0)
    parts, count = [part.data], part.count
    while part.has_more:
        part = await log.read(run_id, count)
        parts.append(part.data)
        count += part.count
    return Slice(1, count, b"".join(parts), part.ended)


async def tail(log: EventLog, run_id: str, after: int) -> AsyncIterator[Slice | None]:
    """What is there, then what comes, then the end; None is a heartbeat's turn. A lost wake costs seconds, never an event."""
    nudge = asyncio.Event()
    unwatch = log.watch(run_id, nudge.set)  # before the read: nothing falls into the gap
    try:
        while True:
            nudge.clear()
            part = await log.read(run_id, after)
            if part.count or part.ended:
                yield part
                after += part.count
            if part.ended:
                return
            if part.has_more:
                continue
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await nudge.wait()
            except TimeoutError:
                yield None
    finally:
        unwatch()
