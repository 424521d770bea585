"""The texts that an endpoint asked for: read when a message is sent, so that the outbox holds nothing anybody said.

What was deleted or erased meanwhile is not in it, and neither is what is hidden.
"""

from typing import Any

from chatdock.errors import NotFound
from chatdock.storage.base import Scoped, Store
from chatdock.types.actor import Scope
from chatdock.types.content import InputTag
from chatdock.types.item import AssistantMessage, Item, UserMessage
from chatdock.types.webhook import Delivery, Message, Webhook
from chatdock.types.wire import decode, encode

MAX_CHARS = 20_000  # of one message: a webhook is small, and the rest can be read


class Texts:
    """What is sent in place of a body as it is stored."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def body(self, endpoint: Webhook, delivery: Delivery) -> bytes:
        """The body as this endpoint is sent it. Raises: Unavailable."""
        if not endpoint.include_text:
            return delivery.body.encode()
        message = decode(delivery.body, Message)
        named = message.data.get("messages")
        if named is None:  # committed before there were texts
            return delivery.body.encode()
        scope = Scope(project=delivery.project, user=delivery.user, workflow=delivery.workflow)
        scoped, thread_id = self._store.scoped(scope), str(message.data["thread_id"])
        found = [await _read(scoped, thread_id, each["id"]) for each in named]
        message.data["messages"] = [each for each in found if each is not None]
        return encode(message)


async def _read(scoped: Scoped, thread_id: str, item_id: str) -> dict[str, Any] | None:
    try:
        item = await scoped.items.get(thread_id, item_id)
    except NotFound:
        return None
    said = _said(item)
    if said is None:
        return None
    role, text = said
    cut = {"truncated": True} if len(text) > MAX_CHARS else {}
    return {"id": item_id, "role": role, "text": text[:MAX_CHARS], **cut}


def _said(item: Item) -> tuple[str, str] | None:
    match item:
        case UserMessage():
            return "user", "".join(
                f"@{part.text}" if isinstance(part, InputTag) else part.text for part in item.content
            )
        case AssistantMessage():
            return "assistant", "\n\n".join(part.text for part in item.content)
        case _:
            return None
