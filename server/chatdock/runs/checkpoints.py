"""Checkpoints: what is unfinished in a run is stored now and then, by a clock that all runs of a process share.

    first word -> 0.1 s -> stored;  more words -> before they are 2 s old, or at once when they are 4 KiB -> stored

Runs that fall due in the same quarter of a second are stored in the same turn of the loop, so that the store can make one
transaction of them. Adding a word costs a comparison and no look at the clock.
"""

import asyncio
from collections.abc import Callable, Coroutine

CHECKPOINT_SECONDS = 2.0
ROUND_SECONDS = 0.25
FIRST_CHECKPOINT_SECONDS = 0.1  # after the first word: an answer that took longer is known to have been seen
CHECKPOINT_CHARS = 4096
_GROWTH = 16  # a long answer is checkpointed when it grew by a sixteenth, so that saving it stays linear

Saving = Coroutine[None, None, None]


class Rounds:
    """Every quarter of a second in which something falls due, for all runs of a process."""

    def __init__(self) -> None:
        self._due: dict[int, list[Callable[[int], None]]] = {}

    def note(self, save: Callable[[int], None]) -> int:
        """Calls `save` with the number returned here, in the last round before two seconds are over."""
        loop = asyncio.get_running_loop()
        due = int((loop.time() + CHECKPOINT_SECONDS) / ROUND_SECONDS)
        if due not in self._due:
            self._due[due] = []
            loop.call_at(due * ROUND_SECONDS, self._save, due)
        self._due[due].append(save)
        return due

    def _save(self, due: int) -> None:
        for save in self._due.pop(due):
            save(due)


class Checkpoints:
    """One run's. `saving` gives what stores the text so far, None where there is nothing to store; it must not raise.

    Whoever adds characters to `unsaved` calls `look` once they are `enough`.
    """

    def __init__(self, rounds: Rounds, saving: Callable[[], Saving | None]) -> None:
        self.unsaved = 0
        self.enough = 1
        self._rounds = rounds
        self._saving = saving
        self._saved = 0
        self._due = 0
        self._first: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_late = False
        self._is_over = False

    def look(self) -> None:
        """The first characters since the last checkpoint are noted; too many of them are stored at once."""
        if self._first is None:
            self._first = asyncio.get_running_loop().call_later(FIRST_CHECKPOINT_SECONDS, self._save_first)
        most = max(CHECKPOINT_CHARS, self._saved // _GROWTH)
        if not self._due:
            self._due = self._rounds.note(self._save_due)
            self.enough = most
        if self.unsaved >= most:
            self._save()

    def _save_first(self) -> None:
        if not self._saved:
            self._save()

    def _save_due(self, due: int) -> None:
        if due == self._due:
            self._save()

    def _save(self) -> None:
        """Now, or behind the one that is being stored."""
        self._is_late = self._task is not None
        saving = None if self._is_late or self._is_over else self._saving()
        if saving is not None:
            self._saved += self.unsaved
            self._begin_anew()
            self._task = asyncio.create_task(saving)
            self._task.add_done_callback(self._saved_one)
        elif not self._is_late:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.unsaved, self.enough, self._due = 0, 1, 0

    def _saved_one(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if task.cancelled():
            return
        task.exception()  # the finished item meets the same, and says so
        if self._is_late:
            self._save()

    async def settle(self) -> None:
        """Waits for the one in flight, and for one behind it: none may overwrite a finished item."""
        if self._first is not None:
            self._first.cancel()
        while self._task is not None:
            await asyncio.wait([self._task])

    def end(self) -> None:
        """Nothing more is stored from here."""
        self._is_over = True
        if self._first is not None:
            self._first.cancel()
