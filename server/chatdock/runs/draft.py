"""An item in the making: deltas are gathered as a list and joined only when somebody needs the whole."""

from collections.abc import Sequence

from chatdock.runs.frames import TextFrames
from chatdock.types.content import OutputText
from chatdock.types.event import TextDelta, Update
from chatdock.types.fold import apply
from chatdock.types.item import AssistantMessage, Item


class Draft:
    """One item and the text that has come for it since it was last put together."""

    __slots__ = ("_frames", "_index", "_item", "_pieces", "is_new")

    def __init__(self, item: Item, *, is_new: bool) -> None:
        self.is_new = is_new
        self._item = item
        self._index = 0
        self._pieces: list[str] = []
        self._frames: TextFrames | None = None

    def grow(self, update: TextDelta) -> None:
        """The hot path: one more piece of text."""
        if update.content_index != self._index and self._pieces:
            self._join()
        self._index = update.content_index
        self._pieces.append(update.delta)

    def extend(self, texts: Sequence[str]) -> None:
        """The same for pieces of the first part's text."""
        if self._index and self._pieces:
            self._join()
        self._index = 0
        self._pieces += texts

    def frames(self, texts: Sequence[str]) -> bytes:
        """What viewers are sent of it."""
        if self._frames is None:
            self._frames = TextFrames(self._item.id)
        return self._frames.of(texts)

    def update(self, update: Update) -> None:
        """Any other change."""
        self._join()
        self._item = apply(self._item, update)

    @property
    def item(self) -> Item:
        """The item as of now."""
        self._join()
        return self._item

    @property
    def has_text(self) -> bool:
        """Whether this is an answer with something in it."""
        item = self.item
        return isinstance(item, AssistantMessage) and any(part.text.strip() for part in item.content)

    def _join(self) -> None:
        if self._pieces:
            pieces, self._pieces = self._pieces, []
            self._item = apply(self._item, TextDelta(content_index=self._index, delta="".join(pieces)))


def without_empty_parts(item: AssistantMessage) -> AssistantMessage:
    """An answer cut short, without parts nothing was said in."""
    parts: list[OutputText] = [part for part in item.content if part.text]
    return AssistantMessage(id=item.id, thread_id=item.thread_id, created_at=item.created_at, content=parts)
