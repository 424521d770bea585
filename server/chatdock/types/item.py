"""Thread items, one struct a kind. Hidden kinds are stored and never leave the server."""

from datetime import datetime
from typing import Any, Literal

from chatdock.types.attachment import Attachment
from chatdock.types.content import InferenceOptions, OutputText, Question, UserContent
from chatdock.types.task import Task, Workflow
from chatdock.types.wire import Wire


class _Item(Wire):
    id: str
    thread_id: str
    created_at: datetime


class UserMessage(_Item, tag="user_message", tag_field="type"):
    """What the user said. `quoted_text` may be the empty string, which is stored and echoed."""

    content: list[UserContent]
    attachments: list[Attachment]
    inference_options: InferenceOptions
    quoted_text: str | None = None


class AssistantMessage(_Item, tag="assistant_message", tag_field="type"):
    """What the assistant answered."""

    content: list[OutputText]


class ClientToolCall(_Item, tag="client_tool_call", tag_field="type"):
    """A call that the page answers. `output` may be any JSON, null included: then it is omitted on the wire."""

    status: Literal["pending", "completed"]
    call_id: str
    name: str
    arguments: dict[str, Any]
    output: Any = None


class WidgetItem(_Item, tag="widget", tag_field="type"):
    """A widget: `widget` is its tree, nulls removed; `copy_text` is what the copy button yields."""

    widget: dict[str, Any]
    copy_text: str | None = None


class Image(Wire):
    """A generated image; `url` may be a `data:` URL."""

    id: str
    url: str


class GeneratedImage(_Item, tag="generated_image", tag_field="type"):
    """An image the assistant made; without `image` while it is being made."""

    image: Image | None = None


class StructuredInput(_Item, tag="structured_input", tag_field="type"):
    """Questions that replace the composer until they are answered or skipped."""

    status: Literal["pending", "answered", "skipped"]
    inputs: list[Question]


class WorkflowItem(_Item, tag="workflow", tag_field="type"):
    """A group of tasks."""

    workflow: Workflow


class TaskItem(_Item, tag="task", tag_field="type"):
    """A task on its own."""

    task: Task


class EndOfTurn(_Item, tag="end_of_turn", tag_field="type"):
    """A hint that the assistant's turn is over; stored, not sent to the model."""


class HiddenContext(_Item, tag="hidden_context_item", tag_field="type"):
    """Context for the model that no client ever sees."""

    content: Any


class SdkHiddenContext(_Item, tag="sdk_hidden_context", tag_field="type"):
    """A note of the engine's own to the model, such as a cancellation; no client ever sees it."""

    content: str


Item = (
    UserMessage
    | AssistantMessage
    | ClientToolCall
    | WidgetItem
    | GeneratedImage
    | StructuredInput
    | WorkflowItem
    | TaskItem
    | EndOfTurn
    | HiddenContext
    | SdkHiddenContext
)

HIDDEN = (HiddenContext, SdkHiddenContext)


def is_hidden(item: Item) -> bool:
    """Whether this item must never reach a client."""
    return isinstance(item, HIDDEN)
