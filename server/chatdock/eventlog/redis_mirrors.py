"""Runs that other processes write and somebody here watches: their latest frames, kept up by what Redis tells us.

The first read of a watched run fetches what there is and asks for what comes, in one script; then the frames arrive as they
are written, one message for all runs of a few milliseconds. Messages may be lost, so every few seconds a sweep asks for
whatever is missing. A mirror holds no more than the frames its viewers are likely to lack; older ones are read from Redis.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Sequence

from chatdock.errors import Unavailable
from chatdock.eventlog.base import Slice, future, gone, split
from chatdock.eventlog.redis_link import Link, pause
from chatdock.eventlog.redis_questions import Questions
from chatdock.eventlog.redis_scripts import Ask, Found, Told
from chatdock.eventlog.tape import Tape
from chatdock.eventlog.watchers import Watchers

SWEEP_SECONDS = 3.0  # the longest a lost message goes unnoticed
SWEEP_RUNS = 200  # asked for in one call
MIRROR_BYTES = 256 * 1024  # of a run's latest frames
AHEAD_SECONDS = 0.5  # how long a viewer may be ahead of Redis: its last connection was with the run's owner
AHEAD_LOOK_SECONDS = 0.05
UNWATCHED_MOST = 10_000  # remembered until the next sweep; Redis finds out about the others when it tells us


class _Mirror:
    """The newest frames of a run, and what is known of its owner."""

    __slots__ = ("dead", "epoch", "heard", "heard_of", "shown", "tape")

    def __init__(self) -> None:
        self.tape: Tape | None = None  # nothing yet, or nothing that can be trusted
        self.epoch = 0
        self.heard = 0  # messages
        self.heard_of = 0  # the last seq they told of: more than the tape when a fetch and a message crossed
        self.shown = 0  # the last seq anybody here read from Redis
        self.dead: tuple[int, int] | None = None  # positions that lie on frames no longer part of the run

    def take(self, first: int, count: int, data: bytes, *, ended: bool) -> bool:
        """Adds what is new of these frames; whether that was all of them, or there is a gap before them."""
        if self.tape is None:
            self.tape = Tape(first - 1)
        known = self.tape.count - first + 1
        if known < 0:
            return False
        if count > known:
            self.tape.add(count - known, b"".join(split(data)[known:]) if known else data)
            self.tape.forget_oldest(MIRROR_BYTES)
        self.tape.ended |= ended and self.tape.count == first - 1 + count
        return True

    def follow(self, epoch: int, base: int) -> bool:
        """Notes the owner's epoch. False when frames held here were written by an owner who had already lost the run."""
        shown = max(self.shown, self.tape.count if self.tape is not None else 0)
        stays = epoch == self.epoch or base >= shown
        if not stays:
            self.lose(base, shown)
        self.epoch = epoch
        return stays

    def is_dead(self, after: int) -> bool:
        """Whether whoever has seen up to there saw frames that are no longer part of the run."""
        return self.dead is not None and self.dead[0] < after <= self.dead[1]

    def lose(self, base: int, count: int) -> None:
        """Frames behind `base` are not what the run says now: whoever saw them has to load the thread."""
        self.dead = (base, count)
        self.shown = base
        self.tape = None


