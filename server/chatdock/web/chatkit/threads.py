"""The operations on threads that answer in JSON. Bodies are put together from stored JSON, not decoded and encoded again."""

import msgspec

from chatdock.runs.removal import remove_thread
from chatdock.storage.base import Changes
from chatdock.types.page import Page, PageQuery, page_query
from chatdock.types.request import ListThreadsParams, ThreadParams, UpdateThreadParams
from chatdock.types.thread import ThreadView, view
from chatdock.web.chatkit.call import Call
from chatdock.web.chatkit.items import with_fresh_previews
from chatdock.web.recent import cut


async def get(call: Call, params: ThreadParams) -> ThreadView:
    """The thread with its oldest page of items."""
    thread = await call.scope.threads.get(params.thread_id)
    items = await call.scope.items.page(params.thread_id, PageQuery(order="asc"))
    return view(thread, with_fresh_previews(call, items))


async def page(call: Call, params: ListThreadsParams) -> Page[ThreadView]:
    """The user's threads but the archived ones; none where history is off, the newest few where it is limited."""
    history = call.session.configuration.history
    if not history.enabled:
        return Page(data=[], has_more=False)
    query = page_query(params.limit, params.order, params.after)
    if history.recent_threads is None:
        listed = await call.scope.threads.shelf("listed", query)
        data = [view(marked.thread) for marked in listed.data]
        return Page(data=data, has_more=listed.has_more, after=listed.after)
    return await _recent(call, query, history.recent_threads)


async def _recent(call: Call, query: PageQuery, count: int) -> Page[ThreadView]:
    newest = (await call.scope.threads.page(PageQuery(limit=count))).data
    listed = {marked.thread.id for marked in (await call.scope.threads.shelf("listed", PageQuery(limit=count))).data}
    return cut([(thread, view(thread)) for thread in newest if thread.id in listed], query, "params.after")


async def update(call: Call, params: UpdateThreadParams) -> ThreadView:
    """Gives the thread another title."""
    thread = await call.scope.threads.get(params.thread_id)
    changed = msgspec.structs.replace(thread, title=params.title)
    await call.scope.commit(Changes(thread_id=thread.id, save_thread=changed, save_fields=frozenset({"title"})))
    return view(changed)


async def delete(call: Call, params: ThreadParams) -> dict[str, object]:
    """Removes the thread with everything in it."""
    parts = call.parts
    audit = call.audit("thread.delete", params.thread_id)
    await remove_thread(parts.store, parts.engine, parts.blobs, call.actor.scope, params.thread_id, audit)
    return {}
