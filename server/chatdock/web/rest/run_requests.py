"""Runs that a customer's backend starts: an answer without a message of the user's. For server keys.

Source: docs/protocol.md. The run is committed with what it was asked for, a hidden item; everything after that is a run like
any other: leased, recovered, queued, told to the user's tabs, cancelled by its id.
"""

import hashlib
from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from chatdock.clock import now
from chatdock.context import RunRequested
from chatdock.errors import BadRequest, NotFound, ThreadClosed, Unprocessable
from chatdock.ids import ITEM, THREAD, new_id
from chatdock.runs.job import OPTIONS
from chatdock.runs.responder import Definition
from chatdock.runs.start import Start
from chatdock.runs.waiting import left_open
from chatdock.storage.base import Scoped
from chatdock.types.actor import Actor, KeyHolder
from chatdock.types.event import ThreadCreated
from chatdock.types.item import HiddenContext, SdkHiddenContext
from chatdock.types.run import RUN_REQUEST, Run
from chatdock.types.thread import Active, Thread, closed_reason, view
from chatdock.types.wire import encode
from chatdock.web.auth import authenticate_key
from chatdock.web.body import read_json
from chatdock.web.chatkit.call import locale_of
from chatdock.web.parts import Parts, parts_of
from chatdock.web.rest.push import idempotency_key
from chatdock.web.rest.runs import shown
from chatdock.web.rest.sessions import Name, StateKey, StateValue

MAX_BODY_BYTES = 1024 * 1024
MAX_INPUT_CHARS = 100_000
MAX_METADATA = 16
ACCEPTED = 202
NOTHING_SAID = "The service asks for an answer now. The user has not said anything new."

MetadataKey = Annotated[str, Meta(min_length=1, max_length=64)]
MetadataValue = Annotated[str, Meta(max_length=512)]


class RunWorkflow(msgspec.Struct, forbid_unknown_fields=True):
    """Which workflow answers, in which version (the newest by default), with which variables."""

    id: Name
    version: Name | None = None
    state_variables: Annotated[dict[StateKey, StateValue], Meta(max_length=64)] = {}


class CreateRun(msgspec.Struct, forbid_unknown_fields=True):
    """The body of `POST /v1/chatkit/runs`: in the thread `thread_id`, or in a new one of `user` with `workflow`.

    `input` is a text or a JSON object for the workflow alone, `title` names a new thread, `metadata` comes back with the run,
    `webhook` is the id of an endpoint that is told how it ends, whatever else it is told of.
    """

    thread_id: Name | None = None
    user: Name | None = None
    workflow: RunWorkflow | None = None
    input: Annotated[str, Meta(min_length=1, max_length=MAX_INPUT_CHARS)] | dict[str, Any] | None = None
    title: Annotated[str, Meta(min_length=1, max_length=512)] | None = None
    metadata: Annotated[dict[MetadataKey, MetadataValue], Meta(max_length=MAX_METADATA)] = {}
    webhook: Name | None = None
    background: bool = True


async def create(request: Request) -> Response:
    """`POST /v1/chatkit/runs`: 202 and the run; once for each `Idempotency-Key` of a user."""
    holder = await authenticate_key(request, "threads:write")
    parts = parts_of(request)
    key = idempotency_key(request)
    body = await read_json(request, CreateRun, MAX_BODY_BYTES)
    _check(body)
    thread, definition = await _place(parts, holder, body)
    actor = _actor(holder, thread, definition)
    scoped = parts.store.scoped(actor.scope)
    once = _once(key)
    run = await scoped.runs.by_client_message(once) if once else None
    if run is None:
        await parts.limits.run(actor.project, actor.user)
        await _know(parts, holder, body.webhook)
        start = await _start(scoped, actor, thread, body)
        start.client_message_id = once
        start.fingerprint = _fingerprint(body)
        start.locale = locale_of(request.headers.get("accept-language"))
        run = await _begin(parts, start)
    elif run.fingerprint != _fingerprint(body):
        raise _reused()
    request.state.run_id = run.id  # for the log
    return Response(encode(shown(parts.engine.live(run.id) or run)), ACCEPTED, media_type="application/json")


