"""The engine: starts runs, owns their tasks, ends them. The run belongs to it, not to the request.

start -> commit (thread, message, run) -> first frames -> task -> responder -> finish (store, then tape)

A run is owned by one process at a time, for as long as its lease is renewed. Whoever finds it without an owner takes it over.
"""

import asyncio
import contextlib
import logging
import math
import secrets
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from chatdock.blobs.base import BlobStore
from chatdock.clock import now
from chatdock.context import NewMessage, Trigger
from chatdock.dispatch.base import RunQueue
from chatdock.errors import Fenced, Gone, ThreadBusy, Unavailable, Unprocessable
from chatdock.eventlog.base import EventLog
from chatdock.ids import RUN, new_id
from chatdock.runs.active import ActiveRun
from chatdock.runs.ahead import Ahead
from chatdock.runs.checkpoints import Rounds
from chatdock.runs.context import Context
from chatdock.runs.dispatcher import Dispatcher
from chatdock.runs.job import Job, job_of, start_of
from chatdock.runs.keeper import Keeper
from chatdock.runs.outcome import work
from chatdock.runs.queue import Queue
from chatdock.runs.recovery import Recovery, may_repeat
from chatdock.runs.responder import Catalog, Definition
from chatdock.runs.start import Start
from chatdock.runs.unsure import Unsure
from chatdock.runs.viewers import Viewers
from chatdock.runs.waiting import left_open
from chatdock.runs.writer import Writer
from chatdock.storage.base import AlreadyStarted, Changes, Claimable, Scoped, Store
from chatdock.types.actor import Scope
from chatdock.types.lease import Effect, NewLease
from chatdock.types.run import AT_WORK, RUNNING, Run

