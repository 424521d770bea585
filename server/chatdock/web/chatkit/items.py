"""The operations on items that answer in JSON."""

import msgspec

from chatdock.storage.base import Changes, Feedback
from chatdock.types.page import Page, page_query
from chatdock.types.request import FeedbackParams, ListItemsParams
from chatdock.web.chatkit.call import Call
from chatdock.web.rest.files import renew_previews


async def page(call: Call, params: ListItemsParams) -> Page[msgspec.Raw]:
    """A page of what the user may see."""
    query = page_query(params.limit, params.order, params.after)
    return with_fresh_previews(call, await call.scope.items.page(params.thread_id, query))


def with_fresh_previews(call: Call, items: Page[msgspec.Raw]) -> Page[msgspec.Raw]:
    """The page with the addresses of image previews signed anew: those it was stored with have expired."""
    if b"/preview/" not in b"".join(items.data):
        return items
    scope = call.actor.scope
    items.data = [msgspec.Raw(renew_previews(call.parts, scope, bytes(raw), call.session.id)) for raw in items.data]
    return items


async def feedback(call: Call, params: FeedbackParams) -> dict[str, object]:
    """A thumb on every item of a turn."""
    await call.scope.threads.get(params.thread_id)
    given = [Feedback(item_id, params.kind) for item_id in params.item_ids]
    await call.scope.commit(Changes(thread_id=params.thread_id, put_feedback=given))
    return {}
