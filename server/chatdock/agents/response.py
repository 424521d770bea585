"""One model response while it streams: model events in, chat events out. Pure: no await, no I/O.

A message, a stretch of reasoning and the steps of tool calls follow one another; whatever begins ends what was open.
"""

from collections.abc import Collection
from typing import assert_never

from chatdock.agents.message import Message
from chatdock.agents.steps import Steps
from chatdock.agents.thought import Reasoning
from chatdock.context import RunContext
from chatdock.models import base as model
from chatdock.types.content import FileSource, Source, UrlSource
from chatdock.types.event import Event


class Response:
    """What one model call brings. Calls of the tools named in `unshown` are no steps: the page shows them itself."""

    def __init__(self, ctx: RunContext, unshown: Collection[str] = ()) -> None:
        self.calls: list[model.ToolCall] = []
        self.finished: model.Finished | None = None
        self.steps = Steps(ctx)
        self._ctx = ctx
        self._unshown = unshown
        self.message: Message | None = None  # the one that is open
        self._reasoning: Reasoning | None = None
        self._texts: list[str] = []

    @property
    def text(self) -> str:
        """What was said, once the response is closed."""
        return "\n\n".join(self._texts)

    def feed(self, batch: list[model.ModelEvent]) -> list[Event]:
        """The chat events of one batch, to be emitted together."""
        out: list[Event] = []
        message = self.message
        for event in batch:
            if type(event) is model.Text:  # the hot path: thousands of these an answer
                if message is None:
                    message = self._open_message(out)
                out.append(message.write(event.delta))
            else:
                self._rare(event, out)
                message = self.message
        return out

    def close(self) -> list[Event]:
        """Ends whatever is open, but for the steps, which end with their results."""
        out: list[Event] = []
        self._end_reasoning(out)
        self._end_message(out)
        return out

    def _rare(self, event: model.ModelEvent, out: list[Event]) -> None:
        match event:
            case model.Text() | model.Refusal():
                out.append((self.message or self._open_message(out)).write(event.delta))
            case model.Citation():
                out.append((self.message or self._open_message(out)).cite(_source(event), event.index))
            case model.Reasoning():
                out.extend((self._reasoning or self._open_reasoning(out)).think(event.index, event.delta))
            case model.ToolCallStarted():
                self._begin_step(event.call_id, event.name, out)
            case model.ToolCall():
                self._begin_step(event.call_id, event.name, out)
                self.calls.append(event)
                if event.name not in self._unshown:
                    out.extend(self.steps.arguments(event.call_id, event.arguments))
            case model.Finished():
                self.finished = event
            case _:
                assert_never(event)

    def _begin_step(self, call_id: str, name: str, out: list[Event]) -> None:
        out.extend(self.close())
        if name not in self._unshown:
            out.extend(self.steps.begin(call_id, name))

    def _open_message(self, out: list[Event]) -> Message:
        self._end_reasoning(out)
        self.message = Message(self._ctx)
        out.extend(self.message.begin())
        return self.message

    def _open_reasoning(self, out: list[Event]) -> Reasoning:
        self._end_message(out)
        self._reasoning = Reasoning(self._ctx)
        out.extend(self._reasoning.begin())
        return self._reasoning

    def _end_message(self, out: list[Event]) -> None:
        if self.message is not None:
            self._texts.append(self.message.text)
            out.extend(self.message.end())
            self.message = None

    def _end_reasoning(self, out: list[Event]) -> None:
        if self._reasoning is not None:
            out.extend(self._reasoning.end())
            self._reasoning = None


def _source(citation: model.Citation) -> Source:
    if citation.kind == "url":
        return UrlSource(title=citation.title, url=citation.ref)
    return FileSource(title=citation.title, filename=citation.ref)
