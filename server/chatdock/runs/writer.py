"""The writer: the one door events go through, and the owner of a run's tape.

    event -> fold -> store (finished items at once, unfinished ones on a timer) -> tape

Store before tape: nobody sees `done` for something that can be lost. Deltas are never a write each.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine

import msgspec

from chatdock.errors import Unavailable
from chatdock.eventlog.base import EventLog
from chatdock.runs.draft import Draft
from chatdock.storage.base import Changes, Scoped
from chatdock.types.event import (
    Event,
    ItemAdded,
    ItemDone,
    ItemRemoved,
    ItemReplaced,
    ItemUpdated,
    TextDelta,
    ThreadUpdated,
)
from chatdock.types.item import ClientToolCall, Item, StructuredInput, is_hidden
from chatdock.types.run import Run
from chatdock.types.thread import Thread, view
from chatdock.types.wire import encode

CHECKPOINT_SECONDS = 2.0
CHECKPOINT_CHARS = 4096
_GROWTH = 16  # a long answer is checkpointed when it grew by a sixteenth, so that saving it stays linear

log = logging.getLogger(__name__)


class _Batch:
    """What one call of `emit` comes to."""

    __slots__ = ("finished", "frames", "removed")

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.finished: list[Item] = []
        self.removed: list[str] = []


def frame(event: Event) -> bytes:
    """The bytes of one event, as ChatKit frames them."""
    return b"data: %b\n\n" % encode(event)


class Writer:
    """One run's way to the store and to the tape."""

    def __init__(self, run: Run, thread: Thread, scope: Scoped, tape: EventLog) -> None:
        self.run = run
        self.thread = thread
        self.waiting = False  # a call or a form was handed to the user
        self._scope = scope
        self._tape = tape
        self._drafts: dict[str, Draft] = {}
        self._told = msgspec.structs.replace(thread, metadata=dict(thread.metadata))
        self._owed: list[Item] = []
        self._checkpointed_at = time.monotonic()
        self._checkpoint: asyncio.Task[None] | None = None
        self._unsaved_chars = 0
        self._saved_chars = 0

    async def emit(self, *events: Event) -> None:
        """Folds, stores and tapes events in order. Raises: TapeFull, Unavailable, NotFound (the thread was deleted)."""
        batch = _Batch()
        drafts, frames = self._drafts, batch.frames
        for event in events:
            if type(event) is ItemUpdated and type(event.update) is TextDelta and event.item_id in drafts:
                drafts[event.item_id].grow(event.update)  # the hot path: nothing but this happens to most events
                self._unsaved_chars += len(event.update.delta)
                frames.append(frame(event))
            else:
                await self._take(event, batch)
        thread_changed = self._thread_changed(deep=bool(batch.finished))
        if thread_changed:
            batch.frames.append(frame(ThreadUpdated(thread=view(self.thread))))
        if batch.finished or batch.removed or thread_changed:
            await _whole(self._store_and_tape(batch, thread_changed))
        elif batch.frames:
            self.run.last_seq = self._tape.append(self.run.id, batch.frames)
        if self._unsaved_chars:
            self._maybe_checkpoint()

    def begin(self, *events: Event) -> None:
        """Tapes the first events, whose items the starting commit has stored already."""
        self.run.last_seq = self._tape.append(self.run.id, [frame(event) for event in events])

    async def finish(self, *events: Event) -> None:
        """Stores the last items and the run's final state in one commit, then tapes the end. The run's fields are set."""
        batch = _Batch()
        for event in events:
            await self._take(event, batch)
        changed = self._thread_changed(deep=True)
        if changed:
            batch.frames.append(frame(ThreadUpdated(thread=view(self.thread))))
        await self._settle_checkpoint()
        ended = msgspec.structs.replace(self.run, last_seq=self.run.last_seq + len(batch.frames))
        batch.finished[:0] = self._owed
        await self._commit(batch, changed, run=ended)
        self.run.last_seq = self._tape.append(self.run.id, batch.frames, end=True)

    def abandon(self, *events: Event) -> None:
        """Ends the tape of a run whose thread or store is gone."""
        self.run.last_seq = self._tape.append(self.run.id, [frame(event) for event in events], end=True)

    def drafts(self) -> list[Draft]:
        """What is unfinished, in the order it was begun."""
        return list(self._drafts.values())

    async def _take(self, event: Event, batch: "_Batch") -> None:
        match event:
            case ItemUpdated():
                await self._update(event)
            case ItemDone(item=item) | ItemReplaced(item=item):
                self._drafts.pop(item.id, None)
                batch.finished.append(item)
                if isinstance(item, ClientToolCall | StructuredInput) and item.status == "pending":
                    self.waiting = True
                if is_hidden(item):
                    return
            case ItemAdded(item=item):
                if is_hidden(item):
                    return
                self._drafts[item.id] = Draft(item, is_new=True)
            case ItemRemoved(item_id=item_id):
                self._drafts.pop(item_id, None)
                batch.removed.append(item_id)
                batch.finished = [item for item in batch.finished if item.id != item_id]
        batch.frames.append(frame(event))

    async def _update(self, event: ItemUpdated) -> None:
        draft = self._drafts.get(event.item_id)
        update = event.update
        if draft is None:  # an item of an earlier turn: an action updates the widget it came from
            item = await self._scope.items.get(self.thread.id, event.item_id)
            draft = self._drafts[event.item_id] = Draft(item, is_new=False)
        if type(update) is TextDelta:
            draft.grow(update)
            self._unsaved_chars += len(update.delta)
        else:
            draft.update(update)

    async def _store_and_tape(self, batch: "_Batch", thread: bool) -> None:
        await self._settle_checkpoint()
        try:
            await self._commit(batch, thread)
        except Unavailable:
            self._owed.extend(batch.finished)  # `finish` tries once more
            raise
        if batch.frames:
            self.run.last_seq = self._tape.append(self.run.id, batch.frames)

    def _thread_changed(self, *, deep: bool) -> bool:
        now, told = self.thread, self._told
        visible = (
            now.title != told.title
            or now.status is not told.status
            or (now.allowed_image_domains != told.allowed_image_domains)
        )
        if not visible and not (deep and now.metadata != told.metadata):
            return False
        self._told = msgspec.structs.replace(now, metadata=dict(now.metadata))
        return True

    async def _commit(self, batch: "_Batch", thread: bool, run: Run | None = None) -> None:
        await self._scope.commit(
            Changes(
                thread_id=self.thread.id,
                save_thread=self.thread if thread else None,
                put_items=batch.finished,
                remove_items=batch.removed,
                save_run=run,
            )
        )

    def _maybe_checkpoint(self) -> None:
        grown = self._unsaved_chars >= max(CHECKPOINT_CHARS, self._saved_chars // _GROWTH)
        now = time.monotonic()
        if not grown and now - self._checkpointed_at < CHECKPOINT_SECONDS:
            return
        if self._checkpoint is not None and not self._checkpoint.done():
            return
        items = [draft.item for draft in self._drafts.values() if draft.has_text]
        if not items:
            return
        self._checkpointed_at = now
        self._saved_chars += self._unsaved_chars
        self._unsaved_chars = 0
        self._checkpoint = asyncio.create_task(self._save_partial(items))

    async def _save_partial(self, items: list[Item]) -> None:
        try:
            await self._scope.commit(Changes(thread_id=self.thread.id, partial_items=items))
        except Unavailable:  # the finished item will be stored, or the run fails then
            log.warning("checkpoint failed", extra={"run_id": self.run.id})

    async def _settle_checkpoint(self) -> None:
        """Waits for a checkpoint in flight: it must not overwrite the finished item."""
        if self._checkpoint is not None:
            await asyncio.wait([self._checkpoint])
            if not self._checkpoint.cancelled():
                self._checkpoint.exception()
            self._checkpoint = None


async def _whole(work: Coroutine[None, None, None]) -> None:
    """Runs to its end even when the run is cancelled meanwhile: what is stored is also told."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled() and task.exception() is not None:
            log.warning("a write failed while its run was being cancelled", exc_info=task.exception())
        raise
