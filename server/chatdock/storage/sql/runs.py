"""The runs of a scope."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chatdock.clock import from_micros, now, to_micros
from chatdock.storage.base import Changes, Listener
from chatdock.storage.sql.pages import window
from chatdock.storage.sql.road import SMALL_ROWS, Plan, Road
from chatdock.storage.sql.rows import instant_or_none, micros_or_none, missing, to_text, to_text_or_none, within
from chatdock.storage.sql.threads import require_thread
from chatdock.types.actor import Scope
from chatdock.types.lease import LEASE_SECONDS, Unqueued
from chatdock.types.page import Page, PageQuery
from chatdock.types.run import ACTIVE, Cause, Run, RunError, RunStatus, Usage
from chatdock.types.wire import decode

LEASE_MICROS = int(LEASE_SECONDS * 1_000_000)


class SqlRuns:
    """`storage.base.Runs`."""

    def __init__(self, road: Road, scope: Scope, told: Listener) -> None:
        self._road = road
        self._scope = scope
        self._told = told

    async def get(self, run_id: str) -> Run:
        """One row."""
        return await self._road.read(lambda: _get(self._scope, run_id))

    async def page(self, thread_id: str, statuses: Sequence[RunStatus] | None, query: PageQuery) -> Page[Run]:
        """A range of the thread's index; the active ones have an index of their own."""
        return await self._road.read(
            lambda: _page(self._scope, thread_id, statuses, query), is_small=query.limit <= SMALL_ROWS
        )

    async def take_up(self, thread_id: str, expires_at: datetime, owner: str | None = None) -> Unqueued | None:
        """Under the thread's lock."""
        return self._tell(await self._road.write(lambda: _take_up(self._scope, thread_id, expires_at, owner)))

    async def withdraw(self, run_id: str) -> Unqueued | None:
        """Under the thread's lock."""
        return self._tell(await self._road.write(lambda: _withdraw(self._scope, run_id)))

    def _tell(self, unqueued: Unqueued | None) -> Unqueued | None:
        if unqueued is not None:
            run = unqueued.run
            owner = Scope(project=self._scope.project, user=run.user, workflow=run.workflow_id)
            self._told(owner, Changes(thread_id=run.thread_id, save_run=run))
        return unqueued

    async def by_client_message(self, client_message_id: str) -> Run | None:
        """One row, if any. Without a user in the scope there is nobody whose id it could be."""
        if self._scope.user is None:
            return None
        return await self._road.read(lambda: _by_client_message(self._scope, client_message_id))

    async def ask_cancel(self, run_id: str) -> None:
        """One conditional update."""
        await self._road.write(lambda: _ask_cancel(self._scope, run_id))


def _ask_cancel(scope: Scope, run_id: str) -> Plan[None]:
    yield "run.ask_cancel", within(scope, run=run_id)


def _take_up(scope: Scope, thread_id: str, expires_at: datetime, owner: str | None) -> Plan[Unqueued | None]:
    if not (yield "thread.lock", within(scope, thread=thread_id)):
        raise missing("thread", thread_id)
    queued = yield "run.queue", {"thread": thread_id}
    if not queued or (yield "run.busy", {"thread": thread_id}):
        return None
    run = to_run(queued[0])
    run.status, run.started_at, run.expires_at = "in_progress", now(), expires_at
    moments = {"started_at": to_micros(run.started_at), "expires_at": to_micros(expires_at)}
    lease = {"owner": owner, "lease": LEASE_MICROS}
    if not (yield "run.take_up", {"run": run.id, **lease, **moments}):
        return None
    if run.cause is not None:
        yield "item.take_up", {"thread": thread_id, "item": run.cause.item_id}
    return (yield from _unqueued(run))


def _withdraw(scope: Scope, run_id: str) -> Plan[Unqueued | None]:
    run = yield from _get(scope, run_id)
    if not (yield "thread.lock", within(scope, thread=run.thread_id)):
        raise missing("run", run_id)
    completed_at = now()
    if not (yield "run.withdraw", {"run": run_id, "completed_at": to_micros(completed_at)}):
        return None
    if run.cause is not None:
        yield "item.remove", {"thread": run.thread_id, "item": run.cause.item_id}
    run.status, run.completed_at = "cancelled", completed_at
    return (yield from _unqueued(run))


def _unqueued(run: Run) -> Plan[Unqueued]:
    ((_, epoch),) = yield "run.status", {"thread": run.thread_id, "run": run.id}
    return Unqueued(run, epoch)


def _get(scope: Scope, run_id: str) -> Plan[Run]:
    rows = yield "run.get", within(scope, run=run_id)
    if not rows:
        raise missing("run", run_id)
    return to_run(rows[0])


def _page(scope: Scope, thread_id: str, statuses: Sequence[RunStatus] | None, query: PageQuery) -> Plan[Page[Run]]:
    values = within(scope, thread=thread_id)
    view = yield from window(query, "run.place", values, "run")
    if statuses is None:
        which = "all"
    else:
        which = "active" if set(statuses) <= set(ACTIVE) else "some"
        values["statuses"] = list(statuses)
    rows = yield f"run.page.{which}.{view.order}", {**values, **view.values()}
    if not rows:
        yield from require_thread(scope, thread_id)
    page, has_more = view.cut(rows)
    runs = [to_run(row) for row in page]
    return Page(data=runs, has_more=has_more, after=runs[-1].id if has_more and runs else None)


def _by_client_message(scope: Scope, client_message_id: str) -> Plan[Run | None]:
    rows = yield "run.sent", within(scope, message=client_message_id)
    return next((run for run in map(to_run, rows) if scope.workflow in (None, run.workflow_id)), None)


def to_run(row: Sequence[Any]) -> Run:
    """A run from a row of `statements.RUN_COLUMNS`."""
    return Run(
        id=row[0],
        thread_id=row[1],
        user=row[2],
        workflow_id=row[3],
        workflow_version=row[4],
        session_id=row[5],
        status=row[6],
        created_at=from_micros(row[7]),
        expires_at=from_micros(row[8]),
        last_seq=row[9],
        request=decode(row[10], dict[str, Any]),
        started_at=instant_or_none(row[11]),
        completed_at=instant_or_none(row[12]),
        error=None if row[13] is None else decode(row[13], RunError),
        usage=None if row[14] is None else decode(row[14], Usage),
        client_message_id=row[15],
        fingerprint=row[16],
        cause=None if row[17] is None else decode(row[17], Cause),
    )


def progress_of(run: Run) -> dict[str, Any]:
    """The columns that change while a run is at work."""
    return {
        "status": run.status,
        "last_seq": run.last_seq,
        "started_at": micros_or_none(run.started_at),
        "completed_at": micros_or_none(run.completed_at),
        "error": to_text_or_none(run.error),
        "usage": to_text_or_none(run.usage),
    }


def columns_of(run: Run, owner: tuple[str, str, str]) -> dict[str, Any]:
    """Every column; the owner's are those of the thread, whatever the run says."""
    project, user, workflow = owner
    return {
        "id": run.id,
        "project": project,
        "user_id": user,
        "workflow_id": workflow,
        "thread_id": run.thread_id,
        "workflow_version": run.workflow_version,
        "session_id": run.session_id,
        "created_at": to_micros(run.created_at),
        "expires_at": to_micros(run.expires_at),
        "request": to_text(run.request),
        "client_message_id": run.client_message_id,
        "fingerprint": run.fingerprint,
        "cause": to_text_or_none(run.cause),
        **progress_of(run),
    }
