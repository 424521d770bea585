"""One assistant message while it is written: builds the events in ChatKit's order and keeps the text.

    item.added -> content_part.added -> text_delta* and annotation_added* -> content_part.done -> item.done

Nothing here awaits: whoever writes emits the events, many at a time if many are ready.
"""

from chatdock.clock import now
from chatdock.context import RunContext
from chatdock.types.content import Annotation, Source, output_text
from chatdock.types.event import (
    AnnotationAdded,
    Event,
    ItemAdded,
    ItemDone,
    ItemUpdated,
    PartAdded,
    PartDone,
    text_delta,
)
from chatdock.types.item import AssistantMessage


class Message:
    """A message of one text part."""

    def __init__(self, ctx: RunContext) -> None:
        self.id = ctx.item_id()
        self._thread_id = ctx.thread.id
        self._created_at = now()
        self.pieces: list[str] = []
        self._annotations: list[Annotation] = []

    def begin(self) -> list[Event]:
        """The empty message and its empty part."""
        part = PartAdded(content_index=0, content=output_text(""))
        return [ItemAdded(item=self._item(finished=False)), ItemUpdated(item_id=self.id, update=part)]

    def write(self, delta: str) -> Event:
        """More text."""
        self.pieces.append(delta)
        return text_delta(self.id, delta)

    def cite(self, source: Source, index: int | None = None) -> Event:
        """A source; `index` is the character offset after which its marker stands."""
        annotation = Annotation(source=source, index=index)
        update = AnnotationAdded(content_index=0, annotation_index=len(self._annotations), annotation=annotation)
        self._annotations.append(annotation)
        return ItemUpdated(item_id=self.id, update=update)

    def end(self) -> list[Event]:
        """The finished part and the finished message."""
        item = self._item(finished=True)
        done = PartDone(content_index=0, content=item.content[0])
        return [ItemUpdated(item_id=self.id, update=done), ItemDone(item=item)]

    @property
    def text(self) -> str:
        """What has been written so far."""
        return "".join(self.pieces)

    def _item(self, *, finished: bool) -> AssistantMessage:
        content = [output_text(self.text, self._annotations)] if finished else []
        return AssistantMessage(id=self.id, thread_id=self._thread_id, created_at=self._created_at, content=content)
