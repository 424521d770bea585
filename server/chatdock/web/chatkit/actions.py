"""Synchronous widget actions: allowed while an answer streams; only the returned widget changes."""

from chatdock.storage.base import Changes
from chatdock.types.item import WidgetItem
from chatdock.types.request import ActionParams
from chatdock.types.wire import Wire
from chatdock.web.chatkit.call import Call
from chatdock.web.chatkit.turns import sender_of


class SyncActionAnswer(Wire):
    """`{"updated_item": ...}` or `{}`."""

    updated_item: WidgetItem | None = None


async def sync_action(call: Call, params: ActionParams) -> SyncActionAnswer:
    """Runs the workflow's handler and stores what it returns."""
    thread = await call.scope.threads.get(params.thread_id)
    sender = await sender_of(call, params.thread_id, params.item_id)
    action = params.action
    updated = await call.definition.responder.sync_action(thread, sender, action.type, action.payload)
    if updated is not None:
        await call.scope.commit(Changes(thread_id=thread.id, put_items=[updated]))
    return SyncActionAnswer(updated_item=updated)
