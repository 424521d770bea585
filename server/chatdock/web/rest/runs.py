"""Runs, our own: look at one, tail it, cancel it, list a thread's. For client secrets (own threads) and server keys.

Source: README and docs/protocol.md; the state names are the Assistants API's.
"""

import contextlib
from datetime import datetime
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chatdock.errors import BadRequest
from chatdock.types.run import ACTIVE, RUN_REQUEST, Run, RunError, RunStatus, Usage
from chatdock.web.answer import Json
from chatdock.web.auth import Caller, authenticate_caller
from chatdock.web.parts import parts_of
from chatdock.web.rest.threads import page_of
from chatdock.web.sse import RunStream


class RunObject(msgspec.Struct, kw_only=True):
    """A run as the API shows it: instants in Unix seconds, nulls written."""

    id: str
    object: str = "chatkit.run"
    thread_id: str
    status: RunStatus
    created_at: int
    started_at: int | None
    completed_at: int | None
    last_seq: int
    error: RunError | None
    usage: Usage | None
    metadata: dict[str, str]  # what `POST /v1/chatkit/runs` was given
    item_id: str | None  # the message that it waits with while it is queued


class RunList(msgspec.Struct, kw_only=True):
    """A page of runs."""

    object: str = "list"
    data: list[RunObject]
    first_id: str | None
    last_id: str | None
    has_more: bool


async def retrieve(request: Request) -> Response:
    """`GET /v1/chatkit/runs/{run_id}`."""
    caller = await _caller(request)
    return _json(shown(await _current(request, caller)))


async def cancel(request: Request) -> Response:
    """`POST /v1/chatkit/runs/{run_id}/cancel`: idempotent; keeps the partial answer."""
    caller = await _caller(request)
    run = await parts_of(request).engine.cancel(caller.scope, request.path_params["run_id"])
    return _json(shown(run))


async def events(request: Request) -> Any:
    """`GET /v1/chatkit/runs/{run_id}/events`: replay behind `Last-Event-ID` or `?after=N`, follow, end."""
    caller = await _caller(request)
    parts = parts_of(request)
    run = await _current(request, caller)
    after = _after(request, run.id)
    await parts.engine.taped(caller.scope, run, after)
    stream = RunStream(parts.engine.tape, parts.streams, run.id, after=after, resumable=True)
    with contextlib.ExitStack() as stack:
        lease = stack.enter_context(parts.sessions.stream(caller.actor)) if caller.actor else None
        stack.enter_context(parts.engine.viewer(run.id))
        await stream.open(stack.pop_all(), lease.on_cancel if lease else None)
    return stream


async def of_thread(request: Request) -> Response:
    """`GET /v1/chatkit/threads/{thread_id}/runs?status=active|<state>`."""
    caller = await _caller(request)
    query = request.query_params
    scoped = parts_of(request).store.scoped(caller.scope)
    page = await scoped.runs.page(request.path_params["thread_id"], _statuses(query.get("status")), page_of(query))
    data = [shown(parts_of(request).engine.live(run.id) or run) for run in page.data]
    ids = [run.id for run in data]
    return _json(
        RunList(data=data, first_id=ids[0] if ids else None, last_id=ids[-1] if ids else None, has_more=page.has_more)
    )


def shown(run: Run) -> RunObject:
    """The API's view of a run."""
    return RunObject(
        id=run.id,
        thread_id=run.thread_id,
        status=run.status,
        created_at=int(run.created_at.timestamp()),
        started_at=_seconds(run.started_at),
        completed_at=_seconds(run.completed_at),
        last_seq=run.last_seq,
        error=run.error,
        usage=run.usage,
        metadata=run.request["metadata"] if run.request.get("type") == RUN_REQUEST else {},
        item_id=run.cause.item_id if run.status == "queued" and run.cause else None,
    )


async def _caller(request: Request) -> Caller:
    request.state.run_id = request.path_params.get("run_id")  # for the log
    return await authenticate_caller(request, "threads:read")


async def _current(request: Request, caller: Caller) -> Run:
    parts = parts_of(request)
    run = await parts.store.scoped(caller.scope).runs.get(request.path_params["run_id"])
    return parts.engine.live(run.id) or run


def _statuses(text: str | None) -> tuple[RunStatus, ...] | None:
    if text is None:
        return None
    if text == "active":
        return ACTIVE
    if text not in RunStatus.__args__:  # type: ignore[attr-defined]
        raise BadRequest("There is no such run status.", param="status")
    return (text,)  # type: ignore[return-value]


def _after(request: Request, run_id: str) -> int:
    text = request.query_params.get("after", "0")
    header = request.headers.get("last-event-id")
    if header:  # a browser's own reconnection repeats the address it began with: the header knows better
        of_run, _, text = header.partition(":")
        if of_run != run_id:
            raise BadRequest("Last-Event-ID belongs to another run.", param="Last-Event-ID")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise BadRequest("after must be the number of an event.", param="after")
    return int(text)


def _seconds(instant: datetime | None) -> int | None:
    return int(instant.timestamp()) if instant else None


def _json(value: object) -> Response:
    return Json(value)
