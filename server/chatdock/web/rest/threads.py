"""Threads and their items, for server keys: list, look, delete.

Source: `client.beta.chatkit.threads` of the openai SDK. `after` is positional in the requested order, because the SDK's
iteration sends `last_id` back; so a page that leaves items out is filled up from the next ones.
"""

import functools
from typing import Generic, Literal, TypeVar

import msgspec
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from chatdock.errors import BadRequest
from chatdock.runs.removal import remove_thread
from chatdock.storage.base import Scoped
from chatdock.types.actor import Scope
from chatdock.types.item import Item
from chatdock.types.page import DEFAULT_PAGE, Order, PageQuery
from chatdock.types.thread import Active, Thread
from chatdock.web.answer import Json
from chatdock.web.audit import audit_of
from chatdock.web.auth import authenticate_key
from chatdock.web.parts import Parts, parts_of
from chatdock.web.rest.files import renew_previews
from chatdock.web.rest.items import RestItem, rest_item

MAX_LIMIT = 100
MAX_USER_CHARS = 512
MAX_ROUNDS = 20  # of filling up a page: 2,000 items in a row without a REST counterpart are no conversation

T = TypeVar("T")


class ThreadStatus(msgspec.Struct, tag="active", tag_field="type"):
    """Open to new messages."""


class LockedStatus(msgspec.Struct, tag="locked", tag_field="type"):
    """Refuses new messages for now."""

    reason: str | None


class ClosedStatus(msgspec.Struct, tag="closed", tag_field="type"):
    """Refuses new messages for good."""

    reason: str | None


class ThreadObject(msgspec.Struct):
    """A thread as the API shows it; `created_at` in Unix seconds."""

    id: str
    object: Literal["chatkit.thread"]
    created_at: int
    title: str | None
    status: ThreadStatus | LockedStatus | ClosedStatus
    user: str


class ThreadDeleted(msgspec.Struct):
    """What a deletion answers."""

    id: str
    object: Literal["chatkit.thread.deleted"]
    deleted: bool


class ListObject(msgspec.Struct, Generic[T]):
    """A page: the ids are its first and last records'."""

    object: Literal["list"]
    data: list[T]
    first_id: str | None
    last_id: str | None
    has_more: bool


async def page(request: Request) -> Response:
    """`GET /v1/chatkit/threads?limit&order&after&before&user`."""
    holder = await authenticate_key(request, "threads:read")
    query = page_of(request.query_params)
    user = request.query_params.get("user")
    if user is not None and not 1 <= len(user) <= MAX_USER_CHARS:
        raise BadRequest(f"user must have 1 to {MAX_USER_CHARS} characters.", param="user")
    found = await parts_of(request).store.scoped(Scope(project=holder.project, user=user)).threads.page(_least(query))
    data = [show(thread) for thread in found.data][: query.limit]
    return _json(_list(data, has_more=found.has_more or bool(found.data and not query.limit)))


async def retrieve(request: Request) -> Response:
    """`GET /v1/chatkit/threads/{thread_id}`."""
    holder = await authenticate_key(request, "threads:read")
    scoped = parts_of(request).store.scoped(holder.scope)
    return _json(show(await scoped.threads.get(request.path_params["thread_id"])))


async def delete(request: Request) -> Response:
    """`DELETE /v1/chatkit/threads/{thread_id}`: with its items and files; what is at work on it ends first."""
    holder = await authenticate_key(request, "threads:delete")
    parts, thread_id = parts_of(request), request.path_params["thread_id"]
    audit = audit_of(request, holder.project, "thread.delete", thread_id)
    await remove_thread(parts.store, parts.engine, parts.blobs, holder.scope, thread_id, audit)
    return _json(ThreadDeleted(thread_id, "chatkit.thread.deleted", True))


async def items(request: Request) -> Response:
    """`GET /v1/chatkit/threads/{thread_id}/items?limit&order&after&before`."""
    holder = await authenticate_key(request, "threads:read")
    query, parts = page_of(request.query_params), parts_of(request)
    scoped = parts.store.scoped(holder.scope)
    thread = await scoped.threads.get(request.path_params["thread_id"])
    owner = Scope(project=holder.project, user=thread.user, workflow=thread.workflow_id)
    data, has_more = await _filled(scoped, _Shown(parts, owner), thread.id, query)
    return _json(_list(data, has_more=has_more))


def show(thread: Thread) -> ThreadObject:
    """The API's view of a thread."""
    status = thread.status
    shown: ThreadStatus | LockedStatus | ClosedStatus
    if isinstance(status, Active):
        shown = ThreadStatus()
    elif status.__struct_config__.tag == "locked":
        shown = LockedStatus(status.reason)
    else:
        shown = ClosedStatus(status.reason)
    return ThreadObject(
        thread.id, "chatkit.thread", int(thread.created_at.timestamp()), thread.title, shown, thread.user
    )


def page_of(params: QueryParams) -> PageQuery:
    """`limit` 0..100 (20), `order` asc or desc (desc), `after`, `before`. Raises: BadRequest naming the parameter."""
    order: Order = "asc" if params.get("order") == "asc" else "desc"
    if params.get("order") not in (None, "asc", "desc"):
        raise BadRequest("order must be asc or desc.", param="order")
    text = params.get("limit", str(DEFAULT_PAGE))
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= MAX_LIMIT):
        raise BadRequest(f"limit must be a whole number from 0 to {MAX_LIMIT}.", param="limit")
    return PageQuery(
        limit=int(text), order=order, after=params.get("after") or None, before=params.get("before") or None
    )


class _Shown:
    """Stored items in, REST items out; addresses of previews signed anew."""

    def __init__(self, parts: Parts, owner: Scope) -> None:
        self._parts = parts
        self._owner = owner

    def __call__(self, raw: bytes) -> tuple[str, RestItem | None]:
        item: Item = _decoder().decode(renew_previews(self._parts, self._owner, raw))
        return item.id, rest_item(item)


@functools.cache
def _decoder() -> msgspec.json.Decoder[Item]:
    return msgspec.json.Decoder(Item)


async def _filled(scoped: Scoped, shown: _Shown, thread_id: str, query: PageQuery) -> tuple[list[RestItem], bool]:
    """The records of a page and whether there are more."""
    data: list[RestItem] = []
    asked = _least(query)
    for _ in range(MAX_ROUNDS):
        found = await scoped.items.page(thread_id, asked)
        for raw in found.data:
            item_id, item = shown(bytes(raw))
            asked = msgspec.structs.replace(asked, after=item_id)
            if item is not None:
                data.append(item)
        if len(data) >= asked.limit or not found.has_more:
            return data[: query.limit], found.has_more or len(data) > query.limit
    return data[: query.limit], True


def _least(query: PageQuery) -> PageQuery:
    """At least one record: `limit=0` is a page without records that still says whether there are any."""
    return query if query.limit else msgspec.structs.replace(query, limit=1)


def _list(data: list[T], *, has_more: bool) -> ListObject[T]:
    ids = [getattr(record, "id", None) for record in data]
    return ListObject("list", data, ids[0] if ids else None, ids[-1] if ids else None, has_more)


def _json(value: object) -> Response:
    return Json(value)
