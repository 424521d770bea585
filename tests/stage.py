"""A run without a server: a context that folds what is emitted into a thread, and a model that follows a script."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from chatdock.agents.agent import Agent
from chatdock.clock import now
from chatdock.context import ActionFired, FormAnswered, NewMessage, ToolAnswered, Trigger
from chatdock.errors import NotFound
from chatdock.ids import ITEM, RUN, THREAD, new_id
from chatdock.models.base import ModelEvent, ModelRequest
from chatdock.tools.base import Tool
from chatdock.types.actor import Actor
from chatdock.types.attachment import Attachment, StoredFile
from chatdock.types.content import (
    Freeform,
    InferenceOptions,
    InputText,
    MultipleChoice,
    StructuredAnswer,
    ToolChoice,
    UserContent,
    output_text,
)
from chatdock.types.event import (
    ClientEffect,
    Event,
    ItemAdded,
    ItemDone,
    ItemUpdated,
    Notice,
    PartAdded,
    PartDone,
    ProgressUpdate,
    text_delta,
)
from chatdock.types.fold import fold
from chatdock.types.item import (
    AssistantMessage,
    ClientToolCall,
    HiddenContext,
    Item,
    StructuredInput,
    UserMessage,
    WidgetItem,
    is_hidden,
)
from chatdock.types.lease import Effect
from chatdock.types.run import Usage
from chatdock.types.thread import Active, Thread

ACTOR = Actor(
    project="default",
    user="ada",
    workflow="wf_test",
    workflow_version="1",
    session_id="cksess_test",
    expires_at=2_000_000_000,
)


class Stage:
    """Implements `context.RunContext`. `stored` is what later runs find, `events` and `pushes` what was emitted."""

    def __init__(self, *, stored: Sequence[Item] = (), locale: str = "en") -> None:
        self.run_id = new_id(RUN)
        self.thread = Thread(
            id=new_id(THREAD), created_at=now(), user="ada", workflow_id="wf_test", status=Active(), metadata={}
        )
        self.actor = ACTOR
        self.trigger: Trigger = NewMessage(user_message("Hello"))
        self.locale = locale
        self.state: dict[str, Any] = {}
        self.stored = list(stored)
        self.pushes: list[tuple[Event, ...]] = []
        self.usage: list[Usage] = []
        self.acts: list[tuple[str, str]] = []
        self.idempotency_key = ""
        self.cut_short: list[Effect] = []
        self.files: dict[str, tuple[StoredFile, bytes]] = {}

    # ---- what a test does

    def say(self, text: str, **rest: Any) -> "Stage":
        """The user sends a message: the next run's trigger."""
        message = user_message(text, **rest)
        self.stored.append(message)
        return self._begin(NewMessage(message))

    def answer_call(self, output: Any) -> "Stage":
        """The page answers the last pending call."""
        call = next(item for item in reversed(self.stored) if isinstance(item, ClientToolCall))
        assert call.status == "pending"
        call.status, call.output = "completed", output
        return self._begin(ToolAnswered(call))

    def answer_form(self, answers: dict[str, list[str]]) -> "Stage":
        """The user answers the last form; a question without an answer is skipped."""
        form = next(item for item in reversed(self.stored) if isinstance(item, StructuredInput))
        form.status = "answered" if answers else "skipped"
        for question in form.inputs:
            values = answers.get(question.id, [])
            question.answer = StructuredAnswer(values=values, skipped=not values)
        return self._begin(FormAnswered(form))

    def act(self, kind: str, payload: Any = None, sender: WidgetItem | None = None) -> "Stage":
        """A widget, or the page, fires an action."""
        return self._begin(ActionFired(kind, payload, sender))

    def _begin(self, trigger: Trigger) -> "Stage":
        self.trigger = trigger
        self.pushes = []
        return self

    @property
    def events(self) -> list[Event]:
        """Everything this run emitted, in order."""
        return [event for push in self.pushes for event in push]

    @property
    def shown(self) -> list[Item]:
        """What a client makes of this run's events."""
        items: list[Item] = []
        for event in self.events:
            if not (isinstance(event, ItemAdded | ItemDone) and is_hidden(event.item)):
                items = fold(items, event)
        return items

    @property
    def said(self) -> str:
        """The text of this run's last answer."""
        messages = [item for item in self.shown if isinstance(item, AssistantMessage)]
        return messages[-1].content[0].text

    # ---- what a responder does

    async def emit(self, *events: Event) -> None:
        assert events
        await asyncio.sleep(0)
        self.pushes.append(events)
        for event in events:
            if isinstance(event, ItemDone):
                self.stored.append(event.item)

    async def begun(self) -> None:
        """There is nothing to wait for."""

    async def history(self, limit: int = 200) -> list[Item]:
        return self.stored[-limit:]

    async def file(self, file_id: str) -> tuple[StoredFile, bytes]:
        if file_id not in self.files:
            raise NotFound("No such file.")
        return self.files[file_id]

    def item_id(self) -> str:
        return new_id(ITEM)

    @asynccontextmanager
    async def acting(
        self, tool: str, call_id: str, *, arguments: str = "{}", is_idempotent: bool = False
    ) -> AsyncIterator[str]:
        self.acts.append((tool, call_id))
        yield f"{self.run_id}:{len(self.acts)}:{call_id}"

    def add_usage(self, usage: Usage) -> None:
        self.usage.append(usage)

    async def text(self, text: str) -> None:
        item = AssistantMessage(**self._fresh(), content=[])
        await self.emit(
            ItemAdded(item=item),
            ItemUpdated(item_id=item.id, update=PartAdded(content_index=0, content=output_text(""))),
            text_delta(item.id, text),
            ItemUpdated(item_id=item.id, update=PartDone(content_index=0, content=output_text(text))),
            ItemDone(item=msgspec.structs.replace(item, content=[output_text(text)])),
        )

    async def progress(self, text: str, icon: str | None = None) -> None:
        await self.emit(ProgressUpdate(text=text, icon=icon))

    async def notice(self, message: str, *, level: Any = "info", title: str | None = None) -> None:
        await self.emit(Notice(level=level, message=message, title=title))

    async def effect(self, name: str, data: dict[str, Any] | None = None) -> None:
        await self.emit(ClientEffect(name=name, data=data or {}))

    async def widget(self, widget: dict[str, Any], copy_text: str | None = None) -> WidgetItem:
        item = WidgetItem(**self._fresh(), widget=widget, copy_text=copy_text)
        await self.emit(ItemDone(item=item))
        return item

    async def client_tool(self, name: str, arguments: dict[str, Any]) -> None:
        call = ClientToolCall(
            **self._fresh(), status="pending", call_id=new_id("call_"), name=name, arguments=arguments
        )
        await self.emit(ItemDone(item=call))

    async def ask(self, questions: Sequence[MultipleChoice | Freeform]) -> None:
        await self.emit(ItemDone(item=StructuredInput(**self._fresh(), status="pending", inputs=list(questions))))

    async def hidden(self, content: Any) -> None:
        await self.emit(ItemDone(item=HiddenContext(**self._fresh(), content=content)))

    def _fresh(self) -> dict[str, Any]:
        return {"id": new_id(ITEM), "thread_id": self.thread.id, "created_at": now()}


