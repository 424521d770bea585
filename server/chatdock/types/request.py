"""The 16 operations of the chat protocol and one of ours, one struct each, tagged by `type`.

Unknown keys are ignored and `params` is mandatory, as in the reference server; limits are ours (trust.md D6).
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from chatdock.types.content import InferenceOptions
from chatdock.types.page import Order

Id = Annotated[str, Meta(min_length=1, max_length=512)]

MAX_TEXT_CHARS = 32_768  # a message longer than a short book chapter belongs in an attachment
MAX_PARTS = 256
MAX_ATTACHMENTS = 100  # the session's own limit is checked later, with its own sentence


class _In(msgspec.Struct, kw_only=True):
    pass


class TextIn(_In, tag="input_text", tag_field="type"):
    """Plain text as the client sends it."""

    text: Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]


class TagIn(_In, tag="input_tag", tag_field="type"):
    """A mention as the client sends it: `data` is required, as in the reference server."""

    id: Id
    text: Annotated[str, Meta(max_length=MAX_TEXT_CHARS)]
    data: dict[str, Any]
    group: str | None = None
    interactive: bool | None = False


class UserMessageInput(_In):
    """A user message on its way in; `attachments` are ids."""

    content: Annotated[list[TextIn | TagIn], Meta(max_length=MAX_PARTS)]
    attachments: Annotated[list[Id], Meta(max_length=MAX_ATTACHMENTS)]
    inference_options: InferenceOptions
    quoted_text: Annotated[str, Meta(max_length=MAX_TEXT_CHARS)] | None = None


class _Op(_In, tag_field="type"):
    metadata: dict[str, Any] | None = None


class CreateThreadParams(_In):
    """`threads.create`."""

    input: UserMessageInput


class AddUserMessageParams(_In):
    """`threads.add_user_message`."""

    thread_id: Id
    input: UserMessageInput


class AddClientToolOutputParams(_In):
    """`threads.add_client_tool_output`: the key `result` must be there; any JSON, null included."""

    thread_id: Id
    result: Any


class QuestionAnswer(_In):
    """What the user gave for one question."""

    values: list[str] = []
    skipped: bool = False


class StructuredAnswers(_In):
    """Answers by question id."""

    status: Literal["answered", "skipped"] = "answered"
    answers: dict[str, QuestionAnswer] = {}


class AddStructuredInputParams(_In):
    """`threads.add_structured_input`."""

    thread_id: Id
    item_id: Id
    input: StructuredAnswers


class RetryParams(_In):
    """`threads.retry_after_item`: the item is a user message."""

    thread_id: Id
    item_id: Id


class EditParams(_In):
    """`chatdock.edit_user_message`: what the user message says instead."""

    thread_id: Id
    item_id: Id
    input: UserMessageInput


class Action(_In):
    """What a widget or the page asks for."""

    type: Annotated[str, Meta(min_length=1, max_length=512)]
    payload: Any = None


class ActionParams(_In):
    """`threads.custom_action` and its synchronous twin."""

    thread_id: Id
    action: Action
    item_id: Id | None = None


class ThreadParams(_In):
    """An operation on one thread."""

    thread_id: Id


class ListThreadsParams(_In):
    """`threads.list`."""

    limit: Annotated[int, Meta(ge=0)] | None = None
    order: Order | None = None
    after: str | None = None


class UpdateThreadParams(_In):
    """`threads.update`: only the title can change."""

    thread_id: Id
    title: Annotated[str, Meta(max_length=512)]


class ListItemsParams(_In):
    """`items.list`."""

    thread_id: Id
    limit: Annotated[int, Meta(ge=0)] | None = None
    order: Order | None = None
    after: str | None = None


class FeedbackParams(_In):
    """`items.feedback`: one request a click, with all items of the turn."""

    thread_id: Id
    item_ids: Annotated[list[Id], Meta(max_length=1_000)]
    kind: Literal["positive", "negative"]


class CreateAttachmentParams(_In):
    """`attachments.create`: phase one of a two-phase upload; `size` in bytes."""

    name: Annotated[str, Meta(min_length=1, max_length=1_024)]
    size: Annotated[int, Meta(ge=0)]
    mime_type: Annotated[str, Meta(min_length=1, max_length=255)]


class DeleteAttachmentParams(_In):
    """`attachments.delete`."""

    attachment_id: Id


class TranscribeParams(_In):
    """`input.transcribe`."""

    audio_base64: str
    mime_type: Annotated[str, Meta(min_length=1, max_length=255)]


class CreateThread(_Op, tag="threads.create", kw_only=True):
    """Streams. A new thread and its first turn."""

    params: CreateThreadParams


class AddUserMessage(_Op, tag="threads.add_user_message", kw_only=True):
    """Streams. The next turn."""

    params: AddUserMessageParams


class AddClientToolOutput(_Op, tag="threads.add_client_tool_output", kw_only=True):
    """Streams. Answers the last pending client tool call."""

    params: AddClientToolOutputParams


class AddStructuredInput(_Op, tag="threads.add_structured_input", kw_only=True):
    """Streams. Answers a form."""

    params: AddStructuredInputParams


class RetryAfterItem(_Op, tag="threads.retry_after_item", kw_only=True):
    """Streams. Drops what followed a user message and answers it again; kept as a branch for clients that know branches."""

    params: RetryParams


class EditUserMessage(_Op, tag="chatdock.edit_user_message", kw_only=True):
    """Streams. Ours: another version of a user message and its answer; what there was is kept as a branch."""

    params: EditParams


class CustomAction(_Op, tag="threads.custom_action", kw_only=True):
    """Streams. A widget's action."""

    params: ActionParams


class SyncCustomAction(_Op, tag="threads.sync_custom_action", kw_only=True):
    """JSON. A widget's action that only updates the widget."""

    params: ActionParams


class GetThread(_Op, tag="threads.get_by_id", kw_only=True):
    """JSON."""

    params: ThreadParams


class ListThreads(_Op, tag="threads.list", kw_only=True):
    """JSON."""

    params: ListThreadsParams


class UpdateThread(_Op, tag="threads.update", kw_only=True):
    """JSON."""

    params: UpdateThreadParams


class DeleteThread(_Op, tag="threads.delete", kw_only=True):
    """JSON."""

    params: ThreadParams


class ListItems(_Op, tag="items.list", kw_only=True):
    """JSON."""

    params: ListItemsParams


class Feedback(_Op, tag="items.feedback", kw_only=True):
    """JSON."""

    params: FeedbackParams


class CreateAttachment(_Op, tag="attachments.create", kw_only=True):
    """JSON."""

    params: CreateAttachmentParams


class DeleteAttachment(_Op, tag="attachments.delete", kw_only=True):
    """JSON."""

    params: DeleteAttachmentParams


class Transcribe(_Op, tag="input.transcribe", kw_only=True):
    """JSON."""

    params: TranscribeParams


StreamingRequest = (
    CreateThread
    | AddUserMessage
    | AddClientToolOutput
    | AddStructuredInput
    | RetryAfterItem
    | EditUserMessage
    | CustomAction
)
JsonRequest = (
    SyncCustomAction
    | GetThread
    | ListThreads
    | UpdateThread
    | DeleteThread
    | ListItems
    | Feedback
    | CreateAttachment
    | DeleteAttachment
    | Transcribe
)
Request = StreamingRequest | JsonRequest
