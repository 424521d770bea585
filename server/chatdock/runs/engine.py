"""The engine: starts runs, owns their tasks, ends them. The run belongs to it, not to the request.

start -> commit (thread, message, run) -> first frames -> task -> responder -> finish (store, then tape)
"""

import asyncio
import contextlib
import logging
import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from chatdock.blobs.base import BlobStore
from chatdock.clock import now
from chatdock.context import NewMessage
from chatdock.errors import ThreadBusy, Unavailable, Unprocessable
from chatdock.eventlog.base import EventLog
from chatdock.ids import RUN, new_id
from chatdock.runs.active import ActiveRun
from chatdock.runs.context import Context
from chatdock.runs.outcome import work
from chatdock.runs.queue import Queue
from chatdock.runs.responder import Catalog, Definition
from chatdock.runs.start import Start
from chatdock.runs.waiting import LeftOpen, left_open
from chatdock.runs.writer import Writer
from chatdock.storage.base import AlreadyStarted, Changes, Store
from chatdock.types.actor import Scope
from chatdock.types.run import RUNNING, Run, RunError

CANCEL_SECONDS = 1.0  # how long a cancel waits for the run to settle before it answers `cancelling`

log = logging.getLogger(__name__)


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
        self._queue = Queue(
            store, tape, catalog, prepare=self._prepare, work=self._work, cancel=self.cancel, expiry=self._expiry
        )

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
            try:
                await scope.commit(start.changes(run))
                self._work(start, definition, self._prepare(start, definition, run))
            except ThreadBusy:
                if definition.concurrent_input == "reject" or not start.may_wait:
                    raise
                await scope.commit(start.changes_in_queue(run))
                self._queue.join(start, self._prepare(start, definition, run))
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
            expires_at=self._expiry(),
            last_seq=0,
            request=start.request,
            client_message_id=start.client_message_id,
            fingerprint=start.fingerprint,
        )

    def _prepare(self, start: Start, definition: Definition, run: Run) -> ActiveRun:
        """The run and its writer, its first events on the tape."""
        writer = Writer(
            run, start.thread, self._store.scoped(start.actor.scope), self.tape, is_version=start.fork_after is not None
        )
        writer.begin(*start.events)
        grace = definition.on_disconnect_grace_seconds
        return ActiveRun(
            run=run,
            writer=writer,
            grace_seconds=math.inf if start.can_resume else (self._grace_seconds if grace is None else grace),
        )

    def _work(self, start: Start, definition: Definition, active: ActiveRun) -> None:
        """Sets the responder to work on it."""
        run, scope = active.run, start.actor.scope
        context = Context(
            active.writer,
            self._store.scoped(scope),
            start.actor,
            start.trigger,
            locale=start.locale,
            state=start.state,
            read_blob=self._blobs.get,
            opening=start.put_items if start.is_new_thread else None,
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
        active.task.add_done_callback(lambda _: self._ended(definition, scope, run))

    def _ended(self, definition: Definition, scope: Scope, run: Run) -> None:
        self._active.pop(run.id, None)
        if definition.concurrent_input != "reject":
            self._queue.advance(scope, run.thread_id)

    def _expiry(self) -> datetime:
        return now() + timedelta(seconds=min(self._run_timeout_seconds, 86_400))

    # ---- watching ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def viewer(self, run_id: str) -> Iterator[None]:
        """Counts a connection that watches the run; when the last one goes, the grace of a plain client begins."""
        active = self._active.get(run_id) or self._queue.get(run_id)
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
        if run.status == "queued" and (withdrawn := await self._queue.withdraw(scope, run)) is not None:
            return withdrawn
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
        self._queue.forget(run_id)
        active = self._active.get(run_id)
        if active is not None:
            await active.cancel("cancelled", wait_seconds=CANCEL_SECONDS)
        self.tape.drop(run_id)

    async def recover(self) -> int:
        """Ends what a crash left behind: partial answers stay, and queued runs have their turn. Returns how many it ended."""
        running = await self._store.upkeep.running_runs()
        left = [(scope, run) for scope, run in running if run.status != "queued"]
        for scope, run in left:
            run.status = "incomplete"
            run.completed_at = now()
            run.error = RunError(code="server_restarted", message="The server was restarted during this answer.")
            await self._store.upkeep.finish_partial_items(run.thread_id)
            changes = Changes(thread_id=run.thread_id, save_run=run, settle_branch=True)
            await self._store.scoped(scope).commit(changes)
        await self._queue.recover([(scope, run) for scope, run in running if run.status == "queued"])
        return len(left)

    async def drain(self, seconds: float) -> None:
        """No new runs; those at work may end; the rest are ended with what they have. Queued ones wait in the store."""
        self._draining = True
        await self._queue.close()
        tasks = [active.task for active in self._active.values() if active.task]
        if tasks and seconds:
            await asyncio.wait(tasks, timeout=seconds)
        for active in list(self._active.values()):
            await active.cancel("restarted", wait_seconds=CANCEL_SECONDS)
