"""The threads of a scope."""

from collections.abc import Sequence
from typing import Any

from chatdock import clock
from chatdock.clock import to_micros
from chatdock.storage.base import Deleted, Listener
from chatdock.storage.sql.audit import note
from chatdock.storage.sql.files import doom
from chatdock.storage.sql.pages import window
from chatdock.storage.sql.road import SMALL_ROWS, Plan, Road
from chatdock.storage.sql.rows import instant_or_none, missing, within
from chatdock.types.actor import Scope
from chatdock.types.attachment import StoredFile
from chatdock.types.audit import AuditEntry
from chatdock.types.page import Page, PageQuery
from chatdock.types.thread import Mark, MarkedThread, Marks, Shelf, Thread
from chatdock.types.wire import decode


class SqlThreads:
    """`storage.base.Threads`."""

    def __init__(self, road: Road, scope: Scope, told: Listener) -> None:
        self._road = road
        self._scope = scope
        self._told = told

    async def get(self, thread_id: str) -> Thread:
        """One row."""
        return await self._road.read(lambda: _get(self._scope, thread_id))

    async def page(self, query: PageQuery) -> Page[Thread]:
        """A range of the index that starts with what the scope names."""
        return await self._road.read(lambda: _page(self._scope, query), is_small=query.limit <= SMALL_ROWS)

    async def marked(self, thread_id: str) -> MarkedThread:
        """One row."""
        return await self._road.read(lambda: _marked(self._scope, thread_id))

    async def shelf(self, shelf: Shelf, query: PageQuery) -> Page[MarkedThread]:
        """A range of the shelf's own index."""
        return await self._road.read(lambda: _shelf(self._scope, shelf, query), is_small=query.limit <= SMALL_ROWS)

    async def delete(self, thread_id: str, audit: AuditEntry | None = None) -> Deleted:
        """Foreign keys take the rest along."""
        deleted = await self._road.write(lambda: _delete(self._scope, thread_id, audit))
        self._told(deleted.owner, deleted)
        return deleted


def require_thread(scope: Scope, thread_id: str) -> Plan[None]:
    """Raises: NotFound. What an empty answer about a thread's rows has to ask afterwards."""
    rows = yield "thread.place", within(scope, thread=thread_id)
    if not rows:
        raise missing("thread", thread_id)


def _get(scope: Scope, thread_id: str) -> Plan[Thread]:
    rows = yield "thread.get", within(scope, thread=thread_id)
    if not rows:
        raise missing("thread", thread_id)
    return decode(rows[0][0], Thread)


def _page(scope: Scope, query: PageQuery) -> Plan[Page[Thread]]:
    view = yield from window(query, "thread.place", within(scope), "thread")
    named = [name for name, value in (("user", scope.user), ("workflow", scope.workflow)) if value is not None]
    which = "_".join(named) or "project"
    rows = yield f"thread.page.{which}.{view.order}", within(scope, **view.values())
    page, has_more = view.cut(rows)
    threads = [decode(row[0], Thread) for row in page]
    return Page(data=threads, has_more=has_more, after=threads[-1].id if has_more and threads else None)


def _marked(scope: Scope, thread_id: str) -> Plan[MarkedThread]:
    rows = yield "thread.marked", within(scope, thread=thread_id)
    if not rows:
        raise missing("thread", thread_id)
    return _with_marks(rows[0])


def _shelf(scope: Scope, shelf: Shelf, query: PageQuery) -> Plan[Page[MarkedThread]]:
    if scope.user is None or scope.workflow is None:
        raise ValueError("a shelf is a user's, of a workflow")
    view = yield from window(query, "thread.place", within(scope), "thread")
    rows = yield f"thread.page.{shelf}.{view.order}", within(scope, **view.values())
    page, has_more = view.cut(rows)
    data = [_with_marks(row) for row in page]
    return Page(data=data, has_more=has_more, after=data[-1].thread.id if has_more and data else None)


def _with_marks(row: Sequence[Any]) -> MarkedThread:
    data, pinned_at, archived_at, unread = row
    marks = Marks(unread=bool(unread), pinned_at=instant_or_none(pinned_at), archived_at=instant_or_none(archived_at))
    return MarkedThread(decode(data, Thread), marks)


def mark(scope: Scope, thread_id: str, mark: Mark) -> Plan[None]:
    """Within a commit. Raises: NotFound."""
    for column, wanted in (("pinned_at", mark.pinned), ("archived_at", mark.archived)):
        if wanted is not None:
            yield f"thread.{column}", {"thread": thread_id, "at": to_micros(clock.now()) if wanted else None}
    if mark.read_through is not None:
        rows = yield "item.place", within(scope, thread=thread_id, item=mark.read_through)
        if not rows:
            raise missing("item", mark.read_through)
        yield "thread.read", {"thread": thread_id, "high": rows[0][0]}
    if mark.unread:
        yield "thread.answered", {"thread": thread_id}
        yield "thread.unread", {"thread": thread_id}


def _delete(scope: Scope, thread_id: str, audit: AuditEntry | None) -> Plan[Deleted]:
    rows = yield "thread.lock", within(scope, thread=thread_id)
    if not rows:
        raise missing("thread", thread_id)
    yield from note(audit)
    project, user, workflow, _ = rows[0]
    return (yield from remove_whole(thread_id, Scope(project=project, user=user, workflow=workflow)))


def remove_whole(thread_id: str, owner: Scope) -> Plan[Deleted]:
    """A locked thread; foreign keys take its rows along, and its blobs are put on the list of doomed ones."""
    files = yield "thread.files", {"thread": thread_id}
    runs = yield "thread.runs", {"thread": thread_id}
    yield "thread.remove", {"thread": thread_id}
    blob_ids: list[str] = []
    for row in files:
        blob_ids += yield from doom(decode(row[0], StoredFile))
    return Deleted(thread_id=thread_id, owner=owner, blob_ids=tuple(blob_ids), run_ids=tuple(row[0] for row in runs))
