"""The chat protocol's one door: parse, authorise, call one thing, answer.

Source: the ChatKit protocol; `POST /chatkit` and, as hosted clients expect it, `POST /v1/chatkit/conversation`.
"""

import contextlib
from typing import Any, assert_never

from starlette.requests import Request

from chatdock.errors import Unprocessable
from chatdock.types import request as ops
from chatdock.types.run import Run
from chatdock.web.answer import Json
from chatdock.web.auth import authenticate_client
from chatdock.web.body import read_json
from chatdock.web.chatkit import actions, attachments, audio, items, threads
from chatdock.web.chatkit.call import Call, locale_of
from chatdock.web.chatkit.turns import client_message_id, fingerprint, start_of
from chatdock.web.lookup import header_of, text_of
from chatdock.web.parts import parts_of
from chatdock.web.sse import RunStream

MAX_BODY_BYTES = 1024 * 1024
MAX_AUDIO_BODY_BYTES = 36 * 1024 * 1024  # 25 MiB of audio in base64, and its envelope


async def chat(request: Request) -> Any:
    """Any of the operations."""
    parts = parts_of(request)
    actor, session = await authenticate_client(request)
    limit = MAX_AUDIO_BODY_BYTES if parts.transcribe is not None else MAX_BODY_BYTES
    operation = await read_json(request, ops.Request, limit)
    call = Call(
        parts=parts,
        actor=actor,
        session=session,
        request=request,
        locale=locale_of(text_of(request.scope, b"accept-language")),
        is_ours=header_of(request.scope, b"x-chatdock-client") is not None,
        request_id=request.scope["state"]["request_id"],
    )
    if isinstance(operation, ops.StreamingRequest):
        stream = await _stream(call, operation)
        request.state.run_id = stream.run_id  # for the log
        return stream
    return Json(await _answer(call, operation))


async def _stream(call: Call, operation: ops.StreamingRequest) -> RunStream:
    """Begins a run, or joins the one this message began, and tails it."""
    with contextlib.ExitStack() as stack:
        lease = stack.enter_context(call.parts.sessions.stream(call.actor))  # before the run: a 429 sends nothing
        run = await _begun_before(call, operation)
        if run is None:
            await call.parts.limits.message(call.actor, call.session)
            run = await call.parts.engine.start(await start_of(call, operation))
        await call.parts.engine.taped(call.actor.scope, run)
        stack.enter_context(call.parts.engine.viewer(run.id))
        stream = RunStream(call.parts.engine.tape, call.parts.streams, run.id, resumable=call.is_ours)
        await stream.open(stack.pop_all(), lease.on_cancel)  # a repeated message whose events are gone: 410
    return stream


async def _begun_before(call: Call, operation: ops.StreamingRequest) -> Run | None:
    """The run that this very message began; the same id with another body is refused."""
    message_id = client_message_id(operation)
    run = await call.scope.runs.by_client_message(message_id) if message_id else None
    if run is not None and run.fingerprint != fingerprint(operation):
        raise Unprocessable("This client_message_id was used for another message.", param="metadata.client_message_id")
    return run


async def _answer(call: Call, operation: ops.JsonRequest) -> Any:
    match operation:
        case ops.GetThread(params=params):
            return await threads.get(call, params)
        case ops.ListThreads(params=params):
            return await threads.page(call, params)
        case ops.UpdateThread(params=params):
            return await threads.update(call, params)
        case ops.DeleteThread(params=params):
            return await threads.delete(call, params)
        case ops.ListItems(params=params):
            return await items.page(call, params)
        case ops.Feedback(params=params):
            return await items.feedback(call, params)
        case ops.SyncCustomAction(params=params):
            return await actions.sync_action(call, params)
        case ops.CreateAttachment(params=params):
            return await attachments.create(call, params)
        case ops.DeleteAttachment(params=params):
            return await attachments.delete(call, params)
        case ops.Transcribe(params=params):
            return await audio.transcribe(call, params)
        case _:
            assert_never(operation)
