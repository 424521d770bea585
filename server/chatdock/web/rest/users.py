"""A customer's user as a whole, for server keys: everything of theirs as JSON, or gone.

The path ends in the user as the backend names it when it mints sessions, percent-encoded; slashes may stay.
"""

from collections.abc import AsyncIterator
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chatdock.errors import BadRequest, NotFound
from chatdock.runs.erasure import erase_user
from chatdock.runs.export import export_user
from chatdock.types.actor import KeyHolder, Scope
from chatdock.types.audit import Action, user_subject
from chatdock.types.run import Run
from chatdock.types.wire import encode
from chatdock.web.audit import audit_of
from chatdock.web.auth import authenticate_key
from chatdock.web.parts import Parts, parts_of

MAX_USER_CHARS = 512


class UserDeleted(msgspec.Struct):
    """What an erasure answers: how many of each there were. Again is as good: then there is nothing."""

    id: str
    object: Literal["chatkit.user.deleted"]
    deleted: bool
    sessions: int
    threads: int
    files: int


class _Hands:
    """`erasure.Hands` in a serving process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def cancel_session(self, project: str, session_id: str) -> None:
        await self._parts.sessions.cancel(project, session_id)

    async def stop(self, scope: Scope, run: Run) -> None:
        await self._parts.engine.cancel(scope, run.id)

    async def forget(self, run_id: str) -> None:
        await self._parts.engine.forget(run_id)


async def delete(request: Request) -> Response:
    """`DELETE /v1/chatkit/users/{user}`: sessions end, runs are cancelled, then everything of the user goes."""
    holder = await authenticate_key(request, "threads:delete")
    parts, user = parts_of(request), _user_of(request)
    erased = await erase_user(parts.store, parts.blobs, _Hands(parts), holder.project, user)
    await _tell(request, parts, holder, "user.erase", user)
    gone = UserDeleted(user, "chatkit.user.deleted", True, erased.sessions, erased.threads, erased.files)
    return Response(encode(gone), media_type="application/json")


async def export(request: Request) -> Response:
    """`GET /v1/chatkit/users/{user}/export`: one JSON document, streamed."""
    holder = await authenticate_key(request, "threads:read")
    parts, user = parts_of(request), _user_of(request)
    pieces = export_user(parts.store, holder.project, user)
    first = await anext(pieces)  # a store that is away is a 503, not half a document
    await _tell(request, parts, holder, "user.export", user)

    async def body() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    headers = {"content-disposition": "attachment; filename=user.json"}
    return StreamingResponse(body(), media_type="application/json", headers=headers)


def _user_of(request: Request) -> str:
    user: str = request.path_params["user"]
    if len(user) > MAX_USER_CHARS:
        raise BadRequest(f"user must have 1 to {MAX_USER_CHARS} characters.", param="user")
    if not user:
        raise NotFound("No such user.")
    return user


async def _tell(request: Request, parts: Parts, holder: KeyHolder, action: Action, user: str) -> None:
    subject = user_subject(parts.pepper, holder.project, user)
    await parts.store.audit.add(audit_of(request, holder.project, action, subject))
