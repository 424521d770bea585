"""The context a responder works with: the writer's door, the thread, and conveniences that are `emit` with an event built."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

import msgspec

from chatdock.clock import now
from chatdock.context import Trigger
from chatdock.errors import Unavailable
from chatdock.ids import ITEM, new_id
from chatdock.runs.writer import Writer
from chatdock.storage.base import Leases, Scoped
from chatdock.types.actor import Actor
from chatdock.types.attachment import StoredFile
from chatdock.types.content import Question, output_text
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
from chatdock.types.item import (
    AssistantMessage,
    ClientToolCall,
    HiddenContext,
    Item,
    StructuredInput,
    WidgetItem,
)
from chatdock.types.lease import Effect
from chatdock.types.run import Usage
from chatdock.types.thread import Thread
from chatdock.types.wire import without_nulls

ReadBlob = Callable[[str], Awaitable[bytes]]

log = logging.getLogger(__name__)


class Context:
    """Implements `context.RunContext` for one run."""

    def __init__(
        self,
        writer: Writer,
        scope: Scoped,
        actor: Actor,
        trigger: Trigger,
        *,
        locale: str,
        state: dict[str, Any],
        read_blob: ReadBlob,
        leases: Leases,
        opening: Sequence[Item] | None = None,
        effects: Sequence[Effect] = (),
        stored: asyncio.Event | None = None,
    ) -> None:
        self.run_id = writer.run.id
        self.thread: Thread = writer.thread
        self.actor = actor
        self.trigger = trigger
        self.locale = locale
        self.state = state
        self._writer = writer
        self._scope = scope
        self._read_blob = read_blob
        self._leases = leases
        self.idempotency_key = ""
        self.effects = {effect.key: effect for effect in effects}  # begun by tools of this run, by key
        self.cut_short: Sequence[Effect] = [effect for effect in effects if not effect.is_done]
        self._to_repeat = list(self.cut_short)
        self._stored = stored  # set once the run is in the store; None where it is
        self._opening = opening  # all there is in a new thread: no need to ask the store

    async def emit(self, *events: Event) -> None:
        """The one door."""
        if self._stored is not None:
            await self.begun()
        await self._writer.emit(*events)

    def grow(self, item_id: str, texts: Sequence[str]) -> bool:
        """See RunContext."""
        return self._stored is None and self._writer.grow(item_id, texts)

    async def begun(self) -> None:
        """See RunContext."""
        if self._stored is not None:
            await self._stored.wait()
            self._stored = None

    async def history(self, limit: int = 200) -> list[Item]:
        """The thread's newest items, oldest first."""
        if self._opening is not None and not self._writer.has_stored:
            return list(self._opening[-limit:])
        await self._writer.flush()
        return await self._scope.items.latest(self.thread.id, limit)

    async def file(self, file_id: str) -> tuple[StoredFile, bytes]:
        """An attachment of this thread, with its bytes."""
        file = await self._scope.files.get(file_id)
        return file, await self._read_blob(file.blob_id or "")

    async def stored_title(self) -> str | None:
        """The thread's title as of now: the user may have given one while the answer was made."""
        return (await self._scope.threads.get(self.thread.id)).title

    def item_id(self) -> str:
        """A fresh item id."""
        return new_id(ITEM)

    @asynccontextmanager
    async def acting(
        self, tool: str, call_id: str, *, arguments: str = "{}", is_idempotent: bool = False
    ) -> AsyncIterator[str]:
        """Around something that changes the world."""
        await self.begun()
        again = [effect for effect in self._to_repeat if (effect.tool, effect.call_id) == (tool, call_id)]
        if again:
            effect = again[0]
            self._to_repeat.remove(effect)
        else:
            key = f"{self.run_id}:{len(self.effects) + 1}:{call_id}"
            effect = Effect(key=key, tool=tool, call_id=call_id, arguments=arguments, is_idempotent=is_idempotent)
        key = effect.key
        self.effects[key] = effect
        try:
            await self._leases.begin_effect(self._writer.hold, effect)
        except BaseException:
            if not again:
                del self.effects[key]  # it was not begun
            raise
        try:
            yield key
        except asyncio.CancelledError:  # stopped in the middle: it may have happened
            raise
        except BaseException:
            await self._acted(key)
            raise
        await self._acted(key)

    async def _acted(self, key: str) -> None:
        try:
            await self._leases.end_effect(self.run_id, key)
        except Unavailable:  # it stays on record as begun, which is the truth for whoever takes over
            log.warning("the end of an effect was not recorded", extra={"fields": {"run_id": self.run_id}})
        self.effects[key] = msgspec.structs.replace(self.effects[key], is_done=True)

    def add_usage(self, usage: Usage) -> None:
        """Counts tokens towards the run's usage."""
        so_far = self._writer.run.usage or Usage(input_tokens=0, output_tokens=0, total_tokens=0)
        self._writer.run.usage = Usage(
            input_tokens=so_far.input_tokens + usage.input_tokens,
            output_tokens=so_far.output_tokens + usage.output_tokens,
            total_tokens=so_far.total_tokens + usage.total_tokens,
        )

    async def text(self, text: str) -> None:
        """A whole answer at once, in the sequence a streamed one has."""
        item = AssistantMessage(**self._fresh(), content=[])
        await self.emit(
            ItemAdded(item=item),
            ItemUpdated(item_id=item.id, update=PartAdded(content_index=0, content=output_text(""))),
            text_delta(item.id, text),
            ItemUpdated(item_id=item.id, update=PartDone(content_index=0, content=output_text(text))),
            ItemDone(
                item=AssistantMessage(
                    id=item.id, thread_id=item.thread_id, created_at=item.created_at, content=[output_text(text)]
                )
            ),
        )

    async def progress(self, text: str, icon: str | None = None) -> None:
        """The passing status line."""
        await self.emit(ProgressUpdate(text=text, icon=icon))

    async def notice(self, message: str, *, level: str = "info", title: str | None = None) -> None:
        """A banner; `level` is info, warning or danger."""
        await self.emit(Notice(level=cast(Literal["info", "warning", "danger"], level), message=message, title=title))

    async def effect(self, name: str, data: dict[str, Any] | None = None) -> None:
        """Something for the page to do."""
        await self.emit(ClientEffect(name=name, data=data or {}))

    async def widget(self, widget: dict[str, Any], copy_text: str | None = None) -> WidgetItem:
        """A finished widget."""
        item = WidgetItem(**self._fresh(), widget=without_nulls(widget), copy_text=copy_text)
        await self.emit(ItemDone(item=item))
        return item

    async def client_tool(self, name: str, arguments: dict[str, Any]) -> None:
        """Asks the page; the run must end after it."""
        call = ClientToolCall(
            **self._fresh(), status="pending", call_id=new_id("call_"), name=name, arguments=arguments
        )
        await self.emit(ItemDone(item=call))

    async def ask(self, questions: Sequence[Question]) -> None:
        """A form; the run must end after it."""
        await self.emit(ItemDone(item=StructuredInput(**self._fresh(), status="pending", inputs=list(questions))))

    async def hidden(self, content: Any) -> None:
        """Context for later model calls that no client sees."""
        await self.emit(ItemDone(item=HiddenContext(**self._fresh(), content=content)))

    def _fresh(self) -> dict[str, Any]:
        return {"id": new_id(ITEM), "thread_id": self.thread.id, "created_at": now()}