def user_message(
    text: str,
    *,
    content: Sequence[UserContent] | None = None,
    attachments: Sequence[Attachment] = (),
    quoted: str | None = None,
    tool: str | None = None,
) -> UserMessage:
    """A message as the engine stores it."""
    return UserMessage(
        id=new_id(ITEM),
        thread_id="cthr_test",
        created_at=now(),
        content=list(content) if content is not None else [InputText(text=text)],
        attachments=list(attachments),
        quoted_text=quoted,
        inference_options=InferenceOptions(tool_choice=ToolChoice(id=tool) if tool else None),
    )


class Script:
    """A `Model` that plays one list of batches a call, and remembers what it was asked.

    A batch that is an exception is raised, a number is waited for (in seconds).
    """

    def __init__(self, *calls: Sequence[list[ModelEvent] | Exception | float]) -> None:
        self.requests: list[ModelRequest] = []
        self.closed_streams = 0
        self._calls = list(calls)

    async def stream(self, request: ModelRequest) -> AsyncIterator[list[ModelEvent]]:
        self.requests.append(request)
        try:
            for batch in self._calls[len(self.requests) - 1]:
                if isinstance(batch, Exception):
                    raise batch
                if isinstance(batch, float):
                    await asyncio.sleep(batch)
                else:
                    yield batch
        finally:
            self.closed_streams += 1

    async def close(self) -> None:
        pass


def agent(model: Script, *tools: Tool, **rest: Any) -> Agent:
    """An agent with these tools, and whatever else it is given."""
    return Agent(model=model, model_name="m", instructions="Be brief.", tools=tools, **rest)


def kinds(events: Sequence[Event]) -> list[str]:
    """The events' kinds, updates by the kind of what they change."""
    return [type(event.update if isinstance(event, ItemUpdated) else event).__name__ for event in events]
