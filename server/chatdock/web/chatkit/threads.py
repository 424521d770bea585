"""The operations on threads that answer in JSON. Bodies are put together from stored JSON, not decoded and encoded again."""

import msgspec

from chatdock.errors import BadRequest
from chatdock.runs.removal import remove_thread
from chatdock.storage.base import Changes
from chatdock.types.page import Page, PageQuery, page_query
from chatdock.types.request import ListThreadsParams, ThreadParams, UpdateThreadParams
from chatdock.types.thread import ThreadView, view
from chatdock.web.chatkit.call import Call
from chatdock.web.chatkit.items import with_fresh_previews


async def get(call: Call, params: ThreadParams) -> ThreadView:
    """The thread with its oldest page of items."""
    thread = await call.scope.threads.get(params.thread_id)
    items = await call.scope.items.page(params.thread_id, PageQuery(order="asc"))
    return view(thread, with_fresh_previews(call, items))


async def page(call: Call, params: ListThreadsParams) -> Page[ThreadView]:
    """The user's threads; none where history is off, the newest few where it is limited."""
    history = call.session.configuration.history
    if not history.enabled:
        return Page(data=[], has_more=False)
    query = page_query(params.limit, params.order, params.after)
    if history.recent_threads is None:
        threads = await call.scope.threads.page(query)
        return Page(data=[view(thread) for thread in threads.data], has_more=threads.has_more, after=threads.after)
    return await _recent(call, query, history.recent_threads)


async def _recent(call: Call, query: PageQuery, count: int) -> Page[ThreadView]:
    newest = (await call.scope.threads.page(PageQuery(limit=count))).data
    ordered = newest if query.order == "desc" else newest[::-1]
    if query.after is not None:
        ids = [thread.id for thread in ordered]
        if query.after not in ids:
            raise BadRequest("There is no such thread to continue after.", param="params.after")
        ordered = ordered[ids.index(query.after) + 1 :]
    shown = ordered[: query.limit]
    has_more = len(ordered) > len(shown)
    return Page(data=[view(thread) for thread in shown], has_more=has_more, after=shown[-1].id if has_more else None)


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
