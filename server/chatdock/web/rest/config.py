"""What a widget may know about its session before anything is said: greeting, prompts, history and uploads."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from chatdock.feed.base import address_of
from chatdock.runs.responder import ConcurrentInput, Prompt
from chatdock.types.request import MAX_TEXT_CHARS
from chatdock.types.session import Session
from chatdock.web.answer import Json
from chatdock.web.auth import authenticate_client
from chatdock.web.parts import parts_of

DEFAULT_UPLOAD_MEGABYTES = 512
DEFAULT_UPLOAD_FILES = 10


class WidgetHistory(msgspec.Struct):
    """Whether earlier threads are offered, can be searched, and are pinned, archived and read as `history` tells."""

    enabled: bool
    search: bool
    marks: bool


class WidgetUpload(msgspec.Struct):
    """Whether files may be attached; `max_file_size` in megabytes."""

    enabled: bool
    max_file_size: int
    max_files: int


class WidgetConfig(msgspec.Struct):
    """`GET /v1/chatkit/config`."""

    title: str
    greeting: str | None
    prompts: list[Prompt]
    history: WidgetHistory
    file_upload: WidgetUpload
    dictation: bool
    sharing: bool
    max_message_length: int  # of its text, in characters
    feed: str  # names what happens in this user's threads: tabs that share a stream of it are his
    concurrent_input: ConcurrentInput


async def retrieve(request: Request) -> Response:
    """For the holder of a client secret."""
    actor, session = await authenticate_client(request)
    parts = parts_of(request)
    definition = parts.catalog.current(actor.workflow, actor.workflow_version)
    has_history = session.configuration.history.enabled
    config = WidgetConfig(
        title=definition.name,
        greeting=definition.greeting,
        prompts=definition.prompts,
        history=WidgetHistory(enabled=has_history, search=has_history, marks=has_history),
        file_upload=_upload(session),
        dictation=parts.transcribe is not None,
        sharing=parts.sharing,
        max_message_length=MAX_TEXT_CHARS,
        feed=address_of(actor.project, actor.user, actor.workflow),
        concurrent_input=definition.concurrent_input,
    )
    return Json(config)


def _upload(session: Session) -> WidgetUpload:
    upload = session.configuration.file_upload
    return WidgetUpload(
        enabled=upload.enabled,
        max_file_size=upload.max_file_size or DEFAULT_UPLOAD_MEGABYTES,
        max_files=upload.max_files or DEFAULT_UPLOAD_FILES,
    )
