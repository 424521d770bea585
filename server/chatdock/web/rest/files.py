"""Files: in by one form or in two phases, out as downloads that nothing executes, images also as re-encoded previews.

Rules: what a file is, its bytes say; what it is called is only shown. Downloads are attachments in a sandbox; the one
thing ever shown inline is a raster we encoded ourselves. A preview's address is signed and expires, because an `<img>`
cannot carry a credential.
Source: chatkit.md 3.5 and 3.6; trust.md C7 to C12.
"""

import contextlib
import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from chatdock import clock
from chatdock.errors import BadRequest, ChatdockError, NotFound, TooLarge, Unauthorized
from chatdock.ids import BLOB, FILE, new_id
from chatdock.runs.removal import remove_blobs
from chatdock.types.actor import Actor, Scope
from chatdock.types.attachment import Attachment, FileAttachment, ImageAttachment, StoredFile, UploadDescriptor
from chatdock.types.audit import AuditEntry
from chatdock.types.session import Session
from chatdock.web.answer import Json
from chatdock.web.auth import authenticate_caller, authenticate_client, check_origin
from chatdock.web.multipart import file_part
from chatdock.web.parts import Parts, base_url_of, parts_of
from chatdock.web.rest.kinds import HEAD_BYTES, IMAGE_TYPES, clean_name, expect, sniff
from chatdock.web.rest.raster import MAX_PREVIEW_BYTES, MEDIA_TYPE

UPLOAD_TOKEN_HEADER = "x-chatdock-upload-token"
MEGABYTE = 1024 * 1024
DEFAULT_FILES = 10
PREVIEW_CACHE_SECONDS = 1_800  # half an address's life

_SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
_PREVIEW_PATH = re.compile(rb"/v1/chatkit/files/([A-Za-z0-9_]{1,64})/preview/[A-Za-z0-9_.-]+")


async def upload(request: Request) -> Response:
    """`POST /v1/chatkit/files`: a form with the field `file`; answers the attachment."""
    actor, session = await authenticate_client(request)
    parts = parts_of(request)
    limit_bytes = await _admit(parts, actor.scope, session)
    part = await file_part(request)
    file = _new_file(session, part.name, "application/octet-stream", 0)
    await parts.store.scoped(actor.scope).files.add(file)
    try:
        stored = await _store(parts, actor.scope, file, part.chunks, limit_bytes)
    except BaseException:  # cancellation included: a row without bytes is of no use to anybody
        removed = await parts.store.scoped(actor.scope).files.delete(file.id)
        await remove_blobs(parts.store, parts.blobs, removed.blob_ids)  # its commit's answer may have been lost
        raise
    return Json(attachment_view(parts, actor.scope, stored, base_url_of(request), session.id))


async def upload_content(request: Request) -> Response:
    """`PUT|POST /v1/chatkit/files/{file_id}/content`: phase two, raw bytes or a form, with the descriptor's header."""
    parts = parts_of(request)
    check_origin(request)
    try:
        right = parts.links.open_upload(request.headers.get(UPLOAD_TOKEN_HEADER, ""))
        if right.f != request.path_params["file_id"]:
            raise Unauthorized("This upload link belongs to another file.", code="invalid_upload_token")
        request.state.session_id = right.s
        await parts.sessions.active(right.s)
    except Unauthorized:
        await parts.limits.wasted(request)
        raise
    file = await parts.store.scoped(right.scope).files.get(right.f)
    if file.blob_id is not None:
        raise BadRequest("This file was uploaded already.", param="file")
    is_form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
    chunks = (await file_part(request)).chunks if is_form else request.stream()
    stored = await _store(parts, right.scope, file, chunks, right.b)
    return Json(attachment_view(parts, right.scope, stored, base_url_of(request), right.s))


