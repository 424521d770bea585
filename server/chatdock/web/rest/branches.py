"""The versions of a thread, our own: where it goes on in several ways, and which of them is read. For client secrets.

Source: docs/protocol.md. A client that knows nothing of branches reads the one that is read as a plain thread.
"""

from typing import Annotated

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chatdock.runs.waiting import left_open
from chatdock.storage.base import Changes, Fork, Scoped
from chatdock.types.wire import encode
from chatdock.web.auth import authenticate_client
from chatdock.web.body import read_json
from chatdock.web.parts import parts_of

MAX_BODY_BYTES = 4 * 1024


class ForkObject(msgspec.Struct, kw_only=True):
    """A place with several versions, oldest first. `item_id` is the first item to see of the one that is read."""

    object: str = "chatdock.fork"
    item_id: str
    version: str
    versions: list[str]


class ForkList(msgspec.Struct, kw_only=True):
    """Every fork of the branch that is read, in its order."""

    object: str = "list"
    data: list[ForkObject]


class ReadBranch(msgspec.Struct, kw_only=True):
    """Which version to read: one of a fork's `versions`."""

    version: Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


async def page(request: Request) -> Response:
    """`GET /v1/chatkit/threads/{thread_id}/branches`."""
    actor, _ = await authenticate_client(request)
    scoped = parts_of(request).store.scoped(actor.scope)
    return await _shown(scoped, request.path_params["thread_id"])


async def read(request: Request) -> Response:
    """`POST /v1/chatkit/threads/{thread_id}/branches`: from now on, everywhere, the branch through that version is read.

    What waits for the user on the branch that is left, a form or a page's tool, is put away. Refused while an answer is made.
    """
    actor, _ = await authenticate_client(request)
    parts, thread_id = parts_of(request), request.path_params["thread_id"]
    await parts.limits.lookup(actor)
    asked = await read_json(request, ReadBranch, MAX_BODY_BYTES)
    scoped = parts.store.scoped(actor.scope)
    left = await left_open(scoped, thread_id)
    await scoped.commit(
        Changes(
            thread_id=thread_id,
            require_idle=True,
            settle_waiting="cancelled",
            read_branch=asked.version,
            remove_items=left.calls,
            put_items=left.skipped,
        )
    )
    return await _shown(scoped, thread_id)


async def _shown(scoped: Scoped, thread_id: str) -> Response:
    data = [_fork(fork) for fork in await scoped.items.forks(thread_id)]
    return Response(encode(ForkList(data=data)), media_type="application/json")


def _fork(fork: Fork) -> ForkObject:
    return ForkObject(item_id=fork.item_id, version=fork.version, versions=fork.versions)
