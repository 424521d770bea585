"""The writer: the one door events go through, and the owner of a run's tape.

    event -> fold -> store (finished items at once, unfinished ones on a timer) -> tape

Store before tape: nobody sees `done` for something that can be lost. Deltas are never a write each.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from chatdock.errors import ChatdockError, Fenced, NotFound, Unavailable
from chatdock.eventlog.base import TapeFull
from chatdock.runs.checkpoints import Checkpoints, Rounds, Saving
from chatdock.runs.draft import Draft
from chatdock.runs.frames import frames
from chatdock.storage.base import Changes, Scoped, ThreadField
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
from chatdock.types.lease import Hold
from chatdock.types.run import Run
from chatdock.types.thread import Thread, view

log = logging.getLogger(__name__)


class _Batch:
    """Frames in order, and what must be in the store before anybody sees them."""

    __slots__ = ("count", "data", "finished", "removed", "thread")

    def __init__(self) -> None:
        self.count = 0
        self.data = b""
        self.finished: list[Item] = []
        self.removed: list[str] = []
        self.thread: set[ThreadField] = set()

    @property
    def must_store(self) -> bool:
        return bool(self.thread or self.finished or self.removed)

    def tell(self, events: Sequence[Event]) -> None:
        """Encodes events behind those that are here: at once, because whoever made them may change them later."""
        if events:
            self.count += len(events)
            self.data += frames(events)

    def before(self, later: "_Batch") -> None:
        """Puts this batch in front of a later one."""
        later.count += self.count
        later.data = self.data + later.data
        later.finished[:0] = self.finished
        later.removed[:0] = self.removed
        later.thread |= self.thread


class Tape(Protocol):
    """What the writer needs of an event log."""

    def append(self, run_id: str, count: int, data: bytes, *, end: bool = False) -> int:
        """See EventLog.append."""

    def disown(self, run_id: str) -> None:
        """See EventLog.disown."""


class Writer:
    """One run's way to the store and to the tape, as its owner in `epoch`: once another has the run, nothing is written."""

    def __init__(
        self,
        run: Run,
        thread: Thread,
        scope: Scoped,
        tape: Tape,
        epoch: int = 1,
        *,
        is_version: bool = False,
        is_told: bool = True,
        rounds: Rounds | None = None,
    ) -> None:
        self.run = run
        self.epoch = epoch
        self.thread = thread
        self.has_stored = False  # more than the starting commit did
        self.waiting = False  # a call or a form was handed to the user
        self._is_version = is_version  # of an answer there is: with nothing to see, the older one is read again
        self._is_told = is_told  # False: the tape takes nothing, and its numbers stay as they are
        self._hidden: list[str] = []
        self._has_shown = False
        self._scope = scope
        self._tape = tape
        self._drafts: dict[str, Draft] = {}
        self._told = msgspec.structs.replace(thread, metadata=dict(thread.metadata))
        self._waiting_frames = _Batch()
        self._storing: asyncio.Task[None] | None = None
        self._storing_began = False
        self._fault: Exception | None = None
        self._first: bytes | None = None
        self._checkpoints = Checkpoints(rounds or Rounds(), self._saving)

    async def emit(self, *events: Event) -> None:
        """Folds events and passes them on in order: to the tape at once, or once the store has what they finish.

        Raises what an earlier event met: TapeFull, Unavailable, NotFound (the thread was deleted), Fenced.
        """
        if self._fault is not None:
            raise self._fault
        batch = self._waiting_frames
        drafts = self._drafts
        told: list[Event] = []
        for event in events:
            if type(event) is ItemUpdated and type(event.update) is TextDelta and event.item_id in drafts:
                drafts[event.item_id].grow(event.update)  # the hot path: nothing but this happens to most events
                self._checkpoints.unsaved += len(event.update.delta)
                told.append(event)
            elif await self._take(event, batch):
                told.append(event)
        self._note_thread(batch, told)
        batch.tell(told)
        if batch.must_store or self._storing is not None:
            self._store_soon()
        elif batch.count:
            self._waiting_frames = _Batch()
            self.run.last_seq = self._tape.append(self.run.id, batch.count, batch.data)
        if self._checkpoints.unsaved >= self._checkpoints.enough:
            self._checkpoints.look()

    def grow(self, item_id: str, texts: Sequence[str]) -> bool:
        """`emit` of more text for an item that is open; False, and nothing done, where something has to be done first.

        What it meets the next `emit` raises.
        """
        draft = self._drafts.get(item_id)
        if draft is None or self._is_held_up:
            return False
        draft.extend(texts)
        checkpoints = self._checkpoints
        checkpoints.unsaved += sum(map(len, texts))
        try:
            self.run.last_seq = self._tape.append(self.run.id, len(texts), draft.frames(texts))
        except (TapeFull, Fenced) as fault:
            self._fault = fault
        if checkpoints.unsaved >= checkpoints.enough:
            checkpoints.look()
        return True

    @property
    def _is_held_up(self) -> bool:
        """Whether something has to be stored, told or raised before the next event."""
        waiting, now, told = self._waiting_frames, self.thread, self._told
        return bool(
            self._fault is not None
            or self._storing is not None
            or waiting.count
            or waiting.must_store
            or now.title != told.title
            or now.status is not told.status
            or now.allowed_image_domains != told.allowed_image_domains
        )

    async def flush(self) -> None:
        """Returns when everything emitted so far is stored and taped. Raises as `emit` does."""
        if self._storing is not None:
            await asyncio.wait([self._storing])
        if self._fault is not None:
            raise self._fault

    @property
    def hold(self) -> Hold:
        """What a commit says to be refused once the run is another's."""
        return Hold(self.run.id, self.epoch, shown=True)

    @property
    def is_answered(self) -> bool:
        """Whether anybody has seen anything of an answer: such a run is never begun again."""
        return self.has_stored or any(draft.has_text for draft in self._drafts.values())

    def restore(self, drafts: Mapping[str, Draft], last_seq: int) -> None:
        """What the run's former owner left unfinished."""
        self._drafts = dict(drafts)
        self.run.last_seq = last_seq

    def prepare(self, *events: Event) -> None:
        """Makes the frames of the first events, so that `begin` need not."""
        if self._first is None:
            self._first = frames(events) if events else b""

    def begin(self, *events: Event) -> None:
        """Tapes the first events, whose items the starting commit has stored already; without any, there is a tape."""
        self.prepare(*events)
        self.run.last_seq = self._tape.append(self.run.id, len(events), self._first or b"")
        self._first = None

    async def take_last(self, *events: Event) -> None:
        """Takes the last events, which `finish` stores and tapes with whatever still waits."""
        if self._storing is not None:
            if self._storing_began:
                await asyncio.wait([self._storing])
            else:
                self._storing.cancel()  # its batch goes with the last one, in the same commit
                self._storing = None
        batch = self._waiting_frames
        batch.tell([event for event in events if await self._take(event, batch)])

    async def finish(self) -> None:
        """Stores what waits and the run's final state in one commit, then tapes the end. After Unavailable, try again."""
        batch = self._waiting_frames
        told: list[Event] = []
        self._note_thread(batch, told, deep=True)
        batch.tell(told)
        await self._checkpoints.settle()
        if self._is_version and not self._has_shown:
            batch.finished.clear()
            batch.removed += self._hidden
        ended = msgspec.structs.replace(self.run, last_seq=self.run.last_seq + batch.count * self._is_told)
        await self._commit(batch, run=ended)
        self.run.last_seq = self._tape.append(self.run.id, batch.count, batch.data, end=True)

    def abandon(self, *events: Event) -> None:
        """Ends the tape of a run whose thread or store is gone."""
        data = frames(events) if events else b""
        self.run.last_seq = self._tape.append(self.run.id, len(events), data, end=True)

    def rest(self) -> None:
        """Its work is over: what is unfinished is not stored any more from here."""
        self._checkpoints.end()

    def disown(self) -> None:
        """The run is another process's: its tape is written there."""
        self._tape.disown(self.run.id)

    def drafts(self) -> list[Draft]:
        """What is unfinished, in the order it was begun."""
        return list(self._drafts.values())

    async def _take(self, event: Event, batch: _Batch) -> bool:
        """Folds one event; whether anybody may be told of it."""
        match event:
            case ItemUpdated():
                await self._update(event)
            case ItemDone(item=item) | ItemReplaced(item=item):
                self._drafts.pop(item.id, None)
                batch.finished.append(item)
                self.has_stored = True
                if is_hidden(item):
                    self._hidden.append(item.id)
                else:
                    self._has_shown = True
                if isinstance(item, ClientToolCall | StructuredInput) and item.status == "pending":
                    self.waiting = True
                return not is_hidden(item)
            case ItemAdded(item=item):
                if is_hidden(item):
                    return False
                self._drafts[item.id] = Draft(item, is_new=True)
            case ItemRemoved(item_id=item_id):
                self._drafts.pop(item_id, None)
                batch.removed.append(item_id)
                batch.finished = [item for item in batch.finished if item.id != item_id]
        return True

    async def _update(self, event: ItemUpdated) -> None:
        draft = self._drafts.get(event.item_id)
        update = event.update
        if draft is None:  # an item of an earlier turn: an action updates the widget it came from
            item = await self._scope.items.get(self.thread.id, event.item_id)
            draft = self._drafts[event.item_id] = Draft(item, is_new=False)
        if type(update) is TextDelta:
            draft.grow(update)
            self._checkpoints.unsaved += len(update.delta)
        else:
            draft.update(update)

    def _store_soon(self) -> None:
        """In the loop's next turn: a responder that is done by then shares its last commit with the run's end."""
        if self._storing is None:
            self._storing_began = False
            self._storing = asyncio.create_task(self._store())

    async def _store(self) -> None:
        self._storing_began = True
        try:
            while self._waiting_frames.count or self._waiting_frames.must_store:
                batch, self._waiting_frames = self._waiting_frames, _Batch()
                try:
                    if batch.must_store:
                        await self._checkpoints.settle()
                        await self._commit(batch)
                    self.run.last_seq = self._tape.append(self.run.id, batch.count, batch.data)
                except (ChatdockError, TapeFull, Fenced) as fault:
                    batch.before(self._waiting_frames)
                    self._fault = fault
                    return
        finally:
            self._storing = None

    def _note_thread(self, batch: _Batch, told: list[Event], *, deep: bool = False) -> None:
        changed = self._changed_fields(deep=deep or bool(batch.finished))
        if changed:
            batch.thread |= changed
            told.append(ThreadUpdated(thread=view(self.thread)))

    def _changed_fields(self, *, deep: bool) -> set[ThreadField]:
        now, told = self.thread, self._told
        changed: set[ThreadField] = set()
        if now.title != told.title:
            changed.add("title")
        if now.status is not told.status:
            changed.add("status")
        if now.allowed_image_domains != told.allowed_image_domains:
            changed.add("allowed_image_domains")
        if deep and now.metadata != told.metadata:
            changed.add("metadata")
        if changed:
            self._told = msgspec.structs.replace(now, metadata=dict(now.metadata))
        return changed

    async def _commit(self, batch: _Batch, run: Run | None = None) -> None:
        await self._scope.commit(
            Changes(
                thread_id=self.thread.id,
                save_thread=self.thread if batch.thread else None,
                save_fields=frozenset(batch.thread),
                put_items=batch.finished,
                remove_items=batch.removed,
                save_run=run,
                settle_branch=run is not None and self._is_version,
                hold=msgspec.structs.replace(self.hold, shown=bool(batch.finished or batch.removed)),
            )
        )

    def _saving(self) -> Saving | None:
        items = [draft.item for draft in self._drafts.values() if draft.has_text]
        return self._save_partial(items) if items else None

    async def _save_partial(self, items: list[Item]) -> None:
        try:
            await self._scope.commit(Changes(thread_id=self.thread.id, partial_items=items, hold=self.hold))
        except Unavailable:  # the finished item will be stored, or the run fails then
            log.warning("checkpoint failed", extra={"fields": {"run_id": self.run.id}})
        except (Fenced, NotFound) as fault:
            self._fault = fault
