"""The engine: starts runs, owns their tasks, ends them. The run belongs to it, not to the request.

start -> commit (thread, message, run) -> first frames -> task -> responder -> finish (store, then tape)
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from chatdock.blobs.base import BlobStore
from chatdock.clock import now
from chatdock.context import NewMessage, Trigger
from chatdock.errors import Unavailable, Unprocessable
from chatdock.eventlog.base import EventLog
from chatdock.ids import RUN, new_id
from chatdock.runs.active import ActiveRun
from chatdock.runs.context import Context
from chatdock.runs.outcome import work
from chatdock.runs.responder import Catalog, Definition
from chatdock.runs.waiting import LeftOpen, left_open
from chatdock.runs.writer import Writer
from chatdock.storage.base import AlreadyStarted, Changes, Scoped, Store
from chatdock.types.actor import Actor, Scope
from chatdock.types.event import Event
from chatdock.types.item import Item
from chatdock.types.run import RUNNING, Run, RunError, RunStatus
from chatdock.types.thread import Thread

CANCEL_SECONDS = 1.0  # how long a cancel waits for the run to settle before it answers `cancelling`

log = logging.getLogger(__name__)


class Start(msgspec.Struct, kw_only=True):
    """What a chat request asks of the engine, validated, with everything it must commit first."""

    actor: Actor
    thread: Thread
    trigger: Trigger
    events: list[Event]  # what the stream begins with
    request: dict[str, Any]
    is_new_thread: bool = False
    settle_waiting: RunStatus = "cancelled"
    put_items: Sequence[Item] = ()
    remove_items: Sequence[str] = ()
    remove_after: str | None = None
    fork_after: str | None = None
    fork_before: str | None = None
    attach_files: Sequence[str] = ()
    client_message_id: str | None = None
    fingerprint: str | None = None
    wants_title: bool = False
    require_open: bool = False
    require_pending: str | None = None
    can_resume: bool = False  # the client can reattach: a closed connection never stops the run
    locale: str = "en"
    state: dict[str, Any] = {}


class Engine:
    """Every run of this process."""

    def __init__(
        self,
        store: Store,
        tape: EventLog,
        catalog: Catalog,
        blobs: BlobStore,
        *,
        run_timeout_seconds: float,
        on_disconnect_grace_seconds: float,
    ) -> None:
        self.tape = tape
        self._store = store
        self._catalog = catalog
        self._blobs = blobs
        self._run_timeout_seconds = run_timeout_seconds
        self._grace_seconds = on_disconnect_grace_seconds
        self._active: dict[str, ActiveRun] = {}
        self._starting: dict[str, asyncio.Event] = {}  # committed or about to be, not yet on the tape
        self._draining = False

    # ---- starting ----------------------------------------------------------------------------------------------------

    async def start(self, start: Start) -> Run:
        """Commits the message, then begins the run; returns it, or the run this message already started.

        Raises: ThreadBusy, NotFound, Unprocessable (the id was used for another body), Unavailable (draining, or nobody
        elsewhere could follow the run).
        """
        if self._draining:
            raise Unavailable("The server is restarting. Please try again in a moment.", retry_after_seconds=2)
        self.tape.check()
        definition = self._catalog.current(start.actor.workflow, start.actor.workflow_version)
        scope = self._store.scoped(start.actor.scope)
        run = self._new_run(start, definition)
        begun = self._starting[run.id] = asyncio.Event()
        try:
            await scope.commit(self._first_changes(start, run))
            self._begin(start, definition, scope, run)
        except AlreadyStarted as found:
            if found.run.fingerprint != start.fingerprint:
                raise Unprocessable(
                    "This client_message_id was already used for another message.", param="metadata.client_message_id"
                ) from None
            await self.begun(found.run.id)
            return found.run
        finally:
            del self._starting[run.id]
            begun.set()
        return run

    async def begun(self, run_id: str) -> None:
        """Returns once a run that is in the store is also on the tape, which takes its starter another moment."""
        starting = self._starting.get(run_id)
        if starting is not None:
            await starting.wait()

    def _first_changes(self, start: Start, run: Run) -> Changes:
        return Changes(
            thread_id=start.thread.id,
            create_thread=start.thread if start.is_new_thread else None,
            settle_waiting=None if start.is_new_thread else start.settle_waiting,
            require_open=start.require_open,
            require_pending=start.require_pending,
            start_run=run,
            remove_after=start.remove_after,
            fork_after=start.fork_after,
            fork_before=start.fork_before,
            remove_items=start.remove_items,
            put_items=start.put_items,
            attach_files=start.attach_files,
        )

    def _new_run(self, start: Start, definition: Definition) -> Run:
        created_at = now()
        return Run(
            id=new_id(RUN),
            thread_id=start.thread.id,
            user=start.actor.user,
            workflow_id=definition.id,
            workflow_version=definition.version,
            session_id=start.actor.session_id,
            status="in_progress",
            created_at=created_at,
            started_at=created_at,
            expires_at=created_at + timedelta(seconds=min(self._run_timeout_seconds, 86_400)),
            last_seq=0,
            request=start.request,
            client_message_id=start.client_message_id,
            fingerprint=start.fingerprint,
        )

    def _begin(self, start: Start, definition: Definition, scope: Scoped, run: Run) -> None:
        writer = Writer(run, start.thread, scope, self.tape, is_version=start.fork_after is not None)
        writer.begin(*start.events)
        context = Context(
            writer,
            scope,
            start.actor,
            start.trigger,
            locale=start.locale,
            state=start.state,
            read_blob=self._blobs.get,
            opening=start.put_items if start.is_new_thread else None,
        )
        grace = definition.on_disconnect_grace_seconds
        active = ActiveRun(
            run=run,
            writer=writer,
            grace_seconds=math.inf if start.can_resume else (self._grace_seconds if grace is None else grace),
        )
        wants_title = start.wants_title and start.thread.title is None and isinstance(start.trigger, NewMessage)
        active.task = asyncio.create_task(
            work(
                active,
                definition.responder,
                context,
                timeout_seconds=self._run_timeout_seconds,
                wants_title=wants_title,
            ),
            name=run.id,
        )
        self._active[run.id] = active
        active.task.add_done_callback(lambda _: self._active.pop(run.id, None))

    # ---- watching ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def viewer(self, run_id: str) -> Iterator[None]:
        """Counts a connection that watches the run; when the last one goes, the grace of a plain client begins."""
        active = self._active.get(run_id)
        if active is None:
            yield
            return
        active.viewer_came()
        try:
            yield
        finally:
            active.viewer_went()

    # ---- ending ------------------------------------------------------------------------------------------------------

    async def cancel(self, scope: Scope, run_id: str) -> Run:
        """Stops a run, keeping its partial answer. Idempotent: an ended run is returned as it is. Raises: NotFound."""
        scoped = self._store.scoped(scope)
        run = await scoped.runs.get(run_id)
        active = self._active.get(run_id)
        if active is not None:
            await active.cancel("cancelled", wait_seconds=CANCEL_SECONDS)
            return active.run
        if run.status in RUNNING or run.status == "requires_action":
            left = await left_open(scoped, run.thread_id) if run.status == "requires_action" else LeftOpen()
            run.status = "cancelled"
            run.completed_at = now()
            changes = Changes(thread_id=run.thread_id, save_run=run, remove_items=left.calls, put_items=left.skipped)
            await scoped.commit(changes)
        return run

    def live(self, run_id: str) -> Run | None:
        """The run as it is this moment, if it is at work here."""
        active = self._active.get(run_id)
        return active.run if active else None

    async def stop_thread(self, thread_id: str) -> None:
        """Ends what is at work on a thread that is about to be deleted."""
        for active in [a for a in self._active.values() if a.run.thread_id == thread_id]:
            await active.cancel("cancelled", wait_seconds=CANCEL_SECONDS)

    async def forget(self, run_id: str) -> None:
        """Ends a run whose thread is gone from the store, also one that was just beginning, and drops its tape."""
        await self.begun(run_id)
        active = self._active.get(run_id)
        if active is not None:
            await active.cancel("cancelled", wait_seconds=CANCEL_SECONDS)
        self.tape.drop(run_id)

    async def recover(self) -> int:
        """Ends what a crash left behind: partial answers stay, the threads are free again. Returns how many runs."""
        left = await self._store.upkeep.running_runs()
        for scope, run in left:
            run.status = "incomplete"
            run.completed_at = now()
            run.error = RunError(code="server_restarted", message="The server was restarted during this answer.")
            await self._store.upkeep.finish_partial_items(run.thread_id)
            changes = Changes(thread_id=run.thread_id, save_run=run, settle_branch=True)
            await self._store.scoped(scope).commit(changes)
        return len(left)

    async def drain(self, seconds: float) -> None:
        """No new runs; those at work may end; the rest are ended with what they have."""
        self._draining = True
        tasks = [active.task for active in self._active.values() if active.task]
        if tasks and seconds:
            await asyncio.wait(tasks, timeout=seconds)
        for active in list(self._active.values()):
            await active.cancel("restarted", wait_seconds=CANCEL_SECONDS)