CANCEL_SECONDS = 1.0  # how long a cancel waits for the run to settle before it answers `cancelling`
CANCEL_LOOK_SECONDS = 0.05
BEGIN_SECONDS = 1.0  # at the end of a drain, for a run that is being committed: nobody would look after it
TAPED_SECONDS = 4.0  # from a run's commit to its first frames in Redis it takes some ten milliseconds, if all goes well
TAPED_LOOK_SECONDS, TAPED_LOOK_MOST_SECONDS = 0.02, 0.3
SLOTS = 100  # runs taken from the queue at a time; a model answers most of them, and waiting costs little

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
        dispatch: RunQueue | None = None,
        slots: int = SLOTS,
        is_worker: bool = False,
    ) -> None:
        self.owner = secrets.token_hex(8)
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
            store,
            tape,
            catalog,
            owner=self.owner,
            prepare=self._prepare,
            work=self._work,
            cancel=self.cancel,
            expiry=self._expiry,
            on_doubt=self._doubt,
        )
        self._ahead = Ahead(self._set_to_work, self._own)
        self._rounds = Rounds()
        self._recovery = Recovery(store, tape, self.owner, self._launch, self._queue.advance, self._goes_on)
        self._unsure = Unsure(store, self.owner, self._take_back, self._queue.recover, self._is_here)
        self._asking: set[asyncio.Future[None]] = set()
        self._elsewhere: dict[str, Viewers] = {}  # of runs that were asked for here and handed to others
        self._dispatch = dispatch
        self._keeper = Keeper(
            store.leases, self.owner, self._active, self.recover, self._queue.advance, self._unsure.settle
        )
        self._dispatcher: Dispatcher | None = None
        if dispatch is not None:
            self._dispatcher = Dispatcher(
                dispatch,
                store.leases,
                self.recover,
                lambda: slots - len(self._active),
                self._keeper.is_left,
                is_worker=is_worker,
            )

    async def open(self, *, is_alone: bool) -> int:
        """Takes up what a crash left, and looks after runs until `drain`; returns how many were taken up.

        `is_alone`: nobody else works with this database, so whatever runs has no process any more. Raises: Unavailable.
        """
        left = await self._recover_all() if is_alone else 0
        self._keeper.start()
        if self._dispatcher is not None:
            self._dispatcher.start()
        return left

    # ---- starting ----------------------------------------------------------------------------------------------------

    async def start(self, start: Start) -> Run:
        """Commits the message, then begins the run; returns it, or the run this message already started.

        Raises: ThreadBusy, NotFound, Unprocessable (the id was used for another body), Unavailable (draining, or nobody
        elsewhere could follow the run).
        """
        dispatch = self._dispatch
        if not self._draining and not (dispatch is not None and dispatch.has_workers):
            dispatch = None
        if self._draining and dispatch is None:
            raise Unavailable("The server is restarting. Please try again in a moment.", retry_after_seconds=2)
        self.tape.check()
        definition = self._catalog.current(start.actor.workflow, start.actor.workflow_version)
        scope = self._store.scoped(start.actor.scope)
        run = self._new_run(start, definition)
        begun = self._starting[run.id] = asyncio.Event()
        try:
            try:
                changes = start.changes(run)
                changes.start_as = NewLease(self.owner if dispatch is None else None, job_of(start).text())
                if dispatch is not None:
                    await scope.commit(changes)
                    await self._hand_over(dispatch, scope, self._prepare(start, definition, run))
                elif self._ahead.may(start, definition):
                    active = self._unbegun(start, definition, run)
                    await self._ahead.begin(start, definition, active, scope.commit(changes))
                else:
                    await scope.commit(changes)
                    self._work(start, definition, self._prepare(start, definition, run))
            except ThreadBusy:
                if definition.concurrent_input == "reject" or not start.may_wait:
                    raise
                changes = start.changes_in_queue(run)
                changes.start_as = NewLease(job=job_of(start).text())
                await scope.commit(changes)
                self._queue.join(start, self._prepare(start, definition, run))
        except AlreadyStarted as found:
            if found.run.fingerprint != start.fingerprint:
                raise Unprocessable(
                    "This client_message_id was already used for another message.", param="metadata.client_message_id"
                ) from None
            await self.begun(found.run.id)
            return found.run
        except Unavailable:
            self._doubt(start.actor.scope, run.id)
            raise
        finally:
            del self._starting[run.id]
            begun.set()
        return run

    async def begun(self, run_id: str) -> None:
        """Returns once a run that is in the store is also on the tape, which takes its starter another moment."""
        starting = self._starting.get(run_id)
        if starting is not None:
            await starting.wait()

    async def taped(self, scope: Scope, run: Run, after: int = 0) -> None:
        """Returns once a run's stream can be read here behind `after`, or once there is none to wait for.

        A run that another process began a moment ago takes another moment, one whose process died takes until it is found.
        Raises: NotFound (it was deleted), Unavailable (somebody will begin it, and has not yet).
        """
        await self.begun(run.id)
        pause, until = TAPED_LOOK_SECONDS, time.monotonic() + TAPED_SECONDS
        while run.status in RUNNING and run.id not in self._active and not await self._has_tape(run.id):
            is_late = time.monotonic() > until
            if is_late and after:  # what was seen is lost: the thread has what remains
                return
            if is_late or self._draining:  # another process, or the next one, knows
                raise Unavailable("This answer has not begun yet. Please try again in a moment.", retry_after_seconds=2)
            await asyncio.sleep(pause)
            pause = min(TAPED_LOOK_MOST_SECONDS, pause * 2)
            run = await self._store.scoped(scope).runs.get(run.id)

    async def _has_tape(self, run_id: str) -> bool:
        try:
            await self.tape.read(run_id, 0)
        except Gone:
            return False
        return True

    async def _hand_over(self, dispatch: RunQueue, scope: Scoped, active: ActiveRun) -> None:
        """To whoever takes it from the queue, behind the first frames; the store finds it where the queue loses it."""
        run_id = active.run.id
        self._elsewhere[run_id] = Viewers(active.viewers.grace_seconds, lambda: self._abandon(scope, run_id))
        try:
            await self.tape.flush(run_id)
            await dispatch.put(run_id)
        except Unavailable:
            found = await self._store.leases.find(run_id)
            if found is not None and not self._draining:
                with contextlib.suppress(Unavailable):  # then it waits in the store
                    await self._recovery.recover(found)
            return
        self.tape.disown(run_id)

    def _abandon(self, scope: Scoped, run_id: str) -> None:
        self._elsewhere.pop(run_id, None)
        task = asyncio.ensure_future(scope.runs.ask_cancel(run_id))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    def _new_run(self, start: Start, definition: Definition) -> Run:
        created_at = now()
        return Run(
            id=new_id(RUN),
            thread_id=start.thread.id,
            user=start.actor.user,
            workflow_id=definition.id,
            workflow_version=definition.version,
            session_id=start.actor.session_id or None,
            status="in_progress",
            created_at=created_at,
            started_at=created_at,
            expires_at=self._expiry(),
            last_seq=0,
            request=start.request,
            client_message_id=start.client_message_id,
            fingerprint=start.fingerprint,
        )

    def _expiry(self) -> datetime:
        return now() + timedelta(seconds=min(self._run_timeout_seconds, 86_400))

    def _prepare(self, start: Start, definition: Definition, run: Run, epoch: int = 1) -> ActiveRun:
        """The run and its writer, its first events on the tape."""
        active = self._unbegun(start, definition, run, epoch)
        active.writer.begin(*start.events)
        return active

    def _unbegun(self, start: Start, definition: Definition, run: Run, epoch: int = 1) -> ActiveRun:
        scope = self._store.scoped(start.actor.scope)
        is_version = start.fork_after is not None
        writer = Writer(run, start.thread, scope, self.tape, epoch, is_version=is_version, rounds=self._rounds)
        return ActiveRun(run=run, writer=writer, grace_seconds=self._grace_of(start, definition))

    def _grace_of(self, start: Start, definition: Definition) -> float:
        if start.can_resume:
            return math.inf
        grace = definition.on_disconnect_grace_seconds
        return self._grace_seconds if grace is None else grace

    def _goes_on(self, run: Run) -> bool:
        definition = self._catalog.find(run.workflow_id)
        return definition is not None and getattr(definition.responder, "goes_on", False)

    def _launch(self, job: Job, writer: Writer, trigger: Trigger, effects: Sequence[Effect]) -> None:
        """Puts a run that another process began to work here. Raises: ChatdockError (its workflow is not known here)."""
        run = writer.run
        definition = self._catalog.current(run.workflow_id, run.workflow_version)
        start = start_of(job, writer.thread, trigger, run)
        active = ActiveRun(run=run, writer=writer, grace_seconds=self._grace_of(start, definition))
        self._work(start, definition, active, effects)

    def _work(self, start: Start, definition: Definition, active: ActiveRun, effects: Sequence[Effect] = ()) -> None:
        """Sets the responder to work on it."""
        self._set_to_work(start, definition, active, effects=effects)
        self._own(definition, start.actor.scope, active)

    def _set_to_work(
        self,
        start: Start,
        definition: Definition,
        active: ActiveRun,
        stored: asyncio.Event | None = None,
        *,
        effects: Sequence[Effect] = (),
    ) -> None:
        run, scope = active.run, start.actor.scope
        context = Context(
            active.writer,
            self._store.scoped(scope),
            start.actor,
            start.trigger,
            locale=start.locale,
            state=start.state,
            read_blob=self._blobs.get,
            leases=self._store.leases,
            opening=start.put_items if start.is_new_thread else None,
            effects=effects,
            stored=stored,
        )
        left = self._run_timeout_seconds
        if active.writer.epoch > 1:  # its time began with its first owner
            left = min(left, max(1.0, (run.expires_at - now()).total_seconds()))
        wants_title = start.wants_title and start.thread.title is None and isinstance(start.trigger, NewMessage)
        active.task = asyncio.create_task(
            work(active, definition.responder, context, timeout_seconds=left, wants_title=wants_title), name=run.id
        )

    def _own(self, definition: Definition, scope: Scope, active: ActiveRun) -> None:
        """From now on this process looks after it."""
        assert active.task is not None
        self._active[active.run.id] = active
        active.task.add_done_callback(lambda _: self._ended(definition, scope, active))

    def _ended(self, definition: Definition, scope: Scope, active: ActiveRun) -> None:
        if self._active.get(active.run.id) is active:
            del self._active[active.run.id]
        if definition.concurrent_input != "reject":
            self._queue.advance(scope, active.run.thread_id)

    # ---- watching ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def viewer(self, run_id: str) -> Iterator[None]:
        """Counts a connection that watches the run; when the last one goes, the grace of a plain client begins."""
        active = self._active.get(run_id) or self._queue.get(run_id)
        viewers = active.viewers if active is not None else self._elsewhere.get(run_id)
        if viewers is None:
            yield
            return
        viewers.came()
        try:
            yield
        finally:
            viewers.went()

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
        if run.status in RUNNING:
            await scoped.runs.ask_cancel(run_id)
            return await self._cancelled_elsewhere(scoped, run_id)
        if run.status == "requires_action":
            left = await left_open(scoped, run.thread_id)
            run.status = "cancelled"
            run.completed_at = now()
            changes = Changes(thread_id=run.thread_id, save_run=run, remove_items=left.calls, put_items=left.skipped)
            await scoped.commit(changes)
        return run

    async def _cancelled_elsewhere(self, scoped: Scoped, run_id: str) -> Run:
        """Waits for the run's owner, and ends the run where there is none."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CANCEL_SECONDS):
                while (found := await self._store.leases.find(run_id)) is not None:
                    if not (found.is_orphan or found.owner is None) or not await self.recover(found):
                        await asyncio.sleep(CANCEL_LOOK_SECONDS)
        return await scoped.runs.get(run_id)

    def live(self, run_id: str) -> Run | None:
        """The run as it is this moment, if it is at work here."""
        active = self._active.get(run_id)
        if active is None or active.run.status not in RUNNING:
            return None  # its end is being stored: until it is, the row says what is true
        return active.run

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

    async def recover(self, run: Claimable) -> bool:
        """Takes a run over that has no owner any more, and ends it or runs it again. Raises: Unavailable."""
        if self._draining:
            return False
        try:
            return await self._recovery.recover(run)
        except Unavailable:
            self._doubt(run.scope, run.run.id)
            raise

    def _is_here(self, run_id: str) -> bool:
        return run_id in self._active or run_id in self._starting or self._queue.get(run_id) is not None

    def _doubt(self, scope: Scope, run_id: str) -> None:
        """The store did not answer: what came of this run is looked for."""
        self._unsure.note(scope, run_id)

    async def _take_back(self, run: Claimable) -> bool:
        """A run of this process's own that nobody is at work on. Raises: Unavailable."""
        return not self._draining and await self._recovery.recover(run, by_force=True)

    async def _recover_all(self) -> int:
        running = await self._store.upkeep.running_runs()
        count = 0
        for run in [run for _, run in running if run.status in AT_WORK]:
            found = await self._store.leases.find(run.id)
            if found is not None:
                count += await self._recovery.recover(found, by_force=True)
        await self._queue.recover([(scope, run) for scope, run in running if run.status == "queued"])
        return count

    async def drain(self, seconds: float) -> None:
        """No new runs; those at work may end. The rest is left to others where nothing was answered yet, and otherwise
        ended with what it has."""
        self._draining = True
        await self._queue.close()
        if self._dispatcher is not None:
            await self._dispatcher.close()
        if seconds:
            await self._until_idle(seconds)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEGIN_SECONDS):
                await self._until_begun()
        await asyncio.gather(*(self._leave(active) for active in list(self._active.values())))
        await self._keeper.close()

    async def _until_idle(self, seconds: float) -> None:
        """Returns when no run is at work here, and none that was being committed when the drain began is about to be."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while True:
                    await self._until_begun()
                    tasks = [active.task for active in self._active.values() if active.task is not None]
                    if not tasks:
                        return
                    await asyncio.wait(tasks)

    async def _until_begun(self) -> None:
        while self._starting:
            for begun in tuple(self._starting.values()):
                await begun.wait()

    async def _leave(self, active: ActiveRun) -> None:
        """Another process begins the run again, without a trace of this one; or it ends here."""
        if await self._must_end(active):
            await active.cancel("restarted", wait_seconds=CANCEL_SECONDS)
            return
        await active.cancel("left", wait_seconds=CANCEL_SECONDS)
        if active.stop_reason != "left":
            return
        try:
            await self.tape.flush(active.run.id)
            await self._store.leases.release(active.writer.hold)
            if self._dispatch is not None:
                await self._dispatch.put(active.run.id)
        except (Fenced, Unavailable):
            log.warning("run could not be left to others", extra={"fields": {"run_id": active.run.id}})

    async def _must_end(self, active: ActiveRun) -> bool:
        """Whether nobody else could begin it again, or go on with it behind a tool that may be repeated."""
        try:
            effects = await self._store.leases.effects(active.run.id)
        except Unavailable:
            return True
        if may_repeat(effects) and self._goes_on(active.run):
            return any(draft.has_text for draft in active.writer.drafts())
        return active.writer.is_answered or bool(effects)
