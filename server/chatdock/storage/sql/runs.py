"""The runs of a scope."""

from collections.abc import Sequence
from typing import Any

from chatdock.clock import from_micros, to_micros
from chatdock.storage.sql.pages import window
from chatdock.storage.sql.road import SMALL_ROWS, Plan, Road
from chatdock.storage.sql.rows import instant_or_none, micros_or_none, missing, to_text, to_text_or_none, within
from chatdock.storage.sql.threads import require_thread
from chatdock.types.actor import Scope
from chatdock.types.page import Page, PageQuery
from chatdock.types.run import ACTIVE, Run, RunError, RunStatus, Usage
from chatdock.types.wire import decode


class SqlRuns:
    """`storage.base.Runs`."""

    def __init__(self, road: Road, scope: Scope) -> None:
        self._road = road
        self._scope = scope

    async def get(self, run_id: str) -> Run:
        """One row."""
        return await self._road.read(lambda: _get(self._scope, run_id))

    async def page(self, thread_id: str, statuses: Sequence[RunStatus] | None, query: PageQuery) -> Page[Run]:
        """A range of the thread's index; the active ones have an index of their own."""
        return await self._road.read(
            lambda: _page(self._scope, thread_id, statuses, query), is_small=query.limit <= SMALL_ROWS
        )

    async def by_client_message(self, client_message_id: str) -> Run | None:
        """One row, if any. Without a user in the scope there is nobody whose id it could be."""
        if self._scope.user is None:
            return None
        return await self._road.read(lambda: _by_client_message(self._scope, client_message_id))


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
        **progress_of(run),
    }
