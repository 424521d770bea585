"""A chat server of somebody else's: `openai-chatkit` behind one route, for the widget's tests in custom mode.

It answers by the user's text: `card` with a widget, `tool` with a client tool call, anything else with an echo in two deltas.
"""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import uvicorn
from chatkit.actions import Action, ActionConfig
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.store import NotFoundError, Store
from chatkit.types import (
    AssistantMessageContent,
    AssistantMessageContentPartTextDelta,
    AssistantMessageItem,
    Attachment,
    ClientToolCallItem,
    Page,
    ThreadItem,
    ThreadItemAddedEvent,
    ThreadItemDoneEvent,
    ThreadItemUpdatedEvent,
    ThreadMetadata,
    ThreadStreamEvent,
    UserMessageItem,
    WidgetItem,
)
from chatkit.widgets import Button, Card, Text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

Context = dict[str, Any]


class MemoryStore(Store[Context]):
    """Everything in two dictionaries, for one visitor."""

    def __init__(self) -> None:
        self.threads: dict[str, ThreadMetadata] = {}
        self.items: dict[str, list[ThreadItem]] = {}

    async def load_thread(self, thread_id: str, context: Context) -> ThreadMetadata:
        if thread_id not in self.threads:
            raise NotFoundError(thread_id)
        return self.threads[thread_id].model_copy()

    async def save_thread(self, thread: ThreadMetadata, context: Context) -> None:
        self.threads[thread.id] = ThreadMetadata.model_validate(
            thread.model_dump(include=set(ThreadMetadata.model_fields))
        )
        self.items.setdefault(thread.id, [])

    async def load_threads(self, limit: int, after: str | None, order: str, context: Context) -> Page[ThreadMetadata]:
        return _page(list(self.threads.values()), limit, after, order)

    async def load_thread_items(
        self, thread_id: str, after: str | None, limit: int, order: str, context: Context
    ) -> Page[ThreadItem]:
        return _page(self.items[thread_id], limit, after, order)

    async def add_thread_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        self.items[thread_id].append(item)

    async def save_item(self, thread_id: str, item: ThreadItem, context: Context) -> None:
        items = self.items[thread_id]
        at = next((index for index, each in enumerate(items) if each.id == item.id), len(items))
        items[at : at + 1] = [item]

    async def load_item(self, thread_id: str, item_id: str, context: Context) -> ThreadItem:
        return next(each for each in self.items[thread_id] if each.id == item_id)

    async def delete_thread(self, thread_id: str, context: Context) -> None:
        self.threads.pop(thread_id, None)
        self.items.pop(thread_id, None)

    async def delete_thread_item(self, thread_id: str, item_id: str, context: Context) -> None:
        self.items[thread_id] = [each for each in self.items[thread_id] if each.id != item_id]

    async def save_attachment(self, attachment: Attachment, context: Context) -> None:
        raise NotImplementedError

    async def load_attachment(self, attachment_id: str, context: Context) -> Attachment:
        raise NotFoundError(attachment_id)

    async def delete_attachment(self, attachment_id: str, context: Context) -> None:
        raise NotFoundError(attachment_id)


def _page(records: list[Any], limit: int, after: str | None, order: str) -> Page[Any]:
    ordered = records if order == "asc" else records[::-1]
    start = next((index + 1 for index, each in enumerate(ordered) if each.id == after), 0)
    data = ordered[start : start + limit]
    more = len(ordered) > start + limit
    return Page(data=data, has_more=more, after=data[-1].id if more else None)


class EchoServer(ChatKitServer[Context]):
    """Answers by what was said."""

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Context
    ) -> AsyncIterator[ThreadStreamEvent]:
        if input_user_message is None:
            items = (await self.store.load_thread_items(thread.id, None, 20, "desc", context)).data
            call = next(each for each in items if isinstance(each, ClientToolCallItem))
            async for event in self._say(thread, f"The tool said {call.output}", context):
                yield event
            return
        text = "".join(part.text for part in input_user_message.content)
        if text == "card":
            widget = Card(
                children=[
                    Text(value="Ready?"),
                    Button(label="Go", onClickAction=ActionConfig(type="go", payload={"n": 1})),
                ]
            )
            yield ThreadItemDoneEvent(
                item=WidgetItem(widget=widget, copy_text="Ready?", **self._base("message", thread, context))
            )
        elif text == "tool":
            yield ThreadItemDoneEvent(
                item=ClientToolCallItem(
                    name="where", arguments={"at": "home"}, call_id="call_1", **self._base("tool_call", thread, context)
                )
            )
        else:
            thread.title = f"About {text}"
            async for event in self._say(thread, f"You said {text}", context):
                yield event

    async def action(
        self, thread: ThreadMetadata, action: Action[str, Any], sender: WidgetItem | None, context: Context
    ) -> AsyncIterator[ThreadStreamEvent]:
        async for event in self._say(thread, f"Action {action.type} {action.payload}", context):
            yield event

    def _base(self, kind: Any, thread: ThreadMetadata, context: Context) -> dict[str, Any]:
        item_id = self.store.generate_item_id(kind, thread, context)
        return {"id": item_id, "thread_id": thread.id, "created_at": datetime.now()}

    async def _say(self, thread: ThreadMetadata, text: str, context: Context) -> AsyncIterator[ThreadStreamEvent]:
        base = self._base("message", thread, context)
        yield ThreadItemAddedEvent(item=AssistantMessageItem(content=[], **base))
        half = len(text) // 2
        for part in (text[:half], text[half:]):
            update = AssistantMessageContentPartTextDelta(content_index=0, delta=part)
            yield ThreadItemUpdatedEvent(item_id=base["id"], update=update)
        yield ThreadItemDoneEvent(item=AssistantMessageItem(content=[AssistantMessageContent(text=text)], **base))


server = EchoServer(MemoryStore())


async def chatkit(request: Request) -> Response:
    """The one route its documentation shows."""
    result = await server.process(await request.body(), {})
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")
    return Response(result.json, media_type="application/json")


async def ready(request: Request) -> Response:
    """For whoever started this."""
    return Response("ready")


app = Starlette(routes=[Route("/chatkit", chatkit, methods=["POST"]), Route("/ready", ready)])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