async def download(request: Request) -> Response:
    """`GET /v1/chatkit/files/{file_id}`: the bytes as they came, for saving."""
    caller = await authenticate_caller(request, "threads:read")
    parts = parts_of(request)
    file = await parts.store.scoped(caller.scope).files.get(request.path_params["file_id"])
    if file.blob_id is None:
        raise NotFound("No such file.")
    is_text = file.mime_type.startswith("text/") or file.mime_type == "application/json"
    headers = {
        "content-type": "text/plain; charset=utf-8" if is_text else file.mime_type,
        "content-length": str(file.size_bytes),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "content-security-policy": _SANDBOX,
    }
    return StreamingResponse(parts.blobs.read(file.blob_id), headers=headers)


async def preview(request: Request) -> Response:
    """`GET /v1/chatkit/files/{file_id}/preview/{token}`: a re-encoded image, by signed address alone."""
    parts = parts_of(request)
    await parts.limits.wasted(request)
    right = parts.links.open_preview(request.path_params["token"])
    if right.f != request.path_params["file_id"] or not await _is_alive(parts, right.s):
        raise NotFound("No such file.")
    file = await parts.store.scoped(right.scope).files.get(right.f)
    if file.preview_blob_id is None:
        raise NotFound("No such file.")
    headers = {"cache-control": f"private, max-age={PREVIEW_CACHE_SECONDS}", "content-security-policy": _SANDBOX}
    return Response(await parts.blobs.get(file.preview_blob_id), media_type=MEDIA_TYPE, headers=headers)


async def _is_alive(parts: Parts, session_id: str) -> bool:
    """Whether the session an address was made for was not cancelled; a server key's own address has none."""
    if not session_id:
        return True
    try:
        await parts.sessions.active(session_id)
    except Unauthorized:
        return False
    return True


async def create_attachment(
    parts: Parts, actor: Actor, session: Session, *, base_url: str, name: str, size: int, mime_type: str
) -> Attachment:
    """Phase one of a two-phase upload: a row, and where to send the bytes.

    Raises: BadRequest (`chatkit.file_upload_disabled`, `chatkit.file_upload_type_rejected`,
    `chatkit.file_upload_limit_reached`), TooLarge.
    """
    limit_bytes = await _admit(parts, actor.scope, session)
    if size > limit_bytes:
        raise TooLarge(f"The file is larger than {limit_bytes} bytes.", param="params.size")
    expected = expect(clean_name(name), mime_type)
    if expected is None:
        raise _rejected("params.mime_type")
    file = _new_file(session, name, expected, size)
    await parts.store.scoped(actor.scope).files.add(file)
    token = parts.links.upload(actor.scope, session.id, file.id, size)  # what was announced, and not a byte more
    descriptor = UploadDescriptor(
        url=f"{base_url}/v1/chatkit/files/{file.id}/content",
        method="PUT",
        headers={UPLOAD_TOKEN_HEADER: token},
    )
    view = attachment_view(parts, actor.scope, file, base_url, session.id)
    return msgspec.structs.replace(view, upload_descriptor=descriptor)


async def delete_attachment(parts: Parts, actor: Actor, file_id: str, audit: AuditEntry) -> None:
    """Takes back a file that no message carries. Raises: NotFound; BadRequest if one does."""
    removed = await parts.store.scoped(actor.scope).files.delete(file_id, audit)
    await remove_blobs(parts.store, parts.blobs, removed.blob_ids)


def attachment_view(parts: Parts, scope: Scope, file: StoredFile, base_url: str, session_id: str) -> Attachment:
    """What this session sees of a file that lives in this scope, which must name a user and a workflow."""
    if file.kind == "image":
        token = parts.links.preview(scope, file.id, session_id)
        return ImageAttachment(
            id=file.id,
            name=file.name,
            mime_type=file.mime_type,
            preview_url=f"{base_url}/v1/chatkit/files/{file.id}/preview/{token}",
            thread_id=file.thread_id,
        )
    return FileAttachment(id=file.id, name=file.name, mime_type=file.mime_type, thread_id=file.thread_id)


