"""What a responder, an agent or a tool may do during a run: push events through one door and ask about its thread."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import msgspec

from chatdock.types.actor import Actor
from chatdock.types.attachment import StoredFile
from chatdock.types.event import Event
from chatdock.types.item import (
    ClientToolCall,
    HiddenContext,
    Item,
    SdkHiddenContext,
    StructuredInput,
    UserMessage,
    WidgetItem,
)
from chatdock.types.lease import Effect
from chatdock.types.run import Usage
from chatdock.types.thread import Thread


class NewMessage(msgspec.Struct, frozen=True):
    """The user said something (or asked for its answer again)."""

    message: UserMessage


class ToolAnswered(msgspec.Struct, frozen=True):
    """The page answered a client tool call; `call.output` holds the result."""

    call: ClientToolCall


class FormAnswered(msgspec.Struct, frozen=True):
    """The user answered or skipped a form."""

    form: StructuredInput


class ActionFired(msgspec.Struct, frozen=True):
    """A widget's button, or the page, asked for something. `sender` is None for the page's own actions."""

    type: str
    payload: Any
    sender: WidgetItem | None


class RunRequested(msgspec.Struct, frozen=True):
    """A backend asked for this run, without a message of the user's; what it gave along is in a hidden item."""

    item: HiddenContext | SdkHiddenContext

    @property
    def input(self) -> Any:
        """A text or a JSON object; None where nothing was given."""
        return self.item.content if isinstance(self.item, HiddenContext) else None


Trigger = NewMessage | ToolAnswered | FormAnswered | ActionFired | RunRequested


class RunContext(Protocol):
    """One run, seen from inside."""

    run_id: str
    thread: Thread  # title, status, allowed_image_domains and metadata may be changed; the engine tells and stores it
    actor: Actor
    trigger: Trigger
    locale: str  # one BCP 47 tag, from Accept-Language
    state: dict[str, Any]  # the session's state_variables
    idempotency_key: str  # of the effect this tool call is to have; empty where it was not announced as one

    async def emit(self, *events: Event) -> None:
        """The one door. Items that are done or replaced are in the store before anybody sees the event."""

    def grow(self, item_id: str, texts: Sequence[str]) -> bool:
        """`emit` of more text for a message that is open, without waiting; False, and nothing done, where `emit` would wait."""

    async def begun(self) -> None:
        """Returns once the run is in the store, which `emit` and `acting` wait for: before it, nothing may be done but ask."""

    async def history(self, limit: int = 200) -> list[Item]:
        """The thread's newest items, hidden ones included, oldest first; this turn's included."""

    async def file(self, file_id: str) -> tuple[StoredFile, bytes]:
        """An attachment of this thread. Raises: NotFound."""

    def item_id(self) -> str:
        """A fresh item id."""

    cut_short: Sequence[Effect]  # what this run had begun before its process was gone, and may safely be repeated

    def acting(
        self, tool: str, call_id: str, *, arguments: str = "{}", is_idempotent: bool = False
    ) -> AbstractAsyncContextManager[str]:
        """Around something that changes the world: on record from before it begins, so that nobody ever repeats it unasked.

        Gives the key of this effect, the same for every try: hand it to the service that can tell one order from two.
        With `is_idempotent` it does tell: an effect that was cut short is then begun again, under its key.
        Raises: Fenced, Unavailable.
        """

    def add_usage(self, usage: Usage) -> None:
        """Counts tokens towards the run's usage."""

    # What authors reach for; each is `emit` with the event built for them.

    async def text(self, text: str) -> None:
        """A whole answer at once, in Markdown."""

    async def progress(self, text: str, icon: str | None = None) -> None:
        """The passing status line."""

    async def notice(self, message: str, *, level: str = "info", title: str | None = None) -> None:
        """A banner; `level` is info, warning or danger."""

    async def effect(self, name: str, data: dict[str, Any] | None = None) -> None:
        """Something for the page to do."""

    async def widget(self, widget: dict[str, Any], copy_text: str | None = None) -> WidgetItem:
        """A finished widget."""

    async def client_tool(self, name: str, arguments: dict[str, Any]) -> None:
        """Asks the page; the run must end after it, and `ToolAnswered` starts the next."""

    async def ask(self, questions: Sequence[Any]) -> None:
        """A form of `content.Question`s; the run must end after it, and `FormAnswered` starts the next."""

    async def hidden(self, content: Any) -> None:
        """Context for later model calls that no client sees."""
