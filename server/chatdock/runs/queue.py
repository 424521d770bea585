"""Runs that wait behind another of their thread: lined up with their message stored, taken up one by one, in order.

    queued -> (the run before it ends) -> in_progress
           -> (its sender stops it) -> cancelled, its message removed

A queued run is a row like any other, so it survives a restart. `interrupt` is a queue whose first run is stopped at once.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any

from chatdock.clock import now
from chatdock.context import NewMessage, RunRequested, Trigger
from chatdock.errors import ChatdockError, Fenced, Gone, Unavailable
from chatdock.eventlog.base import EventLog
from chatdock.runs.active import ActiveRun
from chatdock.runs.responder import Catalog, Definition
from chatdock.runs.start import Start
from chatdock.runs.writer import Writer
from chatdock.storage.base import Changes, Scoped, Store
from chatdock.types.actor import Actor, Scope
from chatdock.types.event import Event, ItemDone, ItemRemoved, StreamOptions, StreamSettings
from chatdock.types.item import HiddenContext, Item, SdkHiddenContext, UserMessage
from chatdock.types.lease import Hold
from chatdock.types.page import PageQuery
from chatdock.types.run import AT_WORK, Run, RunError

TRIES = 8  # about a minute of a store that is away; later the next message of the thread goes on

Prepare = Callable[..., ActiveRun]  # a start, its definition, its run and, where it is not the first, its epoch
Work = Callable[[Start, Definition, ActiveRun], None]
Cancel = Callable[[Scope, str], Coroutine[Any, Any, Run]]

log = logging.getLogger(__name__)


class Queue:
    """The queued runs that were lined up here, and the turn of every other. What it is given is the engine's."""

    def __init__(
        self,
        store: Store,
        tape: EventLog,
        catalog: Catalog,
        *,
        owner: str,
        prepare: Prepare,
        work: Work,
        cancel: Cancel,
        expiry: Callable[[], datetime],
        on_doubt: Callable[[Scope, str], None],
    ) -> None:
        self._store = store
        self._tape = tape
        self._catalog = catalog
        self._owner = owner
        self._prepare = prepare
        self._work = work
        self._cancel = cancel
        self._expiry = expiry
        self._on_doubt = on_doubt
        self._waiting: dict[str, ActiveRun] = {}
        self._chores: set[asyncio.Task[None]] = set()
        self._closed = False

    def get(self, run_id: str) -> ActiveRun | None:
        """A run that was lined up here and is still queued."""
        return self._waiting.get(run_id)

    def join(self, start: Start, waiting: ActiveRun) -> None:
        """Lines up a run whose row says `queued` and whose tape has begun."""
        run, scope = waiting.run, start.actor.scope
        self._waiting[run.id] = waiting
        if self._definition(run).concurrent_input == "interrupt":
            self._soon(self._interrupt(scope, run))
        self.advance(scope, run.thread_id)

    def advance(self, scope: Scope, thread_id: str) -> None:
        """Takes up the thread's next run, if there is one and nothing is in its way; soon, in a task of its own."""
        self._soon(self._advance(scope, thread_id))

    async def withdraw(self, scope: Scope, run: Run) -> Run | None:
        """Cancels a run that is still queued and takes its message back. None if it is not queued. Raises: NotFound."""
        scoped = self._store.scoped(scope)
        thread = await scoped.threads.get(run.thread_id)
        withdrawn = await scoped.runs.withdraw(run.id)
        if withdrawn is None:
            return None
        ended = withdrawn.run
        try:
            await self._find_tape(ended, withdrawn.epoch)
        except (ChatdockError, Fenced):
            return ended  # nobody can be watching
        self._waiting.pop(run.id, None)
        gone = [ItemRemoved(item_id=ended.cause.item_id)] if ended.cause else []
        Writer(ended, thread, scoped, self._tape, withdrawn.epoch).abandon(*gone)
        return ended

    def forget(self, run_id: str) -> None:
        """The run's thread is gone."""
        self._waiting.pop(run_id, None)

    async def recover(self, queued: Sequence[tuple[Scope, Run]]) -> None:
        """Lets viewers of these runs find their tapes again, and takes up what can be."""
        for scope, run in queued:
            epoch = await self._store.leases.line_up(run.id)
            if epoch is None:  # its turn has come, or it was withdrawn
                continue
            try:
                await self._find_tape(run, epoch)
            except (ChatdockError, Fenced):
                await self._begin_again(scope, run, epoch)
        for scope, thread_id in dict.fromkeys((scope, run.thread_id) for scope, run in queued):
            self.advance(scope, thread_id)

    async def close(self) -> None:
        """Takes up nothing any more."""
        self._closed = True
        for chore in tuple(self._chores):
            chore.cancel()
        if self._chores:
            await asyncio.wait(tuple(self._chores))

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        if self._closed:
            work.close()
            return
        chore = asyncio.create_task(work)
        self._chores.add(chore)
        chore.add_done_callback(self._chores.discard)

    async def _interrupt(self, scope: Scope, newcomer: Run) -> None:
        at_work = await self._store.scoped(scope).runs.page(newcomer.thread_id, AT_WORK, PageQuery(limit=1))
        for run in at_work.data:
            if run.id != newcomer.id and run.created_at <= newcomer.created_at:  # or its turn has come meanwhile
                await self._cancel(scope, run.id)

    async def _advance(self, scope: Scope, thread_id: str) -> None:
        scoped = self._store.scoped(scope)
        for attempt in range(TRIES):
            try:
                taken = await scoped.runs.take_up(thread_id, self._expiry(), self._owner)
                if taken is None and attempt:  # it may have been taken, and the answer lost
                    for run in (await scoped.runs.page(thread_id, AT_WORK, PageQuery(limit=1))).data:
                        self._on_doubt(scope, run.id)
                break
            except Unavailable:
                await asyncio.sleep(min(8.0, 0.5 * 2**attempt) * random.uniform(0.5, 1.0))
            except ChatdockError:  # the thread is gone, and its queue with it
                return
        else:
            return
        if taken is not None:
            await self._take_up(scope, scoped, taken.run, taken.epoch)

    async def _take_up(self, scope: Scope, scoped: Scoped, run: Run, epoch: int) -> None:
        waited = self._waiting.pop(run.id, None)
        try:
            definition = self._definition(run)
            start = await self._start(scope, scoped, run)
            try:
                run.last_seq = waited.run.last_seq if waited else await self._tape.claim(run.id, epoch)
            except Gone:
                run.last_seq = await self._tape.claim(run.id, epoch, anew=True)
                start.events = _first_events(start)
            is_passed = False
            if definition.concurrent_input == "interrupt":
                is_passed = bool((await scoped.runs.page(run.thread_id, ("queued",), PageQuery(limit=1))).data)
            active = self._prepare(start, definition, run, epoch)
            if waited is not None:  # its viewers count
                waited.run, waited.writer = active.run, active.writer
                active = waited
            self._work(start, definition, active)
            active.look_for_viewers()
        except Unavailable as error:
            log.warning("a queued run is left to whoever finds it: %s", error, extra={"fields": {"run_id": run.id}})
            with contextlib.suppress(Unavailable):  # then its lease lapses
                await self._store.leases.release(Hold(run.id, epoch))
            return
        except (ChatdockError, Fenced) as error:
            log.warning("a queued run could not begin: %s", error, extra={"fields": {"run_id": run.id}})
            await self._give_up(scope, scoped, run, epoch)
            return
        if is_passed:
            await self._cancel(scope, run.id)

    async def _start(self, scope: Scope, scoped: Scoped, run: Run) -> Start:
        """What `Engine.start` was given, from the row. Raises: NotFound."""
        cause = run.cause
        if cause is None:
            raise ChatdockError("Its message is gone.")
        trigger = _trigger(await scoped.items.get(run.thread_id, cause.item_id))
        return Start(
            actor=_actor(scope, run),
            thread=await scoped.threads.get(run.thread_id),
            trigger=trigger,
            events=[],
            request=run.request,
            can_resume=cause.can_resume,
            locale=cause.locale,
            state=cause.state,
        )

    async def _give_up(self, scope: Scope, scoped: Scoped, run: Run, epoch: int) -> None:
        run.status, run.completed_at = "failed", now()
        run.error = RunError(code="stream.error", message="")
        try:
            await scoped.commit(Changes(thread_id=run.thread_id, save_run=run))
            await self._find_tape(run, epoch)
            self._tape.append(run.id, 0, b"", end=True)
        except (ChatdockError, Fenced):
            log.warning("a queued run could not be ended", extra={"fields": {"run_id": run.id}})
        self.advance(scope, run.thread_id)

    async def _find_tape(self, run: Run, epoch: int) -> None:
        """Makes this process, which has that epoch of the run, the writer of its tape. Raises: Gone, Fenced."""
        waited = self._waiting.get(run.id)
        run.last_seq = waited.run.last_seq if waited else await self._tape.claim(run.id, epoch)

    async def _begin_again(self, scope: Scope, run: Run, epoch: int) -> None:
        scoped = self._store.scoped(scope)
        try:
            definition = self._definition(run)
            start = await self._start(scope, scoped, run)
        except ChatdockError:
            return  # taking it up will say so
        try:  # nobody writes the old one any more
            await self._tape.claim(run.id, epoch, anew=True)
        except (ChatdockError, Fenced):
            return
        start.events = _first_events(start)
        self._waiting[run.id] = self._prepare(start, definition, run, epoch)

    def _definition(self, run: Run) -> Definition:
        return self._catalog.current(run.workflow_id, run.workflow_version)


def _trigger(item: Item) -> Trigger:
    if isinstance(item, UserMessage):
        return NewMessage(item)
    if isinstance(item, HiddenContext | SdkHiddenContext):
        return RunRequested(item)
    raise ChatdockError("A queued run's message is none.")


def _first_events(start: Start) -> list[Event]:
    options = StreamOptions(stream_options=StreamSettings(allow_cancel=True))
    if isinstance(start.trigger, NewMessage):
        return [ItemDone(item=start.trigger.message), options]
    return [options]


def _actor(scope: Scope, run: Run) -> Actor:
    """The sender, as far as the row knows him."""
    return Actor(
        project=scope.project,
        user=run.user,
        workflow=run.workflow_id,
        workflow_version=run.workflow_version,
        session_id=run.session_id or "",
        expires_at=int(run.expires_at.timestamp()),
    )
