"""Thread items as the REST API shows them: `chatkit.*` objects, made from the chat protocol's items.

Kinds without a REST counterpart (images, forms, ends of turns, hidden ones) are left out: the SDK would take an unknown
type for a user message.
Source: chatkit.md 1.5.
"""

import json
from typing import Literal, assert_never

import msgspec

from chatdock.types import content as parts
from chatdock.types import item as items
from chatdock.types import task as tasks
from chatdock.types.attachment import Attachment, ImageAttachment


class ThreadItem(msgspec.Struct, kw_only=True, tag_field="type"):
    """What every item has; `created_at` in Unix seconds."""

    id: str
    object: Literal["chatkit.thread_item"] = "chatkit.thread_item"
    created_at: int
    thread_id: str


class UserMessageInputText(msgspec.Struct, tag="input_text", tag_field="type"):
    """What the user wrote; a mention shows as its text."""

    text: str


class UserMessageQuotedText(msgspec.Struct, tag="quoted_text", tag_field="type"):
    """What the user quoted."""

    text: str


class ItemAttachment(msgspec.Struct):
    """A file the user sent."""

    id: str
    name: str
    mime_type: str
    type: Literal["image", "file"]
    preview_url: str | None


class ItemToolChoice(msgspec.Struct):
    """The tool the user picked."""

    id: str


class ItemInferenceOptions(msgspec.Struct):
    """What the composer's pickers were set to."""

    model: str | None
    tool_choice: ItemToolChoice | None


class UserMessageItem(ThreadItem, tag="chatkit.user_message", kw_only=True):
    """A user's message."""

    content: list[UserMessageInputText | UserMessageQuotedText]
    attachments: list[ItemAttachment]
    inference_options: ItemInferenceOptions | None


class FileSource(msgspec.Struct, tag="file", tag_field="type"):
    """A file that was cited."""

    filename: str


class UrlSource(msgspec.Struct, tag="url", tag_field="type"):
    """A page that was cited."""

    url: str


class FileAnnotation(msgspec.Struct, tag="file", tag_field="type"):
    """A citation of a file."""

    source: FileSource


class UrlAnnotation(msgspec.Struct, tag="url", tag_field="type"):
    """A citation of a page."""

    source: UrlSource


class AssistantOutputText(msgspec.Struct, tag="output_text", tag_field="type"):
    """A part of an answer."""

    text: str
    annotations: list[FileAnnotation | UrlAnnotation]


class AssistantMessageItem(ThreadItem, tag="chatkit.assistant_message", kw_only=True):
    """An answer."""

    content: list[AssistantOutputText]


class WidgetItem(ThreadItem, tag="chatkit.widget", kw_only=True):
    """A widget, as a string of JSON."""

    widget: str


class ClientToolCallItem(ThreadItem, tag="chatkit.client_tool_call", kw_only=True):
    """A call the page answers; arguments and output are strings of JSON."""

    status: Literal["in_progress", "completed"]
    call_id: str
    name: str
    arguments: str
    output: str | None


class TaskItem(ThreadItem, tag="chatkit.task", kw_only=True):
    """A task on its own."""

    task_type: Literal["custom", "thought"]
    heading: str | None
    summary: str | None


class GroupTask(msgspec.Struct):
    """A task of a group."""

    type: Literal["custom", "thought"]
    heading: str | None
    summary: str | None


class TaskGroupItem(ThreadItem, tag="chatkit.task_group", kw_only=True):
    """What a workflow item shows."""

    tasks: list[GroupTask]


RestItem = UserMessageItem | AssistantMessageItem | WidgetItem | ClientToolCallItem | TaskItem | TaskGroupItem


def rest_item(item: items.Item) -> RestItem | None:
    """The REST object, or None for a kind that has none."""
    created_at = int(item.created_at.timestamp())
    match item:
        case items.UserMessage():
            return UserMessageItem(
                id=item.id,
                created_at=created_at,
                thread_id=item.thread_id,
                content=_user_content(item),
                attachments=[_attachment(attachment) for attachment in item.attachments],
                inference_options=_options(item.inference_options),
            )
        case items.AssistantMessage():
            content = [AssistantOutputText(part.text, _annotations(part)) for part in item.content]
            return AssistantMessageItem(id=item.id, created_at=created_at, thread_id=item.thread_id, content=content)
        case items.WidgetItem():
            return WidgetItem(id=item.id, created_at=created_at, thread_id=item.thread_id, widget=_json(item.widget))
        case items.ClientToolCall():
            return _tool_call(item, created_at)
        case items.TaskItem():
            kind, heading, summary = _task(item.task)
            return TaskItem(
                id=item.id,
                created_at=created_at,
                thread_id=item.thread_id,
                task_type=kind,
                heading=heading,
                summary=summary,
            )
        case items.WorkflowItem():
            group = [GroupTask(*_task(task)) for task in item.workflow.tasks]
            return TaskGroupItem(id=item.id, created_at=created_at, thread_id=item.thread_id, tasks=group)
        case items.GeneratedImage() | items.StructuredInput() | items.EndOfTurn():
            return None
        case items.HiddenContext() | items.SdkHiddenContext():
            return None
        case _:
            assert_never(item)


def _user_content(item: items.UserMessage) -> list[UserMessageInputText | UserMessageQuotedText]:
    content: list[UserMessageInputText | UserMessageQuotedText] = [
        UserMessageInputText(part.text) for part in item.content
    ]
    if item.quoted_text:
        content.append(UserMessageQuotedText(item.quoted_text))
    return content


def _attachment(attachment: Attachment) -> ItemAttachment:
    if isinstance(attachment, ImageAttachment):
        return ItemAttachment(attachment.id, attachment.name, attachment.mime_type, "image", attachment.preview_url)
    return ItemAttachment(attachment.id, attachment.name, attachment.mime_type, "file", None)


def _options(options: parts.InferenceOptions) -> ItemInferenceOptions | None:
    if options.model is None and options.tool_choice is None:
        return None
    choice = ItemToolChoice(options.tool_choice.id) if options.tool_choice else None
    return ItemInferenceOptions(options.model, choice)


def _annotations(part: parts.OutputText) -> list[FileAnnotation | UrlAnnotation]:
    found: list[FileAnnotation | UrlAnnotation] = []
    for annotation in part.annotations:
        source = annotation.source
        if isinstance(source, parts.FileSource):
            found.append(FileAnnotation(FileSource(source.filename)))
        elif isinstance(source, parts.UrlSource):
            found.append(UrlAnnotation(UrlSource(source.url)))
    return found


def _tool_call(item: items.ClientToolCall, created_at: int) -> ClientToolCallItem:
    done = item.status == "completed"
    return ClientToolCallItem(
        id=item.id,
        created_at=created_at,
        thread_id=item.thread_id,
        status="completed" if done else "in_progress",
        call_id=item.call_id,
        name=item.name,
        arguments=_json(item.arguments),
        output=_json(item.output) if done else None,
    )


def _task(task: tasks.Task) -> tuple[Literal["custom", "thought"], str | None, str | None]:
    match task:
        case tasks.ThoughtTask():
            return "thought", task.title, task.content
        case tasks.CustomTask():
            return "custom", task.title, task.content
        case tasks.WebSearchTask():
            return "custom", task.title or task.title_query, ", ".join(task.queries) or None
        case tasks.FileTask():
            return "custom", task.title, ", ".join(source.filename for source in task.sources) or None
        case tasks.ImageTask():
            return "custom", task.title, None
        case _:
            assert_never(task)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
