"""Streaming events and item updates: ChatKit's events are our native language."""

from typing import Any, Literal

from chatdock.types.content import Annotation, OutputText
from chatdock.types.item import Image, Item
from chatdock.types.task import Task
from chatdock.types.thread import ThreadView
from chatdock.types.wire import Wire

# ---- updates of one item -------------------------------------------------------------------------------------------


class PartAdded(Wire, tag="assistant_message.content_part.added", tag_field="type"):
    """Put `content` at its index, padding with empty parts."""

    content_index: int
    content: OutputText


class TextDelta(Wire, tag="assistant_message.content_part.text_delta", tag_field="type"):
    """Append text to a part, creating it if it is absent."""

    content_index: int
    delta: str


class AnnotationAdded(Wire, tag="assistant_message.content_part.annotation_added", tag_field="type"):
    """Insert an annotation at its index."""

    content_index: int
    annotation_index: int
    annotation: Annotation


class PartDone(Wire, tag="assistant_message.content_part.done", tag_field="type"):
    """Replace the part; annotations already streamed stay when this brings none."""

    content_index: int
    content: OutputText


class ValueDelta(Wire, tag="widget.streaming_text.value_delta", tag_field="type"):
    """Append to the `value` of the component with that id; `done` ends its streaming look."""

    component_id: str
    delta: str
    done: bool


class RootUpdated(Wire, tag="widget.root.updated", tag_field="type"):
    """Replace the whole widget."""

    widget: dict[str, Any]


class ComponentUpdated(Wire, tag="widget.component.updated", tag_field="type"):
    """Replace one component, found by its id."""

    component_id: str
    component: dict[str, Any]


class TaskAdded(Wire, tag="workflow.task.added", tag_field="type"):
    """Set the task at its index; it may already be there."""

    task_index: int
    task: Task


class TaskUpdated(Wire, tag="workflow.task.updated", tag_field="type"):
    """Replace the task at its index."""

    task_index: int
    task: Task


class ImageUpdated(Wire, tag="generated_image.updated", tag_field="type"):
    """A preview, or the image; `progress` runs from 0 to 1."""

    image: Image
    progress: float | None = None


Update = (
    PartAdded
    | TextDelta
    | AnnotationAdded
    | PartDone
    | ValueDelta
    | RootUpdated
    | ComponentUpdated
    | TaskAdded
    | TaskUpdated
    | ImageUpdated
)

# ---- events --------------------------------------------------------------------------------------------------------


class ThreadCreated(Wire, tag="thread.created", tag_field="type"):
    """The first event of a new thread."""

    thread: ThreadView


class ThreadUpdated(Wire, tag="thread.updated", tag_field="type"):
    """The thread's own fields changed; `items` is always empty here and clears nothing."""

    thread: ThreadView


class ItemAdded(Wire, tag="thread.item.added", tag_field="type"):
    """A new item in progress; not stored until it is done."""

    item: Item


class ItemUpdated(Wire, tag="thread.item.updated", tag_field="type"):
    """A change to any item with that id, old ones included."""

    item_id: str
    update: Update


class ItemDone(Wire, tag="thread.item.done", tag_field="type"):
    """The final state of an item; stored before it is sent."""

    item: Item


class ItemRemoved(Wire, tag="thread.item.removed", tag_field="type"):
    """Drop the item, from the screen and from the store."""

    item_id: str


class ItemReplaced(Wire, tag="thread.item.replaced", tag_field="type"):
    """Swap the item in place under the same id; stored before it is sent."""

    item: Item


class StreamSettings(Wire):
    """What the client may do with this stream."""

    allow_cancel: bool


class StreamOptions(Wire, tag="stream_options", tag_field="type"):
    """Shows or hides Stop."""

    stream_options: StreamSettings


class ProgressUpdate(Wire, tag="progress_update", tag_field="type"):
    """A passing status line, gone after the turn."""

    text: str
    icon: str | None = None


class ClientEffect(Wire, tag="client_effect", tag_field="type"):
    """Something for the page to do, without an answer."""

    name: str
    data: dict[str, Any]


class Notice(Wire, tag="notice", tag_field="type"):
    """A banner; `message` is Markdown."""

    level: Literal["info", "warning", "danger"]
    message: str
    title: str | None = None


class Error(Wire, tag="error", tag_field="type"):
    """What went wrong, in words a user may read; the detail is in the log under the run's id.

    ChatKit's own clients know two codes and refuse others; `reason` is ours and says which failure it was, as the run does.
    """

    code: Literal["custom", "stream.error"]
    allow_retry: bool
    message: str | None = None
    reason: str | None = None


Event = (
    ThreadCreated
    | ThreadUpdated
    | ItemAdded
    | ItemUpdated
    | ItemDone
    | ItemRemoved
    | ItemReplaced
    | StreamOptions
    | ProgressUpdate
    | ClientEffect
    | Notice
    | Error
)


def text_delta(item_id: str, delta: str, content_index: int = 0) -> ItemUpdated:
    """The commonest event of all: more text of an answer."""
    return ItemUpdated(item_id=item_id, update=TextDelta(content_index=content_index, delta=delta))
