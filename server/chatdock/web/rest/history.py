"""A user's threads with what he has made of them: pinned, archived, read. Our own, for client secrets.

Source: docs/protocol.md. ChatKit's own list, `threads.list`, leaves archived threads out and says nothing of the rest.
"""

from typing import Annotated, get_args

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chatdock.errors import BadRequest
from chatdock.storage.base import Changes, Scoped
from chatdock.types.page import Page, PageQuery
from chatdock.types.session import Session
from chatdock.types.thread import Mark, MarkedThread, Shelf
from chatdock.types.wire import encode
from chatdock.web.auth import authenticate_client
from chatdock.web.body import read_json
from chatdock.web.parts import parts_of
from chatdock.web.recent import cut
from chatdock.web.rest.threads import ClosedStatus, LockedStatus, ThreadStatus, page_of, show

MAX_BODY_BYTES = 4 * 1024

SHELVES: tuple[Shelf, ...] = get_args(Shelf)


class HistoryThread(msgspec.Struct, kw_only=True):
    """A thread as its owner sees it in his list; `created_at` in Unix seconds."""

    object: str = "chatdock.thread"
    id: str
    created_at: int
    title: str | None
    status: ThreadStatus | LockedStatus | ClosedStatus
    pinned: bool
    archived: bool
    unread: bool


class HistoryList(msgspec.Struct, kw_only=True):
    """A page; `after` is there only when there is more."""

    object: str = "list"
    data: list[HistoryThread]
    has_more: bool
    after: str | None


class MarkThread(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What changes; what is left out stays. `read_through` is the newest item the user has seen, `unread` takes that back."""

    pinned: bool | None = None
    archived: bool | None = None
    read_through: Annotated[str, msgspec.Meta(min_length=1, max_length=512)] | None = None
    unread: bool = False


async def page(request: Request) -> Response:
    """`GET /v1/chatkit/history?shelf&limit&order&after`."""
    actor, session = await authenticate_client(request)
    shelf = request.query_params.get("shelf", "listed")
    if shelf not in SHELVES:
        raise BadRequest(f"shelf must be one of {', '.join(SHELVES)}.", param="shelf")
    query = page_of(request.query_params)
    scoped = parts_of(request).store.scoped(actor.scope)
    found = await _found(scoped, session, shelf, msgspec.structs.replace(query, limit=query.limit or 1, before=None))
    data = [_shown(marked) for marked in found.data]
    return _json(HistoryList(data=data, has_more=found.has_more, after=found.after))


async def marks(request: Request) -> Response:
    """`GET /v1/chatkit/threads/{thread_id}/marks`: one thread as the list shows it."""
    actor, _ = await authenticate_client(request)
    scoped = parts_of(request).store.scoped(actor.scope)
    return _json(_shown(await scoped.threads.marked(request.path_params["thread_id"])))


async def mark(request: Request) -> Response:
    """`POST /v1/chatkit/threads/{thread_id}/marks`: the same, after the change."""
    actor, _ = await authenticate_client(request)
    parts, thread_id = parts_of(request), request.path_params["thread_id"]
    await parts.limits.lookup(actor)
    asked = await read_json(request, MarkThread, MAX_BODY_BYTES)
    scoped = parts.store.scoped(actor.scope)
    wanted = Mark(pinned=asked.pinned, archived=asked.archived, read_through=asked.read_through, unread=asked.unread)
    if wanted != Mark():
        await scoped.commit(Changes(thread_id=thread_id, mark=wanted))
    return _json(_shown(await scoped.threads.marked(thread_id)))


async def _found(scoped: Scoped, session: Session, shelf: Shelf, query: PageQuery) -> Page[MarkedThread]:
    history = session.configuration.history
    if not history.enabled:
        return Page(data=[], has_more=False)
    recent = history.recent_threads
    if recent is None:
        return await scoped.threads.shelf(shelf, query)
    newest = {thread.id for thread in (await scoped.threads.page(PageQuery(limit=recent))).data}
    marked = (await scoped.threads.shelf(shelf, PageQuery(limit=recent))).data
    return cut([(each.thread, each) for each in marked if each.thread.id in newest], query, "after")


def _shown(marked: MarkedThread) -> HistoryThread:
    thread, marks = show(marked.thread), marked.marks
    return HistoryThread(
        id=thread.id,
        created_at=thread.created_at,
        title=thread.title,
        status=thread.status,
        pinned=marks.pinned_at is not None,
        archived=marks.archived_at is not None,
        unread=marks.unread,
    )


def _json(value: HistoryThread | HistoryList) -> Response:
    return Response(encode(value), media_type="application/json")