def renew_previews(parts: Parts, scope: Scope, raw: bytes, session_id: str = "") -> bytes:
    """A stored item's JSON with the addresses of its previews signed anew: those it was stored with have expired, or
    belong to another session.

    Only ever for files of this scope, so an address that somebody wrote into a text opens nothing new.
    """
    if b"/preview/" not in raw:
        return raw

    def sign(match: re.Match[bytes]) -> bytes:
        file_id = match[1].decode("ascii")
        return f"/v1/chatkit/files/{file_id}/preview/{parts.links.preview(scope, file_id, session_id)}".encode("ascii")

    return _PREVIEW_PATH.sub(sign, raw)


async def _admit(parts: Parts, scope: Scope, session: Session) -> int:
    """The most bytes this session's next file may have. Raises: BadRequest if it may have none."""
    allowed = session.configuration.file_upload
    if not allowed.enabled:
        raise BadRequest("File uploads are not enabled for this session.", code="chatkit.file_upload_disabled")
    most = allowed.max_files or DEFAULT_FILES
    if await parts.store.scoped(scope).files.unattached_count(session.id) >= most:
        raise BadRequest(
            f"At most {most} files may wait to be sent. Send or remove some first.",
            code="chatkit.file_upload_limit_reached",
        )
    own = allowed.max_file_size * MEGABYTE if allowed.max_file_size else parts.max_upload_bytes
    return min(own, parts.max_upload_bytes)


def _new_file(session: Session, name: str, mime_type: str, size: int) -> StoredFile:
    return StoredFile(
        id=new_id(FILE),
        session_id=session.id,
        name=clean_name(name),
        mime_type=mime_type,
        size_bytes=size,
        kind="image" if mime_type in IMAGE_TYPES else "file",
        created_at=clock.now(),
    )


async def _store(
    parts: Parts, scope: Scope, file: StoredFile, chunks: AsyncIterator[bytes], limit_bytes: int
) -> StoredFile:
    """Bytes into the blob store, what they are into the row; nothing is left of either if it fails."""
    head = await _head(chunks)
    mime_type = sniff(head, file.name)
    if mime_type is None or (file.kind == "image" and mime_type not in IMAGE_TYPES):
        raise _rejected("file")
    blob_id, preview_id = new_id(BLOB), new_id(BLOB) if mime_type in IMAGE_TYPES else None
    stored = msgspec.structs.replace(file, blob_id=blob_id, preview_blob_id=preview_id, mime_type=mime_type)
    await parts.store.retention.doom(stored.blob_ids)  # until the row is there: a process may die before
    is_saving = False
    try:
        stored.size_bytes = await parts.blobs.put(blob_id, _chain(head, chunks), limit_bytes)
        if preview_id is not None:
            stored.kind = "image"
            await _make_preview(parts, blob_id, preview_id)
        is_saving = True
        await parts.store.scoped(scope).files.save(stored)
    except BaseException as error:  # cancellation included
        if not is_saving or isinstance(error, NotFound):  # else the row may have them: if not, the sweeper finds them
            with contextlib.suppress(ChatdockError):
                await remove_blobs(parts.store, parts.blobs, stored.blob_ids)
        raise
    return stored


async def _make_preview(parts: Parts, blob_id: str, preview_id: str) -> None:
    made = await parts.raster.preview(parts.blobs.read(blob_id))
    if made is None:
        raise _rejected("file")
    await parts.blobs.put(preview_id, _chain(made, None), MAX_PREVIEW_BYTES)


async def _head(chunks: AsyncIterator[bytes]) -> bytes:
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    return head


async def _chain(head: bytes, rest: AsyncIterator[bytes] | None) -> AsyncIterator[bytes]:
    yield head
    if rest is not None:
        async for chunk in rest:
            yield chunk


def _rejected(param: str) -> BadRequest:
    return BadRequest("This kind of file cannot be uploaded.", code="chatkit.file_upload_type_rejected", param=param)
