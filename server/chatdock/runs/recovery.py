"""Runs whose process is gone: what becomes of them, decided by whoever finds them.

    asked to stop                             -> cancelled, its text stays
    its time is up                            -> expired
    a tool may have had its effect, or not    -> incomplete, and it says so, to the user and to the model
    the same, and it may be repeated          -> the answer goes on from there
    something was answered, or begun too often -> incomplete, its text stays, the user may try again
    else                                      -> run again

A run that waits for a human has ended and is no concern of this file.
"""

import logging
from collections.abc import Callable, Sequence

import msgspec

from chatdock.context import Trigger
from chatdock.errors import ChatdockError, Fenced, NotFound, Unavailable
from chatdock.eventlog.base import EventLog
from chatdock.runs.job import Job, opening, read_job, trigger_of
from chatdock.runs.outcome import Ending, cancelled, end_run, expired, restarted
from chatdock.runs.takeover import Nowhere, Told, renew_tape, take_tape
from chatdock.runs.writer import Writer
from chatdock.storage.base import Claimable, Store
from chatdock.types.actor import Scope
from chatdock.types.event import ItemRemoved
from chatdock.types.lease import Effect
from chatdock.types.run import Run

ATTEMPTS = 3  # begun once and run again twice at most: a question that kills processes stops doing so

log = logging.getLogger(__name__)

Launch = Callable[[Job, Writer, Trigger, Sequence[Effect]], None]


class Recovery:
    """Takes over, as `owner`. `launch` puts a run to work here, `advance` takes up what waited behind one that ended,
    `goes_on` says whether what answers a run can go on behind its tools.
    """

    def __init__(
        self,
        store: Store,
        tape: EventLog,
        owner: str,
        launch: Launch,
        advance: Callable[[Scope, str], None],
        goes_on: Callable[[Run], bool],
    ) -> None:
        self._store = store
        self._tape = tape
        self._owner = owner
        self._launch = launch
        self._advance = advance
        self._goes_on = goes_on

    async def recover(self, run: Claimable, *, by_force: bool = False) -> bool:
        """Ends the run, or runs it again; False if it is none of ours, or must wait until its tape is there again.

        Raises: Unavailable.
        """
        if not run.is_over:
            self._tape.check()
        effects = await self._store.leases.effects(run.run.id)
        repeats = may_repeat(effects) and self._goes_on(run.run)
        ending = _ending(run, effects, repeats=repeats)
        attempts = int(ending is None and (run.owner is not None or not run.attempts))
        epoch = await self._store.leases.take(run, self._owner, attempts=attempts, by_force=by_force)
        if epoch is None:
            return False
        fields = {"run_id": run.run.id, "attempts": run.attempts + attempts}
        try:
            told = await take_tape(self._tape, run, epoch)
            is_open = any(draft.has_text for draft in told.drafts.values()) if repeats else told.has_answer
            if ending is None and not is_open and await self._again(run, epoch, told, effects):
                log.info("run begins again" if run.attempts else "run begins", extra={"fields": fields})
                return True
            await self._end(run, epoch, told, ending or restarted(effects))
            self._advance(run.scope, run.run.thread_id)
            log.warning("ended a run that its process had left", extra={"fields": fields})
        except Fenced:
            return False
        except NotFound:  # the thread was deleted
            pass
        return True

    async def _again(self, run: Claimable, epoch: int, told: Told, effects: Sequence[Effect]) -> bool:
        scope = self._store.scoped(run.scope)
        try:
            job = read_job(run.job or "")
            thread = await scope.threads.get(run.run.thread_id)
            trigger = await trigger_of(job, scope, thread.id)
        except (msgspec.DecodeError, NotFound, ChatdockError) as error:
            if isinstance(error, Unavailable):
                raise
            return False
        run.run.status = "in_progress"
        writer = Writer(run.run, thread, scope, self._tape, epoch, is_version=job.is_version)
        if told.is_lost:
            writer.run.last_seq = await renew_tape(self._tape, run.run.id, epoch)
            writer.begin(*opening(job, thread, trigger))
        else:
            writer.run.last_seq = told.last_seq
            if told.drafts:
                writer.begin(*(ItemRemoved(item_id=item_id) for item_id in told.drafts))
        self._launch(job, writer, trigger, effects)
        return True

    async def _end(self, run: Claimable, epoch: int, told: Told, ending: Ending) -> None:
        scope = self._store.scoped(run.scope)
        thread = await scope.threads.get(run.run.thread_id)
        tape = Nowhere(told.last_seq) if told.is_lost else self._tape
        is_version = _is_version(run)
        writer = Writer(run.run, thread, scope, tape, epoch, is_version=is_version, is_told=not told.is_lost)
        writer.restore(told.drafts, told.last_seq)
        await self._store.upkeep.finish_partial_items(thread.id)
        await end_run(writer, ending)


def _is_version(run: Claimable) -> bool:
    """Whether there may be an older answer, to be read again where this one shows nothing."""
    try:
        return read_job(run.job or "").is_version
    except msgspec.DecodeError:
        return True


def may_repeat(effects: Sequence[Effect]) -> bool:
    """Whether tools were at work, and all of those may be repeated under their keys: then an answer can go on behind them."""
    cut_short = [effect for effect in effects if not effect.is_done]
    return bool(cut_short) and all(effect.is_idempotent for effect in cut_short)


def _ending(run: Claimable, effects: Sequence[Effect], *, repeats: bool) -> Ending | None:
    """None: it may be run again."""
    if run.run.status == "cancelling":
        return cancelled(effects)
    if run.is_over:
        return expired(effects)
    if run.job is None or run.attempts >= ATTEMPTS or (not repeats and (run.shown or effects)):
        return restarted(effects)
    return None
