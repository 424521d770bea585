"""The streaming operations: each checks what it names, and says what the engine has to commit and to begin with.

Whatever is wrong here is refused before the stream, with a status; after it, only the run can fail.
"""

import hashlib
from typing import assert_never

import msgspec

from chatdock.clock import now
from chatdock.context import ActionFired, FormAnswered, NewMessage, ToolAnswered
from chatdock.errors import BadRequest, ThreadClosed
from chatdock.ids import ITEM, THREAD, new_id
from chatdock.runs.job import OPTIONS
from chatdock.runs.start import Start
from chatdock.runs.waiting import LOOK_BACK, left_open
from chatdock.types.attachment import Attachment
from chatdock.types.content import InputTag, InputText, Question, StructuredAnswer, UserContent
from chatdock.types.event import (
    Event,
    ItemDone,
    ItemReplaced,
    ThreadCreated,
)
from chatdock.types.item import ClientToolCall, StructuredInput, UserMessage, WidgetItem
from chatdock.types.request import (
    AddClientToolOutput,
    AddStructuredInput,
    AddUserMessage,
    CreateThread,
    CustomAction,
    EditUserMessage,
    RetryAfterItem,
    StreamingRequest,
    StructuredAnswers,
    TagIn,
    TextIn,
    UserMessageInput,
)
from chatdock.types.thread import Active, Thread, closed_reason, view
from chatdock.web.chatkit.call import Call
from chatdock.web.rest.files import attachment_view

MAX_CLIENT_MESSAGE_ID = 128


async def start_of(call: Call, request: StreamingRequest) -> Start:
    """What the engine has to do for this request. Raises: NotFound, BadRequest, ThreadClosed."""
    match request:
        case CreateThread(params=params):
            start = await _new_thread(call, params.input)
        case AddUserMessage(params=params):
            start = await _new_message(call, params.thread_id, params.input)
        case AddClientToolOutput(params=params):
            start = await _tool_output(call, params.thread_id, params.result)
        case AddStructuredInput(params=params):
            start = await _form_answer(call, params.thread_id, params.item_id, params.input)
        case RetryAfterItem(params=params):
            start = await _retry(call, params.thread_id, params.item_id)
        case EditUserMessage(params=params):
            start = await _edit(call, params.thread_id, params.item_id, params.input)
        case CustomAction(params=params):
            start = await _action(call, params.thread_id, params.item_id, params.action.type, params.action.payload)
        case _:
            assert_never(request)
    start.request = msgspec.to_builtins(request)
    start.client_message_id = client_message_id(request)
    start.fingerprint = fingerprint(request) if start.client_message_id else None
    start.can_resume = call.is_ours
    start.locale = call.locale
    start.state = dict(call.session.state_variables)
    return start


def client_message_id(request: StreamingRequest) -> str | None:
    """Our extension: an id of the client's own that makes sending idempotent."""
    value = (request.metadata or {}).get("client_message_id")
    if value is None:
        return None
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CLIENT_MESSAGE_ID:
        raise BadRequest(
            f"client_message_id must be a string of 1 to {MAX_CLIENT_MESSAGE_ID} characters.",
            param="metadata.client_message_id",
        )
    return value


def fingerprint(request: StreamingRequest) -> str:
    """What makes two bodies the same: the operation and its parameters, whatever their order."""
    builtins = msgspec.to_builtins(request)
    body = msgspec.json.encode([builtins["type"], builtins["params"]], order="sorted")
    return hashlib.sha256(body).hexdigest()


async def _new_thread(call: Call, message: UserMessageInput) -> Start:
    thread = Thread(
        id=new_id(THREAD),
        created_at=now(),
        user=call.actor.user,
        workflow_id=call.actor.workflow,
        status=Active(),
        metadata={},
    )
    start = await _message(call, thread, message)
    start.is_new_thread = True
    start.events.insert(0, ThreadCreated(thread=view(thread)))
    start.wants_title = call.session.configuration.automatic_thread_titling.enabled
    return start


async def _new_message(call: Call, thread_id: str, message: UserMessageInput) -> Start:
    thread = await call.scope.threads.get(thread_id)
    _refuse_closed(thread)
    start = await _message(call, thread, message)
    start.require_open = True
    left = await left_open(call.scope, thread_id)
    start.put_items = [*left.skipped, *start.put_items]
    start.remove_items = left.calls
    start.events.extend(left.events)
    return start


async def _message(call: Call, thread: Thread, message: UserMessageInput) -> Start:
    if not message.content and not message.attachments:
        raise BadRequest("A message needs some content.", param="params.input.content")
    item = UserMessage(
        id=new_id(ITEM),
        thread_id=thread.id,
        created_at=now(),
        content=[_content(part) for part in message.content],
        attachments=await _attachments(call, thread, message.attachments),
        inference_options=message.inference_options,
        quoted_text=message.quoted_text,
    )
    return Start(
        actor=call.actor,
        thread=thread,
        trigger=NewMessage(item),
        events=[ItemDone(item=item), OPTIONS],
        request={},
        put_items=[item],
        attach_files=message.attachments,
    )


def _content(part: TextIn | TagIn) -> UserContent:
    if isinstance(part, TextIn):
        return InputText(text=part.text)
    return InputTag(id=part.id, text=part.text, data=part.data, group=part.group, interactive=bool(part.interactive))