class Mirrors:
    """Every watched run of other processes."""

    def __init__(self, link: Link, watchers: Watchers) -> None:
        self._link = link
        self._questions = Questions(link)
        self._watchers = watchers
        self._mirrors: dict[str, _Mirror] = {}
        self._incomplete: set[str] = set()
        self._unwatched: list[str] = []
        self._hurry = asyncio.Event()

    def __len__(self) -> int:
        return len(self._mirrors)

    # ---- reading -----------------------------------------------------------------------------------------------------

    async def read(self, run_id: str, after: int) -> Slice:
        """See EventLog.read. What is mirrored can be read while Redis is away."""
        give_up_at = time.monotonic() + AHEAD_SECONDS
        while True:
            mirror = self._mirrors.get(run_id)
            if mirror is not None:
                if mirror.is_dead(after):
                    raise gone()
                tape = mirror.tape
                if tape is not None and tape.base <= after <= tape.count:
                    return Slice(after + 1, tape.count - after, tape.behind(after), tape.ended)
            part = await self._fetch(run_id, after)
            if part is not None:
                return part
            if time.monotonic() > give_up_at:
                raise gone()
            await asyncio.sleep(AHEAD_LOOK_SECONDS)

    async def whole(self, run_id: str) -> list[tuple[int, bytes]]:
        """Everything there is, in pieces of so many frames. Raises: Gone, Unavailable."""
        pieces: list[tuple[int, bytes]] = []
        last = 0
        while True:
            found, data = (await self._link.read([Ask(run_id, last, False)]))[0]
            if found.status == "missing" or found.last < last:
                raise gone()
            if found.count:
                pieces.append((found.count, data))
                last += found.count
            if last == found.last:
                return pieces

    async def _fetch(self, run_id: str, after: int) -> Slice | None:
        """Reads a page from Redis, and asks for what follows if somebody watches. None: no such frame, or not yet."""
        if not self._link.is_up:  # whoever sweeps is trying already
            raise Unavailable("The event log is not available right now.", retry_after_seconds=2)
        mirror = self._mirrors.setdefault(run_id, _Mirror()) if run_id in self._watchers else None
        while True:
            heard = mirror.heard if mirror is not None else 0
            found, data = await self._questions.ask(Ask(run_id, after, mirror is not None))
            if found.status == "missing":
                self._forget(run_id)
                raise gone()
            if after > found.last:
                if found.ended and found.epoch == 1:  # one owner who wrote all of it: nobody has seen more
                    raise future()
                return None
            known = after - found.first + 1
            count = max(0, found.count - known)
            last = after + count
            if mirror is not None:
                self._took(run_id, mirror, found, data)
                if mirror.is_dead(after):
                    raise gone()
                mirror.shown = max(mirror.shown, last)
                if mirror.tape is not None and mirror.heard != heard and mirror.heard_of > mirror.tape.count:
                    self._incomplete.add(run_id)  # told of before there was a tape to take it
                    self._hurry.set()
            has_more = last < found.last
            if count or not has_more:
                rest = b"".join(split(data)[known:]) if known > 0 else data
                return Slice(after + 1, count, rest, found.ended and not has_more, has_more)

    def _took(self, run_id: str, mirror: _Mirror, found: Found, data: bytes) -> None:
        """A fetched page: the mirror takes the last, which may be one that others have already."""
        if self._mirrors.get(run_id) is not mirror:
            return
        mirror.follow(found.epoch, found.base)
        if found.first + found.count <= found.last:
            return
        before = mirror.tape.count if mirror.tape is not None else -1
        if mirror.tape is None or found.first > mirror.tape.count + 1:
            mirror.tape = Tape(found.first - 1)
        mirror.take(found.first, found.count, data, ended=found.ended)
        if mirror.tape.count > before:
            self._watchers.wake(run_id)

    def close(self) -> None:
        """Nobody is answered any more."""
        self._questions.close()

    # ---- following ---------------------------------------------------------------------------------------------------

    def hear(self, told: Told, data: bytes) -> None:
        """Frames that were written a moment ago, or the word that a run is no more."""
        mirror = self._mirrors.get(told.run_id)
        if mirror is None:
            if told.kind == "frames":
                self._unwatch(told.run_id)
            return
        if told.kind == "dropped":
            self._forget(told.run_id)
        elif told.epoch >= mirror.epoch:
            mirror.heard += 1
            mirror.heard_of = told.first + told.count - 1
            if mirror.tape is None:
                return  # its first fetch is on the way, and will look at what we heard
            if mirror.follow(told.epoch, told.base) and not mirror.take(told.first, told.count, data, ended=told.ended):
                self._incomplete.add(told.run_id)
                self._hurry.set()
                return
        self._watchers.wake(told.run_id)

    def lose(self, run_id: str, base: int, count: int) -> None:
        """A run that this process owned until somebody took it over behind `base`; here `count` frames were shown."""
        if run_id in self._watchers:
            self._mirrors.setdefault(run_id, _Mirror()).lose(base, count)

    def release(self, run_id: str) -> None:
        """Nobody here watches the run any more, or this process owns it now."""
        if self._mirrors.pop(run_id, None) is not None:
            self._unwatch(run_id)

    def sweep_all(self) -> None:
        """Soon: something may have been said that we did not hear."""
        self._incomplete.update(self._mirrors)
        self._hurry.set()

    async def keep_up(self) -> None:
        """Sweeps for ever."""
        tries = 0
        sweep_at = 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(sweep_at):
                    await self._hurry.wait()
            now = asyncio.get_running_loop().time()
            if now >= sweep_at:  # also when there is always something to hurry for
                sweep_at = now + SWEEP_SECONDS * random.uniform(0.8, 1.2)
                self._incomplete.update(self._mirrors)
            self._hurry.clear()
            try:
                await self._sweep()
                tries = 0
            except Unavailable:
                tries += 1
                await pause(tries)
                self.sweep_all()

    async def _sweep(self) -> None:
        """Asks for everything behind what is mirrored; an empty sweep still tells whether Redis and our ears are there."""
        runs, self._incomplete = self._incomplete, set()
        unwatched, self._unwatched = [run for run in self._unwatched if run not in self._mirrors], []
        asks = [
            Ask(run_id, mirror.tape.count, True)
            for run_id in runs
            if (mirror := self._mirrors.get(run_id)) is not None and mirror.tape is not None and not mirror.tape.ended
        ]
        for start in range(0, max(1, len(asks)), SWEEP_RUNS):
            some = asks[start : start + SWEEP_RUNS]
            self._swept(some, await self._link.read(some, unwatched if start == 0 else ()))

    def _swept(self, asks: Sequence[Ask], answers: Sequence[tuple[Found, bytes]]) -> None:
        for ask, (found, data) in zip(asks, answers, strict=True):
            mirror = self._mirrors.get(ask.run_id)
            if mirror is None or mirror.tape is None:
                continue
            if found.status == "missing":
                self._forget(ask.run_id)
                continue
            count = mirror.tape.count
            if found.last < ask.after:  # Redis lost the end of it: whoever reads now waits a moment for the owner
                mirror.tape = None
            elif mirror.follow(found.epoch, found.base):
                mirror.take(
                    found.first, found.count, data, ended=found.ended and found.first + found.count > found.last
                )
                if found.first + found.count <= found.last:
                    self._incomplete.add(ask.run_id)
                    self._hurry.set()
            if mirror.tape is None or mirror.tape.count > count or mirror.tape.ended:
                self._watchers.wake(ask.run_id)

    def _forget(self, run_id: str) -> None:
        """The run is not in Redis: whoever watches it finds that out by reading."""
        self._mirrors.pop(run_id, None)
        self._watchers.wake(run_id)

    def _unwatch(self, run_id: str) -> None:
        if len(self._unwatched) < UNWATCHED_MOST:
            self._unwatched.append(run_id)
