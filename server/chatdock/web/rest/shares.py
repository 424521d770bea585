"""Links to a user's own conversations, our own: made, listed, revoked. For client secrets; what a link shows is `web.share`.

Source: docs/protocol.md. A link shows the thread as it was when the link was made: the branch that was read, to its end.
"""

from typing import Literal

import msgspec
from msgspec.json import Decoder
from starlette.requests import Request
from starlette.responses import Response

from chatdock import clock
from chatdock.errors import BadRequest, Forbidden
from chatdock.ids import SHARE, new_id
from chatdock.storage.base import Scoped
from chatdock.types.item import Item
from chatdock.types.page import PageQuery
from chatdock.types.share import Share, digest_of, new_token, snapshot
from chatdock.types.wire import encode
from chatdock.web.audit import audit_of
from chatdock.web.auth import authenticate_client
from chatdock.web.parts import base_url_of, parts_of

PAGE = 200
MAX_ITEMS = 5_000
MAX_BYTES = 8 * 1024 * 1024  # of what a link shows: it is read in one go

_decoder: Decoder[Item] = Decoder(Item)


class ShareObject(msgspec.Struct, kw_only=True):
    """A link to a conversation as it was at `created_at`, in Unix seconds. `url` is told once, when the link is made."""

    id: str
    object: Literal["chatdock.share"] = "chatdock.share"
    thread_id: str
    created_at: int
    url: str | None = None


class ShareList(msgspec.Struct, kw_only=True):
    """A thread's links, oldest first."""

    object: Literal["list"] = "list"
    data: list[ShareObject]


class ShareRevoked(msgspec.Struct, kw_only=True):
    """The link leads nowhere any more."""

    id: str
    object: Literal["chatdock.share.deleted"] = "chatdock.share.deleted"
    deleted: bool = True


async def create(request: Request) -> Response:
    """`POST /v1/chatkit/threads/{thread_id}/shares`: another link, to the thread as it is now."""
    actor, _ = await authenticate_client(request)
    parts, thread_id = parts_of(request), request.path_params["thread_id"]
    await parts.limits.lookup(actor)
    if not parts.sharing:
        raise Forbidden("Conversations cannot be shared here.", code="sharing_off")
    scoped = parts.store.scoped(actor.scope)
    thread = await scoped.threads.get(thread_id)
    token = new_token()
    share = Share(id=new_id(SHARE), thread_id=thread_id, created_at=clock.now(), digest=digest_of(token))
    data = snapshot(share.id, thread, await _items(scoped, thread_id))
    if len(data) > MAX_BYTES:
        raise _too_long()
    await scoped.shares.add(share, data, audit_of(request, actor.project, "share.create", share.id))
    return Response(encode(_show(share, f"{base_url_of(request)}/share/{token}")), media_type="application/json")


async def page(request: Request) -> Response:
    """`GET /v1/chatkit/threads/{thread_id}/shares`."""
    actor, _ = await authenticate_client(request)
    shares = await parts_of(request).store.scoped(actor.scope).shares.list(request.path_params["thread_id"])
    return Response(encode(ShareList(data=[_show(each) for each in shares])), media_type="application/json")


async def revoke(request: Request) -> Response:
    """`DELETE /v1/chatkit/shares/{share_id}`: where sharing was switched off as well."""
    actor, _ = await authenticate_client(request)
    share_id: str = request.path_params["share_id"]
    audit = audit_of(request, actor.project, "share.revoke", share_id)
    await parts_of(request).store.scoped(actor.scope).shares.revoke(share_id, audit)
    return Response(encode(ShareRevoked(id=share_id)), media_type="application/json")


async def _items(scoped: Scoped, thread_id: str) -> list[Item]:
    items: list[Item] = []
    after: str | None = None
    while True:
        found = await scoped.items.page(thread_id, PageQuery(limit=PAGE, order="asc", after=after))
        items += [_decoder.decode(each) for each in found.data]
        if not found.has_more:
            return items
        if len(items) >= MAX_ITEMS:
            raise _too_long()
        after = found.after


def _too_long() -> BadRequest:
    return BadRequest("This conversation is too long to be shared.", code="conversation_too_long")


def _show(share: Share, url: str | None = None) -> ShareObject:
    return ShareObject(id=share.id, thread_id=share.thread_id, created_at=int(share.created_at.timestamp()), url=url)
