"""What happens in a user's threads, our own: one stream for all his tabs and devices. For client secrets.

Source: docs/protocol.md.
"""

import contextlib
from typing import Any

from starlette.requests import Request

from chatdock.errors import BadRequest
from chatdock.feed.base import address_of
from chatdock.web.auth import authenticate_client
from chatdock.web.parts import parts_of
from chatdock.web.sse import FeedStream

MAX_POSITION = 64


async def events(request: Request) -> Any:
    """`GET /v1/chatkit/events`: what follows `Last-Event-ID` or `?after=<id>`, then whatever happens."""
    actor, _ = await authenticate_client(request)
    parts = parts_of(request)
    after = request.headers.get("last-event-id") or request.query_params.get("after") or None
    if after is not None and (len(after) > MAX_POSITION or not after.isascii()):
        raise BadRequest("after must be the id of an event.", param="after")
    await parts.limits.lookup(actor)
    address = address_of(actor.project, actor.user, actor.workflow)
    stream = FeedStream(parts.feed, parts.streams, address, after=after, expires_at=actor.expires_at)
    with contextlib.ExitStack() as stack:
        lease = stack.enter_context(parts.sessions.stream(actor))
        await stream.open(stack.pop_all(), lease.on_cancel)
    return stream
