"""Runs that this process owns, on their way to Redis: what is on the local tape and not yet there is sent, in order.

The local tape is the buffer, so there is no other that could grow. Redis says how far it has got, and whatever it lost (all
of it, or the last second) is written again from the local tape, byte for byte. While it is away the run goes on here.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable

from chatdock.errors import Fenced, Unavailable
from chatdock.eventlog.memory import MemoryEventLog
from chatdock.eventlog.redis_link import Link, pause
from chatdock.eventlog.redis_scripts import Entry, Result
from chatdock.eventlog.tape import Tape

GATHER_SECONDS = 0.008  # between two batches: what is appended meanwhile shares the next one
ENTRY_BYTES = 64 * 1024
BATCH_BYTES = 1024 * 1024  # of one call: Redis does nothing else meanwhile
BATCH_RUNS = 256
CHECK_SECONDS = 3.0  # how soon the loss of a run that says nothing at the moment is noticed
FLUSH_SECONDS = 5.0
CLOSE_SECONDS = 1.0
PAUSED_SECONDS = 10.0  # the least that counts as a pause: twice what a turn takes while Redis is away
DROPPED_MOST = 10_000  # remembered while Redis is away; what is lost of them expires by itself
FENCED_MOST = 10_000

log = logging.getLogger(__name__)


class Upload:
    """How far one run has got."""

    __slots__ = ("base", "can_restore", "end_is_sent", "epoch", "sent")

    def __init__(self, epoch: int = 1, base: int = 0, sent: int = 0) -> None:
        self.epoch = epoch
        self.base = base
        self.sent = sent
        self.end_is_sent = False
        self.can_restore = True  # False: whether the run is still ours shows only where Redis knows it

    def is_done(self, tape: Tape) -> bool:
        """Whether Redis has all of it."""
        return self.sent == tape.count and (self.end_is_sent or not tape.ended)


class Uploads:
    """Every run of this process."""

    def __init__(
        self, link: Link, own: MemoryEventLog, on_fenced: Callable[[str, int], None], keep_seconds: float
    ) -> None:
        self._paused_seconds = max(PAUSED_SECONDS, keep_seconds / 2)
        self._link = link
        self._own = own
        self._on_fenced = on_fenced
        self._uploads: dict[str, Upload] = {}
        self._waiting: dict[str, None] = {}
        self._fenced: dict[str, int] = {}  # the last seq this process wrote
        self._dropped: list[str] = []
        self._work = asyncio.Event()
        self._progress = asyncio.Event()
        self._awake_at = time.time()

    def refusal(self, run_id: str) -> int | None:
        """The last seq of a run that another process owns now; None while it may be written here."""
        return self._fenced.get(run_id)

    def note(self, run_id: str) -> None:
        """Something was appended."""
        if run_id not in self._uploads:
            self._uploads[run_id] = Upload()
        self._waiting[run_id] = None
        self._work.set()

    def adopt(self, run_id: str, epoch: int, base: int) -> None:
        """A run that was claimed: Redis has `base` frames of it."""
        self._fenced.pop(run_id, None)
        self._uploads[run_id] = Upload(epoch, base, base)
        self.note(run_id)

    def forget(self, run_id: str) -> None:
        """Nothing of it is sent any more."""
        self._uploads.pop(run_id, None)
        self._waiting.pop(run_id, None)
        self._told()

    def drop(self, run_id: str) -> None:
        """Forgets a run here and in Redis."""
        self.forget(run_id)
        if len(self._dropped) < DROPPED_MOST:
            self._dropped.append(run_id)
        self._work.set()

    def fence(self, run_id: str, base: int) -> None:
        """The run is another's from behind `base` on."""
        tape = self._own.tape(run_id)
        self._fenced[run_id] = tape.count if tape is not None else base
        if len(self._fenced) > FENCED_MOST:
            del self._fenced[next(iter(self._fenced))]
        self._on_fenced(run_id, base)
        self.forget(run_id)

    def disown(self, run_id: str) -> None:
        """The run is another's, as the store says; Redis has what was sent until now."""
        upload = self._uploads.get(run_id)
        if upload is not None:
            self.fence(run_id, upload.sent)

    async def flush(self, run_id: str) -> None:
        """See EventLog.flush."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                while (upload := self._uploads.get(run_id)) is not None:
                    tape = self._own.tape(run_id)
                    if tape is None or upload.is_done(tape):
                        break
                    await self._progress.wait()
        except TimeoutError as error:
            raise Unavailable("The event log is not available right now.") from error
        if run_id in self._fenced:
            raise Fenced(run_id)

    async def keep_up(self) -> None:
        """Sends for ever: one batch after the other, and a look at every open run when there is nothing to send."""
        tries = 0
        check_at = 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(check_at):
                    await self._work.wait()
            now = asyncio.get_running_loop().time()
            if now >= check_at:  # also when there is always something to send
                check_at = now + CHECK_SECONDS * random.uniform(0.8, 1.2)
                self._check()
            self._work.clear()
            try:
                await self._send()
                tries = 0
            except Unavailable:
                self._notice_a_pause()
                tries += 1
                await pause(tries)
            if self._waiting or self._dropped:
                self._work.set()
            await asyncio.sleep(GATHER_SECONDS)

    async def finish(self) -> None:
        """Sends what is left, if Redis takes it within a second."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._waiting or self._dropped:
                    await self._send()
        except (Unavailable, TimeoutError):
            log.warning("%d runs were not completely sent to Redis", len(self._waiting))

    def check_all(self) -> None:
        """Soon: Redis may have lost what it had."""
        self._check()
        self._work.set()

    def _check(self) -> None:
        """Every run whose end Redis does not have is looked at; the others are forgotten with their local tapes."""
        for run_id, upload in tuple(self._uploads.items()):
            if self._own.tape(run_id) is None:
                self.forget(run_id)
            elif not upload.end_is_sent:
                self._waiting[run_id] = None

    def _notice_a_pause(self) -> None:
        """A process that was stopped must not bring back what others ended and what expired meanwhile.

        By the wall clock, which runs on while the machine sleeps.
        """
        now = time.time()
        if now - self._awake_at > self._paused_seconds:
            for upload in self._uploads.values():
                upload.can_restore = False
        self._awake_at = now

    async def _send(self) -> None:
        """One batch. Raises: Unavailable."""
        self._notice_a_pause()
        if not self._link.takes_writes and not self._waiting:
            await self._link.probe()
        if self._dropped:
            dropped = self._dropped[:BATCH_RUNS]
            await self._link.drop(dropped)
            del self._dropped[: len(dropped)]
        entries, data = self._batch()
        if entries:
            for entry, result in zip(entries, await self._link.write(entries, data), strict=True):
                self._sent(entry, result)
            self._told()

    def _batch(self) -> tuple[list[Entry], list[bytes]]:
        entries: list[Entry] = []
        data: list[bytes] = []
        size = 0
        for run_id in tuple(self._waiting):
            if len(entries) == BATCH_RUNS or size >= BATCH_BYTES:
                break
            upload, tape = self._uploads.get(run_id), self._own.tape(run_id)
            if upload is None or tape is None:
                self.forget(run_id)
                continue
            if not upload.sent and not upload.can_restore:
                self.fence(run_id, 0)
                continue
            count, frames = tape.piece(upload.sent, ENTRY_BYTES)
            last = upload.sent + count
            ended = tape.ended and last == tape.count
            entries.append(Entry(run_id, upload.epoch, upload.base, upload.sent + 1, count, ended, len(frames)))
            data.append(frames)
            size += len(frames)
        return entries, data

    def _sent(self, entry: Entry, result: Result) -> None:
        upload, tape = self._uploads.get(entry.run_id), self._own.tape(entry.run_id)
        if upload is None or tape is None or upload.epoch != entry.epoch:
            return
        match result.status:
            case "ok":
                upload.sent = result.seq
                upload.end_is_sent |= entry.ended
                upload.can_restore = True
                if upload.is_done(tape):
                    self._waiting.pop(entry.run_id, None)
            case "behind" if result.seq <= tape.count:
                upload.sent = result.seq
                upload.end_is_sent = False
            case "dropped":
                self._own.drop(entry.run_id)
                self.fence(entry.run_id, 0)
            case _:
                log.warning("a run was taken over by another process", extra={"fields": {"run_id": entry.run_id}})
                self.fence(entry.run_id, result.seq)

    def _told(self) -> None:
        """Wakes whoever waits in `flush`."""
        self._progress.set()
        self._progress = asyncio.Event()