async def _attachments(call: Call, thread: Thread, file_ids: list[str]) -> list[Attachment]:
    if not file_ids:
        return []
    upload = call.session.configuration.file_upload
    if not upload.enabled:
        raise BadRequest(
            "Files cannot be attached in this chat.",
            code="chatkit.file_upload_disabled",
            param="params.input.attachments",
        )
    if len(set(file_ids)) != len(file_ids):
        raise BadRequest("The same file is attached twice.", param="params.input.attachments")
    if len(file_ids) > (upload.max_files or 10):
        raise BadRequest(f"At most {upload.max_files or 10} files fit a message.", param="params.input.attachments")
    views: list[Attachment] = []
    for file_id in file_ids:
        file = await call.scope.files.get(file_id)
        if file.blob_id is None:
            raise BadRequest("A file is not fully uploaded yet.", param="params.input.attachments")
        attached = attachment_view(call.parts, call.actor.scope, file, call.base_url, call.session.id)
        views.append(msgspec.structs.replace(attached, thread_id=thread.id, upload_descriptor=None))
    return views


async def _tool_output(call: Call, thread_id: str, result: object) -> Start:
    thread = await call.scope.threads.get(thread_id)
    latest = await call.scope.items.latest(thread_id, LOOK_BACK)
    pending = [item for item in latest if isinstance(item, ClientToolCall) and item.status == "pending"]
    if not pending:
        raise BadRequest("There is no pending client tool call in this thread.", param="params.thread_id")
    answered = msgspec.structs.replace(pending[-1], status="completed", output=result)
    return Start(
        actor=call.actor,
        thread=thread,
        trigger=ToolAnswered(answered),
        events=[OPTIONS],
        request={},
        settle_waiting="completed",
        require_pending=answered.id,
        put_items=[answered],
        remove_items=[item.id for item in pending[:-1]],
    )


async def _form_answer(call: Call, thread_id: str, item_id: str, answers: StructuredAnswers) -> Start:
    thread = await call.scope.threads.get(thread_id)
    form = await call.scope.items.get(thread_id, item_id)
    if not isinstance(form, StructuredInput):
        raise BadRequest("This item is not a form.", param="params.item_id")
    if form.status != "pending":
        raise BadRequest("This form was answered already.", param="params.item_id")
    inputs = [_answered(question, answers) for question in form.inputs]
    answered = msgspec.structs.replace(form, status=answers.status, inputs=inputs)
    return Start(
        actor=call.actor,
        thread=thread,
        trigger=FormAnswered(answered),
        events=[OPTIONS, ItemReplaced(item=answered)],
        request={},
        settle_waiting="completed",
        require_pending=answered.id,
        put_items=[answered],
    )


def _answered(question: Question, answers: StructuredAnswers) -> Question:
    given = answers.answers.get(question.id)
    values = [value for value in given.values if value.strip()] if given else []
    if answers.status == "skipped" or given is None or given.skipped or not values:
        return msgspec.structs.replace(question, answer=StructuredAnswer(values=[], skipped=True))
    if not getattr(question, "multiple", False):
        values = values[:1]
    return msgspec.structs.replace(question, answer=StructuredAnswer(values=values, skipped=False))


async def _retry(call: Call, thread_id: str, item_id: str) -> Start:
    thread = await call.scope.threads.get(thread_id)
    _refuse_closed(thread)
    message = await _user_message(call, thread_id, item_id)
    start = Start(
        actor=call.actor,
        thread=thread,
        trigger=NewMessage(message),
        events=[OPTIONS],
        request={},
        require_open=True,
    )
    if call.is_ours:
        start.fork_after = message.id
        await _close_open(call, start)
    else:
        start.remove_after = message.id
    return start


async def _edit(call: Call, thread_id: str, item_id: str, message: UserMessageInput) -> Start:
    thread = await call.scope.threads.get(thread_id)
    _refuse_closed(thread)
    await _user_message(call, thread_id, item_id)
    start = await _message(call, thread, message)
    start.require_open = True
    start.fork_before = item_id
    await _close_open(call, start)
    return start


async def _user_message(call: Call, thread_id: str, item_id: str) -> UserMessage:
    message = await call.scope.items.get(thread_id, item_id)
    if not isinstance(message, UserMessage):
        raise BadRequest("Only a user message can be edited or answered again.", param="params.item_id")
    return message


async def _close_open(call: Call, start: Start) -> None:
    """What waits on the branch that is left is put away; no viewer is told, for it leaves their sight with its branch."""
    left = await left_open(call.scope, start.thread.id)
    start.put_items = [*start.put_items, *left.skipped]
    start.remove_items = left.calls


async def _action(call: Call, thread_id: str, item_id: str | None, kind: str, payload: object) -> Start:
    thread = await call.scope.threads.get(thread_id)
    sender = await sender_of(call, thread_id, item_id)
    events: list[Event] = [OPTIONS]
    return Start(actor=call.actor, thread=thread, trigger=ActionFired(kind, payload, sender), events=events, request={})


async def sender_of(call: Call, thread_id: str, item_id: str | None) -> WidgetItem | None:
    """The widget an action came from. Raises: NotFound, BadRequest (another kind of item)."""
    if item_id is None:
        return None
    item = await call.scope.items.get(thread_id, item_id)
    if not isinstance(item, WidgetItem):
        raise BadRequest("This item is not a widget.", param="params.item_id")
    return item


def _refuse_closed(thread: Thread) -> None:
    if (reason := closed_reason(thread)) is not None:
        raise ThreadClosed(reason, param="params.thread_id")
