"""The operations on items that answer in JSON."""

import msgspec

from chatdock.storage.base import Changes, Feedback
from chatdock.types.page import Page, page_query
from chatdock.types.request import FeedbackParams, ListItemsParams
from chatdock.web.chatkit.call import Call


async def page(call: Call, params: ListItemsParams) -> Page[msgspec.Raw]:
    """A page of what the user may see."""
    return await call.scope.items.page(params.thread_id, page_query(params.limit, params.order, params.after))


async def feedback(call: Call, params: FeedbackParams) -> dict[str, object]:
    """A thumb on every item of a turn."""
    await call.scope.threads.get(params.thread_id)
    given = [Feedback(item_id, params.kind) for item_id in params.item_ids]
    await call.scope.commit(Changes(thread_id=params.thread_id, put_feedback=given))
    return {}