def _check(body: CreateRun) -> None:
    if not body.background:
        raise BadRequest("A run starts in the background: follow its events by its id.", param="background")
    if body.thread_id is None:
        if body.user is None:
            raise BadRequest("A run in a new thread needs a user.", param="user")
        if body.workflow is None:
            raise BadRequest("A run in a new thread needs a workflow.", param="workflow")
    elif body.title is not None:
        raise BadRequest("A title is for a new thread.", param="title")


async def _place(parts: Parts, holder: KeyHolder, body: CreateRun) -> tuple[Thread, Definition]:
    """The thread, which may be a new one, and what answers in it. Raises: NotFound, BadRequest."""
    asked = body.workflow
    if body.thread_id is not None:
        scope = msgspec.structs.replace(holder.scope, user=body.user)  # another user's thread is not found
        thread = await parts.store.scoped(scope).threads.get(body.thread_id)
        if asked is not None and asked.id != thread.workflow_id:
            raise BadRequest("This thread belongs to another workflow.", param="workflow.id")
        return thread, parts.catalog.get(thread.workflow_id, asked.version if asked else None)
    assert asked is not None and body.user is not None, "checked before"
    definition = parts.catalog.get(asked.id, asked.version)
    thread = Thread(
        id=new_id(THREAD),
        created_at=now(),
        user=body.user,
        workflow_id=definition.id,
        status=Active(),
        metadata={},
        title=body.title,
    )
    return thread, definition


async def _know(parts: Parts, holder: KeyHolder, webhook_id: str | None) -> None:
    """Makes sure that the endpoint is there, and known here before the run can end. Raises: BadRequest."""
    if webhook_id is None:
        return
    try:
        webhook = await parts.webhooks.get(holder.project, webhook_id)
    except NotFound:
        raise BadRequest("No webhook found with this id.", param="webhook") from None
    if webhook.disabled_at is not None:
        raise BadRequest("This webhook is disabled: enable it first.", code="webhook_disabled", param="webhook")
    if all(endpoint.id != webhook_id for endpoint in parts.outbox.endpoints):
        await parts.outbox.refresh()


def _actor(holder: KeyHolder, thread: Thread, definition: Definition) -> Actor:
    """The user, without a session."""
    return Actor(
        project=holder.project,
        user=thread.user,
        workflow=thread.workflow_id,
        workflow_version=definition.version,
        session_id="",
        expires_at=int((now() + timedelta(days=1)).timestamp()),
    )


async def _start(scoped: Scoped, actor: Actor, thread: Thread, body: CreateRun) -> Start:
    """What the engine has to do. Raises: ThreadClosed."""
    item_id, at = new_id(ITEM), now()
    item: HiddenContext | SdkHiddenContext
    if body.input is None:
        item = SdkHiddenContext(id=item_id, thread_id=thread.id, created_at=at, content=NOTHING_SAID)
    else:
        item = HiddenContext(id=item_id, thread_id=thread.id, created_at=at, content=body.input)
    start = Start(
        actor=actor,
        thread=thread,
        trigger=RunRequested(item),
        events=[OPTIONS],
        request={"type": RUN_REQUEST, "metadata": dict(body.metadata), "webhook": body.webhook},
        put_items=[item],
        can_resume=True,
        state=dict(body.workflow.state_variables) if body.workflow else {},
    )
    if body.thread_id is None:
        start.is_new_thread = True
        start.events.insert(0, ThreadCreated(thread=view(thread)))
        return start
    if (reason := closed_reason(thread)) is not None:
        raise ThreadClosed(reason, param="thread_id")
    start.require_open = True
    left = await left_open(scoped, thread.id)  # as for a message: what waits for the user is put away
    start.put_items = [*left.skipped, item]
    start.remove_items = left.calls
    start.events.extend(left.events)
    return start


async def _begin(parts: Parts, start: Start) -> Run:
    try:
        return await parts.engine.start(start)
    except Unprocessable:
        raise _reused() from None


def _once(key: str | None) -> str | None:
    """The key as a run keeps it: longer than any id a client may send, so that the two never meet."""
    return None if key is None else "idempotency-key:" + hashlib.sha512(key.encode()).hexdigest()


def _fingerprint(body: CreateRun) -> str:
    return hashlib.sha256(msgspec.json.encode(body, order="sorted")).hexdigest()


def _reused() -> Unprocessable:
    return Unprocessable("This Idempotency-Key was used for another run.", param="Idempotency-Key")
